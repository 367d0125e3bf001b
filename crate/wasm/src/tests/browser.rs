//! `browser.js` and `awaited.js` in Rust's words.

use crate::vault::Vault;
use js_sys::{Array, JsString, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FetchEvent, Request, Response};

#[wasm_bindgen(module = "/src/tests/browser.js")]
extern "C" {
    pub(super) type Line;
    #[wasm_bindgen(method)]
    pub(super) fn answer(this: &Line, response: &Response);
    #[wasm_bindgen(method)]
    pub(super) fn fail(this: &Line);
    #[wasm_bindgen(method, js_name = answerLater)]
    pub(super) fn answer_later(this: &Line) -> Later;
    #[wasm_bindgen(method)]
    pub(super) fn hang(this: &Line);

    #[wasm_bindgen(extends = Line)]
    pub(super) type Network;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Network;
    #[wasm_bindgen(method, getter, js_name = tokenEndpoint)]
    pub(super) fn token_endpoint(this: &Network) -> Line;
    #[wasm_bindgen(method, js_name = request)]
    async fn request_js(this: &Network, index: u32) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(super) fn requests(this: &Network) -> Array;
    #[wasm_bindgen(method, getter)]
    pub(super) fn last(this: &Network) -> Request;
    #[wasm_bindgen(method, getter)]
    pub(super) fn probes(this: &Network) -> Vec<Request>;
    #[wasm_bindgen(method, setter, js_name = isThere)]
    pub(super) fn set_is_there(this: &Network, is_there: bool);

    pub(super) type Later;
    #[wasm_bindgen(method)]
    pub(super) fn answer(this: &Later, response: &Response);
    #[wasm_bindgen(method)]
    pub(super) fn fail(this: &Later);

    pub(super) type Timeouts;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Timeouts;
    #[wasm_bindgen(method, getter)]
    pub(super) fn asked(this: &Timeouts) -> Vec<u32>;
    #[wasm_bindgen(method)]
    pub(super) fn restore(this: &Timeouts);

    #[wasm_bindgen(js_name = fetchEvent)]
    pub(super) fn fetch_event(url: &str, init: &str, facts: &str) -> FetchEvent;

    #[wasm_bindgen(js_name = fetchEventOfPage)]
    pub(super) fn fetch_event_of_page(client_id: &str, url: &str, init: &str, facts: &str) -> FetchEvent;

    #[wasm_bindgen(js_name = factsOf)]
    fn facts_of(event: &FetchEvent) -> String;

    #[wasm_bindgen(js_name = fetchEventWith)]
    pub(super) fn fetch_event_with(
        url: &str,
        method: &str,
        content_type: Option<&str>,
        body: Option<&JsValue>,
    ) -> FetchEvent;
    #[wasm_bindgen(js_name = fetchEventOf)]
    pub(super) fn fetch_event_of(client_id: &str, url: &str, body: Option<&[u8]>) -> FetchEvent;

    type ExtendedEvent;
    #[wasm_bindgen(method, getter, js_name = extendedBy)]
    fn promises(this: &ExtendedEvent) -> Array;

    #[derive(Clone)]
    pub(super) type MemoryStore;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> MemoryStore;
    #[wasm_bindgen(method, getter, js_name = onlyRow)]
    pub(super) fn only_row(this: &MemoryStore) -> Row;

    pub(super) type Row;
    #[wasm_bindgen(method, getter)]
    pub(super) fn trace(this: &Row) -> String;
    #[wasm_bindgen(method, getter, js_name = expiresAt)]
    pub(super) fn expires_at(this: &Row) -> f64;

    #[wasm_bindgen(method, getter)]
    pub(super) fn marker(this: &MemoryStore) -> Option<String>;
    #[wasm_bindgen(method, js_name = holdMarkers)]
    pub(super) fn hold_markers(this: &MemoryStore);
    #[wasm_bindgen(method, js_name = releaseMarkers)]
    pub(super) fn release_markers(this: &MemoryStore);
    #[wasm_bindgen(method, js_name = refuseMarkers)]
    pub(super) fn refuse_markers(this: &MemoryStore);
    #[wasm_bindgen(method, js_name = markersAsked)]
    pub(super) async fn markers_asked(this: &MemoryStore, count: u32);

    #[derive(Clone)]
    pub(super) type PlainChannel;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> PlainChannel;
    #[wasm_bindgen(method, getter)]
    pub(super) fn key(this: &PlainChannel) -> Vec<u8>;
    #[wasm_bindgen(method)]
    pub(super) fn hold(this: &PlainChannel);
    #[wasm_bindgen(method)]
    pub(super) fn release(this: &PlainChannel);
    #[wasm_bindgen(method)]
    pub(super) async fn asked(this: &PlainChannel, count: u32);
    #[wasm_bindgen(method)]
    pub(super) async fn opened(this: &PlainChannel, count: u32);

    pub(super) type ConsoleLines;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> ConsoleLines;
    #[wasm_bindgen(method)]
    pub(super) fn restore(this: &ConsoleLines) -> String;

    pub(super) type RefusedStore;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> RefusedStore;

    pub(super) type WatchedResponse;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(status: u16, text: &str) -> WatchedResponse;
    #[wasm_bindgen(method, getter)]
    pub(super) fn response(this: &WatchedResponse) -> Response;
    #[wasm_bindgen(method, getter)]
    pub(super) fn wiped(this: &WatchedResponse) -> bool;

    pub(super) type RequestBodies;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> RequestBodies;
    #[wasm_bindgen(method)]
    pub(super) fn restore(this: &RequestBodies);
    #[wasm_bindgen(method, getter)]
    pub(super) fn wiped(this: &RequestBodies) -> bool;

    pub(super) type StreamWrites;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> StreamWrites;
    #[wasm_bindgen(method)]
    pub(super) fn restore(this: &StreamWrites);
    #[wasm_bindgen(method, getter)]
    pub(super) fn count(this: &StreamWrites) -> u32;

    #[wasm_bindgen(js_name = occurrences)]
    fn occurrences_in(memory: &JsValue, text: &JsString) -> u32;
    #[wasm_bindgen(js_name = unlikelyText)]
    pub(super) fn unlikely_text() -> JsString;

    pub(super) type Tokens;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(issuer: &str, client_id: &str, nonce: &str) -> Tokens;
    #[wasm_bindgen(constructor)]
    pub(super) fn of(issuer: &str, client_id: &str, nonce: &str, subject: &str) -> Tokens;
    #[wasm_bindgen(method, getter)]
    pub(super) fn response(this: &Tokens) -> Response;
    #[wasm_bindgen(method, getter, js_name = accessToken)]
    pub(super) fn access_token(this: &Tokens) -> JsString;
    #[wasm_bindgen(method, getter, js_name = idToken)]
    pub(super) fn id_token(this: &Tokens) -> JsString;
    #[wasm_bindgen(method, getter, js_name = refreshToken)]
    pub(super) fn refresh_token(this: &Tokens) -> JsString;
}

#[wasm_bindgen(module = "/src/tests/awaited.js")]
extern "C" {
    #[wasm_bindgen(js_name = isPending)]
    async fn is_pending_js(promise: &Promise) -> JsValue;
}

/// Whether nothing that has happened until now settles `promise`.
pub(super) async fn is_pending(promise: &Promise) -> bool {
    is_pending_js(promise).await.is_truthy()
}

impl Vault {
    /// What the shim does with a fetch event.
    pub(super) fn dispatch(&self, event: &FetchEvent) -> Option<Promise> {
        self.fetch(event, &facts_of(event))
    }
}

impl Network {
    /// Request number `index` of all, once it is sent.
    pub(super) async fn request(&self, index: u32) -> Request {
        self.request_js(index).await.unchecked_into()
    }
}

/// What keeps the worker alive for `event`, besides its response.
pub(super) fn extended_by(event: &FetchEvent) -> Vec<Promise> {
    let event: &ExtendedEvent = event.unchecked_ref();
    event.promises().iter().map(JsCast::unchecked_into).collect()
}

/// How often `text` stands in linear memory.
pub(super) fn occurrences(text: &JsString) -> u32 {
    occurrences_in(&wasm_bindgen::memory(), text)
}

/// The body as text.
pub(super) async fn text(body: Result<Promise, JsValue>) -> String {
    JsFuture::from(body.unwrap()).await.unwrap().as_string().unwrap()
}
