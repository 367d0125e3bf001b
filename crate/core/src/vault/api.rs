//! A page's request to an API on its way through the vault.

use super::fetches::Fetch;
use super::{Action, Body, FetchId, Outcome, Outgoing, Platform, Vault};
use crate::policy::{self, may_hold_body};
use crate::response::Response;
use crate::session_manager::{ApiRequest, Head, SessionManager, Step};
use crate::time::Now;

#[derive(Debug)]
pub(super) struct ApiFetch {
    request: ApiRequest,
    head: Option<Head>,
    /// It is made anew as a CORS request: `no-cors` ones (`<img>`, beacons) may not carry the header.
    as_cors: bool,
    /// The page would have redirects followed, and the token might go along.
    stops_redirects: bool,
    body: BodyState,
    stage: Stage,
}

/// What may be done about the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BodyState {
    /// It streams through and cannot be sent again.
    Streams,
    /// It streams through while a copy is read, for a second attempt.
    Held,
    /// It is to be read before it is sent. WebKit refuses to pass on a keepalive request whose body is a stream, which every
    /// body is in a worker. The Fetch standard limits keepalive bodies to 64 KiB.
    Unread,
    /// The edge has it.
    Read,
    /// There is none, or none that a request shows. If there is one after all, it is used up when the request is to be sent
    /// again, and the platform refuses.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its body is being read.
    ReadingBody,
    /// There is no token that it may be sent with. To be looked at again at the latest after so many milliseconds from then.
    Queued(Now, u64),
    Sent,
    /// The API refused the token, and a renewal is under way.
    Refused,
    /// The copy of its body is being completed.
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

    /// Sends the request if there is a token for it.
    fn route(&mut self, id: FetchId, mut fetch: ApiFetch, head: &dyn Fn() -> Head, now: Now) {
        let tokens = self.sessions.generation();
        let renewal = self.sessions.renewal(false, now);
        // A session that cannot be renewed is over at its end.
        self.changed |= self.sessions.generation() != tokens;
        // The response may be long gone when the renewal ends.
        self.renew(renewal, Some(id));
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
                self.timer.is_stale = true;
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

    /// Takes out the API's fetch event `id`, if it is at the stage that something came of.
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
                return self.act(id, Action::Respond(Response::redirect_refused()));
            }
            Outcome::Status(status) => Some(status),
            Outcome::Failed => None,
            Outcome::NotSent => return self.act(id, Action::Deliver),
        };
        let may_go_again = fetch.stage == Stage::Sent && SessionManager::is_refusal(&fetch.request, status);
        if !may_go_again {
            return self.act(id, Action::Deliver);
        }
        let renewal = self.sessions.renewal_after_refusal(&fetch.request, now);
        self.renew(renewal, None);
        fetch.stage = Stage::Refused;
        self.continue_api_fetch(id, fetch, now);
    }

    /// The API refused the token: the request goes out again with a newer one, once.
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
