//! API requests: how they are sent, queued and replayed.

use super::fetches::Fetch;
use super::{Action, Body, FetchId, Outcome, Outgoing, Platform, Vault};
use crate::policy::{self, may_hold_body};
use crate::problem::REDIRECT_REFUSED;
use crate::response::Response;
use crate::session_manager::{ApiRequest, Head, SessionManager, Step};
use crate::time::Now;

#[derive(Debug)]
pub(super) struct ApiFetch {
    request: ApiRequest,
    head: Option<Head>,
    /// Send it as a CORS request: a `no-cors` request (`<img>`, beacons) may not carry an `Authorization`
    /// header.
    as_cors: bool,
    /// Do not follow redirects: the browser would send the token along.
    stops_redirects: bool,
    body: BodyState,
    stage: Stage,
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
enum Stage {
    /// The body is being read before the request is sent.
    ReadingBody,
    /// Queued since this time; route it again after this many milliseconds.
    Queued(Now, u64),
    Sent,
    /// The API responded with 401, and a renewal is under way.
    Refused,
    /// The copy of the body is being completed for a replay.
    AwaitingBody,
    SentAgain,
}

impl ApiFetch {
    pub(super) fn deadline(&self, now: Now) -> Option<u64> {
        match self.stage {
            Stage::Queued(since, length) => Some(length.saturating_sub(now.since(since))),
            _ => None,
        }
    }
}

impl Vault {
    pub(super) fn api_fetch(
        &mut self,
        id: FetchId,
        api_request: ApiRequest,
        stops_redirects: bool,
        request: policy::Request<'_>,
        platform: &dyn Platform,
        now: Now,
    ) {
        let is_safe = policy::is_safe_method(request.method);
        let head = || Head { url: request.url.len(), headers: platform.header_size(), has_body: !is_safe };
        let body = if is_safe { BodyState::None } else { body_state(platform) };
        let fetch = ApiFetch {
            request: api_request,
            head: (body == BodyState::Unread).then(head),
            as_cors: request.mode == "no-cors",
            stops_redirects,
            body,
            stage: Stage::Sent,
        };
        self.route(id, fetch, &head, now);
    }

    /// Routes the request: sends it if there is a token.
    fn route(&mut self, id: FetchId, mut fetch: ApiFetch, head: &dyn Fn() -> Head, now: Now) {
        // The renewal may outlast the response, so keep the worker alive for it.
        self.renew(Some(id), |sessions| sessions.renewal(false, now));
        match self.sessions.route(&mut fetch.request, head, now) {
            Step::Send if fetch.body == BodyState::Unread => {
                fetch.stage = Stage::ReadingBody;
                self.act(id, Action::ReadBody);
                self.fetches.insert(id, Fetch::Api(fetch));
            }
            Step::Send => {
                fetch.stage = Stage::Sent;
                let body = match fetch.body {
                    BodyState::Held => Body::StreamAndHold,
                    BodyState::Read => Body::Held,
                    BodyState::Streams | BodyState::Unread | BodyState::None => Body::Stream,
                };
                self.send(id, fetch, body, now);
            }
            Step::Wait(ms) => {
                fetch.stage = Stage::Queued(now, ms);
                self.fetches.insert(id, Fetch::Api(fetch));
            }
            Step::Pass => self.act(id, Action::Pass),
            Step::Respond(response) => self.act(id, Action::Respond(response)),
        }
    }

    fn send(&mut self, id: FetchId, fetch: ApiFetch, body: Body, now: Now) {
        let Some(authorization) = self.sessions.authorization(&fetch.request, now) else {
            return self.act(id, Action::Fail);
        };
        let outgoing = Outgoing {
            authorization: authorization.clone(),
            as_cors: fetch.as_cors,
            stop_redirects: fetch.stops_redirects,
            body,
        };
        self.act(id, Action::Send(outgoing));
        self.fetches.insert(id, Fetch::Api(fetch));
    }

    /// Removes and returns the API request `id` if its stage matches.
    fn api(&mut self, id: FetchId, is_due: impl Fn(Stage) -> bool) -> Option<ApiFetch> {
        match self.fetches.remove(id)? {
            Fetch::Api(fetch) if is_due(fetch.stage) => Some(fetch),
            fetch => {
                self.fetches.insert(id, fetch);
                None
            }
        }
    }

    pub(super) fn body_read(&mut self, id: FetchId, is_complete: bool, now: Now) {
        let is_due = |stage| matches!(stage, Stage::ReadingBody | Stage::AwaitingBody);
        let Some(mut fetch) = self.api(id, is_due) else { return };
        match fetch.stage {
            Stage::ReadingBody if is_complete => {
                fetch.body = BodyState::Read;
                let head = fetch.head.unwrap_or_default();
                self.route(id, fetch, &|| head, now);
            }
            Stage::ReadingBody => self.act(id, Action::Fail),
            Stage::AwaitingBody if is_complete => {
                fetch.body = BodyState::Read;
                self.send_again(id, fetch, now);
            }
            _ => self.act(id, Action::Deliver),
        }
    }

    pub(super) fn sent(&mut self, id: FetchId, outcome: Outcome, now: Now) {
        let is_due = |stage| matches!(stage, Stage::Sent | Stage::SentAgain);
        let Some(mut fetch) = self.api(id, is_due) else { return };
        let status = match outcome {
            Outcome::Status(0) if fetch.stops_redirects => {
                return self.act(id, Action::Respond(Response::problem(502, &REDIRECT_REFUSED)));
            }
            Outcome::Status(status) => Some(status),
            Outcome::Failed => None,
            Outcome::NotSent => return self.act(id, Action::Deliver),
        };
        let may_go_again = fetch.stage == Stage::Sent && SessionManager::is_refusal(&fetch.request, status);
        if !may_go_again {
            return self.act(id, Action::Deliver);
        }
        self.renew(None, |sessions| sessions.renewal_after_refusal(&fetch.request, now));
        fetch.stage = Stage::Refused;
        self.continue_api_fetch(id, fetch, now);
    }

    /// Replays a refused request once, with a newer token.
    fn send_again(&mut self, id: FetchId, mut fetch: ApiFetch, now: Now) {
        if self.sessions.authorization_again(&fetch.request, now).is_none() {
            return self.act(id, Action::Deliver);
        }
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
        self.send(id, fetch, body, now);
    }

    pub(super) fn continue_api_fetch(&mut self, id: FetchId, fetch: ApiFetch, now: Now) {
        match fetch.stage {
            Stage::Queued(..) => {
                let head = fetch.head.unwrap_or_default();
                self.route(id, fetch, &|| head, now);
            }
            Stage::Refused if !self.sessions.is_renewing() => self.send_again(id, fetch, now),
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
