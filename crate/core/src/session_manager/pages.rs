//! What single pages learn beside the session: the error that concerns them, and whether they should start a sign-in.
//!
//! An error is reported once, to the pages that were open when it happened or to the page that comes back from a failed
//! sign-in. A page that loads later learns nothing of it, so no old error locks anybody out.

use super::session_events::error_event;
use super::{SessionManager, State};
use crate::problem::Problem;
use crate::time::Now;

/// Memory bound: the worker remembers the pages that asked last. A page can open frames without end, and each is a client.
pub(super) const MOST_PAGES: usize = 256;

/// How long a failed sign-in waits for the page that comes back from it, in milliseconds. A page that opens later has
/// nothing to do with it.
const RETURN_TIME: u64 = 60_000;

/// A session that ends sooner after its sign-in than this did not work, in milliseconds.
const SHORT_LIFE: u64 = 60_000;

/// What one page learns. It stays until somebody signs in, and a page that reconnects gets it again.
#[derive(Debug, Clone, Default)]
pub(super) struct Notice {
    pub(super) error: Option<Problem>,
    /// The user should decide whether to sign in.
    pub(super) offer: bool,
}

/// The pages by the browser's client IDs, which tell one page load from the next.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// The page that asked last is the last one.
    pub(super) known: Vec<(String, Notice)>,
    /// For the page that comes back from a failed sign-in, and since when.
    pub(super) returning: Option<(Notice, Now)>,
    /// When the last sign-in was, and how many sessions in a row ended soon after theirs.
    pub(super) signed_in: Option<Now>,
    short_lives: u32,
}

impl Pages {
    pub(super) fn of(&self, client_id: &str) -> Option<&Notice> {
        self.known.iter().find(|(known, _)| known == client_id).map(|(_, notice)| notice)
    }

    /// Takes note of a page; of too many the one that has not asked for longest is forgotten.
    pub(super) fn remember(&mut self, client_id: &str, notice: Notice) {
        if self.known.len() >= MOST_PAGES {
            self.known.remove(0);
        }
        self.known.push((client_id.to_owned(), notice));
    }
}

impl SessionManager {
    /// A page that was open before this worker started. For [`begin`](Self::begin), which may find that its session is
    /// over.
    pub(crate) fn know_page(&mut self, client_id: &str) {
        self.pages.remember(client_id, Notice::default());
    }

    /// The page `client_id` asks for the session, with this query. Returns what its event stream reports first.
    ///
    /// A page that reconnects repeats the `signIn` it was given last, perhaps by a worker that is gone. Only what this one
    /// page shows follows from it.
    pub(crate) fn meet(&mut self, client_id: &str, query: &str, now: Now) -> String {
        let known = &mut self.pages.known;
        let notice = if let Some(index) = known.iter().position(|(known, _)| known == client_id) {
            known.remove(index).1
        } else if let Some(before) = query.strip_prefix("signIn=") {
            // It had a session that ended before this worker started, or the user had signed out.
            Notice { error: None, offer: before != "start" }
        } else {
            let returning = self.pages.returning.take();
            let returning = returning.filter(|(_, since)| now.since(*since) < RETURN_TIME);
            let notice = returning.map(|(notice, _)| notice).unwrap_or_default();
            let happened = notice.error.as_ref().map(error_event).unwrap_or_default();
            self.pages.remember(client_id, notice);
            return happened;
        };
        self.pages.remember(client_id, notice);
        String::new()
    }

    /// What the page should do about signing in: `start` it, `offer` it to the user, or nothing.
    pub(super) fn sign_in_of(&self, notice: Option<&Notice>) -> Option<&'static str> {
        let offer = notice.is_some_and(|notice| notice.offer);
        matches!(self.state, State::Anonymous).then_some(if offer { "offer" } else { "start" })
    }

    /// The session is over, and nobody signed out. Signing in again may help at once, unless that was tried just before:
    /// then the app would send the user back and forth without end.
    pub(super) fn end_session(&mut self, problem: Problem, now: Option<Now>) {
        let Pages { signed_in, short_lives, .. } = &mut self.pages;
        let is_short = signed_in.zip(now).is_some_and(|(since, now)| now.since(since) < SHORT_LIFE);
        *short_lives = if is_short { *short_lives + 1 } else { 0 };
        let offer = *short_lives > 1;
        self.forget();
        self.tell_open(&Notice { error: Some(problem), offer });
    }

    /// A sign-in has failed; `silent` if the page client had begun it for a lost session. The page that comes back learns
    /// it. A refused silent sign-in says that the lost session is over, which concerns every page; any other says nothing
    /// of a session.
    pub(super) fn fail_sign_in(&mut self, problem: Problem, silent: bool, now: Now) {
        let notice = Notice { error: Some(problem), offer: !silent };
        if silent {
            self.forget();
            self.tell_open(&notice);
        }
        self.pages.returning = Some((notice, now));
    }

    /// Every page that is open learns this.
    pub(super) fn tell_open(&mut self, notice: &Notice) {
        if let Some(problem) = &notice.error {
            self.reported.error(problem);
        }
        self.pages.returning = None;
        for (_, known) in &mut self.pages.known {
            known.clone_from(notice);
        }
    }
}
