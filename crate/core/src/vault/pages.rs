//! The event streams of the pages: `event: session` at once and at each change, and what events.

use super::{Action, Effect, FetchId};

/// More streams than this at once and the oldest ends: a page that opens streams without end must not fill the
/// worker's memory. Twenty tabs need twenty.
const MOST: usize = 256;

/// The open streams.
#[derive(Debug, Default)]
pub(super) struct PageStreams {
    streams: Vec<Stream>,
    /// What events last while nobody read: a page that comes back from sign-in gets that.
    unread: String,
}

#[derive(Debug)]
struct Stream {
    id: FetchId,
    client_id: String,
    /// The session it carried last.
    snapshot: String,
}

impl PageStreams {
    /// Opens a stream of the page `client_id`, which begins with its `snapshot` and with what `events` to it.
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

    /// Sends every page its session, if that is another one, and what `events`; if there is no page, the next one gets
    /// that.
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

    /// Ends every stream.
    pub(super) fn end(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.streams.drain(..).map(|stream| Effect::End(stream.id)));
    }

    pub(super) fn forget(&mut self, id: FetchId) {
        self.streams.retain(|stream| stream.id != id);
    }
}

/// A server-sent event, HTML standard section 9.2. A JSON text has no line breaks.
fn event(snapshot: &str) -> String {
    ["event: session\ndata: ", snapshot, "\n\n"].concat()
}
