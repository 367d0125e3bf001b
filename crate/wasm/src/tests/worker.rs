//! A vault in a worker, spoken to as the browser does.

use super::browser::{MemoryStore, Network, PlainChannel, Tokens, ToldVersions, fetch_event, text};
use crate::Vault;
use crate::platform::scope;
use js_sys::{JsString, Promise, Uint8Array};
use std::cell::Cell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ReadableStreamDefaultReader, ReadableStreamReadResult, Response, ResponseInit, Url, UrlSearchParams,
};

pub(super) const ISSUER: &str = "https://id.example.com/pool";
pub(super) const CLIENT_ID: &str = "client";
pub(super) const TOKEN_ENDPOINT: &str = "https://id.example.com/oauth2/token";
pub(super) const NOTES: &str = "https://api.example.com/v1/notes";

/// How long the tokens live that these tests issue, in milliseconds.
pub(super) const LIFETIME: u32 = 3_600_000;

/// What is configured unless a test says otherwise.
pub(super) const CONFIG: &str = r#"{
    "provider": {
        "issuer": "https://id.example.com/pool",
        "authorizationEndpoint": "https://id.example.com/oauth2/authorize",
        "tokenEndpoint": "https://id.example.com/oauth2/token",
        "revocationEndpoint": "https://id.example.com/oauth2/revoke",
        "logoutEndpoint": "https://id.example.com/logout",
        "clientId": "client"
    },
    "scopes": ["openid"],
    "api": [{ "url": "https://api.example.com/v1/" }, { "url": "/api/", "token": "id" }]
}"#;

/// A worker with its network, its storage and its side of the channel to its keepers.
pub(super) struct Worker {
    pub(super) vault: Vault,
    pub(super) network: Network,
    pub(super) store: MemoryStore,
    pub(super) channel: PlainChannel,
    pub(super) versions: ToldVersions,
    /// How many navigations there were: each brings a new page.
    pub(super) navigations: Cell<u32>,
}

impl Worker {
    pub(super) fn start() -> Self {
        Self::start_with(CONFIG, MemoryStore::new())
    }

    /// The next worker, after this one died: its memory is gone, what was stored is not.
    pub(super) fn successor(&self) -> Self {
        Self::start_with(CONFIG, self.store.clone())
    }

    pub(super) fn start_with(config: &str, store: MemoryStore) -> Self {
        let (channel, versions) = (PlainChannel::new(), ToldVersions::new());
        let vault = vault(config, &store, &channel, &versions).ok().unwrap();
        Self { vault, network: Network::new(), store, channel, versions, navigations: Cell::default() }
    }

    /// What the worker does with a request a page's script makes; `init` is `RequestInit` as JSON.
    pub(super) fn handles(&self, url: &str, init: &str) -> Option<Promise> {
        self.vault.dispatch(&fetch_event(&format!("page {}", self.navigations.get()), url, init, "{}"))
    }

    /// Its response to such a request.
    pub(super) async fn fetch(&self, url: &str, init: &str) -> Response {
        response(self.handles(url, init)).await
    }

    /// Its response when the user or a redirect opens `url` in a tab.
    pub(super) async fn navigate(&self, url: &str) -> Response {
        self.navigations.set(self.navigations.get() + 1);
        let facts = r#"{ "mode": "navigate", "destination": "document" }"#;
        response(self.vault.dispatch(&fetch_event("", url, "{}", facts))).await
    }

    /// The session as a page may see it, as JSON text.
    pub(super) async fn session(&self) -> String {
        text(self.fetch("/auth/session", "{}").await.text()).await
    }

    /// Begins a sign-in: the query of the authorization request.
    pub(super) async fn begin_login(&self) -> UrlSearchParams {
        query(&location(&self.navigate("/auth/login?returnTo=%2Fnotes").await))
    }

    /// Signs in, all of it.
    pub(super) async fn sign_in(&self) -> Tokens {
        let asked = self.begin_login().await;
        let tokens = Tokens::new(ISSUER, CLIENT_ID, &asked.get("nonce").unwrap());
        self.network.token_endpoint().answer(&tokens.response());
        let state = asked.get("state").unwrap();
        self.navigate(&format!("/auth/callback?code=the-code&state={state}")).await;
        tokens
    }

    /// Signs out, and the refresh token is revoked.
    pub(super) async fn sign_out(&self) {
        self.network.answer(&status(200));
        self.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
    }

    /// How many requests have gone out.
    pub(super) fn requests(&self) -> u32 {
        self.network.requests().length()
    }
}

/// A response without a body.
pub(super) fn status(status: u16) -> Response {
    let init = ResponseInit::new();
    init.set_status(status);
    Response::new_with_opt_str_and_init(None, &init).unwrap()
}

/// A response with one.
pub(super) fn answer(status: u16, body: &str) -> Response {
    let init = ResponseInit::new();
    init.set_status(status);
    Response::new_with_opt_str_and_init(Some(body), &init).unwrap()
}

/// What the authorization server renews Ada's tokens with.
pub(super) fn renewed_tokens() -> Tokens {
    Tokens::new(ISSUER, CLIENT_ID, "")
}

/// The `Authorization` header's value that `token` makes.
pub(super) fn bearer(token: &JsString) -> String {
    format!("Bearer {}", String::from(token))
}

/// What comes in a response's body, piece by piece.
pub(super) struct Pieces(ReadableStreamDefaultReader);

impl Pieces {
    pub(super) fn of(response: &Response) -> Self {
        Self(response.body().unwrap().get_reader().unchecked_into())
    }

    /// The next piece; `None` at the end.
    pub(super) async fn next(&self) -> Option<Vec<u8>> {
        let result: ReadableStreamReadResult = JsFuture::from(self.0.read()).await.unwrap().unchecked_into();
        let bytes: Option<Uint8Array> = result.get_value().dyn_into().ok();
        bytes.map(|bytes| bytes.to_vec())
    }

    /// As when a tab is closed.
    pub(super) async fn cancel(&self) {
        JsFuture::from(self.0.cancel()).await.unwrap();
    }
}

/// What `strongroom.start` does with `config`, with what the shim brings along.
pub(super) fn vault(
    config: &str,
    store: &JsValue,
    channel: &JsValue,
    versions: &JsValue,
) -> Result<Vault, JsValue> {
    // The test runner's own worker has a query, which a vault refuses.
    let location = [&scope().location().origin(), "/vault-worker.js"].concat();
    let (store, channel) = (store.clone().unchecked_into(), channel.clone().unchecked_into());
    Vault::new(config, &location, store, channel, versions.clone().unchecked_into())
}

/// The response of a worker that has to give one.
pub(super) async fn response(promise: Option<Promise>) -> Response {
    let promise = promise.expect("the worker let the request pass");
    JsFuture::from(promise).await.unwrap().unchecked_into()
}

pub(super) fn header(response: &Response, name: &str) -> Option<String> {
    response.headers().get(name).unwrap()
}

pub(super) fn location(response: &Response) -> String {
    header(response, "location").unwrap()
}

pub(super) fn query(url: &str) -> UrlSearchParams {
    Url::new(url).unwrap().search_params()
}
