//! An edge: performs the vault's effects at once or later, and checks the invariants after every event.

use crate::fixture::{CLIENT_ID, ORIGIN, REVOCATION_ENDPOINT, SCRIPT, START, TOKEN_ENDPOINT};
use crate::policy_url::gets_token_of;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use strongroom_core::authorization::Randomness;
use strongroom_core::config::{Config, TokenKind};
use strongroom_core::keep::PUBLIC_KEY_LENGTH;
use strongroom_core::pkce::base64url;
use strongroom_core::policy::Request;
use strongroom_core::response::Response;
use strongroom_core::time::Now;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{
    Action, Call, Client, Effect, Event, FetchId, FormRequest, Generation, Outcome, Platform, Vault,
};

/// The memory limits of docs/session.md: the queue's size, the size of a queued request, and the number of
/// streams.
const QUEUE_SIZE: usize = 16 * 1_024 * 1_024;
const WAITING_SIZE: usize = 4 * 1_024 * 1_024;
const OVERHEAD: usize = 4 * 1_024;
const BODY: usize = 64 * 1_024;
const MOST_KEEPERS: usize = 32;
const MOST_PAGES: usize = 256;

/// Tokens made by [`Executor::issue`] begin with this, followed by a letter for their kind and their number.
const TOKEN: &str = "tok-";

/// The public key of every keeper.
pub(crate) const KEY: [u8; PUBLIC_KEY_LENGTH] = [4; PUBLIC_KEY_LENGTH];

/// A request of a page, a keeper or a navigation.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of the platform")]
pub(crate) struct Ask {
    pub(crate) url: String,
    pub(crate) method: &'static str,
    pub(crate) mode: &'static str,
    pub(crate) destination: &'static str,
    /// Empty for a navigation.
    pub(crate) client_id: String,
    pub(crate) content_type: &'static str,
    pub(crate) header_size: usize,
    pub(crate) is_keepalive: bool,
    pub(crate) is_body_used: bool,
    pub(crate) is_online: bool,
    pub(crate) has_randomness: bool,
    pub(crate) retried: bool,
}

impl Ask {
    /// A fetch of the page.
    pub(crate) fn fetch(method: &'static str, url: &str) -> Self {
        Self {
            url: if url.starts_with('/') { [ORIGIN, url].concat() } else { url.to_owned() },
            method,
            mode: "cors",
            destination: "",
            client_id: "page".to_owned(),
            content_type: "",
            header_size: 100,
            is_keepalive: false,
            is_body_used: false,
            is_online: true,
            has_randomness: true,
            retried: false,
        }
    }

    /// A navigation of the top-level page.
    pub(crate) fn navigation(url: &str) -> Self {
        Self {
            mode: "navigate",
            destination: "document",
            client_id: String::new(),
            ..Self::fetch("GET", url)
        }
    }

    pub(crate) fn of(self, client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), ..self }
    }

    fn is(&self, method: &str, endpoint: &str) -> bool {
        self.method == method && self.url == [ORIGIN, endpoint].concat()
    }
}

struct Browser<'a>(&'a Ask, Option<Randomness>);

impl Platform for Browser<'_> {
    fn client_id(&self) -> String {
        self.0.client_id.clone()
    }

    fn content_type(&self) -> String {
        self.0.content_type.to_owned()
    }

    fn header_size(&self) -> usize {
        self.0.header_size
    }

    fn is_keepalive(&self) -> bool {
        self.0.is_keepalive
    }

    fn is_body_used(&self) -> bool {
        self.0.is_body_used
    }

    fn is_online(&self) -> bool {
        self.0.is_online
    }

    fn randomness(&self) -> Option<Randomness> {
        self.1
    }
}

/// How a fetch event ended.
#[derive(Debug)]
pub(crate) enum Answer {
    Pass,
    Respond(Response),
    Fail,
    Deliver,
    Stream,
}

#[derive(Debug)]
struct Fetch {
    ask: Ask,
    /// The `Authorization` header with which it was last sent.
    sent: Option<String>,
    /// How often it was sent.
    attempts: u32,
    answer: Option<Answer>,
}

/// An effect that has not been performed yet.
#[derive(Debug)]
pub(crate) enum Pending {
    Send(FetchId),
    Body(FetchId),
    TakeBody(FetchId),
    Identify(FetchId),
    Form(Call, FormRequest),
    Probe(FetchId),
    Read,
    Write(String),
    List,
    Key,
    Seal(FetchId, Generation),
    Open(FetchId, Vec<u8>),
}

/// The outcome of a pending effect: 0 for success, other numbers for other outcomes.
pub(crate) type Fortune = u8;

pub(crate) struct Executor {
    pub(crate) now: Now,
    pub(crate) pending: Vec<Pending>,
    /// The storage row.
    pub(crate) row: Option<String>,
    /// The client IDs of the keepers.
    pub(crate) keepers: Vec<String>,
    /// The copy that a keeper sends on request.
    pub(crate) offer: Vec<u8>,
    /// The copy that the keepers last got; `None` after "forget".
    copy: Option<String>,
    /// When the timer fires, by the monotonic clock.
    pub(crate) timer: Option<u64>,
    /// `state`, `nonce` and code verifier of every authorization request.
    pub(crate) logins: Vec<[String; 3]>,
    pub(crate) next: u32,
    vault: Vault,
    config: Config,
    fetches: BTreeMap<FetchId, Fetch>,
    page_streams: BTreeSet<FetchId>,
    keeper_streams: BTreeSet<FetchId>,
    extended: BTreeSet<FetchId>,
    /// How many token responses were issued, and which of them belong to a session that was signed out.
    issued: u32,
    dead: BTreeSet<u32>,
    /// Refresh and code requests that were sent before the last sign-out.
    outlived: Vec<Call>,
    /// The request for the session that follows a sign-out.
    probe: Option<FetchId>,
    /// The present event has signed the user out.
    is_signed_out: bool,
}

impl Executor {
    /// A new worker with this storage row.
    pub(crate) fn new(config: Config, row: Option<String>) -> Self {
        Self {
            now: START,
            pending: Vec::new(),
            row,
            keepers: Vec::new(),
            offer: Vec::new(),
            copy: None,
            timer: None,
            logins: Vec::new(),
            next: 0,
            vault: Vault::new(config.clone(), START),
            config,
            fetches: BTreeMap::new(),
            page_streams: BTreeSet::new(),
            keeper_streams: BTreeSet::new(),
            extended: BTreeSet::new(),
            issued: 0,
            dead: BTreeSet::new(),
            outlived: Vec::new(),
            probe: None,
            is_signed_out: false,
        }
    }

    /// The worker dies, and another one starts.
    pub(crate) fn restart(&mut self) {
        // Storage that could not be written, or that script has written, may restore a session.
        if self.row.as_ref().is_some_and(|row| row.contains("\"hint\"")) {
            self.dead.clear();
        }
        self.vault = Vault::new(self.config.clone(), self.now);
        self.pending.clear();
        self.fetches.clear();
        self.page_streams.clear();
        self.keeper_streams.clear();
        self.extended.clear();
        self.outlived.clear();
        self.timer = None;
        self.probe = None;
    }

    /// Dispatches a fetch event and returns its number.
    pub(crate) fn fetch(&mut self, ask: &Ask) -> FetchId {
        self.next += 1;
        let id = FetchId(self.next);
        let randomness = (ask.url.contains("/login") && ask.has_randomness).then(|| self.randomness());
        let signs_out = ask.is("POST", "/auth/logout") && ask.mode == "cors" && !ask.retried;
        self.fetches.insert(id, Fetch { ask: ask.clone(), sent: None, attempts: 0, answer: None });
        let request = Request {
            url: &ask.url,
            method: ask.method,
            mode: ask.mode,
            destination: ask.destination,
            redirect: "follow",
        };
        let platform = Browser(ask, randomness);
        self.handle(Event::Fetch { id, request, platform: &platform, retried: ask.retried });
        if signs_out && self.probe.is_none() {
            self.probe = Some(FetchId(self.next + 1));
            self.fetch(&Ask::fetch("GET", "/auth/session").of("probe"));
        }
        id
    }

    /// The first random bytes are fixed, so that the corpora can contain them.
    fn randomness(&mut self) -> Randomness {
        let number = u8::try_from(self.logins.len() * 3 % 255).unwrap_or_default();
        let randomness = [number + 1, number + 2, number + 3].map(|byte| [byte; 32]);
        self.logins.push(randomness.map(|bytes| base64url(&bytes)));
        randomness
    }

    pub(crate) fn answer(&self, id: FetchId) -> Option<&Answer> {
        self.fetches.get(&id)?.answer.as_ref()
    }

    /// The response of an endpoint, if it has responded.
    pub(crate) fn response(&self, id: FetchId) -> Option<&Response> {
        match self.answer(id)? {
            Answer::Respond(response) => Some(response),
            _ => None,
        }
    }

    /// The `Authorization` header with which the request was sent.
    pub(crate) fn authorization(&self, id: FetchId) -> Option<&str> {
        self.fetches.get(&id)?.sent.as_deref()
    }

    /// Dispatches a fetch event and performs all effects except responses of the authorization server.
    pub(crate) fn complete(&mut self, ask: &Ask) -> FetchId {
        let id = self.fetch(ask);
        self.settle();
        id
    }

    /// Performs all pending effects successfully, except responses of the authorization server.
    pub(crate) fn settle(&mut self) {
        while let Some(index) = self.pending.iter().position(|pending| !matches!(pending, Pending::Form(..)))
        {
            self.resolve(index, 0);
        }
    }

    /// The pending form requests.
    pub(crate) fn forms(&self) -> impl Iterator<Item = (&Call, &FormRequest)> {
        self.pending.iter().filter_map(|pending| match pending {
            Pending::Form(call, form) => Some((call, form)),
            _ => None,
        })
    }

    /// Delivers the authorization server's response to the oldest form request.
    pub(crate) fn respond(&mut self, response: Option<&TokenResponse<'_>>) {
        let index = self.pending.iter().position(|pending| matches!(pending, Pending::Form(..)));
        match self.pending.remove(index.expect("a form was posted")) {
            Pending::Form(call, _) => {
                let response =
                    response.map(|response| TokenResponse { status: response.status, body: response.body });
                self.handle(Event::FormResponse(call, response));
            }
            _ => unreachable!("it was a form"),
        }
    }

    /// The copy that a new keeper gets, if a user is signed in.
    pub(crate) fn fresh_copy(&mut self) -> Option<String> {
        self.copy = None;
        let url = ["/auth/keep?key=", &base64url(&KEY)].concat();
        let id = self.complete(&Ask::fetch("GET", &url).of("keeper"));
        assert!(matches!(self.answer(id), Some(Answer::Stream)), "{:?}", self.answer(id));
        self.copy.clone()
    }

    /// A keeper sends these bytes as its copy.
    pub(crate) fn hand_over(&mut self, copy: &[u8]) {
        copy.clone_into(&mut self.offer);
        let id = self.complete(&Ask::fetch("POST", "/auth/keep").of("keeper"));
        assert_eq!(self.response(id).map(|response| response.status), Some(204));
    }

    /// The session hint in storage.
    pub(crate) fn hint(&self) -> Option<String> {
        let row: Value = serde_json::from_str(self.row.as_deref()?).expect("the row is JSON");
        Some(row["hint"].as_str()?.to_owned())
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, monotonic: u64, wall: i64) {
        self.now.monotonic = self.now.monotonic.saturating_add(monotonic);
        self.now.wall = self.now.wall.saturating_add_signed(wall);
    }

    /// The timer fires when it is due.
    pub(crate) fn run_timer(&mut self) {
        if let Some(at) = self.timer.take() {
            let left = at.saturating_sub(self.now.monotonic);
            self.wait(left, i64::try_from(left).unwrap_or(i64::MAX));
            self.handle(Event::Timer);
        }
    }

    /// All pending effects succeed and timers fire. Every fetch event must then have a response.
    pub(crate) fn finish(&mut self) {
        for _ in 0..64 {
            while !self.pending.is_empty() {
                self.resolve(0, 0);
            }
            if self.fetches.values().all(|fetch| fetch.answer.is_some()) {
                return;
            }
            assert!(self.timer.is_some(), "no timer is set, and still waits {}", self.waiting());
            self.run_timer();
        }
        panic!("no answer ever for {}", self.waiting());
    }

    /// Lists the fetch events without a response.
    fn waiting(&self) -> String {
        let waiting = self.fetches.iter().find(|(_, fetch)| fetch.answer.is_none());
        waiting.map_or_else(String::new, |(id, Fetch { ask, .. })| {
            format!("{id:?}: {} {:.99} of {:?}", ask.method, ask.url, ask.client_id)
        })
    }

    /// Performs a pending effect and reports its result.
    pub(crate) fn resolve(&mut self, index: usize, fortune: Fortune) {
        let pick = |events: &[Outcome]| events[usize::from(fortune) % events.len()];
        match self.pending.remove(index) {
            Pending::Send(id) => {
                let outcomes = [
                    Outcome::Status(200),
                    Outcome::Status(401),
                    Outcome::Failed,
                    Outcome::Status(0),
                    Outcome::NotSent,
                ];
                self.handle(Event::Sent(id, pick(&outcomes)));
            }
            Pending::Body(id) => self.handle(Event::BodyRead(id, fortune.is_multiple_of(2))),
            Pending::TakeBody(id) => {
                let body = match fortune % 4 {
                    0 => [KEY.as_slice(), &self.offer].concat(),
                    1 => KEY.to_vec(),
                    2 => KEY[..40].to_vec(),
                    _ => Vec::new(),
                };
                self.handle(Event::Body(id, &body));
            }
            Pending::Identify(id) => {
                let client = self.fetches.get(&id).map(|fetch| client(&fetch.ask.client_id));
                self.handle(Event::Client(id, client.filter(|_| fortune % 4 != 1)));
            }
            Pending::Form(call, form) => self.respond_to_form(call, &form, fortune),
            Pending::Probe(id) => self.handle(Event::Probed { id, is_reachable: fortune.is_multiple_of(2) }),
            Pending::Read => {
                let result = match fortune % 5 {
                    0 => Ok(self.row.clone()),
                    1 => Err("UnknownError".to_owned()),
                    2 => Err("TimeoutError".to_owned()),
                    3 => Ok(Some("junk".to_owned())),
                    _ => Err("NotFoundError".to_owned()),
                };
                self.handle(Event::RowRead(result));
            }
            Pending::Write(text) => {
                let result = match fortune % 3 {
                    0 => {
                        self.row = Some(text);
                        Ok(())
                    }
                    1 => Err("TimeoutError".to_owned()),
                    _ => Err("InvalidStateError".to_owned()),
                };
                self.handle(Event::RowWritten(result));
            }
            Pending::List => {
                let keepers = self.keepers.iter().filter(|_| fortune.is_multiple_of(2));
                let clients = keepers.map(String::as_str).chain(["page"]).map(client).collect();
                self.handle(Event::Clients(clients));
            }
            Pending::Key => self.handle(Event::PublicKey((fortune % 4 != 1).then(|| KEY.to_vec()))),
            Pending::Seal(stream, generation) => {
                let bytes = (fortune % 4 != 1).then(|| b"sealed".to_vec());
                self.handle(Event::Sealed { stream, generation, bytes });
            }
            Pending::Open(id, copy) => self.handle(Event::Opened(id, (fortune % 4 != 1).then_some(copy))),
        }
    }

    fn respond_to_form(&mut self, call: Call, form: &FormRequest, fortune: Fortune) {
        let (is_outlived, issued) = (self.outlived.contains(&call), self.issued);
        let (status, body) = match fortune % 8 {
            0 | 1 => (200, self.issue(call, form, 3_600)),
            2 => (200, self.issue(call, form, 30)),
            3 => (400, r#"{"error":"invalid_grant"}"#.to_owned()),
            4 => (503, String::new()),
            5 => (200, "{}".to_owned()),
            6 => (200, self.issue(call, form, 3_600).replace("Bearer", "DPoP")),
            _ => return self.handle(Event::FormResponse(call, None)),
        };
        if is_outlived {
            self.dead.extend(issued + 1..=self.issued);
        }
        self.handle(Event::FormResponse(call, Some(TokenResponse { status, body: body.as_bytes() })));
    }

    /// A token response with new tokens.
    fn issue(&mut self, call: Call, form: &FormRequest, seconds: u32) -> String {
        self.issued += 1;
        let number = self.issued;
        let nonce = match call {
            Call::Exchange(id) => {
                let state = |login: &&[String; 3]| {
                    self.fetches.get(&id).is_some_and(|fetch| fetch.ask.url.contains(&login[0]))
                };
                self.logins.iter().rev().find(state).map_or("", |login| login[1].as_str())
            }
            _ => "",
        };
        let claims = serde_json::json!({
            "iss": crate::fixture::ISSUER, "aud": CLIENT_ID, "token_use": "id", "sub": crate::fixture::SUBJECT,
            "nonce": nonce, "iat": 1_700_000_000, "exp": 1_700_000_000 + seconds,
        });
        let id_token = [
            &base64url(br#"{"alg":"RS256"}"#),
            ".",
            &base64url(claims.to_string().as_bytes()),
            &format!(".{TOKEN}i{number}-"),
        ]
        .concat();
        let is_rotated = form.body.expose().len().is_multiple_of(2);
        let refresh_token =
            (is_rotated || matches!(call, Call::Exchange(_))).then(|| format!("{TOKEN}r{number}-"));
        serde_json::json!({
            "access_token": format!("{TOKEN}a{number}-"),
            "id_token": id_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": seconds,
        })
        .to_string()
    }

    pub(crate) fn handle(&mut self, event: Event<'_>) {
        let live = self.fetches.values().filter(|fetch| fetch.answer.is_none()).count();
        let streams = self.page_streams.len() + self.keeper_streams.len();
        let effects = self.vault.handle(event, self.now);
        let most = 16 + 4 * (live + streams + self.extended.len());
        assert!(effects.len() <= most, "{} effects of one event", effects.len());
        for effect in effects {
            self.perform(effect);
        }
        // After all effects of the event: a page may get its response a moment before the keepers get their frame.
        if std::mem::take(&mut self.is_signed_out) {
            assert!(self.copy.is_none() || self.keeper_streams.is_empty(), "a keeper was not told to forget");
        }
        self.assert_bounded();
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Fetch(id, action) => self.act(id, action),
            Effect::Extend(id) => assert!(self.extended.insert(id), "{id:?} is kept alive already"),
            Effect::Release(id) => assert!(self.extended.remove(&id), "{id:?} was not kept alive"),
            Effect::Write(id, bytes) => {
                assert!(
                    self.page_streams.contains(&id) || self.keeper_streams.contains(&id),
                    "{id:?} is no stream"
                );
                assert_no_token(&String::from_utf8_lossy(&bytes));
                if self.keeper_streams.contains(&id) && bytes.first() == Some(&3) {
                    self.copy = None;
                }
            }
            Effect::End(id) => {
                assert!(
                    self.page_streams.remove(&id) || self.keeper_streams.remove(&id),
                    "{id:?} is no stream"
                );
            }
            Effect::PostForm(call, form) => self.post(call, form),
            Effect::Probe(id, url) => {
                assert!(self.waits(id) && url == TOKEN_ENDPOINT, "{url}");
                self.pending.push(Pending::Probe(id));
            }
            Effect::ReadRow => self.pending.push(Pending::Read),
            Effect::WriteRow { text, .. } => {
                assert!(
                    !self.pending.iter().any(|pending| matches!(pending, Pending::Write(_))),
                    "two writes at a time"
                );
                assert_no_token(&text);
                for [state, nonce, verifier] in &self.logins {
                    assert!(![state, nonce, verifier].iter().any(|secret| text.contains(*secret)), "{text}");
                }
                self.pending.push(Pending::Write(text));
            }
            Effect::ListClients => self.pending.push(Pending::List),
            Effect::MakeKey => self.pending.push(Pending::Key),
            Effect::Seal { stream, peer, copy, generation } => {
                assert!(self.keeper_streams.contains(&stream) && peer == KEY);
                self.assert_alive(copy.expose());
                self.copy = Some(copy.expose().to_owned());
                self.pending.push(Pending::Seal(stream, generation));
            }
            Effect::Open { id, peer, sealed } => {
                assert!(self.waits(id) && peer == KEY);
                self.pending.push(Pending::Open(id, sealed));
            }
            Effect::SetTimer(ms) => {
                assert!((1..=300_000).contains(&ms), "a timer of {ms} ms");
                let at = self.now.monotonic.saturating_add(ms);
                self.timer = Some(self.timer.map_or(at, |other| other.min(at)));
            }
            Effect::Log(line) => assert_no_token(&line),
            Effect::KeepVersionAlive | Effect::AskToTakeOver | Effect::SignOutElsewhere => {}
        }
    }

    fn act(&mut self, id: FetchId, action: Action) {
        assert!(self.waits(id), "{id:?} gets {action:?}");
        assert!(!self.is_under_way(id), "{id:?} gets {action:?} too early");
        let fetch = self.fetches.get_mut(&id).expect("it waits");
        match action {
            Action::Send(outgoing) => {
                let header = outgoing.authorization.expose().to_owned();
                fetch.sent = Some(header.clone());
                fetch.attempts += 1;
                assert!(fetch.attempts <= 2, "a request is sent again once");
                let ask = fetch.ask.clone();
                let api = gets_token_of(&self.config, &ask.url).map(|index| &self.config.apis[index]);
                let kind = match api.expect("a token goes to APIs only").token {
                    TokenKind::Access => 'a',
                    TokenKind::Id => 'i',
                };
                assert!(ask.mode != "navigate", "{ask:?}");
                for (found, _) in tokens(&header) {
                    assert_eq!(found, kind, "another token than the API's: {ask:?}");
                }
                self.assert_alive(&header);
                self.pending.push(Pending::Send(id));
            }
            Action::ReadBody | Action::AwaitBody => self.pending.push(Pending::Body(id)),
            Action::TakeBody => self.pending.push(Pending::TakeBody(id)),
            Action::Identify => self.pending.push(Pending::Identify(id)),
            Action::Pass => fetch.answer = Some(Answer::Pass),
            Action::Fail => fetch.answer = Some(Answer::Fail),
            Action::Deliver => {
                assert!(fetch.sent.is_some(), "there is nothing to deliver");
                fetch.answer = Some(Answer::Deliver);
            }
            Action::Respond(response) => {
                assert_no_token(&response.body);
                response.headers.iter().for_each(|(_, value)| assert_no_token(value));
                // It may be refused while too many requests wait.
                if self.probe.take_if(|probe| *probe == id).is_some() && response.status == 200 {
                    assert!(response.body.contains("\"anonymous\""), "signed out: {}", response.body);
                    self.sign_out();
                }
                self.fetches.entry(id).and_modify(|fetch| fetch.answer = Some(Answer::Respond(response)));
            }
            Action::Stream { media_type, first } => {
                assert_no_token(&String::from_utf8_lossy(&first));
                fetch.answer = Some(Answer::Stream);
                let streams = if media_type == "text/event-stream" {
                    &mut self.page_streams
                } else {
                    assert!(fetch.ask.client_id.starts_with("keeper"), "{:?}", fetch.ask);
                    &mut self.keeper_streams
                };
                streams.insert(id);
            }
        }
    }

    fn post(&mut self, call: Call, form: FormRequest) {
        let body = form.body.expose();
        match call {
            Call::Renewal(_) => {
                assert_eq!(form.url.as_str(), TOKEN_ENDPOINT);
                self.assert_alive(body);
                let same = |pending: &Pending| matches!(pending, Pending::Form(Call::Renewal(_), other) if other.body.expose() == body);
                assert!(!self.pending.iter().any(same), "two renewals at a time");
            }
            Call::Exchange(id) => {
                assert!(self.waits(id));
                assert_eq!(form.url.as_str(), TOKEN_ENDPOINT);
                assert_no_token(body);
            }
            Call::Revocation(_) | Call::LateRevocation => {
                assert_eq!(form.url.as_str(), REVOCATION_ENDPOINT);
                assert!(tokens(body).all(|(kind, _)| kind == 'r'), "only a refresh token is revoked");
            }
        }
        self.pending.push(Pending::Form(call, form));
    }

    /// Issued tokens and requests under way become invalid.
    fn sign_out(&mut self) {
        self.dead.extend(1..=self.issued);
        self.outlived = self.forms().map(|(call, _)| *call).collect();
        self.is_signed_out = true;
    }

    fn waits(&self, id: FetchId) -> bool {
        self.fetches.get(&id).is_some_and(|fetch| fetch.answer.is_none())
    }

    pub(crate) fn is_under_way(&self, fetch: FetchId) -> bool {
        self.pending.iter().any(|pending| match pending {
            Pending::Send(id)
            | Pending::Body(id)
            | Pending::TakeBody(id)
            | Pending::Identify(id)
            | Pending::Form(Call::Exchange(id) | Call::Revocation(id), _)
            | Pending::Probe(id)
            | Pending::Open(id, _) => *id == fetch,
            _ => false,
        })
    }

    fn assert_alive(&self, text: &str) {
        for (kind, number) in tokens(text) {
            assert!(!self.dead.contains(&number), "token {kind}{number} after sign-out");
        }
    }

    fn assert_bounded(&self) {
        assert!(self.keeper_streams.len() <= MOST_KEEPERS, "{} keepers", self.keeper_streams.len());
        assert!(self.page_streams.len() <= MOST_PAGES, "{} pages", self.page_streams.len());
        let (mut api_requests, mut others) = (0, 0);
        let held = self
            .fetches
            .iter()
            .filter(|(id, fetch)| fetch.answer.is_none() && fetch.sent.is_none() && !self.is_under_way(**id));
        for Fetch { ask, .. } in held.map(|(_, fetch)| fetch) {
            let size = OVERHEAD + ask.url.len();
            if ask.client_id.starts_with("keeper") {
                // Keepers, which restore the session. Only workers of the vault's own script may wait.
            } else if ask.url.starts_with(&[ORIGIN, "/auth/"].concat()) {
                others += size;
            } else {
                api_requests += size + ask.header_size + if ask.method == "GET" { 0 } else { BODY };
            }
        }
        assert!(api_requests <= QUEUE_SIZE, "{api_requests} bytes of API requests are held");
        assert!(others <= WAITING_SIZE + OVERHEAD, "{others} bytes of requests to endpoints are held");
    }

    /// The reader of a stream goes away.
    pub(crate) fn close_stream(&mut self, index: usize) {
        let streams = self.page_streams.iter().chain(&self.keeper_streams).copied().collect::<Vec<_>>();
        if let Some(id) = streams.get(index % streams.len().max(1)).copied() {
            self.page_streams.remove(&id);
            self.keeper_streams.remove(&id);
            self.handle(Event::StreamClosed(id));
        }
    }

    /// The copy that the keepers have.
    pub(crate) fn kept(&self) -> Option<&str> {
        self.copy.as_deref()
    }
}

/// A client as the browser describes it.
fn client(id: &str) -> Client {
    let (kind, url) = if id.starts_with("keeper") {
        ("sharedworker", SCRIPT.to_owned())
    } else {
        ("window", [ORIGIN, "/"].concat())
    };
    Client { id: id.to_owned(), kind: kind.to_owned(), url }
}

/// Kind and number of each token in `text`.
fn tokens(text: &str) -> impl Iterator<Item = (char, u32)> {
    text.split(TOKEN).skip(1).filter_map(|rest| {
        let kind = rest.chars().next()?;
        Some((kind, rest.get(1..)?.split('-').next()?.parse().ok()?))
    })
}

fn assert_no_token(text: &str) {
    assert!(!text.contains(TOKEN), "a token leaves: {text}");
}
