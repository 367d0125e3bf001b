//! Sign-in: the login endpoint, the authorization response and the code exchange.

use super::endpoints::{EndpointFetch, Stage};
use super::state::{Source, State};
use super::{Call, Effect, FetchId, Generation, Until, Vault};
use crate::authorization::{LoginRequest, authorization_request};
use crate::callback::Callback;
use crate::json;
use crate::problem::{
    ANOTHER_USER, INVALID_RESPONSE, INVALID_STATE, MIXED_UP, PLATFORM_FAILED, Problem, UNREACHABLE,
};
use crate::response::Response;
use crate::return_to::ReturnTo;
use crate::secret::{self, Nonce};
use crate::session::Session;
use crate::time::Now;
use crate::token::{FormRequest, TokenError, TokenResponse, Tokens, code_request};
use crate::transaction::{Kind, MOST, StoredTransaction, Transaction, storage_key};
use crate::vault_origin::{self, app_of, has_login_of_same_site, login_page};

/// How long one silent sign-in may take before another tab may start one, in milliseconds.
const SILENT_SIGN_IN_TIMEOUT: u64 = 10_000;

/// How long a sign-in under way keeps the worker alive, in milliseconds. Chromium limits a fetch event to
/// five minutes.
const STAY: u64 = 270_000;

/// Where a sign-in goes on.
#[derive(Debug)]
pub(super) struct SignInPage {
    url: String,
    place: Place,
    transaction: Transaction,
}

#[derive(Debug)]
enum Place {
    AuthorizationServer,
    /// The vault origin's login page, in this tab.
    LoginPage,
    /// The same, in the vault's frame.
    Frame,
}

/// A code exchange under way.
#[derive(Debug)]
pub(super) struct Exchange {
    session_id: String,
    nonce: Nonce,
    /// `None` on a vault origin, whose callback page has already returned to the app.
    return_to: Option<ReturnTo>,
    recovers: Option<String>,
    /// The generation in which it began. A later sign-out voids it.
    generation: Generation,
    begun: Now,
}

impl Vault {
    pub(super) fn login(&mut self, id: FetchId, fetch: EndpointFetch, now: Now) {
        let Some(randomness) = &fetch.randomness else {
            return self.respond(id, &fetch, Response::problem(503, &PLATFORM_FAILED));
        };
        let app = self.config.is_vault_origin().then(|| app_of(&self.config, &fetch.query)).transpose();
        let parsed = app.and_then(|app| {
            let request = LoginRequest::parse(&fetch.query, &self.config)?;
            Ok((app.map(str::to_owned), request))
        });
        let (app, request) = match parsed {
            Ok(parsed) => parsed,
            Err(problem) => return self.respond(id, &fetch, Response::problem(400, &problem)),
        };
        let is_silent = request.is_silent();
        let in_frame = is_silent && app.as_ref().is_some_and(|app| has_login_of_same_site(&self.config, app));
        let recovers = match &mut self.state {
            _ if !is_silent => {
                self.notices.returning = None;
                None
            }
            // The page has to navigate. Respond at once, even during another tab's attempt: the navigation waits for it.
            State::Recovering { from: Source::Server(_), .. } if request.is_for_frame() && !in_frame => {
                return self.respond(id, &fetch, Response::json("{}".to_owned()));
            }
            // One tab's silent sign-in recovers the session for all. Another tab may start one after the
            // timeout. A navigation waits for the timeout. A fetch does not: script can send any number of them.
            State::Recovering { lost, from: Source::Server(asked), .. }
                if !(request.is_for_frame()
                    && asked.is_some_and(|asked| now.since(asked) < SILENT_SIGN_IN_TIMEOUT)) =>
            {
                let since = asked.map_or(SILENT_SIGN_IN_TIMEOUT, |asked| now.since(asked));
                let left = SILENT_SIGN_IN_TIMEOUT.saturating_sub(since);
                if left > 0 {
                    return self.wait(id, fetch, Stage::Login(now, left));
                }
                *asked = Some(now);
                Some(lost.id.clone())
            }
            // There is nothing to do for the page. 204 makes the browser stay there.
            _ => return self.respond(id, &fetch, Response::empty(204)),
        };
        let state = &secret::State::from_random(randomness);
        let page = if app.is_some() {
            // The other secrets are the login page's.
            let stored = StoredTransaction { return_to: self.config.root(), ..request.to_stored(now) };
            SignInPage {
                url: login_page(&self.config, state, &fetch.query),
                place: if in_frame { Place::Frame } else { Place::LoginPage },
                transaction: Transaction { key: storage_key(state), stored, secrets: None },
            }
        } else {
            let (url, transaction) =
                authorization_request(&self.config, &request, state, recovers, randomness, now);
            SignInPage { url, place: Place::AuthorizationServer, transaction }
        };
        if is_silent {
            // Probe first: if the server is unreachable, the page would navigate to the browser's error page.
            // It stays and tries again later.
            let server = self.config.provider.token_endpoint.as_str().to_owned();
            self.effects.push(Effect::Probe(id, server));
            self.wait(id, fetch, Stage::Probing(Box::new(page)));
        } else {
            self.go_to(id, &fetch, page, now);
        }
    }

    pub(super) fn probed(&mut self, id: FetchId, is_reachable: bool, now: Now) {
        match self.endpoint(id, |stage| matches!(stage, Stage::Probing(..))) {
            Some((fetch, Stage::Probing(page))) if is_reachable => self.go_to(id, &fetch, *page, now),
            Some((fetch, _)) => self.respond(id, &fetch, Response::empty(204)),
            None => {}
        }
    }

    /// Redirects to the authorization server without waiting for storage: a page can block storage, and only
    /// a worker that has lost the secrets of the transaction reads it. On a vault origin, tells the relay where
    /// to go.
    fn go_to(&mut self, id: FetchId, fetch: &EndpointFetch, page: SignInPage, now: Now) {
        let SignInPage { url, place, transaction } = page;
        self.remember_transaction(transaction, now);
        self.extend(id, Until::SignedIn);
        let location = |how| Response::json(json::object(&[(how, url.as_str().into())]));
        let response = match place {
            Place::AuthorizationServer => Response::found(url),
            Place::LoginPage => location("location"),
            Place::Frame => location("frame"),
        };
        self.respond(id, fetch, response);
    }

    fn remember_transaction(&mut self, transaction: Transaction, now: Now) {
        self.transactions.retain(|other| other.stored.expires_at() > now.wall);
        if self.transactions.len() >= MOST {
            self.transactions.remove(0);
        }
        self.transactions.push(transaction);
        self.save(now);
    }

    /// Removes and returns a transaction, which is good for one response.
    fn take_transaction(&mut self, key: &str, now: Now) -> Option<Transaction> {
        let index = self.transactions.iter().position(|transaction| transaction.key == key)?;
        let transaction = self.transactions.remove(index);
        self.save(now);
        Some(transaction)
    }

    /// Processes an authorization response that the callback page of a vault origin has left in a cookie. Where
    /// the browser does not enforce the prefix of its name, other hosts of the site can plant such a cookie. And
    /// each frame of this origin reads it: in other tabs, in other storage partitions, and again, since deleting
    /// it may fail. So it counts only if this vault has begun its sign-in and not seen a response to it.
    pub(super) fn redeem(&mut self, id: FetchId, fetch: EndpointFetch, cookie: &[u8], now: Now) {
        let response = str::from_utf8(cookie).ok().and_then(vault_origin::Response::parse);
        let Some(vault_origin::Response { key, nonce, verifier, result }) = response else {
            return self.respond(id, &fetch, Response::problem(400, &INVALID_RESPONSE));
        };
        let Some(Transaction { stored, .. }) = self.take_transaction(&key, now) else {
            return self.respond(id, &fetch, Response::empty(204));
        };
        let recovers = match &self.state {
            State::Recovering { lost, .. } if stored.is_silent() => Some(lost.id.clone()),
            _ => None,
        };
        // Nothing is lost any more that a silent sign-in could recover.
        let is_moot = stored.is_silent() && recovers.is_none();
        // Script can hold a response back past a sign-out, also before the callback page gets it.
        let is_void = self.storage.is_from_before_sign_out(stored.started, now);
        match result {
            _ if is_moot || is_void => self.respond_with_session(id, &fetch),
            _ if !stored.is_fresh(now) => {
                self.refuse(now);
                self.changed = true;
                self.respond_with_session(id, &fetch);
            }
            Err(problem) => {
                self.fail_login(problem, recovers.is_some(), now);
                self.changed = true;
                self.respond_with_session(id, &fetch);
            }
            Ok(code) => {
                let form = code_request(&self.config, &code, &verifier);
                let (return_to, generation) = (None, self.generation);
                let exchange =
                    Exchange { session_id: key, nonce, return_to, recovers, generation, begun: now };
                self.exchange(id, fetch, form, exchange);
            }
        }
    }

    fn exchange(&mut self, id: FetchId, fetch: EndpointFetch, form: FormRequest, exchange: Exchange) {
        self.effects.push(Effect::PostForm(Call::Exchange(id), form));
        self.wait(id, fetch, Stage::Exchanging(Box::new(exchange)));
    }

    /// How many more milliseconds a sign-in under way should keep the worker alive.
    pub(super) fn awaits_response(&self, now: Now) -> u64 {
        let newest = self.transactions.iter().rev().find_map(|transaction| transaction.secrets.as_ref());
        newest.map_or(0, |secrets| STAY.saturating_sub(now.since(secrets.begun)))
    }

    /// Processes an authorization response. A transaction is good for one response.
    pub(super) fn callback(&mut self, id: FetchId, fetch: EndpointFetch, now: Now) {
        let callback = Callback::parse(&fetch.query);
        let key = callback.as_ref().map(Callback::storage_key).unwrap_or_default();
        let (Ok(callback), Some(transaction)) = (callback, self.take_transaction(&key, now)) else {
            self.refuse(now);
            return self.return_to(id, &fetch, &self.config.root(), false);
        };
        let Transaction { stored, secrets, .. } = transaction;
        let mut return_to = stored.return_to.clone();
        // A stored transaction proves nothing: script can store one for an authorization request of its own.
        let is_ours = secrets.is_some();
        let recovers = secrets.as_ref().and_then(|secrets| secrets.recovers.as_deref());
        // The user signed out, or signed in some other way, since this sign-in began: its result must not
        // change that. A silent sign-in without its secrets cannot recover a session; the page starts another
        // one.
        let is_moot = !self.is_still_relevant(recovers) || (stored.is_silent() && !is_ours);
        // RFC 9207: a response with another issuer is a mix-up attack.
        let mixed_up = callback.issuer.is_some_and(|issuer| !self.config.provider.has_issuer(&issuer));
        match (if mixed_up { Err(MIXED_UP) } else { callback.result }, secrets) {
            _ if is_moot => {}
            _ if !stored.is_fresh(now) => self.refuse(now),
            (Err(problem), _) => self.fail_login(problem, stored.is_silent(), now),
            (Ok(code), Some(secrets)) => {
                let form = code_request(&self.config, &code, &secrets.verifier);
                let exchange = Exchange {
                    session_id: key,
                    nonce: secrets.nonce,
                    return_to: Some(return_to),
                    recovers: secrets.recovers,
                    generation: self.generation,
                    begun: now,
                };
                return self.exchange(id, fetch, form, exchange);
            }
            (Ok(_), None) => match LoginRequest::again(&return_to, &self.config) {
                Some(again) if stored.kind == Kind::User => return_to = again,
                _ => self.refuse(now),
            },
        }
        self.return_to(id, &fetch, &return_to, is_ours);
    }

    /// Handles a response to a sign-in that this browser did not begin. Any site can send the user here with
    /// one, so it must not change a session.
    fn refuse(&mut self, now: Now) {
        if self.is_anonymous() {
            self.fail_sign_in(INVALID_STATE, false, now);
        }
    }

    pub(super) fn exchanged(&mut self, id: FetchId, response: Option<&TokenResponse<'_>>, now: Now) {
        let is_due = |stage: &Stage| matches!(stage, Stage::Exchanging(_));
        if let Some((fetch, Stage::Exchanging(exchange))) = self.endpoint(id, is_due) {
            self.complete_exchange(&exchange, response, now);
            if let Some(return_to) = &exchange.return_to {
                self.return_to(id, &fetch, return_to, true);
            } else {
                self.changed = true;
                self.extend(id, Until::Saved);
                self.respond_with_session(id, &fetch);
            }
        }
    }

    /// Processes the token response of a code exchange, `None` if there was none.
    fn complete_exchange(&mut self, exchange: &Exchange, response: Option<&TokenResponse<'_>>, now: Now) {
        let validated = response
            .ok_or(TokenError::Transient(UNREACHABLE))
            .and_then(|response| Tokens::validate_sign_in(response, &self.config, &exchange.nonce));
        let silent = exchange.recovers.is_some();
        if exchange.generation < self.signed_out || !self.is_still_relevant(exchange.recovers.as_deref()) {
            return;
        }
        self.last_duration = now.since(exchange.begun);
        match validated {
            Ok(tokens) => {
                let session = Session::begin(&exchange.session_id, tokens, &self.config, now);
                match &self.state {
                    State::Recovering { lost, .. } if silent && !lost.has_user_of(&session) => {
                        self.fail_login(ANOTHER_USER, true, now);
                    }
                    _ => self.begin_session(session, silent, now),
                }
            }
            Err(TokenError::Transient(problem)) if silent => self.keep_recovering(problem),
            Err(TokenError::Transient(problem)) => self.fail_login(problem, false, now),
            Err(TokenError::Final(problem)) => self.fail_login(problem, silent, now),
        }
    }

    /// Begins a session that a sign-in has brought. Revokes another user's session that it replaces, but not
    /// one of the same user: some servers then revoke all tokens of that user.
    fn begin_session(&mut self, session: Session, silent: bool, now: Now) {
        if !silent {
            self.reported.lost = None;
        }
        self.notices.signed_in = Some(now);
        if self.session().is_some_and(|old| old.subject() != session.subject()) {
            let replaced = self.revocation();
            let call = Call::LateRevocation(self.generation);
            self.effects.extend(replaced.map(|form| Effect::PostForm(call, form)));
        }
        self.hold(session, None);
    }

    /// Returns to the page of the sign-in without waiting for storage. The worker stays alive until the
    /// session hint is stored. `is_ours`: this worker made the authorization request, so no code in the response is
    /// script's.
    fn return_to(&mut self, id: FetchId, fetch: &EndpointFetch, return_to: &ReturnTo, is_ours: bool) {
        self.changed = true;
        self.extend(id, Until::Saved);
        let response = if is_ours || self.config.is_vault_origin() {
            Response::see_other(return_to)
        } else {
            Response::replaced_by(return_to, self.config.is_chromium)
        };
        self.respond(id, fetch, response);
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
