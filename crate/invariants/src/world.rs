//! A simulated edge with browser, servers and time. It checks the invariants after each event and, when a
//! test ends, that every fetch event gets a response.

mod edge;
mod promises;

use crate::fixture::{good_claims, jwt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};
use strongroom_core::authorization::Randomness;
use strongroom_core::config::Config;
use strongroom_core::keep::{Frame, PUBLIC_KEY_LENGTH};
use strongroom_core::pkce::base64url;
use strongroom_core::policy;
use strongroom_core::response::Response;
use strongroom_core::time::Now;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{
    Call, Client, Event, FetchId, FormRequest, Generation, Held, Outcome, Outgoing, Platform, Vault, Version,
};

pub use crate::fixture::config;

pub const ORIGIN: &str = "https://app.example.com";
/// An API that takes the access token.
pub const NOTES: &str = "https://api.example.com/v1/notes";
/// An API that takes the ID token.
pub const OWN_API: &str = "https://app.example.com/api/notes";
pub const TOKEN_ENDPOINT: &str = "https://auth.example.com/oauth2/token";
pub const REVOCATION_ENDPOINT: &str = "https://auth.example.com/oauth2/revoke";

/// Lifetime of issued tokens, in milliseconds.
pub const LIFETIME: u64 = 3_600_000;

const START: Now = crate::fixture::NOW;
const MOST_PAGE_STREAMS: usize = 256;
const MOST_TRANSACTIONS: usize = 16;
/// The public key of every keeper.
pub const KEEPER_KEY: [u8; PUBLIC_KEY_LENGTH] = [7; PUBLIC_KEY_LENGTH];

/// A request of a page, a worker or a navigation.
#[derive(Debug, Clone)]
pub struct Request {
    pub url: String,
    pub method: &'static str,
    pub mode: &'static str,
    pub destination: &'static str,
    pub redirect: &'static str,
    /// By default, the current page's.
    pub client_id: Option<String>,
    pub content_type: &'static str,
    pub header_size: usize,
    pub body: Vec<u8>,
    pub is_keepalive: bool,
    pub is_online: bool,
    pub is_body_used: bool,
    pub has_randomness: bool,
    /// The vault crashed before it responded.
    pub is_retried: bool,
}

impl Request {
    /// A script's `fetch(url)`. A path is resolved against the app's origin.
    pub fn get(url: &str) -> Self {
        Self {
            url: if url.starts_with('/') { [ORIGIN, url].concat() } else { url.to_owned() },
            method: "GET",
            mode: "cors",
            destination: "",
            redirect: "follow",
            client_id: None,
            content_type: "",
            header_size: 100,
            body: Vec::new(),
            is_keepalive: false,
            is_online: true,
            is_body_used: false,
            has_randomness: true,
            is_retried: false,
        }
    }

    pub fn post(url: &str) -> Self {
        Self { method: "POST", ..Self::get(url) }
    }

    /// A `POST` with a body that may be held for a replay.
    pub fn note() -> Self {
        Self { content_type: "text/plain", body: b"a note".to_vec(), ..Self::post(NOTES) }
    }

    /// A tab navigates to `url`.
    pub fn navigation(url: &str) -> Self {
        Self { mode: "navigate", destination: "document", redirect: "manual", ..Self::get(url) }
    }

    pub fn of(self, client_id: &str) -> Self {
        Self { client_id: Some(client_id.to_owned()), ..self }
    }
}

/// A fetch event and its state.
#[derive(Debug)]
struct Fetch {
    request: Request,
    is_of_keeper: bool,
    /// The vault was told that the client exists. It may be gone by the time of the response.
    is_client_known: bool,
    /// The index of the API in the configuration.
    api: Option<usize>,
    client_id: String,
    randomness: Option<Randomness>,
    is_body_used: bool,
    sent: Vec<Outgoing>,
    outcomes: Vec<Outcome>,
    answer: Option<Answer>,
    written: Vec<Vec<u8>>,
    is_open: bool,
    is_extended: bool,
    /// A keeper's stream: the keeper has a copy.
    has_copy: bool,
    /// Its worker has died.
    is_lost: bool,
}

#[derive(Debug)]
enum Answer {
    Pass,
    Respond(Response),
    Fail,
    Deliver,
    Stream,
}

impl Platform for Fetch {
    fn client_id(&self) -> String {
        self.client_id.clone()
    }
    fn content_type(&self) -> String {
        self.request.content_type.to_owned()
    }
    fn header_size(&self) -> usize {
        self.request.header_size
    }
    fn is_keepalive(&self) -> bool {
        self.request.is_keepalive
    }
    fn is_body_used(&self) -> bool {
        self.is_body_used
    }
    fn is_online(&self) -> bool {
        self.request.is_online
    }
    fn randomness(&self) -> Option<Randomness> {
        self.randomness
    }
}

/// Kinds of form requests to the authorization server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Exchange,
    Renewal,
    Revocation,
    LateRevocation,
}

impl Form {
    fn of(call: Call) -> Self {
        match call {
            Call::Exchange(_) => Self::Exchange,
            Call::Renewal(_) => Self::Renewal,
            Call::Revocation(_) => Self::Revocation,
            Call::LateRevocation => Self::LateRevocation,
        }
    }
}

/// The tokens of one token response.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub id: String,
    pub refresh: String,
    /// The token response's body.
    pub body: String,
}

impl Tokens {
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.access)
    }
}

/// The parameters of an authorization request that the browser sees.
#[derive(Debug, Clone)]
pub struct Login {
    pub fetch: FetchId,
    pub state: String,
    pub asked: HashMap<String, String>,
}

/// An effect whose result was not reported yet.
#[derive(Debug)]
pub enum Work {
    Sent(FetchId),
    BodyRead(FetchId),
    Body(FetchId),
    Client(FetchId),
    Probed(FetchId),
    Opened { id: FetchId, sealed: Vec<u8> },
    Form(Call, FormRequest),
    Read,
    Write { text: String, reset: bool },
    List,
    MakeKey,
    Sealed { stream: FetchId, generation: Generation, bytes: Vec<u8> },
}

/// Work that stays pending until [`World::release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slow {
    Reads,
    Writes,
    Key,
    Seals,
    Bodies,
    Probes,
    Clients,
    All,
}

pub struct World {
    pub vault: Vault,
    pub now: Now,
    fetches: BTreeMap<FetchId, Fetch>,
    pub page: u32,
    /// `state`, `nonce` and code verifier of every request to the login endpoint.
    pub logins: Vec<[String; 3]>,
    workers: u8,
    pub pending: Vec<Work>,
    issued: Vec<Tokens>,
    /// Whether there are tokens that [`World::issue`] did not make.
    has_other_tokens: bool,
    /// Requests to the authorization server that were sent before the last sign-out, and the tokens in their
    /// responses.
    outlived: Vec<Call>,
    came_late: Vec<Tokens>,
    /// How many tokens were issued before the user was last signed out.
    dead: usize,
    /// The token response or the copy in the current event.
    arrived: String,
    /// What the vault has held since the last event.
    held: Held,
    /// Whether a session was lost before the current event.
    was_recovering: bool,
    /// Whether somebody was signed in before the current event.
    was_signed_in: bool,
    /// States, nonces and codes.
    secrets: Vec<String>,
    pub slow: Vec<Slow>,
    pub row: Option<String>,
    /// Errors of the next reads.
    pub read_errors: VecDeque<&'static str>,
    /// Errors of the next writes.
    pub write_errors: VecDeque<&'static str>,
    /// For each write, whether the database was deleted first.
    pub writes: Vec<bool>,
    pub reads: usize,
    pub clients: Vec<Client>,
    pub is_server_there: bool,
    pub probes: Vec<String>,
    pub has_web_crypto: bool,
    timer: Option<u64>,
    /// Everything that was sent to the network or to keepers, in order.
    went_out: Vec<String>,
    pub log: Vec<String>,
    /// How often the waiting version was kept alive, and asked to take over.
    pub kept_alive: usize,
    pub asked_to_take_over: usize,
}

impl World {
    pub fn new() -> Self {
        Self::with(config())
    }

    pub fn with(config: Config) -> Self {
        Self {
            vault: Vault::new(config, START),
            now: START,
            fetches: BTreeMap::new(),
            page: 0,
            logins: Vec::new(),
            workers: 1,
            pending: Vec::new(),
            issued: Vec::new(),
            has_other_tokens: false,
            outlived: Vec::new(),
            came_late: Vec::new(),
            dead: 0,
            arrived: String::new(),
            held: Held::Unknown,
            was_recovering: false,
            was_signed_in: false,
            secrets: Vec::new(),
            slow: Vec::new(),
            row: None,
            read_errors: VecDeque::new(),
            write_errors: VecDeque::new(),
            writes: Vec::new(),
            reads: 0,
            clients: Vec::new(),
            is_server_there: true,
            probes: Vec::new(),
            has_web_crypto: true,
            timer: None,
            went_out: Vec::new(),
            log: Vec::new(),
            kept_alive: 0,
            asked_to_take_over: 0,
        }
    }

    /// A worker that finds this storage row.
    pub(crate) fn with_row(row: Option<String>) -> Self {
        let mut world = Self::new();
        world.row = row;
        world
    }

    /// A worker with Ada signed in.
    pub fn signed_in() -> (Self, Tokens) {
        let mut world = Self::new();
        let tokens = world.sign_in();
        (world, tokens)
    }

    // Workers and time

    /// The browser stops the worker. Its memory, streams and requests are lost; storage is kept.
    pub fn worker_dies(&mut self) {
        for fetch in self.fetches.values_mut() {
            fetch.is_open = false;
            fetch.is_lost = fetch.answer.is_none();
            fetch.is_extended = false;
        }
        self.starts();
    }

    /// The wasm traps. The shim starts another instance and passes it the fetch events without a response.
    pub fn worker_traps(&mut self) {
        let mut again = Vec::new();
        for (id, fetch) in &mut self.fetches {
            fetch.is_open = false;
            fetch.is_extended = false;
            if fetch.answer.is_none() && !fetch.is_lost {
                again.push(*id);
            }
        }
        self.starts();
        for id in again {
            self.dispatch(id, true);
        }
    }

    fn starts(&mut self) {
        self.vault = Vault::new(self.vault.config().clone(), self.now);
        self.workers += 1;
        self.held = Held::Unknown;
        self.pending.clear();
        self.outlived.clear();
        // A sign-out that was not stored holds only for the worker that knows of it.
        if self.row.as_ref().is_some_and(|row| row.contains("\"hint\"")) {
            self.dead = 0;
            self.came_late.clear();
        }
        self.timer = None;
    }

    /// Time passes.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now.monotonic.saturating_add(ms);
        while let Some(due) = self.timer.filter(|due| *due <= end) {
            self.timer = None;
            self.advance(due.saturating_sub(self.now.monotonic));
            self.happens(Event::Timer);
        }
        self.advance(end - self.now.monotonic);
    }

    fn advance(&mut self, ms: u64) {
        self.wait(ms, ms.cast_signed());
    }

    /// Both clocks advance, or the wall clock is set back. No timer fires.
    pub fn wait(&mut self, monotonic: u64, wall: i64) {
        self.now.monotonic = self.now.monotonic.saturating_add(monotonic);
        self.now.wall = self.now.wall.saturating_add_signed(wall);
    }

    /// The timer fires when it is due.
    pub fn run_timer(&mut self) {
        if let Some(left) = self.next_timer() {
            self.pass(left);
        }
    }

    /// What the vault holds.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// Milliseconds until the timer fires.
    pub fn next_timer(&self) -> Option<u64> {
        self.timer.map(|due| due.saturating_sub(self.now.monotonic))
    }

    // Requests

    /// A script's `fetch(url)`.
    pub fn fetch(&mut self, url: &str) -> FetchId {
        self.request(Request::get(url))
    }

    /// A tab navigates to `url` and becomes the current page.
    pub fn navigate(&mut self, url: &str) -> FetchId {
        self.page += 1;
        self.request(Request { client_id: Some(String::new()), ..Request::navigation(url) })
    }

    pub fn request(&mut self, request: Request) -> FetchId {
        let id = FetchId(u32::try_from(self.fetches.len()).unwrap() + 1);
        let client_id = request.client_id.clone().unwrap_or_else(|| format!("page {}", self.page));
        let has_randomness = self.has_web_crypto && request.has_randomness;
        let is_login = request.url.contains("/login");
        let randomness = (is_login && has_randomness).then(|| self.randomness());
        let (is_body_used, is_retried) = (request.is_body_used, request.is_retried);
        let fetch = Fetch {
            is_of_keeper: request.url.starts_with(&[ORIGIN, "/auth/keep"].concat()),
            is_client_known: false,
            api: self.api_of(&request.url),
            request,
            client_id,
            randomness,
            is_body_used,
            sent: Vec::new(),
            outcomes: Vec::new(),
            answer: None,
            written: Vec::new(),
            is_open: false,
            is_extended: false,
            has_copy: false,
            is_lost: false,
        };
        self.fetches.insert(id, fetch);
        self.dispatch(id, is_retried);
        id
    }

    /// The first random bytes are always the same, so that corpora can contain them.
    fn randomness(&mut self) -> Randomness {
        let number = (self.logins.len() as u64).to_le_bytes();
        let randomness = [1, 2, 3].map(|part| {
            let mut bytes = [part; 32];
            bytes.iter_mut().zip(number).for_each(|(byte, number)| *byte ^= number);
            bytes
        });
        let secrets = randomness.map(|bytes| base64url(&bytes));
        self.secrets.extend(secrets.clone());
        self.logins.push(secrets);
        randomness
    }

    fn dispatch(&mut self, id: FetchId, retried: bool) {
        self.arrived.clear();
        self.look();
        let fetch = &self.fetches[&id];
        let Request { url, method, mode, destination, redirect, .. } = &fetch.request;
        let request = policy::Request { url, method, mode, destination, redirect };
        let effects = self.vault.handle(Event::Fetch { id, request, platform: fetch, retried }, self.now);
        self.perform(effects, false);
    }

    /// The API responds with this status.
    pub fn api_answers(&mut self, id: FetchId, status: u16) {
        self.api_has(id, Outcome::Status(status));
    }

    /// The API cannot be reached, or its response has no CORS headers.
    pub fn api_fails(&mut self, id: FetchId) {
        self.api_has(id, Outcome::Failed);
    }

    /// The outcome of the pending request to the API.
    pub fn api_has(&mut self, id: FetchId, outcome: Outcome) {
        let is_it = |work: &Work| matches!(work, Work::Sent(other) if *other == id);
        let index = self.pending.iter().position(is_it);
        self.pending.remove(index.unwrap_or_else(|| panic!("no request is under way for {id:?}")));
        self.sends(id, outcome);
    }

    /// The response that the page gets, as text.
    pub fn got(&self, id: FetchId) -> String {
        let fetch = &self.fetches[&id];
        match &fetch.answer {
            None => "nothing yet".to_owned(),
            Some(Answer::Pass) => "passed".to_owned(),
            Some(Answer::Fail) => "network error".to_owned(),
            Some(Answer::Stream) => "a stream".to_owned(),
            Some(Answer::Respond(response)) => match &response.refusal {
                Some(problem) => format!("{} {}", response.status, problem.code()),
                None => response.status.to_string(),
            },
            Some(Answer::Deliver) => match fetch.outcomes.last() {
                Some(Outcome::Status(status)) => format!("{status} from the API"),
                _ => "network error".to_owned(),
            },
        }
    }

    pub fn is_pending(&self, id: FetchId) -> bool {
        self.fetches[&id].answer.is_none()
    }

    /// The response that the vault made.
    pub fn response(&self, id: FetchId) -> &Response {
        match &self.fetches[&id].answer {
            Some(Answer::Respond(response)) => response,
            other => panic!("{other:?}"),
        }
    }

    pub fn header(&self, id: FetchId, name: &str) -> &str {
        let headers = &self.response(id).headers;
        headers.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| value)
    }

    /// Status and location.
    pub fn redirect(&self, id: FetchId) -> (u16, &str) {
        (self.response(id).status, self.header(id, "location"))
    }

    /// The `Authorization` headers that were sent with the request.
    pub fn sent(&self, id: FetchId) -> Vec<&str> {
        self.fetches[&id].sent.iter().map(|outgoing| outgoing.authorization.expose()).collect()
    }

    /// How the request was last sent.
    pub fn outgoing(&self, id: FetchId) -> &Outgoing {
        self.fetches[&id].sent.last().expect("the request went out")
    }

    /// Pending requests to APIs.
    pub fn under_way(&self) -> Vec<FetchId> {
        let sent = self.pending.iter().filter_map(|work| match work {
            Work::Sent(id) => Some(*id),
            _ => None,
        });
        sent.collect()
    }

    /// Whether the browser is asked to keep the worker alive for this event.
    pub fn is_extended(&self, id: FetchId) -> bool {
        self.fetches[&id].is_extended
    }

    /// What was sent since the last call, in order.
    pub fn went_out(&mut self) -> Vec<String> {
        std::mem::take(&mut self.went_out)
    }

    // Sign-in

    /// Issues the next tokens.
    pub fn issue(&mut self, subject: &str, nonce: &str) -> Tokens {
        let refresh_token = format!("refresh.{:04}", self.issued.len() + 1);
        self.issue_with(subject, nonce, Some(refresh_token), LIFETIME)
    }

    /// Issues the next tokens, perhaps without a refresh token, for so many milliseconds.
    pub fn issue_with(
        &mut self,
        subject: &str,
        nonce: &str,
        refresh_token: Option<String>,
        lifetime: u64,
    ) -> Tokens {
        let number = self.issued.len() + 1;
        let mut claims = good_claims();
        claims["sub"] = json!(subject);
        claims["nonce"] = json!(nonce);
        claims["jti"] = json!(number);
        let (access, id) = (format!("access.{number:04}"), jwt(claims.to_string().as_bytes()));
        let body = json!({
            "access_token": access, "id_token": id, "refresh_token": refresh_token,
            "token_type": "Bearer", "expires_in": lifetime / 1_000,
        });
        let refresh = refresh_token.unwrap_or_else(|| access.clone());
        let tokens = Tokens { access, id, refresh, body: body.to_string() };
        self.issued.push(tokens.clone());
        tokens
    }

    /// Opens the login endpoint, which redirects to the authorization server.
    pub fn login(&mut self, query: &str) -> Login {
        let fetch = self.navigate(&format!("/auth/login?{query}"));
        self.authorization_request(fetch)
    }

    /// The authorization request to which `fetch` was redirected.
    pub fn authorization_request(&self, fetch: FetchId) -> Login {
        let (status, location) = self.redirect(fetch);
        assert_eq!(status, 302);
        let url = url::Url::parse(location).unwrap();
        let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
        Login { fetch, state: asked["state"].clone(), asked }
    }

    pub fn begin_login(&mut self) -> Login {
        self.login("returnTo=%2Fnotes")
    }

    /// The authorization server redirects back with a code.
    pub fn come_back(&mut self, login: &Login) -> FetchId {
        self.secrets.push("the-code".to_owned());
        self.navigate(&format!("/auth/callback?code=the-code&state={}", login.state))
    }

    /// The authorization server redirects back with an error.
    pub fn come_back_refused(&mut self, login: &Login, error: &str) -> FetchId {
        self.navigate(&format!("/auth/callback?error={error}&state={}", login.state))
    }

    /// The token endpoint accepts the code of `login`.
    pub fn exchange(&mut self, login: &Login, subject: &str) -> Tokens {
        let tokens = self.issue(subject, &login.asked["nonce"]);
        self.server_answers(Form::Exchange, 200, &tokens.body);
        tokens
    }

    pub fn sign_in(&mut self) -> Tokens {
        self.sign_in_as("ada-1")
    }

    pub fn sign_in_as(&mut self, subject: &str) -> Tokens {
        let login = self.begin_login();
        self.finish(&login, subject)
    }

    /// The user returns with a code, which the token endpoint accepts.
    pub fn finish(&mut self, login: &Login, subject: &str) -> Tokens {
        let callback = self.come_back(login);
        let tokens = self.exchange(login, subject);
        assert_eq!(self.response(callback).status, 303);
        tokens
    }

    /// The page client recovers the session with a silent sign-in.
    pub fn sign_in_silently(&mut self) -> Tokens {
        let login = self.login("silent=1&returnTo=%2Fnotes");
        self.finish(&login, "ada-1")
    }

    /// A page signs out; the revocation is pending.
    pub fn begin_sign_out(&mut self) -> FetchId {
        self.request(Request::post("/auth/logout"))
    }

    pub fn sign_out(&mut self) -> FetchId {
        let fetch = self.begin_sign_out();
        if self.forms().contains(&Form::Revocation) {
            self.server_answers(Form::Revocation, 200, "");
        }
        assert_eq!(self.response(fetch).status, 200);
        fetch
    }

    // The authorization server

    /// Pending form requests.
    pub fn forms(&self) -> Vec<Form> {
        self.calls().map(Form::of).collect()
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = Call> {
        self.form_requests().map(|(call, _)| call)
    }

    pub(crate) fn form_requests(&self) -> impl Iterator<Item = (Call, &FormRequest)> {
        self.pending.iter().filter_map(|work| match work {
            Work::Form(call, form) => Some((*call, form)),
            _ => None,
        })
    }

    /// The parameters of the oldest pending form request.
    pub fn form(&self, form: Form) -> HashMap<String, String> {
        let (_, request) =
            self.form_requests().find(|(call, _)| Form::of(*call) == form).expect("it was posted");
        url::form_urlencoded::parse(request.body.expose().as_bytes()).into_owned().collect()
    }

    /// The `state` of the callback whose code exchange is the oldest pending one.
    pub fn state_of_exchange(&self) -> Option<String> {
        let callback = self.calls().find_map(|call| match call {
            Call::Exchange(id) => Some(&self.fetches[&id].request.url),
            _ => None,
        })?;
        callback.split_once("state=").map(|(_, state)| state.to_owned())
    }

    /// The nonce of the sign-in whose code is exchanged; empty for a renewal.
    fn nonce_of(&self, call: Call) -> String {
        let Call::Exchange(id) = call else { return String::new() };
        let url = &self.fetches[&id].request.url;
        let login = self.logins.iter().rev().find(|[state, ..]| url.contains(state));
        login.map(|[_, nonce, _]| nonce.clone()).unwrap_or_default()
    }

    pub fn server_answers(&mut self, form: Form, status: u16, body: &str) {
        self.respond_to(form, Some(TokenResponse { status, body: body.as_bytes() }));
    }

    pub fn server_is_unreachable(&mut self, form: Form) {
        self.respond_to(form, None);
    }

    fn respond_to(&mut self, form: Form, response: Option<TokenResponse<'_>>) {
        let call = self.calls().find(|call| Form::of(*call) == form).expect("it was posted");
        self.respond_to_call(call, response);
    }

    fn respond_to_call(&mut self, call: Call, response: Option<TokenResponse<'_>>) {
        let is_it = |work: &Work| matches!(work, Work::Form(other, _) if *other == call);
        let index = self.pending.iter().position(is_it).expect("it was posted");
        self.pending.remove(index);
        self.responds(call, response);
    }

    /// The authorization server responds to the oldest form request, with any tokens.
    pub(crate) fn respond(&mut self, response: &TokenResponse<'_>) {
        self.has_other_tokens = true;
        let call = self.calls().next().expect("a form was posted");
        self.respond_to_call(call, Some(TokenResponse { status: response.status, body: response.body }));
    }

    /// The token endpoint renews and rotates the refresh token.
    pub fn renew(&mut self) -> Tokens {
        let tokens = self.issue("ada-1", "");
        self.server_answers(Form::Renewal, 200, &tokens.body);
        tokens
    }

    // What pages see

    /// The current page's session; null if there is no response yet.
    pub fn session(&mut self) -> Value {
        let fetch = self.fetch("/auth/session");
        if self.is_pending(fetch) {
            return Value::Null;
        }
        serde_json::from_str(&self.response(fetch).body).unwrap()
    }

    pub fn status(&mut self) -> String {
        self.session()["status"].as_str().unwrap_or_default().to_owned()
    }

    /// The error code in the session, or empty.
    pub fn error(&mut self) -> String {
        self.session()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The session hint in storage.
    pub fn hint(&self) -> Option<String> {
        let row: Value = serde_json::from_str(self.row.as_ref()?).unwrap();
        row.get("hint").map(|hint| hint.as_str().unwrap().to_owned())
    }

    // Streams

    /// What was written to a stream since the last call.
    pub fn read(&mut self, stream: FetchId) -> String {
        String::from_utf8(self.read_bytes(stream)).unwrap()
    }

    fn read_bytes(&mut self, stream: FetchId) -> Vec<u8> {
        std::mem::take(&mut self.fetches.get_mut(&stream).unwrap().written).concat()
    }

    pub fn is_open(&self, stream: FetchId) -> bool {
        self.fetches[&stream].is_open
    }

    pub fn open_streams(&self) -> Vec<FetchId> {
        self.fetches.iter().filter(|(_, fetch)| fetch.is_open).map(|(id, _)| *id).collect()
    }

    /// The reader closes the stream.
    pub fn close(&mut self, stream: FetchId) {
        self.fetches.get_mut(&stream).unwrap().is_open = false;
        self.happens(Event::StreamClosed(stream));
    }

    /// A page opens its event stream.
    pub fn open_events(&mut self) -> FetchId {
        let stream = self.fetch("/auth/events");
        assert_eq!(self.got(stream), "a stream");
        stream
    }

    /// Adds a client that is a keeper.
    pub fn has_keeper(&mut self, id: &str) {
        let url = self.vault.config().script.clone();
        if !self.clients.iter().any(|client| client.id == id) {
            self.clients.push(Client { id: id.to_owned(), kind: "sharedworker".to_owned(), url });
        }
    }

    /// The keeper requests its stream.
    pub fn keeper_comes(&mut self, id: &str) -> FetchId {
        self.request(Request::get(&format!("/auth/keep?key={}", base64url(&KEEPER_KEY))).of(id))
    }

    pub(crate) fn is_keeper_stream(&self, stream: FetchId) -> bool {
        self.fetches[&stream].is_of_keeper
    }

    /// The frames written to a keeper's stream since the last call.
    pub fn frames(&mut self, stream: FetchId) -> Vec<Frame> {
        Self::frames_in(&self.read_bytes(stream))
    }

    /// The copies among these frames.
    pub fn copies(&mut self, stream: FetchId) -> Vec<Vec<u8>> {
        let copies = self.frames(stream).into_iter().filter_map(|frame| match frame {
            Frame::Copy(copy) => Some(copy),
            _ => None,
        });
        copies.collect()
    }

    /// The last of these copies.
    pub fn copy(&mut self, stream: FetchId) -> Vec<u8> {
        self.copies(stream).pop().expect("the keeper was given a copy")
    }

    /// The copy that a new keeper gets.
    pub fn copy_of_new_keeper(&mut self, id: &str) -> Vec<u8> {
        self.has_keeper(id);
        let stream = self.keeper_comes(id);
        self.copy(stream)
    }

    /// The copy that the keeper `keeper` gets when it connects, if there is one.
    pub(crate) fn fresh_copy(&mut self) -> Option<String> {
        self.has_keeper("keeper");
        let stream = self.keeper_comes("keeper");
        let copy = self.copies(stream).pop()?;
        Some(String::from_utf8(copy).unwrap())
    }

    /// The keeper `keeper` sends any bytes as its copy.
    pub(crate) fn hand_over(&mut self, copy: &[u8]) {
        self.has_other_tokens = true;
        self.has_keeper("keeper");
        let fetch = self.give_back("keeper", copy);
        assert_eq!(self.response(fetch).status, 204);
    }

    /// The keeper sends its copy, sealed for this worker.
    pub fn give_back(&mut self, id: &str, copy: &[u8]) -> FetchId {
        let body = [&KEEPER_KEY, &*self.worker_key(), copy].concat();
        self.give(id, body)
    }

    pub fn give(&mut self, id: &str, body: Vec<u8>) -> FetchId {
        self.request(Request { body, ..Request::post("/auth/keep").of(id) })
    }

    /// Completes all pending work except the forms of the authorization server.
    pub(crate) fn settle(&mut self) {
        while let Some(index) = self.pending.iter().position(|work| !matches!(work, Work::Form(..))) {
            self.resolve(index, 0);
        }
    }

    /// The pending code exchange of this callback.
    pub(crate) fn pending_exchange(&self, callback: FetchId) -> Option<usize> {
        let is_it = |work: &Work| matches!(work, Work::Form(Call::Exchange(id), _) if *id == callback);
        self.pending.iter().position(is_it)
    }

    /// The current worker's public key.
    pub fn worker_key(&self) -> Vec<u8> {
        vec![self.workers; PUBLIC_KEY_LENGTH]
    }

    pub fn is_signed_out_elsewhere(&mut self) {
        self.happens(Event::SignedOutElsewhere);
    }

    pub fn version(&mut self, version: Version) {
        self.happens(Event::Version(version));
    }
}
