//! What single pages get: their event stream, their error, and whether they should start a sign-in.
//!
//! An error is reported once: to the pages that were open when it occurred, or to the page that returns from
//! a failed sign-in. Pages loaded later do not get it, so an old error cannot lock the user out. If a session
//! could not be recovered, that concerns each page that connects within a minute: a browser that is started
//! again loads its tabs one after the other.

use super::session_events::{error_event, event};
use super::state::{Source, State};
use super::{Action, Effect, FetchId, Vault};
use crate::problem::Problem;
use crate::time::Now;

/// Maximum number of open streams, far more than a user has tabs. Over the limit, the oldest ends: a page that opens
/// streams in a loop must not exhaust the worker's memory.
const MOST_STREAMS: usize = 256;

/// Memory limit: the worker remembers the pages that connected last. A page can open any number of frames,
/// and each is a client.
const MOST_PAGES: usize = 256;

/// How long the notice of a failed sign-in waits for the page that returns from it, in milliseconds. A page
/// that opens later is a different visit.
const RETURN_TIME: u64 = 60_000;

/// A session that ends sooner after its sign-in counts as failed, in milliseconds.
const SHORT_LIFE: u64 = 60_000;

/// What one page learns. It is kept until the next sign-in, so a page that reconnects gets it again.
#[derive(Debug, Clone, Default)]
pub(super) struct Notice {
    pub(super) error: Option<Problem>,
    /// Offer a sign-in to the user instead of starting one.
    pub(super) offer: bool,
}

/// The notices of pages by client ID, which differs for each page load.
#[derive(Debug, Default)]
pub(super) struct Notices {
    /// In the order in which they connected; the most recent is last.
    pub(super) known: Vec<(String, Notice)>,
    /// The notice for the page that returns from a failed sign-in, and when it failed. If the sign-in was
    /// silent, for every page that connects.
    pub(super) returning: Option<(Notice, Now)>,
    /// When the last sign-in was, and how many sessions in a row ended soon after theirs.
    pub(super) signed_in: Option<Now>,
    short_lives: u32,
}

impl Notices {
    pub(super) fn of(&self, client_id: &str) -> Option<&Notice> {
        self.known.iter().find(|(known, _)| known == client_id).map(|(_, notice)| notice)
    }

    /// Remembers a page. Over the limit, forgets the one that connected longest ago.
    pub(super) fn remember(&mut self, client_id: &str, notice: Notice) {
        if self.known.len() >= MOST_PAGES {
            self.known.remove(0);
        }
        self.known.push((client_id.to_owned(), notice));
    }
}

/// A page's event stream: `event: session` at once and after each change, and session events.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: FetchId,
    client_id: String,
    /// The last snapshot sent.
    snapshot: String,
}

impl Vault {
    /// Opens a stream for the page `client_id`, which has this query. It starts with the session and the
    /// session events that no page was open to receive.
    pub(super) fn open_stream(&mut self, id: FetchId, client_id: &str, query: &str, now: Now) {
        let events = self.meet(client_id, query, now);
        let snapshot = self.snapshot(client_id);
        let first = [event("session", &snapshot), std::mem::take(&mut self.unread), events].concat();
        self.act(id, Action::Stream { media_type: "text/event-stream", first: first.into() });
        if self.streams.len() >= MOST_STREAMS {
            self.effects.push(Effect::End(self.streams.remove(0).id));
        }
        self.streams.push(Stream { id, client_id: client_id.to_owned(), snapshot });
    }

    /// Sends each page its snapshot if it has changed, and the session events, which go to the log too.
    pub(super) fn publish(&mut self, now: Now) {
        let events = self.session_events(now);
        if !events.is_empty() && self.config.debug {
            self.effects.push(Effect::Log(["strongroom ", &events].concat()));
        }
        // Not while a keeper may still return the session.
        if !self.is_decided() {
            return;
        }
        if self.streams.is_empty() && !events.is_empty() {
            events.clone_into(&mut self.unread);
        }
        for mut stream in std::mem::take(&mut self.streams) {
            let snapshot = self.snapshot(&stream.client_id);
            let is_news = stream.snapshot != snapshot;
            let session = if is_news { event("session", &snapshot) } else { String::new() };
            if is_news || !events.is_empty() {
                self.effects.push(Effect::Write(stream.id, [&session, events.as_str()].concat().into()));
            }
            stream.snapshot = snapshot;
            self.streams.push(stream);
        }
    }

    /// Remembers a page that was open before this worker started, so that it gets the error if
    /// [`begin`](Self::begin) ends the session.
    pub(super) fn know_page(&mut self, client_id: &str) {
        self.notices.remember(client_id, Notice::default());
    }

    /// Registers the page `client_id`, which opens its event stream with this query. Returns the first
    /// session events of the stream.
    ///
    /// A page that reconnects repeats its last `signIn` value in the query, which an earlier worker may have
    /// sent. The query is not trusted: it affects only what this page shows.
    pub(super) fn meet(&mut self, client_id: &str, query: &str, now: Now) -> String {
        let known = &mut self.notices.known;
        let notice = if let Some(index) = known.iter().position(|(known, _)| known == client_id) {
            known.remove(index).1
        } else if let Some(before) = query.strip_prefix("signIn=") {
            // The session ended before this worker started, or the user had signed out.
            Notice { error: None, offer: before != "start" }
        } else {
            let returning = self.notices.returning.take();
            let returning = returning.filter(|(_, since)| now.since(*since) < RETURN_TIME);
            let notice = returning.as_ref().map(|(notice, _)| notice.clone()).unwrap_or_default();
            // A recovery that failed concerns the next pages too.
            self.notices.returning = returning.filter(|(notice, _)| !notice.offer);
            let event = notice.error.as_ref().map(error_event).unwrap_or_default();
            self.notices.remember(client_id, notice);
            return event;
        };
        self.notices.remember(client_id, notice);
        String::new()
    }

    /// The page's next step: to `start` a sign-in, to `offer` it to the user, to sign in again `silent`ly, or
    /// none.
    pub(super) fn sign_in_of(&self, notice: Option<&Notice>) -> Option<&'static str> {
        match self.state {
            State::Anonymous if notice.is_some_and(|notice| notice.offer) => Some("offer"),
            State::Anonymous => Some("start"),
            State::Recovering { from: Source::Server(_), .. } => Some("silent"),
            _ => None,
        }
    }

    /// Ends the session without a sign-out. Pages start a sign-in at once, unless sessions keep ending
    /// shortly after sign-in: then they offer it, or the app would redirect in a loop.
    pub(super) fn end_session(&mut self, problem: Problem, now: Option<Now>) {
        let Notices { signed_in, short_lives, .. } = &mut self.notices;
        let is_short = signed_in.zip(now).is_some_and(|(since, now)| now.since(since) < SHORT_LIFE);
        *short_lives = if is_short { *short_lives + 1 } else { 0 };
        let offer = *short_lives > 1;
        self.state = State::Anonymous;
        self.notify_open_pages(&Notice { error: Some(problem), offer });
    }

    /// Records a failed sign-in for the page that returns from it. `silent`: the page client began it for a
    /// lost session. A refused silent sign-in ends that session, which concerns every page; other failures do
    /// not affect a session.
    pub(super) fn fail_sign_in(&mut self, problem: Problem, silent: bool, now: Now) {
        let notice = Notice { error: Some(problem), offer: !silent };
        if silent {
            self.state = State::Anonymous;
            self.notify_open_pages(&notice);
        }
        self.notices.returning = Some((notice, now));
    }

    /// Sends `notice` to every open page.
    pub(super) fn notify_open_pages(&mut self, notice: &Notice) {
        if let Some(problem) = &notice.error {
            self.reported.errors.push_str(&error_event(problem));
        }
        self.notices.returning = None;
        for (_, known) in &mut self.notices.known {
            known.clone_from(notice);
        }
    }
}
