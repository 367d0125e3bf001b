//! A vault in a worker, called as the browser calls it.

use super::browser::{
    MemoryStore, Network, PlainChannel, Tokens, ToldWorkers, fetch_event, navigation, text,
};
use crate::Vault;
use crate::platform::scope;
use js_sys::{JSON, JsString, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, ResponseInit, Url};

pub(super) const TOKEN_ENDPOINT: &str = "https://id.example.com/oauth2/token";
pub(super) const NOTES: &str = "https://api.example.com/v1/notes";

/// The default configuration of the tests.
pub(super) const CONFIG: &str = r#"{
    "provider": {
        "issuer": "https://id.example.com/pool", "clientId": "client",
        "authorizationEndpoint": "https://id.example.com/oauth2/authorize",
        "tokenEndpoint": "https://id.example.com/oauth2/token",
        "revocationEndpoint": "https://id.example.com/oauth2/revoke"
    },
    "scopes": ["openid"],
    "api": [{ "url": "https://api.example.com/v1/" }]
}"#;

/// A worker with its network, its storage and the messages it sent to other versions.
pub(super) struct Worker {
    pub(super) vault: Vault,
    pub(super) network: Network,
    pub(super) store: MemoryStore,
    pub(super) others: ToldWorkers,
}

impl Worker {
    pub(super) fn start() -> &'static Self {
        Self::start_with(MemoryStore::new())
    }

    /// A signed-in worker and its tokens.
    pub(super) async fn signed_in() -> (&'static Self, Tokens) {
        let worker = Self::start();
        let tokens = worker.sign_in().await;
        (worker, tokens)
    }

    pub(super) fn start_with(store: MemoryStore) -> &'static Self {
        Self::start_configured(CONFIG, store)
    }

    /// A worker with `remember: "device"`.
    pub(super) fn remembering(store: MemoryStore) -> &'static Self {
        let remember = r#"{ "apps": ["https://app.example.com"], "remember": "device","#;
        Self::start_configured(&CONFIG.replacen('{', remember, 1), store)
    }

    fn start_configured(config: &str, store: MemoryStore) -> &'static Self {
        let others = ToldWorkers::new();
        let vault = vault(JSON::parse(config).unwrap(), &store, &others).ok().unwrap();
        Box::leak(Box::new(Self { vault, network: Network::new(), store, others }))
    }

    /// The next worker after this one died: its memory is lost, storage is kept.
    pub(super) fn successor(&self) -> &'static Self {
        Self::start_with(self.store.clone())
    }

    /// Dispatches a request of a page's script; `init` is `RequestInit` as JSON.
    pub(super) fn handles(&self, url: &str, init: &str) -> Option<Promise> {
        self.vault.dispatch(&fetch_event("page", url, init))
    }

    /// The response to a request of a page's script.
    pub(super) async fn fetch(&self, url: &str, init: &str) -> Response {
        response(self.handles(url, init)).await
    }

    /// The response to a navigation.
    pub(super) async fn navigate(&self, url: &str) -> Response {
        response(self.vault.dispatch(&navigation(url))).await
    }

    /// A page's snapshot as JSON.
    pub(super) async fn session(&self) -> String {
        text(self.fetch("/auth/session", "{}").await.text()).await
    }

    /// Begins a sign-in. Returns `state` and `nonce` of the authorization request.
    pub(super) async fn begin_login(&self) -> [String; 2] {
        asked(&self.navigate("/auth/login").await)
    }

    /// Signs in.
    pub(super) async fn sign_in(&self) -> Tokens {
        let [state, nonce] = self.begin_login().await;
        let tokens = Tokens::new(&nonce);
        self.network.answer(&tokens.response());
        self.navigate(&format!("/auth/callback?code=the-code&state={state}")).await;
        tokens
    }

    /// Signs out; the revocation succeeds.
    pub(super) async fn sign_out(&self) {
        self.network.answer(&status(200));
        self.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
    }
}

/// `state` and `nonce` of the authorization request in a redirect.
pub(super) fn asked(response: &Response) -> [String; 2] {
    let query = Url::new(&header(response, "location").unwrap()).unwrap().search_params();
    ["state", "nonce"].map(|name| query.get(name).unwrap())
}

/// A response; without a body if `body` is empty.
pub(super) fn answer(status: u16, body: &str) -> Response {
    let init = ResponseInit::new();
    init.set_status(status);
    Response::new_with_opt_str_and_init((!body.is_empty()).then_some(body), &init).unwrap()
}

/// A response without a body.
pub(super) fn status(status: u16) -> Response {
    answer(status, "")
}

/// The `Authorization` header for `token`.
pub(super) fn bearer(token: &JsString) -> String {
    format!("Bearer {}", String::from(token))
}

/// Calls `strongroom.start` with `config` and the objects of the shim.
pub(super) fn vault(config: JsValue, store: &MemoryStore, others: &ToldWorkers) -> Result<Vault, JsValue> {
    // The test runner's worker URL has a query, which the vault refuses.
    let location = [&scope().location().origin(), "/vault-worker.js"].concat();
    let (store, others) = (store.clone().unchecked_into(), others.clone().unchecked_into());
    Vault::new(config, &location, false, store, PlainChannel::new().unchecked_into(), others)
}

/// Unwraps the response of a worker that must respond.
pub(super) async fn response(promise: Option<Promise>) -> Response {
    let promise = promise.expect("the worker let the request pass");
    JsFuture::from(promise).await.unwrap().unchecked_into()
}

pub(super) fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).unwrap()
}
