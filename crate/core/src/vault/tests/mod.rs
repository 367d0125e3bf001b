//! The session in simulated time.

mod handover;
mod pages;
mod recovery;
mod renewal;
mod session_events;
mod sign_in;
mod sign_out;

use super::endpoints::EndpointFetch;
use super::fetches::Fetch;
use super::state::{Access, Renewal, Source, State};
use super::{Action, Call, Effect, FetchId, FormRequest, Vault};
use crate::callback::Callback;
use crate::claims::tests::{claims, jwt};
use crate::config::tests::config;
use crate::config::{Config, Recovery, TokenKind};
use crate::frames::KeptCopy;
use crate::pkce::Random;
use crate::policy::Endpoint;
use crate::secret::{Authorization, SessionCopy};
use crate::time::Now;
use crate::token::TokenResponse;
use crate::token::tests::token_response;
use crate::transaction::{StoredTransaction, Transaction};
use serde_json::{Value, json};
use std::collections::HashMap;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// The clock-skew allowance of the session.
const LEEWAY: u64 = 2 * SECOND;
/// From this age on, a one-hour token is not sent.
const SPENT: u64 = HOUR - LEEWAY;

fn at(ms: u64) -> Now {
    Now { monotonic: ms, wall: 1_700_000_000_000 + ms }
}

fn config_with(recovery: Recovery) -> Config {
    Config { recovery, ..config() }
}

/// The state of a worker that found no session hint.
fn fresh(config: Config) -> Vault {
    let mut vault = Vault::new(config, at(0));
    vault.begin_with(None, client_ids(0), at(0));
    vault.meet(PAGE, "", at(0));
    vault
}

/// A page that is open throughout.
const PAGE: &str = "page";

/// The browser's part of a sign-in: the authorization request and the stored transaction.
struct Login {
    state: String,
    nonce: String,
    stored: String,
}

/// The number of the only request to an endpoint under way.
const REQUEST: FetchId = FetchId(1);

fn navigation(endpoint: Endpoint, query: &str, state: Random) -> EndpointFetch {
    EndpointFetch {
        endpoint,
        query: query.to_owned(),
        client_id: String::new(),
        is_navigation: true,
        is_post: false,
        is_online: true,
        randomness: Some([state, [2; 32], [3; 32]]),
    }
}

/// Calls the login endpoint with `query`; `None` if the sign-in is not needed.
fn begin_login(vault: &mut Vault, query: &str, now: Now) -> Option<Login> {
    // Each sign-in has its own `state`, so each session has its own ID.
    let mut state = [1; 32];
    state[..8].copy_from_slice(&now.monotonic.to_le_bytes());
    begin_login_with(vault, query, state, now)
}

fn begin_login_with(vault: &mut Vault, query: &str, state: Random, now: Now) -> Option<Login> {
    vault.effects.clear();
    vault.login(REQUEST, navigation(Endpoint::Login, query, state), now);
    vault.probed(REQUEST, true, now);
    vault.fetches.0.clear();
    let location = vault.location()?;
    let pairs: HashMap<_, _> = url::Url::parse(&location).unwrap().query_pairs().into_owned().collect();
    Some(Login {
        state: pairs["state"].clone(),
        nonce: pairs["nonce"].clone(),
        stored: vault.transactions.last().unwrap().stored.to_text(),
    })
}

fn login(vault: &mut Vault, query: &str, now: Now) -> Login {
    begin_login(vault, query, now).expect("the sign-in is needed")
}

/// The outcome of an authorization response.
#[derive(Debug)]
enum CallbackOutcome {
    /// The code is exchanged.
    Exchange,
    /// The page is redirected here.
    Ended(String),
}

/// An authorization response reaches a worker that has read `stored` from storage, if it did not begin the
/// sign-in itself.
fn respond(vault: &mut Vault, query: &str, stored: Option<&str>, now: Now) -> CallbackOutcome {
    if let (Ok(callback), Some(stored)) = (Callback::parse(query), stored.and_then(StoredTransaction::parse))
    {
        let key = callback.storage_key();
        if vault.transactions.iter().all(|other| other.key != key) {
            vault.transactions.push(Transaction { key, stored, secrets: None });
        }
    }
    vault.effects.clear();
    vault.callback(REQUEST, navigation(Endpoint::Callback, query, [0; 32]), now);
    match vault.location() {
        Some(location) => CallbackOutcome::Ended(location),
        None => CallbackOutcome::Exchange,
    }
}

/// The authorization server redirects back with an error.
fn refuse(vault: &mut Vault, login: &Login, error: &str, now: Now) {
    let query = format!("error={error}&state={}", login.state);
    assert!(matches!(respond(vault, &query, Some(&login.stored), now), CallbackOutcome::Ended(_)));
}

/// The authorization server redirects back with a code. Returns the callback, which waits for the exchange.
fn exchange(vault: &mut Vault, login: &Login, now: Now) -> Fetch {
    let query = format!("code=CODE&state={}", login.state);
    let outcome = respond(vault, &query, Some(&login.stored), now);
    assert!(matches!(outcome, CallbackOutcome::Exchange), "not taken: {}", vault.snapshot(PAGE));
    let request = vault.forms().pop().unwrap();
    assert_eq!(request.url.as_str(), "https://auth.example.com/oauth2/token");
    assert!(request.body.expose().contains("code=CODE"));
    vault.fetches.0.pop().unwrap().1
}

/// `response` with an ID token for `login`.
fn tokens_for(login: &Login, mut response: Value) -> String {
    let mut id_claims = claims();
    id_claims["nonce"] = json!(login.nonce);
    response["id_token"] = json!(jwt(&id_claims));
    response.to_string()
}

fn status(status: u16, body: &str) -> TokenResponse<'_> {
    TokenResponse { status, body: body.as_bytes() }
}

/// The token endpoint refuses a code or refresh token.
fn refusal() -> TokenResponse<'static> {
    status(400, "{\"error\":\"invalid_grant\"}")
}

fn ok(body: &str) -> TokenResponse<'_> {
    status(200, body)
}

/// A complete sign-in with `response` as the token response.
fn sign_in(vault: &mut Vault, response: Value, now: Now) {
    let login = login(vault, "returnTo=/notes", now);
    let exchange = exchange(vault, &login, now);
    let return_to = vault.end_exchange(exchange, Some(&ok(&tokens_for(&login, response))), now);
    assert_eq!(return_to.as_str(), "/notes");
}

/// Ada is signed in with a one-hour access token.
fn signed_in(now: Now) -> Vault {
    signed_in_with(config(), token_response(), now)
}

fn signed_in_with(config: Config, response: Value, now: Now) -> Vault {
    let mut vault = fresh(config);
    sign_in(&mut vault, response, now);
    vault
}

/// The token response to Bob's sign-in.
fn bobs() -> Value {
    let mut response = token_response();
    response["access_token"] = json!("access.of.bob");
    response
}

/// The `number`th token response after `token_response()`, with a rotated refresh token.
fn rotated(number: u32) -> String {
    json!({
        "access_token": format!("access.token.{number}"),
        "refresh_token": format!("refresh-{number}"),
        "token_type": "Bearer",
        "expires_in": 3_600,
    })
    .to_string()
}

fn without_refresh_token() -> Value {
    let mut response = token_response();
    response["refresh_token"] = Value::Null;
    response
}

/// Forces a renewal.
fn forced_renewal(vault: &mut Vault, now: Now) -> (FormRequest, Renewal) {
    vault.renewal(true, now).expect("a renewal begins")
}

fn renew(vault: &mut Vault, response: Option<&TokenResponse<'_>>, now: Now) {
    let (_, renewal) = forced_renewal(vault, now);
    vault.complete_renewal(&renewal, response, now);
}

fn refuse_renewal(vault: &mut Vault, now: Now) {
    renew(vault, Some(&refusal()), now);
}

/// A request to the first API: the renewal that it begins, and its access.
fn request(vault: &mut Vault, now: Now) -> (Option<Renewal>, String) {
    let renewal = vault.renewal(false, now).map(|(_, renewal)| renewal);
    (renewal, gets(vault, now))
}

/// The access of a request to the first API, as text.
fn gets(vault: &Vault, now: Now) -> String {
    match vault.access(TokenKind::Access, now) {
        Access::Bearer(authorization) => authorization.expose().to_owned(),
        Access::Wait(ms) => format!("wait {ms}"),
        Access::Anonymous => "anonymous".to_owned(),
    }
}

const WAIT: &str = "wait 10000";

fn session(vault: &Vault) -> Value {
    session_of_page(vault, PAGE)
}

fn session_of_page(vault: &Vault, client_id: &str) -> Value {
    let mut session: Value = serde_json::from_str(&vault.snapshot(client_id)).unwrap();
    session["worker"].take();
    session
}

/// The session as a page sees it that loads now. The first page after a sign-in is the one that returns from
/// it.
fn session_of_new_page(vault: &mut Vault, now: Now) -> Value {
    let client_id = format!("page {} ms after the start", now.monotonic);
    vault.meet(&client_id, "", now);
    session_of_page(vault, &client_id)
}

/// The error of the page that returns from a sign-in.
fn error_of_returning(vault: &mut Vault, now: Now) -> Value {
    session_of_new_page(vault, now)["error"]["code"].clone()
}

fn status_of(vault: &Vault) -> String {
    session(vault)["status"].as_str().unwrap().to_owned()
}

fn error_code(vault: &Vault) -> Value {
    session(vault)["error"]["code"].clone()
}

/// The copy as JSON.
fn opened(copy: &SessionCopy) -> Value {
    serde_json::from_str(copy.expose()).unwrap()
}

fn copy_of(vault: &Vault, now: Now) -> Vec<u8> {
    vault.copy(now).expect("there is a session").expose().as_bytes().to_vec()
}

/// A keeper that took `copy` at the start and was connected until `now`.
fn keeper_with(copy: &[u8], now: Now) -> KeptCopy {
    let mut keeper = KeptCopy::default();
    keeper.keep(copy, at(0));
    for ms in (0..now.monotonic).step_by(15_000) {
        keeper.listen(true, at(ms));
    }
    keeper
}

/// A new worker after the previous one died, with its session hint and this many keepers.
fn restarted(vault: &Vault, keepers: usize) -> Vault {
    let mut next = Vault::new(vault.config().clone(), at(0));
    next.know_page(PAGE);
    next.begin_with(vault.session_hint().as_deref(), client_ids(keepers), at(0));
    next
}

/// The client IDs of this many keepers.
fn client_ids(keepers: usize) -> Vec<String> {
    (0..keepers).map(|keeper| format!("keeper {keeper}")).collect()
}

impl Vault {
    /// Passes the copy of a keeper that the vault waits for or, if it waits for none, of any keeper.
    fn respond_as_keeper(&mut self, copy: &[u8], now: Now) {
        let awaited = match &self.state {
            State::Recovering { from: Source::Keepers { waiting_for, .. }, .. } => {
                waiting_for.first().cloned()
            }
            _ => None,
        };
        self.restore(&awaited.unwrap_or_default(), copy, now);
    }

    /// Begins with the stored session hint.
    fn begin_with(&mut self, hint: Option<&str>, keepers: Vec<String>, now: Now) {
        if self.is_starting() {
            self.state = State::Starting(hint.map(str::to_owned));
        }
        self.begin(keepers, now);
    }

    fn copy(&self, now: Now) -> Option<SessionCopy> {
        self.session().map(|session| session.copy(now))
    }

    /// Where the last response redirects to.
    fn location(&self) -> Option<String> {
        self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Fetch(_, Action::Respond(response)) => {
                let location = response.headers.iter().find(|(name, _)| *name == "location");
                let link = response.body.strip_prefix("<a id=a href=\"");
                let link = link.and_then(|link| link.split('"').next());
                location.map(|(_, value)| value.clone()).or_else(|| Some(link?.replace("&amp;", "&")))
            }
            _ => None,
        })
    }

    /// Takes the requests to the authorization server that were not sent yet.
    fn forms(&mut self) -> Vec<FormRequest> {
        let forms = self.effects.drain(..).filter_map(|effect| match effect {
            Effect::PostForm(_, form) => Some(form),
            _ => None,
        });
        forms.collect()
    }

    /// The refresh request, if a renewal begins.
    fn renewal(&mut self, force: bool, now: Now) -> Option<(FormRequest, Renewal)> {
        let begins = self.begin_renewal(force, false, now);
        let effect = if begins { self.effects.pop() } else { None };
        match effect? {
            Effect::PostForm(Call::Renewal(renewal), form) => Some((form, renewal)),
            effect => panic!("no renewal: {effect:?}"),
        }
    }

    /// The token response of a code exchange arrives. Returns where the page is redirected.
    fn end_exchange(&mut self, callback: Fetch, response: Option<&TokenResponse<'_>>, now: Now) -> String {
        self.fetches.insert(REQUEST, callback);
        self.exchanged(REQUEST, response, now);
        self.location().unwrap()
    }
}
