//! Sign-in: the login request, the authorization response and the code exchange.

use super::{FormRequest, Generation, SessionManager, Source, State};
use crate::authorization::{LoginRequest, Randomness, authorization_request};
use crate::callback::Callback;
use crate::problem::{ANOTHER_USER, INVALID_STATE, MIXED_UP, Problem, UNREACHABLE};
use crate::return_to::ReturnTo;
use crate::secret::Nonce;
use crate::session::Session;
use crate::time::Now;
use crate::token::{TokenError, TokenResponse, Tokens, code_request};
use crate::transaction::{Kind, MOST, StoredTransaction, Transaction};

/// How long one silent sign-in may take before another tab may start one, in milliseconds.
const SILENT_SIGN_IN_TIMEOUT: u64 = 10_000;

/// How long a sign-in under way keeps the worker alive, in milliseconds. Chromium limits a fetch event to
/// five minutes.
const STAY: u64 = 270_000;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AuthorizationRequest {
    /// The URL to redirect to.
    pub url: String,
    /// The key of the stored transaction.
    pub storage_key: String,
    /// To be stored before the redirect.
    pub stored: StoredTransaction,
}

/// The outcome of a login request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LoginOutcome {
    /// Redirect to the authorization server.
    Authorize(AuthorizationRequest),
    /// Another tab's silent sign-in is under way. Call again after the next change or after this many
    /// milliseconds.
    Wait(u64),
    /// A silent sign-in without a lost session. The page stays where it is.
    NotNeeded,
}

/// The outcome of an authorization response.
#[derive(Debug)]
pub(crate) enum CallbackOutcome {
    /// Post this, and pass the response to [`SessionManager::complete_exchange`].
    Exchange(FormRequest, Exchange),
    /// The sign-in has ended. Redirect to this page, or to the login endpoint if the worker has lost the
    /// transaction.
    Ended(ReturnTo),
}

/// A code exchange under way.
#[derive(Debug)]
pub(crate) struct Exchange {
    session_id: String,
    nonce: Nonce,
    return_to: ReturnTo,
    recovers: Option<String>,
    /// The generation in which it began. A later sign-out voids it.
    generation: Generation,
    begun: Now,
}

impl SessionManager {
    /// Begins a sign-in and keeps its transaction in memory.
    ///
    /// # Errors
    ///
    /// See [`LoginRequest::parse`].
    pub(crate) fn login(
        &mut self,
        query: &str,
        randomness: &Randomness,
        now: Now,
    ) -> Result<LoginOutcome, Problem> {
        let request = LoginRequest::parse(query, &self.config)?;
        let recovers = match &mut self.state {
            _ if !request.is_silent() => {
                self.pages.returning = None;
                None
            }
            // One tab's silent sign-in recovers the session for all. Another tab may start one after the
            // timeout.
            State::Recovering { lost, from: Source::Server(asked), .. } => {
                let since = asked.map_or(SILENT_SIGN_IN_TIMEOUT, |asked| now.since(asked));
                let left = SILENT_SIGN_IN_TIMEOUT.saturating_sub(since);
                if left > 0 {
                    return Ok(LoginOutcome::Wait(left));
                }
                *asked = Some(now);
                Some(lost.id.clone())
            }
            _ => return Ok(LoginOutcome::NotNeeded),
        };
        let (url, transaction) = authorization_request(&self.config, request, recovers, randomness, now);
        let (storage_key, stored) = (transaction.storage_key(), transaction.stored.clone());
        if self.transactions.len() >= MOST {
            self.transactions.remove(0);
        }
        self.transactions.push(transaction);
        Ok(LoginOutcome::Authorize(AuthorizationRequest { url, storage_key, stored }))
    }

    /// How many more milliseconds a sign-in under way should keep the worker alive.
    #[must_use]
    pub(crate) fn awaits_response(&self, now: Now) -> u64 {
        let newest = self.transactions.last();
        newest.map_or(0, |transaction| STAY.saturating_sub(now.since(transaction.begun)))
    }

    /// Processes an authorization response. `stored` is the text stored under [`Callback::storage_key`],
    /// which the caller has removed from storage. Stored transaction and transaction are good for one
    /// response.
    pub(crate) fn callback(
        &mut self,
        callback: Result<Callback, Problem>,
        stored: Option<&str>,
        now: Now,
    ) -> CallbackOutcome {
        let Ok(callback) = callback else { return self.refuse(self.config.root(), now) };
        let matches = |transaction: &Transaction| transaction.state.expose() == callback.state.expose();
        let transaction =
            self.transactions.iter().position(matches).map(|index| self.transactions.remove(index));
        let Some(stored) = transaction
            .as_ref()
            .map(|transaction| transaction.stored.clone())
            .or_else(|| stored.and_then(StoredTransaction::parse))
        else {
            return self.refuse(self.config.root(), now);
        };
        let recovers = transaction.as_ref().and_then(|transaction| transaction.recovers.as_deref());
        // The user signed out, or signed in some other way, since this sign-in began: its result must not
        // change that. A silent sign-in without its transaction cannot recover a session; the page starts
        // another one.
        if !self.is_still_relevant(recovers) || (stored.is_silent() && transaction.is_none()) {
            return CallbackOutcome::Ended(stored.return_to);
        }
        if !stored.is_fresh(now) {
            return self.refuse(stored.return_to, now);
        }
        // RFC 9207: a response with another issuer is a mix-up attack.
        let mixed_up = callback.issuer.is_some_and(|issuer| !self.config.provider.has_issuer(&issuer));
        match (if mixed_up { Err(MIXED_UP) } else { callback.result }, transaction) {
            (Err(problem), _) => {
                self.fail_login(problem, stored.is_silent(), now);
                CallbackOutcome::Ended(stored.return_to)
            }
            (Ok(code), Some(transaction)) => CallbackOutcome::Exchange(
                FormRequest {
                    url: self.config.provider.token_endpoint.clone(),
                    body: code_request(&self.config, &code, &transaction.verifier),
                },
                Exchange {
                    session_id: transaction.storage_key(),
                    nonce: transaction.nonce,
                    return_to: stored.return_to,
                    recovers: transaction.recovers,
                    generation: self.generation,
                    begun: now,
                },
            ),
            (Ok(_), None) => {
                let again = if stored.kind == Kind::User {
                    LoginRequest::again(&stored.return_to, &self.config)
                } else {
                    None
                };
                again.map_or_else(|| self.refuse(stored.return_to, now), CallbackOutcome::Ended)
            }
        }
    }

    /// Handles a response to a sign-in that this browser did not begin. Any site can send the user here with
    /// one, so it must not change a session.
    fn refuse(&mut self, return_to: ReturnTo, now: Now) -> CallbackOutcome {
        if self.is_anonymous() {
            self.fail_sign_in(INVALID_STATE, false, now);
        }
        CallbackOutcome::Ended(return_to)
    }

    /// Processes the token response of a code exchange, `None` if there was none. Returns where to redirect,
    /// and the revocation request for another user's session that the new one has replaced.
    ///
    /// A session of the same user is not revoked: some servers then revoke all tokens of that user.
    pub(crate) fn complete_exchange(
        &mut self,
        exchange: Exchange,
        response: Option<&TokenResponse<'_>>,
        now: Now,
    ) -> (ReturnTo, Option<FormRequest>) {
        let mut replaced = None;
        let validated = response
            .ok_or(TokenError::Transient(UNREACHABLE))
            .and_then(|response| Tokens::validate_sign_in(response, &self.config, &exchange.nonce));
        let silent = exchange.recovers.is_some();
        if exchange.generation < self.signed_out || !self.is_still_relevant(exchange.recovers.as_deref()) {
            return (exchange.return_to, None);
        }
        self.last_duration = now.since(exchange.begun);
        match validated {
            Ok(tokens) => {
                let session = Session::begin(&exchange.session_id, tokens, &self.config, now);
                match &self.state {
                    State::Recovering { lost, .. } if silent && !lost.has_user_of(&session) => {
                        self.fail_login(ANOTHER_USER, true, now);
                    }
                    _ => {
                        if !silent {
                            self.reported.lost = None;
                        }
                        self.pages.signed_in = Some(now);
                        if self.session().is_some_and(|old| old.subject() != session.subject()) {
                            replaced = self.revocation();
                        }
                        self.hold(session, None);
                    }
                }
            }
            Err(TokenError::Transient(problem)) if silent => self.keep_recovering(problem),
            Err(TokenError::Transient(problem)) => self.fail_login(problem, false, now),
            Err(TokenError::Final(problem)) => self.fail_login(problem, silent, now),
        }
        (exchange.return_to, replaced)
    }

    /// Whether a sign-in may still change the session: it is a user's own, or the session it recovers is
    /// still lost.
    fn is_still_relevant(&self, recovers: Option<&str>) -> bool {
        match (&self.state, recovers) {
            (_, None) => true,
            (State::Recovering { lost, .. }, Some(id)) => lost.id == id,
            _ => false,
        }
    }

    fn keep_recovering(&mut self, problem: Problem) {
        if let State::Recovering { trouble, .. } = &mut self.state {
            *trouble = Some(problem);
        }
    }

    /// If the server is temporarily unavailable, a silent sign-in says nothing about the lost session; keep
    /// recovering.
    fn fail_login(&mut self, problem: Problem, silent: bool, now: Now) {
        if silent && matches!(problem.code(), "temporarily_unavailable" | "server_error") {
            self.keep_recovering(problem);
        } else {
            self.fail_sign_in(problem, silent, now);
        }
    }
}
