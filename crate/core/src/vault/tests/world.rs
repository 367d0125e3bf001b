//! A simulated edge, with the browser, the servers and the time around it. After each event it asserts what must always be
//! true, and when a test ends, that every fetch event gets a response.

use crate::authorization::Randomness;
use crate::claims::tests::{claims, jwt};
use crate::config::Config;
use crate::keep::{Frame, FrameReader, MOST_KEEPERS, PUBLIC_KEY_LENGTH};
use crate::pkce::base64url;
use crate::policy::{self, REPLAY_LIMIT};
use crate::response::Response;
use crate::session_manager::{FormRequest, QUEUE_SIZE};
use crate::time::Now;
use crate::token::TokenResponse;
use crate::vault::{
    Action, Call, Client, Effect, Event, FetchId, Outcome, Outgoing, Platform, Vault, Version,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};

pub(super) use crate::config::tests::config;

pub(super) const ORIGIN: &str = "https://app.example.com";
/// In an API that gets the access token.
pub(super) const NOTES: &str = "https://api.example.com/v1/notes";
/// In an API that gets the ID token.
pub(super) const OWN_API: &str = "https://app.example.com/api/notes";
pub(super) const TOKEN_ENDPOINT: &str = "https://auth.example.com/oauth2/token";
pub(super) const REVOCATION_ENDPOINT: &str = "https://auth.example.com/oauth2/revoke";

/// How long the issued tokens live, in milliseconds.
pub(super) const LIFETIME: u64 = 3_600_000;

const MOST_PAGE_STREAMS: usize = 256;
const MOST_TRANSACTIONS: usize = 16;
const KEEPER_KEY: [u8; PUBLIC_KEY_LENGTH] = [7; PUBLIC_KEY_LENGTH];

/// A request of a page, a worker or a navigation.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) url: String,
    pub(super) method: &'static str,
    pub(super) mode: &'static str,
    pub(super) destination: &'static str,
    pub(super) redirect: &'static str,
    /// That of the present page if there is none.
    pub(super) client_id: Option<String>,
    pub(super) content_type: &'static str,
    pub(super) header_size: usize,
    pub(super) body: Vec<u8>,
    pub(super) is_keepalive: bool,
    pub(super) is_online: bool,
}

impl Request {
    /// A script's `fetch(url)`. A path is one of the app's origin.
    pub(super) fn get(url: &str) -> Self {
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
        }
    }

    pub(super) fn post(url: &str) -> Self {
        Self { method: "POST", ..Self::get(url) }
    }

    /// A `POST` of a body that may be held.
    pub(super) fn note() -> Self {
        Self { content_type: "text/plain", body: b"a note".to_vec(), ..Self::post(NOTES) }
    }

    /// The user, or a redirect, opens `url` in a tab.
    pub(super) fn navigation(url: &str) -> Self {
        Self { mode: "navigate", destination: "document", redirect: "manual", ..Self::get(url) }
    }

    pub(super) fn of(self, client_id: &str) -> Self {
        Self { client_id: Some(client_id.to_owned()), ..self }
    }
}

/// A fetch event, and what became of it.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Fetch {
    request: Request,
    /// The index of the API that the request is for.
    api: Option<usize>,
    client_id: String,
    randomness: Option<Randomness>,
    is_body_used: bool,
    sent: Vec<Outgoing>,
    is_sent: bool,
    outcomes: Vec<Outcome>,
    answer: Option<Answer>,
    written: Vec<Vec<u8>>,
    is_open: bool,
    extensions: u32,
    /// Its worker died.
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

/// Forms that go to the authorization server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
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

/// What the authorization server issued at once.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) id: String,
    pub(super) refresh: String,
    /// The token response's body.
    pub(super) body: String,
}

impl Tokens {
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.access)
    }
}

/// What a page learns of an authorization request.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) fetch: FetchId,
    pub(super) state: String,
    pub(super) asked: HashMap<String, String>,
}

/// What the edge has to do yet, and reports later.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Work {
    Read,
    Write { text: String, reset: bool },
    List,
    MakeKey,
    Report(Report),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Report {
    Client(FetchId),
    Body(FetchId),
    BodyRead(FetchId),
    Probed(FetchId),
    Opened { id: FetchId, sealed: Vec<u8> },
    Sealed(usize),
}

/// Work that takes its time, until [`World::release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slow {
    Reads,
    Writes,
    Key,
    Seals,
    Bodies,
    Probes,
    Clients,
}

pub(super) struct World {
    pub(super) vault: Vault,
    pub(super) now: Now,
    fetches: BTreeMap<FetchId, Fetch>,
    pub(super) page: u32,
    random: u64,
    workers: u8,
    forms: Vec<(Call, FormRequest)>,
    issued: Vec<Tokens>,
    /// What the present event brought.
    arrived: String,
    /// States, nonces, codes.
    secrets: Vec<String>,
    work: VecDeque<Work>,
    held: Vec<Work>,
    pub(super) slow: Vec<Slow>,
    seals: Vec<(FetchId, crate::session_manager::Generation, Vec<u8>)>,
    pub(super) row: Option<String>,
    /// What the next reads fail with.
    pub(super) read_errors: VecDeque<&'static str>,
    /// What the next writes fail with.
    pub(super) write_errors: VecDeque<&'static str>,
    /// Each write, and whether the database was deleted before.
    pub(super) writes: Vec<bool>,
    pub(super) reads: usize,
    pub(super) clients: Vec<Client>,
    pub(super) is_server_there: bool,
    pub(super) probes: Vec<String>,
    pub(super) has_web_crypto: bool,
    timer: Option<u64>,
    /// Everything that has gone out, in order.
    went_out: Vec<String>,
    pub(super) log: Vec<String>,
    /// How often the version that waits was kept alive, and asked to take over.
    pub(super) kept_alive: usize,
    pub(super) asked_to_take_over: usize,
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(config())
    }

    pub(super) fn with(config: Config) -> Self {
        let now = Now { monotonic: 5_000, wall: 1_700_000_000_000 };
        Self {
            vault: Vault::new(config, now),
            now,
            fetches: BTreeMap::new(),
            page: 0,
            random: 0,
            workers: 1,
            forms: Vec::new(),
            issued: Vec::new(),
            arrived: String::new(),
            secrets: Vec::new(),
            work: VecDeque::new(),
            held: Vec::new(),
            slow: Vec::new(),
            seals: Vec::new(),
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

    /// A worker whose user is Ada.
    pub(super) fn signed_in() -> (Self, Tokens) {
        let mut world = Self::new();
        let tokens = world.sign_in();
        (world, tokens)
    }

    // Workers and time

    /// The browser stops the worker: its memory, its streams and its requests are gone, what is stored is not.
    pub(super) fn worker_dies(&mut self) {
        for fetch in self.fetches.values_mut() {
            fetch.is_open = false;
            fetch.is_lost = fetch.answer.is_none();
            fetch.extensions = 0;
        }
        self.starts();
    }

    /// The wasm traps. The shim starts another instance and asks it about the fetch events that have no response yet.
    pub(super) fn worker_traps(&mut self) {
        let mut again = Vec::new();
        for (id, fetch) in &mut self.fetches {
            fetch.is_open = false;
            fetch.extensions = 0;
            fetch.is_sent = false;
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
        self.forms.clear();
        self.work.clear();
        self.held.clear();
        self.seals.clear();
        self.timer = None;
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, ms: u64) {
        let end = self.now.monotonic + ms;
        while let Some(due) = self.timer.filter(|due| *due <= end) {
            self.timer = None;
            self.advance(due.saturating_sub(self.now.monotonic));
            self.happens(Event::Timer);
        }
        self.advance(end - self.now.monotonic);
    }

    fn advance(&mut self, ms: u64) {
        self.now.monotonic += ms;
        self.now.wall += ms;
    }

    /// In how many milliseconds the timer runs out.
    pub(super) fn next_timer(&self) -> Option<u64> {
        self.timer.map(|due| due - self.now.monotonic)
    }

    // Requests

    /// A script's `fetch(url)`.
    pub(super) fn fetch(&mut self, url: &str) -> FetchId {
        self.request(Request::get(url))
    }

    /// The user, or a redirect, opens `url` in a tab, which becomes the present page.
    pub(super) fn navigate(&mut self, url: &str) -> FetchId {
        self.page += 1;
        self.request(Request { client_id: Some(String::new()), ..Request::navigation(url) })
    }

    pub(super) fn request(&mut self, request: Request) -> FetchId {
        let id = FetchId(u32::try_from(self.fetches.len()).unwrap() + 1);
        let client_id = request.client_id.clone().unwrap_or_else(|| format!("page {}", self.page));
        self.random += 1;
        let random = |part: u8| {
            let mut bytes = [part; 32];
            bytes[..8].copy_from_slice(&self.random.to_le_bytes());
            bytes
        };
        let randomness = self.has_web_crypto.then(|| [random(1), random(2), random(3)]);
        if let Some([state, nonce, verifier]) = &randomness {
            self.secrets.extend([state, nonce, verifier].map(|secret| base64url(secret)));
        }
        let fetch = Fetch {
            api: self.api_of(&request.url),
            request,
            client_id,
            randomness,
            is_body_used: false,
            sent: Vec::new(),
            is_sent: false,
            outcomes: Vec::new(),
            answer: None,
            written: Vec::new(),
            is_open: false,
            extensions: 0,
            is_lost: false,
        };
        self.fetches.insert(id, fetch);
        self.dispatch(id, false);
        id
    }

    fn dispatch(&mut self, id: FetchId, retried: bool) {
        let fetch = &self.fetches[&id];
        let Request { url, method, mode, destination, redirect, .. } = &fetch.request;
        let request = policy::Request { url, method, mode, destination, redirect };
        self.arrived.clear();
        let effects = self.vault.handle(Event::Fetch { id, request, platform: fetch, retried }, self.now);
        self.perform(effects);
    }

    /// The API responds with this status.
    pub(super) fn api_answers(&mut self, id: FetchId, status: u16) {
        self.api_has(id, Outcome::Status(status));
    }

    /// The API cannot be reached, or its response has no CORS headers.
    pub(super) fn api_fails(&mut self, id: FetchId) {
        self.api_has(id, Outcome::Failed);
    }

    /// What comes of the request to the API that is under way.
    pub(super) fn api_has(&mut self, id: FetchId, outcome: Outcome) {
        let fetch = self.fetches.get_mut(&id).unwrap();
        assert!(std::mem::take(&mut fetch.is_sent), "no request is under way for {id:?}");
        if outcome != Outcome::NotSent {
            fetch.outcomes.push(outcome);
        }
        self.happens(Event::Sent(id, outcome));
    }

    /// What the page gets, in words.
    pub(super) fn got(&self, id: FetchId) -> String {
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

    pub(super) fn is_pending(&self, id: FetchId) -> bool {
        self.fetches[&id].answer.is_none()
    }

    /// The response that the vault made.
    pub(super) fn response(&self, id: FetchId) -> &Response {
        match &self.fetches[&id].answer {
            Some(Answer::Respond(response)) => response,
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn header(&self, id: FetchId, name: &str) -> &str {
        let headers = &self.response(id).headers;
        headers.iter().find(|(given, _)| *given == name).map_or("", |(_, value)| value)
    }

    /// Status and location.
    pub(super) fn redirect(&self, id: FetchId) -> (u16, &str) {
        (self.response(id).status, self.header(id, "location"))
    }

    /// The `Authorization` headers with which the request went out.
    pub(super) fn sent(&self, id: FetchId) -> Vec<&str> {
        self.fetches[&id].sent.iter().map(|outgoing| outgoing.authorization.expose()).collect()
    }

    /// How the request went out last.
    pub(super) fn outgoing(&self, id: FetchId) -> &Outgoing {
        self.fetches[&id].sent.last().expect("the request went out")
    }

    /// Whether the browser is asked to keep the worker alive for this event.
    pub(super) fn is_extended(&self, id: FetchId) -> bool {
        self.fetches[&id].extensions > 0
    }

    /// What has gone out since the last call, in order.
    pub(super) fn went_out(&mut self) -> Vec<String> {
        std::mem::take(&mut self.went_out)
    }

    // Sign-in

    /// The tokens that the authorization server issues next.
    pub(super) fn issue(&mut self, subject: &str, nonce: &str) -> Tokens {
        let number = self.issued.len() + 1;
        let mut claims = claims();
        claims["sub"] = json!(subject);
        claims["nonce"] = json!(nonce);
        claims["jti"] = json!(number);
        let (access, id, refresh) =
            (format!("access.{number:04}"), jwt(&claims), format!("refresh.{number:04}"));
        let body = json!({
            "access_token": access, "id_token": id, "refresh_token": refresh,
            "token_type": "Bearer", "expires_in": LIFETIME / 1_000,
        });
        let tokens = Tokens { access, id, refresh, body: body.to_string() };
        self.issued.push(tokens.clone());
        tokens
    }

    /// Opens the login endpoint, which redirects to the authorization server.
    pub(super) fn login(&mut self, query: &str) -> Login {
        let fetch = self.navigate(&format!("/auth/login?{query}"));
        self.authorization_request(fetch)
    }

    /// The authorization request that `fetch` was redirected to.
    pub(super) fn authorization_request(&self, fetch: FetchId) -> Login {
        let (status, location) = self.redirect(fetch);
        assert_eq!(status, 302);
        let url = url::Url::parse(location).unwrap();
        let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
        Login { fetch, state: asked["state"].clone(), asked }
    }

    pub(super) fn begin_login(&mut self) -> Login {
        self.login("returnTo=%2Fnotes")
    }

    /// The authorization server sends the browser back with a code.
    pub(super) fn come_back(&mut self, login: &Login) -> FetchId {
        self.secrets.push("the-code".to_owned());
        self.navigate(&format!("/auth/callback?code=the-code&state={}", login.state))
    }

    /// The authorization server sends the browser back with an error.
    pub(super) fn come_back_refused(&mut self, login: &Login, error: &str) -> FetchId {
        self.navigate(&format!("/auth/callback?error={error}&state={}", login.state))
    }

    /// The token endpoint takes the code of `login`.
    pub(super) fn exchange(&mut self, login: &Login, subject: &str) -> Tokens {
        let tokens = self.issue(subject, &login.asked["nonce"]);
        self.server_answers(Form::Exchange, 200, &tokens.body);
        tokens
    }

    pub(super) fn sign_in(&mut self) -> Tokens {
        self.sign_in_as("ada-1")
    }

    pub(super) fn sign_in_as(&mut self, subject: &str) -> Tokens {
        let login = self.begin_login();
        self.finish(&login, subject)
    }

    /// The user comes back with a code, which the token endpoint takes.
    pub(super) fn finish(&mut self, login: &Login, subject: &str) -> Tokens {
        let callback = self.come_back(login);
        let tokens = self.exchange(login, subject);
        assert_eq!(self.response(callback).status, 303);
        tokens
    }

    /// The page client gets the lost session from the authorization server.
    pub(super) fn sign_in_silently(&mut self) -> Tokens {
        let login = self.login("silent=1&returnTo=%2Fnotes");
        self.finish(&login, "ada-1")
    }

    /// A page signs out; the revocation is under way.
    pub(super) fn begin_sign_out(&mut self) -> FetchId {
        self.request(Request::post("/auth/logout"))
    }

    pub(super) fn sign_out(&mut self) -> FetchId {
        let fetch = self.begin_sign_out();
        if self.forms().contains(&Form::Revocation) {
            self.server_answers(Form::Revocation, 200, "");
        }
        assert_eq!(self.response(fetch).status, 200);
        fetch
    }

    // The authorization server

    /// The forms that have no response yet.
    pub(super) fn forms(&self) -> Vec<Form> {
        self.forms.iter().map(|(call, _)| Form::of(*call)).collect()
    }

    /// The parameters of the oldest such form.
    pub(super) fn form(&self, form: Form) -> HashMap<String, String> {
        let (_, request) =
            self.forms.iter().find(|(call, _)| Form::of(*call) == form).expect("it was posted");
        url::form_urlencoded::parse(request.body.expose().as_bytes()).into_owned().collect()
    }

    pub(super) fn server_answers(&mut self, form: Form, status: u16, body: &str) {
        self.respond_to(form, Some(TokenResponse { status, body: body.as_bytes() }));
    }

    pub(super) fn server_is_unreachable(&mut self, form: Form) {
        self.respond_to(form, None);
    }

    fn respond_to(&mut self, form: Form, response: Option<TokenResponse<'_>>) {
        let index = self.forms.iter().position(|(call, _)| Form::of(*call) == form).expect("it was posted");
        let (call, _) = self.forms.remove(index);
        self.happens(Event::FormResponse(call, response));
    }

    /// The token endpoint renews, with a new refresh token.
    pub(super) fn renew(&mut self) -> Tokens {
        let tokens = self.issue("ada-1", "");
        self.server_answers(Form::Renewal, 200, &tokens.body);
        tokens
    }

    // What pages see

    /// The session as the present page sees it; null if there is no response yet.
    pub(super) fn session(&mut self) -> Value {
        let fetch = self.fetch("/auth/session");
        if self.is_pending(fetch) {
            return Value::Null;
        }
        serde_json::from_str(&self.response(fetch).body).unwrap()
    }

    pub(super) fn status(&mut self) -> String {
        self.session()["status"].as_str().unwrap_or_default().to_owned()
    }

    /// The code of the session's error; empty if there is none.
    pub(super) fn error(&mut self) -> String {
        self.session()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The session hint in storage.
    pub(super) fn hint(&self) -> Option<String> {
        let row: Value = serde_json::from_str(self.row.as_ref()?).unwrap();
        row.get("hint").map(|hint| hint.as_str().unwrap().to_owned())
    }

    // Streams

    /// What was written to a stream since the last call.
    pub(super) fn read(&mut self, stream: FetchId) -> String {
        String::from_utf8(self.read_bytes(stream)).unwrap()
    }

    fn read_bytes(&mut self, stream: FetchId) -> Vec<u8> {
        std::mem::take(&mut self.fetches.get_mut(&stream).unwrap().written).concat()
    }

    pub(super) fn is_open(&self, stream: FetchId) -> bool {
        self.fetches[&stream].is_open
    }

    /// The reader goes away.
    pub(super) fn close(&mut self, stream: FetchId) {
        self.fetches.get_mut(&stream).unwrap().is_open = false;
        self.happens(Event::StreamClosed(stream));
    }

    /// A page opens its event stream.
    pub(super) fn open_events(&mut self) -> FetchId {
        let stream = self.fetch("/auth/events");
        assert_eq!(self.got(stream), "a stream");
        stream
    }

    /// From now on there is a keeper with this client ID.
    pub(super) fn has_keeper(&mut self, id: &str) {
        let url = self.vault.config().script.clone();
        self.clients.push(Client { id: id.to_owned(), kind: "sharedworker".to_owned(), url });
    }

    /// The keeper asks for its stream.
    pub(super) fn keeper_comes(&mut self, id: &str) -> FetchId {
        self.request(Request::get(&format!("/auth/keep?key={}", base64url(&KEEPER_KEY))).of(id))
    }

    /// The frames on a keeper's stream since the last call.
    pub(super) fn frames(&mut self, stream: FetchId) -> Vec<Frame> {
        let mut reader = FrameReader::default();
        reader.push(&self.read_bytes(stream));
        std::iter::from_fn(|| reader.next_frame().unwrap()).collect()
    }

    /// The last copy among them.
    pub(super) fn copy(&mut self, stream: FetchId) -> Vec<u8> {
        let copies = self.frames(stream).into_iter().rev().find_map(|frame| match frame {
            Frame::Copy(copy) => Some(copy),
            _ => None,
        });
        copies.expect("the keeper was given a copy")
    }

    /// The copy that a new keeper is given.
    pub(super) fn copy_of_new_keeper(&mut self, id: &str) -> Vec<u8> {
        self.has_keeper(id);
        let stream = self.keeper_comes(id);
        self.copy(stream)
    }

    /// The keeper gives its copy back, sealed for this worker.
    pub(super) fn give_back(&mut self, id: &str, copy: &[u8]) -> FetchId {
        let body = [&KEEPER_KEY, &*self.worker_key(), copy].concat();
        self.give(id, body)
    }

    pub(super) fn give(&mut self, id: &str, body: Vec<u8>) -> FetchId {
        self.request(Request { body, ..Request::post("/auth/keep").of(id) })
    }

    /// The present worker's public key.
    pub(super) fn worker_key(&self) -> Vec<u8> {
        vec![self.workers; PUBLIC_KEY_LENGTH]
    }

    pub(super) fn version(&mut self, version: Version) {
        self.happens(Event::Version(version));
    }

    // The edge

    /// What was slow is done, and from now on it is fast.
    pub(super) fn release(&mut self) {
        self.slow.clear();
        self.work.extend(std::mem::take(&mut self.held));
        self.do_work();
    }

    pub(super) fn happens(&mut self, event: Event<'_>) {
        let arrived = match &event {
            Event::FormResponse(_, Some(response)) => response.body,
            Event::Opened(_, Some(copy)) => copy,
            _ => &[],
        };
        self.arrived = String::from_utf8_lossy(arrived).into_owned();
        let effects = self.vault.handle(event, self.now);
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.assert_secrecy(&effect);
            self.perform_one(effect);
        }
        self.assert_bounds();
        self.do_work();
    }

    fn do_work(&mut self) {
        while let Some(work) = self.work.pop_front() {
            self.do_one(work);
        }
    }

    fn asks(&mut self, work: Work) {
        let slow = match &work {
            Work::Read => Some(Slow::Reads),
            Work::Write { .. } => Some(Slow::Writes),
            Work::List => Some(Slow::Clients),
            Work::MakeKey => Some(Slow::Key),
            Work::Report(Report::BodyRead(_)) => Some(Slow::Bodies),
            Work::Report(Report::Probed(_)) => Some(Slow::Probes),
            Work::Report(Report::Sealed(_)) => Some(Slow::Seals),
            Work::Report(_) => None,
        };
        if slow.is_some_and(|slow| self.slow.contains(&slow)) {
            self.held.push(work);
        } else {
            self.work.push_back(work);
        }
    }

    fn do_one(&mut self, work: Work) {
        match work {
            Work::Read => {
                let result = match self.read_errors.pop_front() {
                    Some(name) => Err(name.to_owned()),
                    None => Ok(self.row.clone()),
                };
                self.happens(Event::RowRead(result));
            }
            Work::Write { text, reset } => {
                self.writes.push(reset);
                let error = self.write_errors.pop_front();
                if error.is_none() {
                    self.row = Some(text);
                }
                let result = error.map_or(Ok(()), |name| Err(name.to_owned()));
                self.happens(Event::RowWritten(result));
            }
            Work::List => {
                let page = Client {
                    id: format!("page {}", self.page),
                    kind: "window".to_owned(),
                    url: ORIGIN.to_owned(),
                };
                let clients = self.clients.iter().cloned().chain([page]).collect();
                self.happens(Event::Clients(clients));
            }
            Work::MakeKey => {
                let key = self.has_web_crypto.then(|| self.worker_key());
                self.happens(Event::PublicKey(key));
            }
            Work::Report(report) => self.report(report),
        }
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Client(id) => {
                let client_id = &self.fetches[&id].client_id;
                let client = self.clients.iter().find(|client| client.id == *client_id).cloned();
                self.happens(Event::Client(id, client));
            }
            Report::Body(id) => {
                let body = self.fetches[&id].request.body.clone();
                self.happens(Event::Body(id, &body));
            }
            Report::BodyRead(id) => {
                let is_complete = self.fetches[&id].request.body.len() <= REPLAY_LIMIT as usize;
                self.happens(Event::BodyRead(id, is_complete));
            }
            Report::Probed(id) => {
                self.happens(Event::Probed { id, is_reachable: self.is_server_there });
            }
            Report::Opened { id, sealed } => {
                let copy = sealed.strip_prefix(self.worker_key().as_slice()).map(<[u8]>::to_vec);
                self.happens(Event::Opened(id, copy));
            }
            Report::Sealed(index) => {
                let (stream, mark, bytes) = self.seals[index].clone();
                self.happens(Event::Sealed { stream, generation: mark, bytes: Some(bytes) });
            }
        }
    }

    fn perform_one(&mut self, effect: Effect) {
        match effect {
            Effect::Fetch(id, action) => self.act(id, action),
            Effect::Extend(id) => self.fetches.get_mut(&id).unwrap().extensions += 1,
            Effect::Release(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                fetch.extensions = fetch.extensions.checked_sub(1).expect("it was extended");
            }
            Effect::Write(id, bytes) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(fetch.is_open, "written to a stream that is not open");
                fetch.written.push(bytes);
            }
            Effect::End(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(std::mem::take(&mut fetch.is_open), "ended a stream that is not open");
            }
            Effect::PostForm(call, form) => {
                self.went_out.push(format!("{:?}", Form::of(call)).to_lowercase());
                self.forms.push((call, form));
            }
            Effect::Probe(id, url) => {
                self.probes.push(url);
                self.asks(Work::Report(Report::Probed(id)));
            }
            Effect::ReadRow => {
                self.reads += 1;
                self.asks(Work::Read);
            }
            Effect::WriteRow { text, reset } => self.asks(Work::Write { text, reset }),
            Effect::ListClients => self.asks(Work::List),
            Effect::MakeKey => self.asks(Work::MakeKey),
            Effect::Seal { stream, peer, copy, generation: mark } => {
                assert_eq!(peer, KEEPER_KEY);
                self.seals.push((stream, mark, copy.expose().as_bytes().to_vec()));
                self.asks(Work::Report(Report::Sealed(self.seals.len() - 1)));
            }
            Effect::Open { id, peer, sealed } => {
                assert_eq!(peer.len(), PUBLIC_KEY_LENGTH);
                self.asks(Work::Report(Report::Opened { id, sealed }));
            }
            Effect::KeepVersionAlive => self.kept_alive += 1,
            Effect::AskToTakeOver => self.asked_to_take_over += 1,
            Effect::SetTimer(ms) => self.timer = Some(self.now.monotonic + ms),
            Effect::Log(line) => self.log.push(line),
        }
    }

    fn act(&mut self, id: FetchId, action: Action) {
        let url = self.fetches[&id].request.url.clone();
        let fetch = self.fetches.get_mut(&id).unwrap();
        assert!(fetch.answer.is_none(), "{action:?} after {:?} for {url}", fetch.answer);
        assert!(!fetch.is_sent, "{action:?} while a request is under way for {url}");
        let answer = match action {
            Action::Pass => {
                self.went_out.push(format!("{url} as the page made it"));
                Answer::Pass
            }
            Action::Respond(response) => Answer::Respond(response),
            Action::Fail => Answer::Fail,
            Action::Deliver => Answer::Deliver,
            Action::Stream { first, .. } => {
                fetch.written.push(first);
                fetch.is_open = true;
                Answer::Stream
            }
            Action::Send(outgoing) => {
                self.went_out.push(format!("{url} with {}", outgoing.authorization.expose()));
                fetch.is_body_used |= !fetch.request.body.is_empty();
                fetch.is_sent = true;
                fetch.sent.push(outgoing);
                return;
            }
            Action::ReadBody | Action::AwaitBody => {
                fetch.is_body_used = true;
                return self.asks(Work::Report(Report::BodyRead(id)));
            }
            Action::TakeBody => return self.asks(Work::Report(Report::Body(id))),
            Action::Identify => return self.asks(Work::Report(Report::Client(id))),
        };
        fetch.answer = Some(answer);
    }

    // What is always true

    /// A token leaves only as the present session's: to an API it is for, to a keeper, to the authorization server. All else
    /// that leaves has no secret in it.
    fn assert_secrecy(&self, effect: &Effect) {
        match effect {
            Effect::Fetch(id, Action::Send(outgoing)) => {
                let Fetch { request, api, .. } = &self.fetches[id];
                let is_data = request.mode != "navigate"
                    && ["", "audio", "font", "image", "track", "video"].contains(&request.destination);
                assert!(is_data && api.is_some(), "a token for {request:?}");
                let authorization = outgoing.authorization.expose();
                let is_token = |issued: &&Tokens| {
                    let token = if *api == Some(0) { &issued.access } else { &issued.id };
                    authorization == format!("Bearer {token}")
                };
                assert!(self.issued.iter().any(|it| is_token(&it)), "{authorization} for {}", request.url);
                self.assert_only_present_tokens(authorization);
            }
            Effect::Seal { copy, .. } => self.assert_only_present_tokens(copy.expose()),
            Effect::Write(id, bytes) => {
                let text = String::from_utf8_lossy(bytes);
                if self.fetches[id].request.url.contains("/auth/keep") {
                    self.assert_only_present_tokens(&text);
                } else {
                    self.assert_no_token(&text);
                }
            }
            Effect::PostForm(call, form) => match Form::of(*call) {
                Form::Renewal => {
                    self.assert_only_present_tokens(form.body.expose());
                    assert_eq!(form.url.as_str(), TOKEN_ENDPOINT);
                    let same = |(other, request): &&(Call, FormRequest)| {
                        Form::of(*other) == Form::Renewal && request.body == form.body
                    };
                    assert!(!self.forms.iter().any(|other| same(&other)), "two renewals at a time");
                }
                Form::Exchange => {
                    self.assert_no_token(form.body.expose());
                    assert_eq!(form.url.as_str(), TOKEN_ENDPOINT);
                }
                Form::Revocation | Form::LateRevocation => {
                    assert_eq!(form.url.as_str(), REVOCATION_ENDPOINT);
                    assert!(!self.issued.iter().any(|it| form.body.expose().contains(&it.access)));
                }
            },
            Effect::WriteRow { text, .. } | Effect::Log(text) => {
                self.assert_no_token(text);
                let secret = self.secrets.iter().find(|secret| text.contains(secret.as_str()));
                assert!(secret.is_none(), "{secret:?} in {text}");
            }
            other => self.assert_no_token(&format!("{other:?}")),
        }
    }

    /// The index of the API that `url` lies in.
    fn api_of(&self, url: &str) -> Option<usize> {
        let url = url::Url::parse(url).unwrap();
        self.vault.config().apis.iter().position(|api| {
            let api = url::Url::parse(api.url.as_str()).unwrap();
            let below = format!("{}/", api.path().trim_end_matches('/'));
            url.origin() == api.origin()
                && url.username().is_empty()
                && (url.path() == api.path() || url.path().starts_with(&below))
        })
    }

    /// A session may come and go in one event: a copy for which a sign-out waits.
    fn assert_only_present_tokens(&self, text: &str) {
        let copy = self.vault.sessions.copy(self.now);
        let present = copy.as_ref().map_or("", |copy| copy.expose());
        for token in self.all_tokens().filter(|token| text.contains(*token)) {
            let is_present = present.contains(token) || self.arrived.contains(token);
            assert!(is_present, "{token} is not of the present session");
        }
    }

    fn assert_no_token(&self, text: &str) {
        for token in self.all_tokens() {
            assert!(!text.contains(token), "{token} in {text}");
        }
    }

    fn all_tokens(&self) -> impl Iterator<Item = &String> {
        self.issued.iter().flat_map(|issued| [&issued.access, &issued.id, &issued.refresh])
    }

    fn assert_bounds(&self) {
        let open = |path: &str| {
            self.fetches.values().filter(|it| it.is_open && it.request.url.contains(path)).count()
        };
        assert!(open("/auth/keep") <= MOST_KEEPERS, "{} keepers", open("/auth/keep"));
        assert!(open("/auth/events") <= MOST_PAGE_STREAMS, "{} pages", open("/auth/events"));
        let waits = |fetch: &&Fetch| {
            fetch.answer.is_none()
                && !fetch.is_lost
                && fetch.sent.is_empty()
                && !fetch.is_body_used
                && fetch.api.is_some()
        };
        let size = |fetch: &Fetch| {
            let is_safe = ["GET", "HEAD", "OPTIONS"].contains(&fetch.request.method);
            4_096 + fetch.request.url.len() + fetch.request.header_size + if is_safe { 0 } else { 65_536 }
        };
        let queued: usize = self.fetches.values().filter(waits).map(size).sum();
        assert!(queued <= QUEUE_SIZE, "{queued} bytes wait");
        let extensions: u32 = self.fetches.values().map(|fetch| fetch.extensions).sum();
        assert!(extensions <= 20, "{extensions} events are extended");
        let writes = self.work.iter().chain(&self.held).filter(|work| matches!(work, Work::Write { .. }));
        assert!(writes.count() <= 1, "one write at a time");
        for work in self.work.iter().chain(&self.held) {
            if let Work::Write { text, .. } = work {
                let row: Value = serde_json::from_str(text).unwrap();
                assert!(row["transactions"].as_array().unwrap().len() <= MOST_TRANSACTIONS);
            }
        }
    }

    /// Whatever is under way ends, and with it every fetch event.
    fn ends(&mut self) {
        for _ in 0..3 {
            self.release();
            while let Some((call, _)) = self.forms.pop() {
                self.happens(Event::FormResponse(call, None));
            }
            let sent = self.fetches.iter().filter(|(_, fetch)| fetch.is_sent && !fetch.is_lost);
            for id in sent.map(|(id, _)| *id).collect::<Vec<_>>() {
                self.api_fails(id);
            }
            self.pass(300_000);
        }
        for fetch in self.fetches.values().filter(|fetch| !fetch.is_lost) {
            assert!(fetch.answer.is_some(), "no response to {:?}", fetch.request);
            assert_eq!(fetch.extensions, 0, "the worker lives on for {:?}", fetch.request);
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.ends();
        }
    }
}
