//! The session's state and every transition of it.
//!
//! The session may change while a request to the authorization server is under way, so each of them records
//! the [`Generation`] or session it belongs to. A response that belongs to an earlier one is dropped: a token
//! response that arrives after sign-out never restores the session.

use super::pages::Notice;
use super::{Call, Effect, Vault};
use crate::claims::Expected;
use crate::config::{Recovery, TokenKind};
use crate::form;
use crate::json::{self, Json};
use crate::problem::{INTERRUPTED, Problem, REVOCATION_FAILED, SESSION_EXPIRED, SESSION_LOST, UNREACHABLE};
use crate::renewal::{Schedule, Urgency};
use crate::secret::Authorization;
use crate::session::{Lost, Session};
use crate::time::Now;
use crate::token::{
    FormRequest, NO_ID_TOKEN, TokenError, TokenResponse, Tokens, refresh_request, revocation_request,
};

/// How long a new worker waits for its keepers, in milliseconds. After an update, keepers pause for
/// [`QUIET_TIME`](crate::frames::QUIET_TIME) before they connect. A frozen keeper never responds.
pub(super) const KEEPER_TIMEOUT: u64 = 4_000;

/// How long an API request waits for a token, in milliseconds.
pub(super) const QUEUE_TIME: u64 = 10_000;

#[derive(Debug)]
pub(super) enum State {
    /// The worker has just started. Holds the session hint once that is read.
    Starting(Option<String>),
    Anonymous,
    Authenticated(Live),
    /// There was a session, and this worker has lost it.
    Recovering {
        lost: Lost,
        from: Source,
        /// Why recovery is not possible at the moment.
        trouble: Option<Problem>,
    },
}

/// A signed-in session and the state that belongs to it alone.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) session: Session,
    /// The generation in which this worker received the session.
    pub(super) since: Generation,
    /// The generation of its current tokens.
    pub(super) tokens: Generation,
    pub(super) renewal: Schedule,
    /// Why renewal is not possible at the moment.
    trouble: Option<Problem>,
    /// Set if the session came from an outdated copy. A newer copy existed, so the refresh token of this one may
    /// have been used already.
    missed: Option<Lost>,
}

impl Live {
    /// Call after the session's tokens have been replaced.
    fn renewed(&mut self, generation: Generation) {
        self.tokens = generation;
        self.renewal = Schedule::default();
        self.trouble = None;
        self.missed = None;
    }
}

/// Where a lost session may be recovered from.
#[derive(Debug)]
pub(super) enum Source {
    /// Keepers. Those in `waiting_for` have not responded yet. `fallback` is used only if none of them has a
    /// better copy: the device copy, which has no access token, or the outdated copy of a keeper that missed a
    /// renewal.
    Keepers { since: Now, waiting_for: Vec<String>, fallback: Option<Session> },
    /// The authorization server. Holds the time when a page last started a silent sign-in.
    Server(Option<Now>),
}

/// Whether an API request gets a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Access<'a> {
    /// The value of its `Authorization` header.
    Bearer(&'a Authorization),
    /// No token yet. Wait for the next change, at most this many milliseconds.
    Wait(u64),
    /// The user is signed out.
    Anonymous,
}

/// Counts sign-ins, hand-overs, renewals and sign-outs in this worker. No two sets of tokens have the same
/// generation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(u64);

impl Generation {
    fn next(&mut self) -> Self {
        self.0 += 1;
        *self
    }
}

/// A renewal under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    generation: Generation,
    begun: Now,
    /// Whether an API's 401 caused it.
    refused: bool,
}

impl Vault {
    /// Decides where the session of the hint may come from. `keepers` are the client IDs of the keepers.
    pub(super) fn begin(&mut self, keepers: Vec<String>, now: Now) {
        let State::Starting(hint) = &self.state else { return };
        let remembered = self.remembered.take();
        match hint.as_deref().and_then(Lost::parse) {
            None => self.state = State::Anonymous,
            Some(lost) => {
                let fallback = remembered.filter(|session| lost.is(session));
                let is_alone = keepers.is_empty();
                let from = Source::Keepers { since: now, waiting_for: keepers, fallback };
                self.state = State::Recovering { lost, from, trouble: None };
                if is_alone {
                    self.give_up_keepers();
                }
                if self.session().is_some() {
                    self.reported.lost = Some(now);
                }
            }
        }
        self.changed = true;
    }

    /// The session hint to store, so that the next worker knows which session there is. Not secret.
    pub(super) fn session_hint(&self) -> Option<String> {
        match &self.state {
            State::Starting(hint) => hint.clone(),
            State::Anonymous => None,
            // An outdated copy must not replace the hint of the newer session.
            State::Authenticated(Live { session, missed, .. }) => {
                Some(missed.as_ref().map_or_else(|| session.session_hint(), Lost::session_hint))
            }
            State::Recovering { lost, .. } => Some(lost.session_hint()),
        }
    }

    /// Whether [`begin`](Self::begin) has not been called yet.
    pub(super) fn is_starting(&self) -> bool {
        matches!(self.state, State::Starting(_))
    }

    /// Whether the session's status is known. It is not while a keeper may still return the session.
    pub(super) fn is_decided(&self) -> bool {
        !matches!(self.state, State::Starting(_) | State::Recovering { from: Source::Keepers { .. }, .. })
    }

    /// Whether the user is signed out. Keepers must then forget their copies.
    pub(super) fn is_anonymous(&self) -> bool {
        matches!(self.state, State::Anonymous)
    }

    /// The ID of the session that this worker has lost and that a keeper may have.
    pub(super) fn wanted_copy(&self) -> Option<&str> {
        match &self.state {
            State::Recovering { lost, .. } => Some(&lost.id),
            _ => None,
        }
    }

    /// Takes the copy of the keeper `client_id`; empty if it has none. Accepts only the lost session, or
    /// newer tokens of the current one. A copy that arrives after sign-out or belongs to an earlier session
    /// is dropped.
    pub(super) fn restore(&mut self, client_id: &str, copy: &[u8], now: Now) {
        let session = Session::from_copy(copy, now).filter(|session| !session.is_over(now));
        match (&mut self.state, session) {
            (State::Recovering { lost, from, .. }, Some(session)) if lost.is(&session) => match from {
                Source::Keepers { fallback, .. } if lost.is_ahead_of(&session) => {
                    if fallback.as_ref().is_none_or(|other| session.supersedes(other)) {
                        *fallback = Some(session);
                    }
                    self.keeper_responded(client_id);
                }
                _ => {
                    let missed = lost.is_ahead_of(&session).then(|| lost.clone());
                    self.hold(session, missed);
                }
            },
            (State::Authenticated(live), Some(session)) if session.supersedes(&live.session) => {
                live.session = session;
                live.renewed(self.generation.next());
            }
            (State::Recovering { .. }, _) => self.keeper_responded(client_id),
            _ => {}
        }
    }

    /// Milliseconds until [`give_up_keepers`](Self::give_up_keepers) is due, if the vault waits for keepers.
    pub(super) fn keeper_deadline(&self, now: Now) -> Option<u64> {
        match &self.state {
            State::Recovering { from: Source::Keepers { since, .. }, .. } => {
                Some(KEEPER_TIMEOUT.saturating_sub(now.awake_since(*since)))
            }
            _ => None,
        }
    }

    /// Stops waiting for keepers, after [`KEEPER_TIMEOUT`] or because there are none.
    pub(super) fn give_up_keepers(&mut self) {
        if let State::Recovering { lost, from: Source::Keepers { fallback, .. }, .. } = &mut self.state {
            let (fallback, lost) = (fallback.take(), lost.clone());
            if let Some(session) = fallback {
                let missed = lost.is_ahead_of(&session).then_some(lost);
                self.hold(session, missed);
            } else {
                self.recover_from_server(lost, SESSION_LOST, None);
            }
        }
    }

    /// Whether a request to an API that takes `token` gets one. Call
    /// [`begin_renewal`](Self::begin_renewal) first.
    pub(super) fn access(&self, token: TokenKind, now: Now) -> Access<'_> {
        let Live { session, renewal, .. } = match &self.state {
            State::Starting(_) | State::Recovering { .. } => return Access::Wait(QUEUE_TIME),
            State::Anonymous => return Access::Anonymous,
            State::Authenticated(live) => live,
        };
        let in_flight = renewal.in_flight();
        if session.is_spent(now) || (in_flight && session.urgency(now) == Urgency::Blocking) {
            return Access::Wait(if in_flight { QUEUE_TIME } else { renewal.pause(now) });
        }
        Access::Bearer(session.authorization(token))
    }

    /// The generation of the current tokens.
    pub(super) fn generation(&self) -> Option<Generation> {
        self.live().map(|live| live.tokens)
    }

    /// Whether the same session has been renewed since `generation`, so that a refused request may be
    /// replayed. False for another session: a request must never be replayed with another user's tokens.
    pub(super) fn is_renewed_since(&self, generation: Generation) -> bool {
        self.live().is_some_and(|live| (live.since..live.tokens).contains(&generation))
    }

    /// Whether the access token is so close to its expiry that a server may already refuse it.
    pub(super) fn is_near_expiry(&self, now: Now) -> bool {
        self.session().is_some_and(|session| session.urgency(now) > Urgency::None)
    }

    /// Begins a renewal if one is due, or in any case if `force` is set, but not while one is under way, nor
    /// during the pause after a failed one. `refused`: an API's 401 causes it. Returns whether it has begun.
    pub(super) fn begin_renewal(&mut self, force: bool, refused: bool, now: Now) -> bool {
        let State::Authenticated(live) = &mut self.state else { return false };
        let Live { session, tokens, renewal, .. } = live;
        if !force && session.urgency(now) == Urgency::None {
            return false;
        }
        let Some(refresh_token) = session.refresh_token() else {
            if session.is_spent(now) {
                let lost = session.lost();
                self.recover_from_server(lost, SESSION_EXPIRED, Some(now));
                self.changed = true;
            }
            return false;
        };
        if !renewal.begin(now) {
            return false;
        }
        let form = refresh_request(&self.config, refresh_token);
        let call = Call::Renewal(Renewal { generation: *tokens, begun: now, refused });
        self.effects.push(Effect::PostForm(call, form));
        true
    }

    /// Processes the token response of a renewal; `None` if there was no response.
    pub(super) fn complete_renewal(
        &mut self,
        renewal: &Renewal,
        response: Option<&TokenResponse<'_>>,
        now: Now,
    ) {
        let State::Authenticated(live) = &mut self.state else { return };
        if live.tokens != renewal.generation {
            return;
        }
        self.changed = true;
        let session = &mut live.session;
        let validated = response
            .ok_or(TokenError::Transient(UNREACHABLE))
            .and_then(|response| {
                Tokens::validate(response, &self.config, Expected::Subject(session.subject()))
            })
            .and_then(|tokens| match tokens.id_token {
                None if session.lacks_id_token(&self.config) => Err(TokenError::Final(NO_ID_TOKEN)),
                _ => Ok(tokens),
            });
        match validated {
            Ok(tokens) => {
                session.renew(tokens, &self.config, now);
                session.count_refusal(renewal.refused);
                live.renewed(self.generation.next());
                self.last_duration = now.since(renewal.begun);
            }
            Err(TokenError::Transient(problem)) => {
                live.renewal.failed(now, session.jitter());
                live.trouble = Some(problem);
            }
            Err(TokenError::Final(problem)) => {
                if let Some(mut lost) = live.missed.take() {
                    lost.refuse(session);
                    self.recover_from_server(lost, problem, Some(now));
                } else {
                    let interrupted = problem.code() == INTERRUPTED.code() && session.is_handed_over();
                    self.end_session(if interrupted { INTERRUPTED } else { problem }, Some(now));
                }
            }
        }
    }

    pub(super) fn is_renewing(&self) -> bool {
        self.live().is_some_and(|live| live.renewal.in_flight())
    }

    /// The session as the page `client_id` may see it: a JSON object.
    pub(super) fn snapshot(&self, client_id: &str) -> String {
        let status = match self.state {
            State::Authenticated(_) => "authenticated",
            State::Recovering { .. } => "recovering",
            State::Starting(_) | State::Anonymous => "anonymous",
        };
        let session = self.session();
        let notice = self.notices.of(client_id);
        let keepers = self.keepers.streams.len() as u64;
        let error = notice.and_then(|notice| notice.error.as_ref()).or(self.trouble()).map(Problem::to_json);
        json::object(&[
            ("status", status.into()),
            ("user", session.map(|session| Json::Raw(session.user())).into()),
            ("expiresAt", session.map(Session::expires_at).into()),
            ("renewsAt", session.map(Session::renews_at).into()),
            ("error", error.as_deref().map(Json::Raw).into()),
            ("signIn", self.sign_in_of(notice).into()),
            ("worker", Json::Object(&[("startedAt", self.started.wall.into()), ("keepers", keepers.into())])),
        ])
    }

    /// Signs out. The tokens are dropped at once, even if the revocation fails later. Returns the revocation
    /// request.
    pub(super) fn sign_out(&mut self) -> Option<FormRequest> {
        let revocation = self.revocation();
        self.state = State::Anonymous;
        self.signed_out = self.generation.next();
        self.notify_open_pages(&Notice { error: None, offer: true });
        self.changed = true;
        revocation
    }

    /// The revocation request for the session's refresh token, if it has one and there is an endpoint.
    pub(super) fn revocation(&self) -> Option<FormRequest> {
        revocation_request(&self.config, self.session()?.refresh_token()?)
    }

    /// Processes the end of a revocation that was begun in this generation. A failure is reported to the open
    /// pages; the session is gone all the same. A later success clears the error. Neither says anything about a
    /// later session.
    pub(super) fn revocation_ended(&mut self, begun: Generation, is_revoked: bool) {
        if begun != self.generation {
            return;
        }
        if is_revoked {
            for (_, notice) in &mut self.notices.known {
                notice.error.take_if(|error| *error == REVOCATION_FAILED);
            }
        } else if self.is_anonymous() {
            self.notify_open_pages(&Notice { error: Some(REVOCATION_FAILED), offer: true });
        }
        self.changed = true;
    }

    /// Records that a keeper has no current copy. Keepers that started after this worker are not in
    /// `waiting_for`.
    fn keeper_responded(&mut self, client_id: &str) {
        if let State::Recovering { from: Source::Keepers { waiting_for, .. }, .. } = &mut self.state {
            waiting_for.retain(|other| other != client_id);
            if waiting_for.is_empty() {
                self.give_up_keepers();
            }
        }
    }

    pub(super) fn session(&self) -> Option<&Session> {
        self.live().map(|live| &live.session)
    }

    pub(super) fn live(&self) -> Option<&Live> {
        match &self.state {
            State::Authenticated(live) => Some(live),
            _ => None,
        }
    }

    /// Why the session cannot be renewed or recovered at the moment.
    pub(super) fn trouble(&self) -> Option<&Problem> {
        match &self.state {
            State::Authenticated(Live { trouble, .. }) | State::Recovering { trouble, .. } => {
                trouble.as_ref()
            }
            State::Starting(_) | State::Anonymous => None,
        }
    }

    /// Recovers the session from the authorization server: no keeper has a usable copy. If the configuration
    /// disables recovery, ends the session with `otherwise`.
    fn recover_from_server(&mut self, lost: Lost, otherwise: Problem, now: Option<Now>) {
        match self.config.recovery {
            Recovery::None => self.end_session(otherwise, now),
            Recovery::Redirect => {
                self.state = State::Recovering { lost, from: Source::Server(None), trouble: None };
            }
        }
    }

    pub(super) fn hold(&mut self, session: Session, missed: Option<Lost>) {
        self.notify_open_pages(&Notice::default());
        let is_same_user = match &self.state {
            State::Authenticated(live) => live.session.subject() == session.subject(),
            State::Recovering { lost, .. } => lost.has_user_of(&session),
            State::Starting(_) | State::Anonymous => false,
        };
        let since = self.generation.next();
        if !is_same_user {
            self.user = since;
        }
        let (tokens, renewal) = (since, Schedule::default());
        self.state = State::Authenticated(Live { session, since, tokens, renewal, trouble: None, missed });
    }

    /// Where the page of the app at `origin` goes after a sign-out: the authorization server's logout endpoint,
    /// or the app's root. Cognito's `/logout` takes `logout_uri`; `OpenID` Connect RP-Initiated Logout takes
    /// `post_logout_redirect_uri`. Each ignores the other parameter.
    pub(super) fn logout_location(&self, origin: &str) -> String {
        let sign_out_uri = self.config.sign_out_uri(origin);
        let Some(endpoint) = &self.config.provider.logout_endpoint else { return sign_out_uri };
        let query = form::text(&[
            ("client_id", &self.config.provider.client_id),
            ("logout_uri", &sign_out_uri),
            ("post_logout_redirect_uri", &sign_out_uri),
        ]);
        let separator = if endpoint.query().is_empty() { "?" } else { "&" };
        [endpoint.as_str(), separator, &query].concat()
    }
}
