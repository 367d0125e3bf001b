//! API requests: which token they get, when they wait for one, and what a refused one leads to.

use super::{Access, FormRequest, Generation, Renewal, SessionManager};
use crate::config::{Api, TokenKind, Unauthenticated};
use crate::response::Response;
use crate::secret::Authorization;
use crate::time::Now;

/// How long an API request waits for a token, in milliseconds.
pub(crate) const QUEUE_TIME: u64 = 10_000;

/// How much memory the requests in the queue may take, in bytes, as [`Head::size`] counts. A page that sends requests without
/// end must not fill the worker's memory, with which the session would be lost.
pub(crate) const QUEUE_SIZE: usize = 16 * 1_024 * 1_024;

/// What a request costs beside its head: objects of the browser and of the vault.
pub(crate) const OVERHEAD: usize = 4 * 1_024;

/// What a body counts. A worker cannot see its size before it reads it.
const BODY: usize = 64 * 1_024;

/// What a request that waited in vain is told to wait before the next attempt, at least, in seconds.
const RETRY_AFTER: u64 = 5;

/// What counts of a request that waits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Head {
    /// The URL's length in bytes.
    pub url: usize,
    /// The length of all headers' names and values together, in bytes.
    pub headers: usize,
    /// Whether it may have a body.
    pub has_body: bool,
}

impl Head {
    fn size(self) -> usize {
        OVERHEAD + self.url + self.headers + if self.has_body { BODY } else { 0 }
    }
}

/// A request to an API on its way through the vault.
#[derive(Debug)]
pub(crate) struct ApiRequest {
    token: TokenKind,
    unauthenticated: Unauthenticated,
    is_safe: bool,
    arrived: Now,
    /// What it takes up in the queue.
    queued: Option<usize>,
    /// That of the tokens it was sent with.
    generation: Option<Generation>,
    near_expiry: bool,
}

/// What to do with an API request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send it with what [`SessionManager::authorization`] says, and report to [`SessionManager::refusal`] what came of it.
    Send,
    /// Ask again after the next change, at the latest after so many milliseconds.
    Wait(u64),
    /// Send it as the page made it: nobody is signed in.
    Pass,
    /// Send nothing, and answer this.
    Respond(Response),
}

impl ApiRequest {
    /// A request to `api`. `is_safe`: it may be repeated though nobody knows what came of it.
    #[must_use]
    pub(crate) fn new(api: &Api, is_safe: bool, arrived: Now) -> Self {
        let Api { token, unauthenticated, .. } = *api;
        Self { token, unauthenticated, is_safe, arrived, queued: None, generation: None, near_expiry: false }
    }
}

impl SessionManager {
    /// What to do with `request` now. Ask for a [`renewal`](Self::renewal) first. While somebody is signed in, or the
    /// session is being recovered, no request is sent without a token.
    pub(crate) fn route(&mut self, request: &mut ApiRequest, head: &dyn Fn() -> Head, now: Now) -> Step {
        let size = request.queued.take();
        self.queued -= size.unwrap_or(0);
        let wait = match self.access(request.token, now) {
            Access::Bearer(_) => {
                request.generation = self.generation();
                request.near_expiry = self.is_near_expiry(now);
                return Step::Send;
            }
            Access::Anonymous => {
                return match request.unauthenticated {
                    Unauthenticated::Reject => Step::Respond(Response::unauthenticated()),
                    Unauthenticated::Pass => Step::Pass,
                };
            }
            Access::Wait(ms) => ms,
        };
        let left = QUEUE_TIME.saturating_sub(now.since(request.arrived));
        if left == 0 {
            let seconds = self.renewal_pause(now).div_ceil(1_000).max(RETRY_AFTER);
            return Step::Respond(Response::token_unavailable(seconds));
        }
        let size = size.unwrap_or_else(|| head().size());
        if self.queued + size > QUEUE_SIZE {
            return Step::Respond(Response::queue_full());
        }
        self.queued += size;
        request.queued = Some(size);
        Step::Wait(wait.clamp(1, left))
    }

    /// The `Authorization` header's value for `request`, for which [`route`](Self::route) said [`Step::Send`]. Nothing if
    /// things have changed since: ask again.
    #[must_use]
    pub(crate) fn authorization(&self, request: &ApiRequest, now: Now) -> Option<&Authorization> {
        let same_session = self.live()?.since <= request.generation?;
        match self.access(request.token, now) {
            Access::Bearer(authorization) if same_session => Some(authorization),
            _ => None,
        }
    }

    /// Whether what came of `request` means that the API refused its token. `status` is that of the response, nothing if
    /// there was none: a REST API's own 401 has no CORS headers, and looks like a network error.
    #[must_use]
    pub(crate) fn is_refusal(request: &ApiRequest, status: Option<u16>) -> bool {
        status.map_or(request.near_expiry && request.is_safe, |status| status == 401)
    }

    /// The API refused the token of `request`: the refresh request to perform now, if that may help. A token that is the
    /// result of an earlier refusal does not justify another renewal, until it is older each time.
    pub(crate) fn renewal_after_refusal(
        &mut self,
        request: &ApiRequest,
        now: Now,
    ) -> Option<(FormRequest, Renewal)> {
        let may_help = self.session()?.may_renew_refused(now);
        if self.generation() != request.generation || !may_help {
            return None;
        }
        let (form, renewal) = self.renewal(true, now)?;
        Some((form, Renewal { refused: true, ..renewal }))
    }

    /// Milliseconds until the session may be renewed again.
    pub(super) fn renewal_pause(&self, now: Now) -> u64 {
        self.live().map_or(0, |live| live.renewal.pause(now))
    }

    /// The `Authorization` header's value for sending a refused `request` again: only with a newer token of the same
    /// session.
    #[must_use]
    pub(crate) fn authorization_again(&self, request: &ApiRequest, now: Now) -> Option<&Authorization> {
        let is_renewed = self.is_renewed_since(request.generation?);
        self.authorization(request, now).filter(|_| is_renewed)
    }
}
