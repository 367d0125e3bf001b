//! API requests: which token they get, how long they are queued, and when a refusal causes a renewal.

use super::{Access, FormRequest, Generation, Renewal, SessionManager};
use crate::config::{Api, TokenKind, Unauthenticated};
use crate::decimal::decimal;
use crate::problem::{QUEUE_FULL, TOKEN_UNAVAILABLE, UNAUTHENTICATED};
use crate::response::Response;
use crate::secret::Authorization;
use crate::time::Now;

/// How long an API request waits for a token, in milliseconds.
pub(crate) const QUEUE_TIME: u64 = 10_000;

/// Memory limit for all queued requests together, in bytes, as [`Head::size`] counts. A page that sends
/// requests in a loop must not exhaust the worker's memory: the session would be lost with the worker.
pub(crate) const QUEUE_SIZE: usize = 16 * 1_024 * 1_024;

/// Memory that a queued request takes in addition to its head: objects of the browser and of the vault.
pub(crate) const OVERHEAD: usize = 4 * 1_024;

/// Memory assumed for a body. The worker cannot see its size before it reads it.
const BODY: usize = 64 * 1_024;

/// Lowest `Retry-After` of a request that timed out in the queue, in seconds.
const RETRY_AFTER: u64 = 5;

/// The sizes that count towards [`QUEUE_SIZE`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Head {
    /// Length of the URL in bytes.
    pub url: usize,
    /// Length of all header names and values in bytes.
    pub headers: usize,
    /// Whether it may have a body.
    pub has_body: bool,
}

impl Head {
    fn size(self) -> usize {
        OVERHEAD + self.url + self.headers + if self.has_body { BODY } else { 0 }
    }
}

#[derive(Debug)]
pub(crate) struct ApiRequest {
    token: TokenKind,
    unauthenticated: Unauthenticated,
    is_safe: bool,
    arrived: Now,
    /// Its size in the queue, if it is queued.
    queued: Option<usize>,
    /// The user it is for: the value of `SessionManager::user` when it was first routed.
    user: Option<Generation>,
    /// The generation of the tokens it was sent with.
    generation: Option<Generation>,
    near_expiry: bool,
}

/// What to do with an API request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Send it with the header from [`SessionManager::authorization`], and pass the result to
    /// [`SessionManager::is_refusal`].
    Send,
    /// Queue it, and call again after the next change or after this many milliseconds.
    Wait(u64),
    /// Send it unchanged: the user is signed out.
    Pass,
    /// Do not send it; respond with this.
    Respond(Response),
}

impl ApiRequest {
    /// A request to `api`. `is_safe`: it may be replayed even if its outcome is unknown.
    pub(crate) fn new(api: &Api, is_safe: bool, arrived: Now) -> Self {
        let Api { token, unauthenticated, .. } = *api;
        Self {
            token,
            unauthenticated,
            is_safe,
            arrived,
            queued: None,
            user: None,
            generation: None,
            near_expiry: false,
        }
    }
}

impl SessionManager {
    /// Routes `request`. Call [`renewal`](Self::renewal) first. While a user is signed in or the session is
    /// being recovered, no request is sent without a token. A request whose user was replaced while it waited
    /// gets no token: its body must not reach the next user's account.
    pub(crate) fn route(&mut self, request: &mut ApiRequest, head: &dyn Fn() -> Head, now: Now) -> Step {
        let size = request.queued.take();
        self.queued -= size.unwrap_or(0);
        if !self.is_starting() {
            request.user.get_or_insert(self.user);
        }
        let is_of_another = request.user.is_some_and(|user| user != self.user);
        let access = if is_of_another { Access::Anonymous } else { self.access(request.token, now) };
        let wait = match access {
            Access::Bearer(_) => {
                request.generation = self.generation();
                request.near_expiry = self.is_near_expiry(now);
                return Step::Send;
            }
            Access::Anonymous => {
                return match request.unauthenticated {
                    Unauthenticated::Reject => Step::Respond(Response::problem(401, &UNAUTHENTICATED)),
                    Unauthenticated::Pass => Step::Pass,
                };
            }
            Access::Wait(ms) => ms,
        };
        let left = QUEUE_TIME.saturating_sub(now.since(request.arrived));
        if left == 0 {
            let seconds = self.renewal_pause(now).div_ceil(1_000).max(RETRY_AFTER);
            return Step::Respond(Response::problem_with(
                503,
                &TOKEN_UNAVAILABLE,
                "retry-after",
                decimal(seconds),
            ));
        }
        let size = size.unwrap_or_else(|| head().size());
        if self.queued + size > QUEUE_SIZE {
            return Step::Respond(Response::problem_with(503, &QUEUE_FULL, "retry-after", "1".to_owned()));
        }
        self.queued += size;
        request.queued = Some(size);
        Step::Wait(wait.clamp(1, left))
    }

    /// The `Authorization` header for a `request` for which [`route`](Self::route) returned [`Step::Send`].
    /// `None` if the session has changed since; route the request again.
    pub(crate) fn authorization(&self, request: &ApiRequest, now: Now) -> Option<&Authorization> {
        let same_session = self.live()?.since <= request.generation?;
        match self.access(request.token, now) {
            Access::Bearer(authorization) if same_session => Some(authorization),
            _ => None,
        }
    }

    /// Whether the API refused the token of `request`. `status` is that of the response, or `None` for a
    /// network error: a REST API's own 401 has no CORS headers and looks like one.
    pub(crate) fn is_refusal(request: &ApiRequest, status: Option<u16>) -> bool {
        status.map_or(request.near_expiry && request.is_safe, |status| status == 401)
    }

    /// The refresh request to perform after the API refused the token of `request`. A token that was itself
    /// issued after a refusal justifies no further renewal until it has reached an age that doubles each
    /// time.
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

    /// The `Authorization` header for replaying a refused `request`: only a newer token of the same session.
    pub(crate) fn authorization_again(&self, request: &ApiRequest, now: Now) -> Option<&Authorization> {
        let is_renewed = self.is_renewed_since(request.generation?);
        self.authorization(request, now).filter(|_| is_renewed)
    }
}
