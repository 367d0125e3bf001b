//! API requests: how they are sent, queued and replayed.
//!
//! While a user is signed in or the session is being recovered, no request is sent without a token. A request
//! whose user was replaced while it waited gets no token: its body must not reach the next user's account.

use super::fetches::Fetch;
use super::state::{Access, QUEUE_TIME};
use super::{Action, Body, FetchId, Generation, Outcome, Outgoing, Platform, Until, Vault};
use crate::config::{Api, TokenKind, Unauthenticated};
use crate::decimal::decimal;
use crate::policy::{self, may_hold_body};
use crate::problem::{QUEUE_FULL, REDIRECT_REFUSED, TOKEN_UNAVAILABLE, UNAUTHENTICATED};
use crate::response::Response;
use crate::secret::Authorization;
use crate::session::user_hash;
use crate::time::Now;

/// Memory limit for all queued requests together, in bytes. A page that sends requests in a loop must not
/// exhaust the worker's memory: the session would be lost with the worker.
const QUEUE_SIZE: usize = 16 * 1_024 * 1_024;

/// Memory that a queued request takes in addition to its URL, headers and body: objects of the browser and of
/// the vault.
pub(super) const OVERHEAD: usize = 4 * 1_024;

/// Memory assumed for a body. The worker cannot see its size before it reads it.
const BODY: usize = 64 * 1_024;

/// Lowest `Retry-After` of a request that timed out in the queue, in seconds.
const RETRY_AFTER: u64 = 5;

#[derive(Debug)]
pub(super) struct ApiFetch {
    token: TokenKind,
    unauthenticated: Unauthenticated,
    /// It may be replayed even if its outcome is unknown.
    is_safe: bool,
    /// Send it as a CORS request: a `no-cors` request (`<img>`, beacons) may not carry an `Authorization`
    /// header.
    as_cors: bool,
    /// Do not follow redirects: the browser would send the token along.
    stops_redirects: bool,
    body: BodyState,
    arrived: Now,
    /// Its memory in the queue, in bytes, if it may be or has been queued.
    size: usize,
    /// The user it is for: the value of `Vault::user` when it was first routed.
    user: Option<Generation>,
    /// The user whose session the relay of a vault origin has named: it is sent for nobody else. 0 if the relay named none.
    subject: u64,
    /// The generation of the tokens it was sent with.
    generation: Option<Generation>,
    pub(super) stage: Stage,
}

/// The body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyState {
    /// Streamed; the request cannot be replayed.
    Streams,
    /// Streamed, while a copy is made for a replay.
    Held,
    /// To be read before the request is sent. WebKit refuses a keepalive request whose body is a stream, and
    /// in a worker every body is one. The Fetch standard limits keepalive bodies to 64 KiB.
    Unread,
    /// Held by the edge.
    Read,
    /// None visible. If there is one after all, a replay finds it used up, and the platform refuses the
    /// request.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The body is being read before the request is sent.
    ReadingBody,
    /// Queued since this time; route it again after this many milliseconds.
    Queued(Now, u64),
    Sent {
        /// Whether a server may already refuse the token.
        near_expiry: bool,
    },
    /// The API responded with 401, and a renewal is under way.
    Refused,
    /// The copy of the body is being completed for a replay.
    AwaitingBody,
    SentAgain,
}

impl ApiFetch {
    pub(super) fn new(
        api: &Api,
        session: &str,
        request: policy::Request<'_>,
        platform: &dyn Platform,
        now: Now,
    ) -> Self {
        let is_safe = policy::is_safe_method(request.method);
        Self {
            token: api.token,
            // A request that names a session is for that user, so it is never sent without a token.
            unauthenticated: if session.is_empty() { api.unauthenticated } else { Unauthenticated::Reject },
            is_safe,
            as_cors: request.mode == "no-cors",
            stops_redirects: policy::refuses_redirects(api, request),
            body: if is_safe { BodyState::None } else { body_state(platform) },
            arrived: now,
            size: 0,
            user: None,
            subject: user_hash(session),
            generation: None,
            stage: Stage::Sent { near_expiry: false },
        }
    }
}

impl Vault {
    pub(super) fn api_fetch(
        &mut self,
        id: FetchId,
        mut fetch: ApiFetch,
        request: policy::Request<'_>,
        platform: &dyn Platform,
        now: Now,
    ) {
        let body = if fetch.is_safe { 0 } else { BODY };
        let size = || OVERHEAD + request.url.len() + platform.header_size() + body;
        if fetch.body == BodyState::Unread {
            fetch.size = size();
        }
        self.send_or_queue(id, fetch, &size, now);
    }

    /// Sends the request with the token, queues it until there is one, or treats it as one of a user who is
    /// not signed in. `size` is its memory in the queue, in bytes.
    fn send_or_queue(&mut self, id: FetchId, mut fetch: ApiFetch, size: &dyn Fn() -> usize, now: Now) {
        if matches!(fetch.stage, Stage::Queued(..)) {
            self.queued -= fetch.size;
        }
        // The renewal may outlast the response, so keep the worker alive for it.
        if self.begin_renewal(false, false, now) {
            self.extend(id, Until::Renewed);
        }
        if !self.is_starting() {
            fetch.user.get_or_insert(self.user);
        }
        let is_of_another = fetch.user.is_some_and(|user| user != self.user)
            || fetch.subject != 0
                && self.session().is_some_and(|session| user_hash(session.id()) != fetch.subject);
        let access = if is_of_another { Access::Anonymous } else { self.access(fetch.token, now) };
        match access {
            Access::Bearer(_) if fetch.body == BodyState::Unread => {
                fetch.stage = Stage::ReadingBody;
                self.act(id, Action::ReadBody);
                self.fetches.insert(id, Fetch::Api(fetch));
            }
            Access::Bearer(authorization) => {
                let authorization = authorization.clone();
                let body = match fetch.body {
                    BodyState::Held => Body::StreamAndHold,
                    BodyState::Read => Body::Held,
                    BodyState::Streams | BodyState::Unread | BodyState::None => Body::Stream,
                };
                fetch.stage = Stage::Sent { near_expiry: self.is_near_expiry(now) };
                fetch.generation = self.generation();
                self.send(id, fetch, authorization, body);
            }
            Access::Anonymous => self.act(
                id,
                match fetch.unauthenticated {
                    Unauthenticated::Reject => Action::Respond(Response::problem(401, &UNAUTHENTICATED)),
                    Unauthenticated::Pass => Action::Pass,
                },
            ),
            Access::Wait(ms) => {
                fetch.size = size();
                self.queue(id, fetch, ms, now);
            }
        }
    }

    /// Queues the request until the next change, at most this many milliseconds.
    fn queue(&mut self, id: FetchId, mut fetch: ApiFetch, ms: u64, now: Now) {
        let left = QUEUE_TIME.saturating_sub(now.since(fetch.arrived));
        let (problem, seconds) = if left == 0 {
            let pause = self.live().map_or(0, |live| live.renewal.pause(now));
            (TOKEN_UNAVAILABLE, pause.div_ceil(1_000).max(RETRY_AFTER))
        } else if self.queued + fetch.size > QUEUE_SIZE {
            (QUEUE_FULL, 1)
        } else {
            self.queued += fetch.size;
            fetch.stage = Stage::Queued(now, ms.clamp(1, left));
            return self.fetches.insert(id, Fetch::Api(fetch));
        };
        let refusal = Response::problem_with(503, &problem, "retry-after", decimal(seconds));
        self.act(id, Action::Respond(refusal));
    }

    fn send(&mut self, id: FetchId, fetch: ApiFetch, authorization: Authorization, body: Body) {
        let (as_cors, stop_redirects) = (fetch.as_cors, fetch.stops_redirects);
        self.act(id, Action::Send(Outgoing { authorization, as_cors, stop_redirects, body }));
        self.fetches.insert(id, Fetch::Api(fetch));
    }

    /// Removes and returns the API request `id` if its stage matches.
    fn api(&mut self, id: FetchId, is_due: fn(Stage) -> bool) -> Option<ApiFetch> {
        let is_due = |fetch: &Fetch| matches!(fetch, Fetch::Api(fetch) if is_due(fetch.stage));
        match self.fetches.remove_if(id, is_due)? {
            Fetch::Api(fetch) => Some(fetch),
            Fetch::Endpoint(..) => None,
        }
    }

    pub(super) fn body_read(&mut self, id: FetchId, is_complete: bool, now: Now) {
        let is_due = |stage| matches!(stage, Stage::ReadingBody | Stage::AwaitingBody);
        let Some(mut fetch) = self.api(id, is_due) else { return };
        match fetch.stage {
            Stage::ReadingBody if is_complete => {
                fetch.body = BodyState::Read;
                let size = fetch.size;
                self.send_or_queue(id, fetch, &|| size, now);
            }
            Stage::ReadingBody => self.act(id, Action::Fail),
            _ if is_complete => {
                fetch.body = BodyState::Read;
                self.send_again(id, fetch, now);
            }
            _ => self.act(id, Action::Deliver),
        }
    }

    pub(super) fn sent(&mut self, id: FetchId, outcome: Outcome, now: Now) {
        let is_due = |stage| matches!(stage, Stage::Sent { .. } | Stage::SentAgain);
        let Some(mut fetch) = self.api(id, is_due) else { return };
        let is_refusal = match outcome {
            Outcome::Status(0) if fetch.stops_redirects => {
                let refusal = Response::problem(502, &REDIRECT_REFUSED);
                return self.act(id, Action::Respond(refusal));
            }
            Outcome::Status(status) => status == 401,
            // A REST API's own 401 has no CORS headers and looks like a network error.
            Outcome::Failed => fetch.stage == Stage::Sent { near_expiry: true } && fetch.is_safe,
            Outcome::NotSent => false,
        };
        if !is_refusal || fetch.stage == Stage::SentAgain {
            return self.act(id, Action::Deliver);
        }
        // A token that was itself issued after a refusal justifies no further renewal until it has reached an
        // age that doubles each time.
        let may_help = self.session().is_some_and(|session| session.may_renew_refused(now));
        if may_help && self.generation() == fetch.generation {
            self.begin_renewal(true, true, now);
        }
        fetch.stage = Stage::Refused;
        self.continue_api_fetch(id, fetch, now);
    }

    /// Replays a refused request once, with a newer token of the same session.
    fn send_again(&mut self, id: FetchId, mut fetch: ApiFetch, now: Now) {
        let is_renewed = fetch.generation.is_some_and(|generation| self.is_renewed_since(generation));
        let authorization = match self.access(fetch.token, now) {
            Access::Bearer(authorization) if is_renewed => authorization.clone(),
            _ => return self.act(id, Action::Deliver),
        };
        let body = match fetch.body {
            BodyState::Streams | BodyState::Unread => return self.act(id, Action::Deliver),
            BodyState::Held => {
                fetch.stage = Stage::AwaitingBody;
                self.act(id, Action::AwaitBody);
                return self.fetches.insert(id, Fetch::Api(fetch));
            }
            BodyState::Read => Body::Held,
            BodyState::None => Body::Stream,
        };
        fetch.stage = Stage::SentAgain;
        self.send(id, fetch, authorization, body);
    }

    pub(super) fn continue_api_fetch(&mut self, id: FetchId, fetch: ApiFetch, now: Now) {
        match fetch.stage {
            Stage::Queued(..) => {
                let size = fetch.size;
                self.send_or_queue(id, fetch, &|| size, now);
            }
            Stage::Refused if !self.is_renewing() => self.send_again(id, fetch, now),
            _ => self.fetches.insert(id, Fetch::Api(fetch)),
        }
    }
}

fn body_state(platform: &dyn Platform) -> BodyState {
    let content_type = platform.content_type();
    if platform.is_keepalive() {
        BodyState::Unread
    } else if content_type.is_empty() {
        BodyState::None
    } else if may_hold_body(&content_type) {
        BodyState::Held
    } else {
        BodyState::Streams
    }
}
