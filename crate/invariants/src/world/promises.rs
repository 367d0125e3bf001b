//! The invariants after each event and at the end.

use super::{
    Fetch, Form, MOST_PAGE_STREAMS, MOST_TRANSACTIONS, REVOCATION_ENDPOINT, START, TOKEN_ENDPOINT, Tokens,
    Work, World,
};
use serde_json::Value;
use strongroom_core::keep::MOST_KEEPERS;
use strongroom_core::vault::{Action, Call, Effect, Event, FormRequest, Held};

/// The queue's memory limit in docs/session.md.
const QUEUE_SIZE: usize = 16 * 1_024 * 1_024;

impl World {
    /// Only the current session's tokens may leave, and only to an API that takes them, a keeper or the
    /// authorization server. Other output holds no secrets.
    pub fn assert_secrecy(&self, effect: &Effect) {
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

    /// The index of the API that covers `url`.
    pub fn api_of(&self, url: &str) -> Option<usize> {
        let url = url::Url::parse(url).unwrap();
        self.vault.config().apis.iter().position(|api| {
            let api = url::Url::parse(api.url.as_str()).unwrap();
            let below = format!("{}/", api.path().trim_end_matches('/'));
            url.origin() == api.origin()
                && url.username().is_empty()
                && (url.path() == api.path() || url.path().starts_with(&below))
        })
    }

    /// A session may be restored and end in one event: requests wait for a copy, and a sign-out waits behind
    /// them.
    fn assert_only_present_tokens(&self, text: &str) {
        let held = self.vault.held(self.now);
        let present = if let Held::Session(copy) = &held { copy.expose() } else { "" };
        for (index, issued) in self.issued.iter().enumerate() {
            for token in [&issued.access, &issued.id, &issued.refresh] {
                let is_present = present.contains(token) || self.arrived.contains(token);
                let is_recovered = self.was_recovering && index >= self.dead;
                let is_good = !text.contains(token) || is_present || is_recovered;
                assert!(is_good, "{token} is not of the present session");
            }
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

    pub fn assert_bounds(&self) {
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

    /// Everything under way ends, and with it every fetch event. A clock that was set back is corrected.
    pub fn ends(&mut self) {
        self.now.wall = self.now.wall.max(START.wall + self.now.monotonic);
        for _ in 0..3 {
            self.release();
            while let Some((call, _)) = self.forms.pop() {
                self.happens(Event::FormResponse(call, None));
            }
            for id in self.under_way() {
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
