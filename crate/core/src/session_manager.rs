//! The session and everything that may change it.
//!
//! The vault never waits: a call that needs the network returns the request to perform, and its response comes
//! back through another call. In between anything may have happened, so what is under way remembers what it was
//! begun for, and a response for something that is over is dropped: a token response that arrives after sign-out
//! never resurrects the session.

mod api;
mod happenings;
mod login;
mod pages;
mod problems;

pub use api::{ApiRequest, Head, QUEUE_SIZE, QUEUE_TIME, Step};
pub use login::{AuthorizationRequest, CallbackOutcome, Exchange, LoginOutcome};

use crate::claims::Expected;
use crate::config::{Config, Recovery, TokenKind};
use crate::form;
use crate::json::{self, Json};
use crate::problem::Problem;
use crate::renewal::{Schedule, Urgency};
use crate::secret::{Authorization, Form, SessionCopy};
use crate::session::{Lost, Session};
use crate::time::Now;
use crate::token::{TokenError, TokenResponse, Tokens, UNREACHABLE, refresh_request, revocation_request};
use crate::transaction::Transaction;
use crate::url::HttpUrl;
use happenings::Told;
use pages::{Notice, Pages};
use problems::{INTERRUPTED, REVOCATION_FAILED, SESSION_EXPIRED, SESSION_LOST};

/// How long a new worker waits for its keepers, in milliseconds. They are quiet for a second and a half after an
/// update, and a frozen one never answers.
pub(crate) const KEEPER_PATIENCE: u64 = 4_000;

/// The vault's state.
#[derive(Debug)]
pub struct SessionManager {
    config: Config,
    state: State,
    /// Why the session cannot be renewed or recovered at the moment. Gone with its cause.
    trouble: Option<Problem>,
    pages: Pages,
    renewal: Schedule,
    /// Tells one user's session from the next in this worker.
    epoch: u32,
    sign_outs: u32,
    /// What the session in hand has missed: it was the last resort, and its refresh token may be used up.
    missed: Option<Lost>,
    /// Sign-ins under way, the oldest first.
    transactions: Vec<Transaction>,
    /// How long the last sign-in or renewal took, in milliseconds.
    took: u64,
    /// What the API requests that wait take up, in bytes.
    queued: usize,
    told: Told,
}

#[derive(Debug)]
enum State {
    /// This worker has just started and does not know yet whether there was a session.
    Starting,
    Anonymous,
    Authenticated(Session),
    /// There was a session, and this worker has not got it.
    Recovering {
        lost: Lost,
        from: Source,
    },
}

/// Where a lost session may come from.
#[derive(Debug)]
enum Source {
    /// From keepers, of which these have not answered yet. One that slept has missed renewals: what it has is the
    /// last resort.
    Keepers { waiting_for: Vec<String>, outdated: Option<Session> },
    /// From the authorization server, which was last asked then.
    Server(Option<Now>),
}

/// What an API request gets.
#[derive(Debug, PartialEq, Eq)]
pub enum Access<'a> {
    /// This `Authorization` header's value.
    Bearer(&'a Authorization),
    /// Nothing yet: ask again after the next change, at the latest after so many milliseconds.
    Wait(u64),
    /// Nothing: nobody is signed in.
    Anonymous,
}

/// Which access token a request went out with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenMark {
    epoch: u32,
    serial: u64,
}

/// A form to post to the token endpoint or the revocation endpoint.
#[derive(Debug, Clone)]
pub struct FormRequest {
    /// Where to.
    pub url: HttpUrl,
    /// `application/x-www-form-urlencoded`.
    pub body: Form,
}

/// A renewal under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renewal {
    mark: TokenMark,
    begun: Now,
    /// Because an API refused the token.
    refused: bool,
}

/// What signing out leaves to do.
#[derive(Debug)]
pub struct SignOut {
    /// The refresh token's revocation, if there is one to revoke and somewhere to do it.
    pub revocation: Option<FormRequest>,
    /// Where the page goes next: the authorization server's own sign-out, or the app.
    pub location: String,
}

impl SessionManager {
    /// The vault of a worker that has just started.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let renewal = Schedule::default();
        Self {
            config,
            state: State::Starting,
            trouble: None,
            pages: Pages::default(),
            renewal,
            epoch: 0,
            sign_outs: 0,
            missed: None,
            transactions: Vec::new(),
            took: 0,
            queued: 0,
            told: Told::default(),
        }
    }

    /// What the vault was configured with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Tells a vault that has just started what earlier workers left: the [`session_hint`](Self::session_hint), and the keepers by
    /// their client IDs.
    pub fn begin(&mut self, hint: Option<&str>, keepers: Vec<String>) {
        if matches!(self.state, State::Starting) {
            match hint.and_then(Lost::parse) {
                None => self.state = State::Anonymous,
                Some(lost) if !keepers.is_empty() => {
                    let from = Source::Keepers { waiting_for: keepers, outdated: None };
                    self.state = State::Recovering { lost, from };
                }
                Some(lost) => self.ask_server(lost, SESSION_LOST, None),
            }
        }
    }

    /// What has to be in storage for the worker after this one: which session there is, or was until a worker died.
    /// No secret.
    #[must_use]
    pub fn session_hint(&self) -> Option<String> {
        match &self.state {
            // The newest there was, which an outdated copy is not.
            State::Authenticated(session) => {
                Some(self.missed.as_ref().map_or_else(|| session.session_hint(), Lost::session_hint))
            }
            State::Recovering { lost, .. } => Some(lost.session_hint()),
            State::Starting | State::Anonymous => None,
        }
    }

    /// Whether this vault still has to [`begin`](Self::begin).
    #[must_use]
    pub fn is_starting(&self) -> bool {
        matches!(self.state, State::Starting)
    }

    /// Whether pages can be told something: not while a session may come back from a keeper any moment.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        !matches!(self.state, State::Starting | State::Recovering { from: Source::Keepers { .. }, .. })
    }

    /// Whether nobody is signed in: then keepers must forget what they have.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        matches!(self.state, State::Anonymous)
    }

    /// The ID of the session that this worker has lost, and that a keeper may have.
    #[must_use]
    pub fn wanted_copy(&self) -> Option<&str> {
        match &self.state {
            State::Recovering { lost, .. } => Some(&lost.id),
            _ => None,
        }
    }

    /// Whether this worker lost a session that a keeper may have.
    #[must_use]
    pub fn wants_copy(&self) -> bool {
        matches!(self.state, State::Recovering { .. })
    }

    /// The session for the keepers' memory.
    #[must_use]
    pub fn copy(&self, now: Now) -> Option<SessionCopy> {
        self.session().map(|session| session.copy(now))
    }

    /// Takes the copy of the keeper `client_id`, empty if it has none. Only the session that was lost is taken, or newer tokens of
    /// the one there is: a copy that arrives after sign-out, or of an earlier session, never comes back.
    pub fn restore(&mut self, client_id: &str, copy: &[u8], now: Now) {
        let session = Session::from_copy(copy, now).filter(|session| !session.is_over(now));
        match (&mut self.state, session) {
            (State::Recovering { lost, from }, Some(session)) if lost.is(&session) => match from {
                Source::Keepers { outdated, .. } if lost.is_ahead_of(&session) => {
                    if outdated.as_ref().is_none_or(|other| session.supersedes(other)) {
                        *outdated = Some(session);
                    }
                    self.has_answered(client_id);
                }
                _ => {
                    let missed = lost.is_ahead_of(&session).then(|| lost.clone());
                    self.hold(session);
                    self.missed = missed;
                }
            },
            (State::Authenticated(current), Some(session)) if session.supersedes(current) => {
                *current = session;
                self.missed = None;
                self.renewal = Schedule::default();
                self.trouble = None;
            }
            (State::Recovering { .. }, _) => self.has_answered(client_id),
            _ => {}
        }
    }

    /// The keepers had [`KEEPER_PATIENCE`] to answer.
    pub fn give_up_keepers(&mut self) {
        if let State::Recovering { lost, from: Source::Keepers { outdated, .. } } = &mut self.state {
            let (outdated, lost) = (outdated.take(), lost.clone());
            if let Some(session) = outdated {
                self.hold(session);
                self.missed = Some(lost);
            } else {
                self.ask_server(lost, SESSION_LOST, None);
            }
        }
    }

    /// What a request to an API that wants `token` gets. Ask for a [`renewal`](Self::renewal) first.
    #[must_use]
    pub fn access(&self, token: TokenKind, now: Now) -> Access<'_> {
        let session = match &self.state {
            State::Starting | State::Recovering { .. } => return Access::Wait(QUEUE_TIME),
            State::Anonymous => return Access::Anonymous,
            State::Authenticated(session) => session,
        };
        let in_flight = self.renewal.in_flight();
        if session.is_spent(now) || (in_flight && session.urgency(now) == Urgency::Blocking) {
            return Access::Wait(if in_flight { QUEUE_TIME } else { self.renewal.pause(now) });
        }
        Access::Bearer(session.authorization(token))
    }

    /// Which access token there is.
    #[must_use]
    pub fn token_mark(&self) -> Option<TokenMark> {
        self.session().map(|session| TokenMark { epoch: self.epoch, serial: session.serial() })
    }

    /// Whether a request that went out with `mark` and was refused may go out again now: the same user's token has
    /// been renewed since. Never with another user's.
    #[must_use]
    pub fn is_renewed_since(&self, mark: TokenMark) -> bool {
        self.token_mark().is_some_and(|now| now.epoch == mark.epoch && now.serial > mark.serial)
    }

    /// Whether the access token is so near its end that a server may already refuse it.
    #[must_use]
    pub fn is_near_expiry(&self, now: Now) -> bool {
        self.session().is_some_and(|session| session.urgency(now) > Urgency::None)
    }

    /// The refresh request to perform now, if it is time, or if `wanted` whether it is or not. Bring the response
    /// to [`complete_renewal`](Self::complete_renewal). One at a time, and not while a failed one makes a pause.
    pub fn renewal(&mut self, wanted: bool, now: Now) -> Option<(FormRequest, Renewal)> {
        let session = self.session()?;
        if !wanted && session.urgency(now) == Urgency::None {
            return None;
        }
        let Some(refresh_token) = session.refresh_token() else {
            if session.is_spent(now)
                && let Some(lost) = Lost::parse(&session.session_hint())
            {
                self.ask_server(lost, SESSION_EXPIRED, Some(now));
            }
            return None;
        };
        let request = FormRequest {
            url: self.config.provider.token_endpoint.clone(),
            body: refresh_request(&self.config, refresh_token),
        };
        let mark = self.token_mark()?;
        self.renewal.begin(now).then_some((request, Renewal { mark, begun: now, refused: false }))
    }

    /// Takes the token response of a renewal; `None` if there was no response.
    pub fn complete_renewal(&mut self, renewal: &Renewal, response: Option<&TokenResponse<'_>>, now: Now) {
        if self.token_mark() != Some(renewal.mark) {
            return;
        }
        let State::Authenticated(session) = &mut self.state else { return };
        let judged = response
            .ok_or(UNREACHABLE)
            .and_then(|response| Tokens::judge(response, &self.config, Expected::Subject(session.subject())));
        match judged {
            Ok(tokens) => {
                session.renew(tokens, &self.config, now);
                session.count_refusal(renewal.refused);
                self.took = now.since(renewal.begun);
                self.missed = None;
                self.renewal = Schedule::default();
                self.trouble = None;
            }
            Err(TokenError::Transient(problem)) => {
                self.renewal.failed(now, session.jitter());
                self.trouble = Some(problem);
            }
            Err(TokenError::Final(problem)) if self.missed.is_some() => {
                if let Some(mut lost) = self.missed.take() {
                    lost.refuse(session);
                    self.ask_server(lost, problem, Some(now));
                }
            }
            Err(TokenError::Final(problem)) => {
                let interrupted = problem.code() == INTERRUPTED.code() && session.is_handed_over();
                self.end_session(if interrupted { INTERRUPTED } else { problem }, Some(now));
            }
        }
    }

    /// Whether a renewal is under way.
    #[must_use]
    pub fn is_renewing(&self) -> bool {
        self.renewal.in_flight()
    }

    /// The session as the page `client_id` may see it: a JSON text. `worker` is what the platform knows of the worker
    /// itself.
    #[must_use]
    pub fn snapshot(&self, client_id: &str, worker: Json<'_>) -> String {
        let status = match self.state {
            State::Authenticated(_) => "authenticated",
            State::Recovering { .. } => "recovering",
            State::Starting | State::Anonymous => "anonymous",
        };
        let session = self.session();
        let notice = self.pages.of(client_id);
        let error =
            notice.and_then(|notice| notice.error.as_ref()).or(self.trouble.as_ref()).map(Problem::to_json);
        json::object(&[
            ("status", status.into()),
            ("user", session.map(|session| Json::Raw(session.user())).into()),
            ("expiresAt", session.map(Session::expires_at).into()),
            ("renewsAt", session.map(Session::renews_at).into()),
            ("error", error.as_deref().map(Json::Raw).into()),
            ("signIn", self.sign_in_of(notice).into()),
            ("worker", worker),
        ])
    }

    /// Signs out: the tokens are gone when this returns, whatever becomes of the revocation.
    pub fn sign_out(&mut self) -> SignOut {
        let endpoint = self.config.provider.revocation_endpoint.clone();
        let refresh_token = self.session().and_then(Session::refresh_token);
        let revocation = endpoint.zip(refresh_token).map(|(url, refresh_token)| FormRequest {
            url,
            body: revocation_request(&self.config, refresh_token),
        });
        self.forget();
        self.sign_outs += 1;
        self.tell_open(&Notice { error: None, offer: true });
        SignOut { revocation, location: self.logout_location() }
    }

    /// The refresh token could not be revoked: the session is gone all the same, and the open pages are told.
    pub fn revocation_failed(&mut self) {
        if self.is_anonymous() {
            self.tell_open(&Notice { error: Some(REVOCATION_FAILED), offer: true });
        }
    }

    /// It could be, later.
    pub fn revocation_succeeded(&mut self) {
        for (_, notice) in &mut self.pages.known {
            notice.error.take_if(|error| *error == REVOCATION_FAILED);
        }
    }

    /// A keeper had nothing better. One that came after this worker does not answer for those it waits for.
    fn has_answered(&mut self, client_id: &str) {
        if let State::Recovering { from: Source::Keepers { waiting_for, .. }, .. } = &mut self.state {
            waiting_for.retain(|other| other != client_id);
            if waiting_for.is_empty() {
                self.give_up_keepers();
            }
        }
    }

    fn session(&self) -> Option<&Session> {
        match &self.state {
            State::Authenticated(session) => Some(session),
            _ => None,
        }
    }

    /// Nothing is left in this browser: only the authorization server may know the user still.
    fn ask_server(&mut self, lost: Lost, otherwise: Problem, now: Option<Now>) {
        match self.config.recovery {
            Recovery::None => self.end_session(otherwise, now),
            Recovery::Redirect => {
                self.renewal = Schedule::default();
                self.trouble = None;
                self.state = State::Recovering { lost, from: Source::Server(None) };
            }
        }
    }

    fn hold(&mut self, session: Session) {
        self.epoch += 1;
        self.missed = None;
        self.renewal = Schedule::default();
        self.trouble = None;
        self.tell_open(&Notice::default());
        self.state = State::Authenticated(session);
    }

    fn forget(&mut self) {
        self.renewal = Schedule::default();
        self.trouble = None;
        self.state = State::Anonymous;
    }

    /// Cognito's `/logout` takes `logout_uri`, `OpenID` Connect RP-Initiated Logout `post_logout_redirect_uri`;
    /// each ignores the other's.
    fn logout_location(&self) -> String {
        let sign_out_uri = self.config.sign_out_uri();
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

#[cfg(test)]
mod tests;
