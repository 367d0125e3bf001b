//! The event streams of the pages: `event: session` at once and at each change, and what happened.

use crate::pipe::Pipe;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::Response;

/// More streams than this at once and the oldest ends: a page that opens streams without end must not fill the
/// worker's memory. Twenty tabs need twenty.
const MOST: usize = 256;

/// The open streams, and what was told last.
#[derive(Default)]
pub(crate) struct Events {
    pipes: RefCell<Vec<Pipe>>,
    told: RefCell<String>,
    /// What happened last while nobody read: a page that comes back from sign-in is told so.
    untold: RefCell<String>,
}

impl Events {
    /// Opens a stream that begins with `snapshot`.
    pub(crate) fn open(&self, snapshot: &str) -> Result<Response, JsValue> {
        let (pipe, response) = Pipe::open("text/event-stream")?;
        let mut begin = event(snapshot);
        begin.extend(self.untold.take().into_bytes());
        pipe.write(&begin);
        let mut pipes = self.pipes.borrow_mut();
        pipes.retain(Pipe::is_open);
        if pipes.len() >= MOST {
            pipes.remove(0).end();
        }
        pipes.push(pipe);
        Ok(response)
    }

    /// Tells every page, if there is something new, and what `happened`; if there is no page, that to the next one.
    pub(crate) fn publish(&self, snapshot: String, happened: String) {
        let is_news = *self.told.borrow() != snapshot;
        let mut text = if is_news { event(&snapshot) } else { Vec::new() };
        text.extend_from_slice(happened.as_bytes());
        if text.is_empty() {
            return;
        }
        let mut pipes = self.pipes.borrow_mut();
        pipes.retain(Pipe::is_open);
        pipes.iter().for_each(|pipe| pipe.write(&text));
        if pipes.is_empty() && !happened.is_empty() {
            self.untold.replace(happened);
        }
        self.told.replace(snapshot);
    }

    /// Ends every stream.
    pub(crate) fn end(&self) {
        self.pipes.take().iter().for_each(Pipe::end);
    }
}

/// A server-sent event, HTML standard section 9.2. A JSON text has no line breaks.
fn event(snapshot: &str) -> Vec<u8> {
    ["event: session\ndata: ", snapshot, "\n\n"].concat().into_bytes()
}
