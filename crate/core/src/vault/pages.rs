//! The event streams of pages: `event: session` at once and after each change, and session events.

use super::{Action, Effect, FetchId};

/// Maximum number of open streams. Over the limit, the oldest ends: a page that opens streams in a loop must
/// not exhaust the worker's memory. Twenty tabs need twenty.
const MOST: usize = 256;

/// The open streams.
#[derive(Debug, Default)]
pub(super) struct PageStreams {
    streams: Vec<Stream>,
    /// Session events that no page was open to receive. The page that returns from sign-in gets them.
    unread: String,
}

#[derive(Debug)]
struct Stream {
    id: FetchId,
    client_id: String,
    /// The last snapshot sent.
    snapshot: String,
}

impl PageStreams {
    /// Opens a stream for the page `client_id`, starting with its `snapshot` and these session events.
    pub(super) fn open(
        &mut self,
        id: FetchId,
        client_id: String,
        snapshot: String,
        events: &str,
        effects: &mut Vec<Effect>,
    ) {
        let first = [&event(&snapshot), std::mem::take(&mut self.unread).as_str(), events].concat();
        effects
            .push(Effect::Fetch(id, Action::Stream { media_type: "text/event-stream", first: first.into() }));
        if self.streams.len() >= MOST {
            effects.push(Effect::End(self.streams.remove(0).id));
        }
        self.streams.push(Stream { id, client_id, snapshot });
    }

    /// Sends each page its snapshot if it has changed, and the session events. If no page is open, the next
    /// one gets the events.
    pub(super) fn publish(
        &mut self,
        snapshot_of: impl Fn(&str) -> String,
        events: &str,
        effects: &mut Vec<Effect>,
    ) {
        for stream in &mut self.streams {
            let snapshot = snapshot_of(&stream.client_id);
            let is_news = stream.snapshot != snapshot;
            let session = if is_news { event(&snapshot) } else { String::new() };
            if is_news || !events.is_empty() {
                effects.push(Effect::Write(stream.id, [&session, events].concat().into()));
            }
            stream.snapshot = snapshot;
        }
        if self.streams.is_empty() && !events.is_empty() {
            events.clone_into(&mut self.unread);
        }
    }

    /// Ends all streams.
    pub(super) fn end(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.streams.drain(..).map(|stream| Effect::End(stream.id)));
    }

    pub(super) fn forget(&mut self, id: FetchId) {
        self.streams.retain(|stream| stream.id != id);
    }
}

/// A server-sent event (HTML standard section 9.2). The JSON text has no line breaks.
fn event(snapshot: &str) -> String {
    ["event: session\ndata: ", snapshot, "\n\n"].concat()
}
