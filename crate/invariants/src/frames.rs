//! The stream from the worker to a keeper, which may be connected to any server.

use crate::Outcome;
use allocation_counter::measure;
use strongroom_core::frames::{Frame, FrameReader, NotFrames};

/// Maximum length of a payload, whatever its header says.
const LARGEST: usize = 256 * 1_024;

/// The first byte is the length of the pieces, the rest is the stream.
#[must_use]
pub fn frames(data: &[u8]) -> Outcome {
    let Some((cut, stream)) = data.split_first() else { return Outcome::Refused };
    let (whole, ended) = read(stream, stream.len().max(1));
    assert_eq!(read(stream, usize::from(*cut).max(1)), (whole.clone(), ended), "cutting makes no difference");
    assert_is_prefix(stream, &whole);

    // A header may announce four gigabytes; the reader must not reserve them.
    let used = measure(|| drop(read(stream, usize::from(*cut).max(1))));
    let room = 64 * stream.len() as u64 + 4_096;
    assert!(used.bytes_max <= room, "{} bytes of memory for {} of input", used.bytes_max, stream.len());
    Outcome::accepted_if(!whole.is_empty())
}

/// Reads `stream` in pieces. Returns its frames, and whether the reader refused it.
fn read(stream: &[u8], piece: usize) -> (Vec<Frame>, bool) {
    let mut reader = FrameReader::default();
    let mut frames = Vec::new();
    for piece in stream.chunks(piece) {
        reader.push(piece);
        loop {
            match reader.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(NotFrames) => {
                    assert_eq!(reader.next_frame(), Err(NotFrames), "there is no way back");
                    return (frames, true);
                }
            }
        }
    }
    (frames, false)
}

/// The serialized frames, one after another, must be a prefix of the stream.
fn assert_is_prefix(stream: &[u8], frames: &[Frame]) {
    let mut rest = stream;
    for frame in frames {
        let bytes = frame.to_bytes();
        assert!(bytes.len() <= 5 + LARGEST, "a frame of {} bytes", bytes.len());
        rest = rest.strip_prefix(bytes.as_slice()).expect("the frame is what was sent");
    }
}
