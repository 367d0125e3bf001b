//! The event streams of the pages: `event: session` at once and at each change, and what happened.

use crate::pipe::Pipe;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::Response;

/// More streams than this at once and the oldest ends: a page that opens streams without end must not fill the
/// worker's memory. Twenty tabs need twenty.
const MOST: usize = 256;

/// The open streams.
#[derive(Default)]
pub(crate) struct Events {
    streams: RefCell<Vec<Stream>>,
    /// What happened last while nobody read: a page that comes back from sign-in gets that.
    unread: RefCell<String>,
}

struct Stream {
    client_id: String,
    pipe: Pipe,
    /// The session it carried last.
    snapshot: String,
}

impl Events {
    /// Opens a stream of the page `client_id`, which begins with its `snapshot` and with what `happened` to it.
    pub(crate) fn open(
        &self,
        client_id: String,
        snapshot: String,
        happened: &str,
    ) -> Result<Response, JsValue> {
        let (pipe, response) = Pipe::open("text/event-stream")?;
        let begin = [&event(&snapshot), self.unread.take().as_str(), happened].concat();
        pipe.write(begin.as_bytes());
        let mut streams = self.streams.borrow_mut();
        streams.retain(|stream| stream.pipe.is_open());
        if streams.len() >= MOST {
            streams.remove(0).pipe.end();
        }
        streams.push(Stream { client_id, pipe, snapshot });
        Ok(response)
    }

    /// Sends every page its session, if that is another one, and what `happened`; if there is no page, the next one gets
    /// that.
    pub(crate) fn publish(&self, snapshot_of: impl Fn(&str) -> String, happened: String) {
        let mut streams = self.streams.borrow_mut();
        streams.retain(|stream| stream.pipe.is_open());
        for stream in &mut *streams {
            let snapshot = snapshot_of(&stream.client_id);
            let is_news = stream.snapshot != snapshot;
            let session = if is_news { event(&snapshot) } else { String::new() };
            if is_news || !happened.is_empty() {
                stream.pipe.write([&session, happened.as_str()].concat().as_bytes());
            }
            stream.snapshot = snapshot;
        }
        if streams.is_empty() && !happened.is_empty() {
            self.unread.replace(happened);
        }
    }

    /// Ends every stream.
    pub(crate) fn end(&self) {
        self.streams.take().iter().for_each(|stream| stream.pipe.end());
    }
}

/// A server-sent event, HTML standard section 9.2. A JSON text has no line breaks.
fn event(snapshot: &str) -> String {
    ["event: session\ndata: ", snapshot, "\n\n"].concat()
}
