//! Requests of pages, the API's responses, and what the page gets.

use super::{NOTES, ORIGIN, Work, World};
use serde_json::Value;
use strongroom_core::authorization::Randomness;
use strongroom_core::pkce::base64url;
use strongroom_core::policy;
use strongroom_core::response::Response;
use strongroom_core::vault::{Event, FetchId, Outcome, Outgoing, Platform};

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
pub(super) struct Fetch {
    pub(super) request: Request,
    pub(super) is_of_keeper: bool,
    /// How many token responses there had been before.
    pub(super) issued: usize,
    /// The vault was told that the client exists. It may be gone by the time of the response.
    pub(super) is_client_known: bool,
    /// The index of the API in the configuration.
    pub(super) api: Option<usize>,
    pub(super) client_id: String,
    pub(super) randomness: Option<Randomness>,
    pub(super) is_body_used: bool,
    pub(super) sent: Vec<Outgoing>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) answer: Option<Answer>,
    pub(super) written: Vec<Vec<u8>>,
    pub(super) is_open: bool,
    pub(super) is_extended: bool,
    /// A keeper's stream: the keeper has a copy.
    pub(super) has_copy: bool,
    /// Its worker has died.
    pub(super) is_lost: bool,
}

#[derive(Debug)]
pub(super) enum Answer {
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

impl World {
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
            issued: self.issued.len(),
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

    pub(super) fn dispatch(&mut self, id: FetchId, retried: bool) {
        self.arrived.clear();
        self.look();
        let fetch = &self.fetches[&id];
        let Request { url, method, mode, destination, redirect, .. } = &fetch.request;
        let request = policy::Request { url, method, mode, destination, redirect };
        let effects = self.vault.handle(Event::Fetch { id, request, platform: fetch, retried }, self.now);
        self.perform(effects, false);
    }

    /// The API responds with this status.
    pub fn api_responds(&mut self, id: FetchId, status: u16) {
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

    /// Status and location. A page that goes on by itself has a link there, whose `&` are escaped.
    pub fn redirect(&self, id: FetchId) -> (u16, &str) {
        let response = self.response(id);
        let link = response.body.strip_prefix("<a id=a href=\"").and_then(|link| link.split('"').next());
        (response.status, link.unwrap_or_else(|| self.header(id, "location")))
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
}
