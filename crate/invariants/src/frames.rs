//! The stream from the worker to its keepers, read by a keeper that may be talking to anybody.

use crate::Outcome;
use allocation_counter::measure;
use strongroom_core::keep::{Frame, FrameReader, NotFrames};

/// No payload is longer than this, whatever its header says.
const LARGEST: usize = 256 * 1_024;

/// The first byte says into what pieces the stream is cut, the rest is the stream.
#[must_use]
pub fn frames(data: &[u8]) -> Outcome {
    let Some((cut, stream)) = data.split_first() else { return Outcome::Refused };
    let (whole, ended) = read(stream, stream.len().max(1));
    assert_eq!(read(stream, usize::from(*cut).max(1)), (whole.clone(), ended), "cutting makes no difference");
    assert_is_what_was_sent(stream, &whole);

    // A header may promise four gigabytes: that is no reason to make room for them.
    let used = measure(|| drop(read(stream, usize::from(*cut).max(1))));
    let room = 64 * stream.len() as u64 + 4_096;
    assert!(used.bytes_max <= room, "{} bytes of memory for {} of input", used.bytes_max, stream.len());
    Outcome::accepted_if(!whole.is_empty())
}

/// The frames in `stream`, which comes in pieces, and whether the reader gave up on it.
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

/// Each frame's own bytes, one after the other, are how the stream begins.
fn assert_is_what_was_sent(stream: &[u8], frames: &[Frame]) {
    let mut rest = stream;
    for frame in frames {
        let bytes = frame.to_bytes();
        assert!(bytes.len() <= 5 + LARGEST, "a frame of {} bytes", bytes.len());
        rest = rest.strip_prefix(bytes.as_slice()).expect("the frame is what was sent");
    }
}
