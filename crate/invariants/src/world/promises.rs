//! The invariants after each event and at the end.

use super::{
    Fetch, Form, MOST_PAGE_STREAMS, MOST_TRANSACTIONS, REVOCATION_ENDPOINT, START, TOKEN_ENDPOINT, Tokens,
    Work, World,
};
use serde_json::Value;
use strongroom_core::config::TokenKind;
use strongroom_core::frames::MOST_KEEPERS;
use strongroom_core::vault::{Action, Effect, Held};

/// The memory limits of docs/session.md: for API requests, for requests to endpoints, and for what a request
/// takes besides its head.
const QUEUE_SIZE: usize = 16 * 1_024 * 1_024;
const WAITING_SIZE: usize = 4 * 1_024 * 1_024;
const OVERHEAD: usize = 4 * 1_024;

impl World {
    /// Only the current session's tokens may leave, and only to an API that takes them, a keeper or the
    /// authorization server. Other output holds no secrets.
    pub(super) fn assert_secrecy(&self, effect: &Effect) {
        match effect {
            Effect::Fetch(id, Action::Send(outgoing)) => {
                let Fetch { request, api, .. } = &self.fetches[id];
                let is_data = request.mode != "navigate"
                    && ["", "audio", "font", "image", "track", "video"].contains(&request.destination);
                let Some(api) = api.filter(|_| is_data) else { panic!("a token for {request:?}") };
                let authorization = outgoing.authorization.expose();
                let is_token = |issued: &&Tokens| {
                    let token = match self.vault.config().apis[api].token {
                        TokenKind::Access => &issued.access,
                        TokenKind::Id => &issued.id,
                    };
                    authorization == format!("Bearer {token}")
                };
                let is_issued = self.has_other_tokens || self.issued.iter().any(|it| is_token(&it));
                assert!(is_issued, "{authorization} for {}", request.url);
                self.assert_only_present_tokens(authorization);
            }
            Effect::Fetch(id, Action::Stream { media_type, .. }) if *media_type != "text/event-stream" => {
                let Fetch { request, is_client_known, .. } = &self.fetches[id];
                assert!(is_client_known, "a keeper's stream for {request:?}");
                self.assert_no_token(&format!("{effect:?}"));
            }
            Effect::Seal { copy, .. } => self.assert_only_present_tokens(copy.expose()),
            Effect::Write(id, bytes) => {
                let text = String::from_utf8_lossy(bytes);
                if self.fetches[id].is_of_keeper {
                    self.assert_only_present_tokens(&text);
                } else {
                    self.assert_no_token(&text);
                }
            }
            Effect::PostForm(call, form) => match Form::of(*call) {
                Form::Renewal => {
                    self.assert_only_present_tokens(form.body.expose());
                    assert_eq!(form.url.as_str(), TOKEN_ENDPOINT);
                    let is_same = |work: &Work| {
                        matches!(work, Work::Form(other, request)
                            if Form::of(*other) == Form::Renewal && request.body == form.body)
                    };
                    assert!(!self.pending.iter().any(is_same), "two renewals at a time");
                }
                Form::Exchange => {
                    self.assert_no_token(form.body.expose());
                    assert_eq!(form.url.as_str(), TOKEN_ENDPOINT);
                }
                Form::Revocation | Form::LateRevocation => {
                    assert_eq!(form.url.as_str(), REVOCATION_ENDPOINT);
                    let body = form.body.expose();
                    assert!(!self.issued.iter().any(|it| body.contains(&it.access) || body.contains(&it.id)));
                }
            },
            Effect::Probe(_, url) => assert_eq!(url, TOKEN_ENDPOINT),
            Effect::ReadRow { opens_copy } => {
                assert_eq!(
                    *opens_copy,
                    self.vault.config().remember_for.is_some(),
                    "a device copy is opened"
                );
            }
            Effect::WriteRow { text, copy, .. } => {
                self.assert_nothing_secret(text);
                if let Some(copy) = copy {
                    self.assert_may_remember(copy.expose());
                }
            }
            Effect::Log(text) => self.assert_nothing_secret(text),
            other => self.assert_no_token(&format!("{other:?}")),
        }
    }

    fn assert_nothing_secret(&self, text: &str) {
        self.assert_no_token(text);
        let secret = self.secrets.iter().find(|secret| text.contains(secret.as_str()));
        assert!(secret.is_none(), "{secret:?} in {text}");
    }

    /// A device copy is only of the present session, has its refresh token and no other token, and is written
    /// only with `remember: "device"`.
    fn assert_may_remember(&self, copy: &str) {
        assert!(self.vault.config().remember_for.is_some(), "stored in the mode memory: {copy}");
        let Held::Session(present) = &self.held else {
            // The sign-out that waited behind the recovery deletes the copy in the same event.
            return assert!(self.was_recovering, "stored while nobody is signed in: {copy}");
        };
        let [present, stored] =
            [present.expose(), copy].map(|text| serde_json::from_str::<Value>(text).unwrap());
        for name in ["id", "serial", "refresh", "subject", "user", "began"] {
            assert_eq!(stored["session"][name], present[name], "{name}");
        }
        for token in ["access", "idToken"] {
            let token = present[token].as_str().unwrap();
            assert!(token.is_empty() || !copy.contains(token), "{token} in {copy}");
        }
    }

    /// A sign-out that succeeds has deleted the device copy, unless storage refused. A copy of a later sign-in may be there.
    pub(super) fn assert_is_forgotten_after(&self, sign_out: &Fetch) {
        let Some(copy) = &self.device_copy else { return };
        let copy = String::from_utf8_lossy(copy);
        let mut before = self.issued[..sign_out.issued].iter();
        assert!(
            self.has_write_failed || !before.any(|tokens| copy.contains(&tokens.refresh)),
            "signed out with a device copy"
        );
    }

    /// The index of the API that covers `url`.
    pub(super) fn api_of(&self, url: &str) -> Option<usize> {
        crate::policy_url::gets_token_of(self.vault.config(), url)
    }

    /// A session may be restored and end in one event: requests wait for a copy, and a sign-out waits behind
    /// them.
    fn assert_only_present_tokens(&self, text: &str) {
        let present = if let Held::Session(copy) = &self.held { copy.expose() } else { "" };
        for (index, issued) in self.issued.iter().enumerate() {
            for token in [&issued.access, &issued.id, &issued.refresh] {
                let is_present = present.contains(token) || self.arrived.contains(token);
                let is_recovered = self.was_recovering && index >= self.dead;
                let is_good = !text.contains(token) || is_present || is_recovered;
                assert!(is_good, "{token} is not of the present session");
            }
        }
        let came_late = self.came_late.iter().find(|issued| text.contains(&issued.access));
        assert!(came_late.is_none(), "{came_late:?} came after the sign-out");
    }

    fn assert_no_token(&self, text: &str) {
        for token in self.all_tokens() {
            assert!(!text.contains(token), "{token} in {text}");
        }
    }

    fn all_tokens(&self) -> impl Iterator<Item = &String> {
        self.issued.iter().flat_map(|issued| [&issued.access, &issued.id, &issued.refresh])
    }

    /// One event has few effects.
    pub(super) fn assert_few(&self, effects: &[Effect]) {
        let is_live = |fetch: &&Fetch| fetch.answer.is_none() || fetch.is_open || fetch.is_extended;
        let most = 16 + 4 * self.fetches.values().filter(is_live).count();
        assert!(effects.len() <= most, "{} effects of one event", effects.len());
    }

    /// The user is signed out: no keeper may go on holding a copy.
    pub(super) fn assert_keepers_forget(&self) {
        let holds = self.fetches.values().find(|fetch| fetch.is_open && fetch.has_copy);
        assert!(holds.is_none(), "a keeper was not told to forget: {holds:?}");
    }

    pub(super) fn assert_bounds(&self) {
        let open = |of_keeper: bool| {
            self.fetches.values().filter(|it| it.is_open && it.is_of_keeper == of_keeper).count()
        };
        assert!(open(true) <= MOST_KEEPERS, "{} keepers", open(true));
        assert!(open(false) <= MOST_PAGE_STREAMS, "{} pages", open(false));
        let (mut queued, mut waiting) = (0, 0);
        let waits = |fetch: &Fetch| {
            fetch.answer.is_none() && !fetch.is_lost && fetch.sent.is_empty() && !fetch.is_body_used
        };
        for (id, fetch) in self.fetches.iter().filter(|(_, fetch)| waits(fetch)) {
            if fetch.api.is_some() {
                let is_safe = ["GET", "HEAD", "OPTIONS"].contains(&fetch.request.method);
                queued += OVERHEAD
                    + fetch.request.url.len()
                    + fetch.request.header_size
                    + if is_safe { 0 } else { 65_536 };
                // Keepers may wait: only workers of the vault's own script are, and they restore the session.
            } else if !fetch.is_of_keeper && !self.is_under_way(*id) {
                waiting += OVERHEAD + fetch.request.url.split_once('?').map_or(0, |(_, query)| query.len());
            }
        }
        assert!(queued <= QUEUE_SIZE, "{queued} bytes of API requests wait");
        assert!(waiting <= WAITING_SIZE + OVERHEAD, "{waiting} bytes of requests to endpoints wait");
        let extended = self.fetches.values().filter(|fetch| fetch.is_extended).count();
        assert!(extended <= 20 || self.slow.contains(&super::Slow::All), "{extended} events are extended");
        let writes: Vec<_> = self
            .pending
            .iter()
            .filter_map(|work| match work {
                Work::Write { text, .. } => Some(text),
                _ => None,
            })
            .collect();
        assert!(writes.len() <= 1, "one write at a time");
        for text in writes {
            let row: Value = serde_json::from_str(text).unwrap();
            assert!(row["transactions"].as_array().unwrap().len() <= MOST_TRANSACTIONS);
        }
    }

    /// Everything under way ends, and with it every fetch event. A clock that was set back is corrected.
    fn ends(&mut self) {
        self.now.wall = self.now.wall.max(START.wall.saturating_add(self.now.monotonic));
        for _ in 0..3 {
            self.release();
            for call in self.calls().collect::<Vec<_>>() {
                self.respond_to_call(call, None);
            }
            for id in self.under_way() {
                self.api_fails(id);
            }
            self.pass(300_000);
        }
        for fetch in self.fetches.values().filter(|fetch| !fetch.is_lost) {
            assert!(fetch.answer.is_some(), "no response to {:?}", fetch.request);
            assert!(!fetch.is_extended, "the worker lives on for {:?}", fetch.request);
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
