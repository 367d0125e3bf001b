//! Bindings for `browser.js`.

use crate::vault::Vault;
use js_sys::{Array, JsString, Promise};
use std::ops::Deref;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FetchEvent, Request, Response};

#[wasm_bindgen(module = "/src/tests/browser.js")]
extern "C" {
    pub(super) async fn idle();
    #[wasm_bindgen(js_name = isPending)]
    async fn is_pending_js(promise: &Promise) -> JsValue;
    pub(super) fn wiped() -> bool;

    pub(super) type Network;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Network;
    #[wasm_bindgen(method)]
    pub(super) fn answer(this: &Network, response: &Response);
    #[wasm_bindgen(method)]
    pub(super) fn hang(this: &Network);
    #[wasm_bindgen(method, js_name = timeOut)]
    pub(super) fn time_out(this: &Network);
    #[wasm_bindgen(method, getter)]
    pub(super) fn requests(this: &Network) -> Vec<Request>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn timeouts(this: &Network) -> Vec<u32>;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_keeper(this: &Network, url: &str);
    #[wasm_bindgen(method)]
    pub(super) fn connect(this: &Network, serve: &JsValue);

    #[wasm_bindgen(js_name = watchedResponse)]
    pub(super) fn watched_response(status: u16, text: &str) -> Response;
    #[wasm_bindgen(js_name = fetchEvent)]
    pub(super) fn fetch_event(client_id: &str, url: &str, init: &str) -> FetchEvent;
    #[wasm_bindgen(js_name = fetchEvent)]
    pub(super) fn post_event(client_id: &str, url: &str, init: &str, body: &[u8]) -> FetchEvent;
    pub(super) fn navigation(url: &str) -> FetchEvent;
    #[wasm_bindgen(js_name = extendedBy)]
    pub(super) fn extended_by(event: &FetchEvent) -> Vec<Promise>;
    #[wasm_bindgen(js_name = factsOf)]
    pub(super) fn facts_of(event: &FetchEvent) -> String;

    #[derive(Clone)]
    pub(super) type MemoryStore;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> MemoryStore;
    #[wasm_bindgen(method, getter)]
    pub(super) fn row(this: &MemoryStore) -> Option<String>;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_row(this: &MemoryStore, row: &str);
    #[wasm_bindgen(method, getter)]
    pub(super) fn resets(this: &MemoryStore) -> Array;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_error(this: &MemoryStore, name: &str);
    #[wasm_bindgen(method)]
    pub(super) fn remember(this: &MemoryStore, refresh_token: &JsString);
    #[wasm_bindgen(method, getter)]
    pub(super) fn remembered(this: &MemoryStore) -> Option<JsString>;

    #[derive(Clone)]
    pub(super) type ToldWorkers;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> ToldWorkers;
    #[wasm_bindgen(method, getter)]
    pub(super) fn told(this: &ToldWorkers) -> Vec<String>;

    #[derive(Clone)]
    pub(super) type PlainChannel;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> PlainChannel;
    #[wasm_bindgen(method, getter)]
    pub(super) fn key(this: &PlainChannel) -> Vec<u8>;
    #[wasm_bindgen(method)]
    pub(super) async fn opened(this: &PlainChannel, count: u32);

    #[wasm_bindgen(js_name = occurrences)]
    fn occurrences_in(memory: &JsValue, text: &JsString) -> u32;
    #[wasm_bindgen(js_name = unlikelyText)]
    pub(super) fn unlikely_text() -> JsString;

    pub(super) type Tokens;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(nonce: &str) -> Tokens;
    #[wasm_bindgen(method, getter)]
    pub(super) fn response(this: &Tokens) -> Response;
    #[wasm_bindgen(method, getter, js_name = accessToken)]
    pub(super) fn access_token(this: &Tokens) -> JsString;
    #[wasm_bindgen(method, getter, js_name = idToken)]
    pub(super) fn id_token(this: &Tokens) -> JsString;
    #[wasm_bindgen(method, getter, js_name = refreshToken)]
    pub(super) fn refresh_token(this: &Tokens) -> JsString;

    #[wasm_bindgen(js_name = setClients)]
    pub(super) fn set_clients(json: &str);

    pub(super) type StoppedClock;
    #[wasm_bindgen(constructor)]
    fn new() -> StoppedClock;
    #[wasm_bindgen(method)]
    pub(super) fn pass(this: &StoppedClock, ms: u32);
    #[wasm_bindgen(method, getter)]
    pub(super) fn timers(this: &StoppedClock) -> u32;
    #[wasm_bindgen(method)]
    fn restore(this: &StoppedClock);

    pub(super) type WrittenStream;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> WrittenStream;
    #[wasm_bindgen(method)]
    pub(super) fn response(this: &WrittenStream, media_type: &str) -> Response;
    #[wasm_bindgen(method)]
    pub(super) fn write(this: &WrittenStream, bytes: Vec<u8>);
    #[wasm_bindgen(method)]
    pub(super) async fn cancelled(this: &WrittenStream);
    #[wasm_bindgen(method)]
    pub(super) fn end(this: &WrittenStream);
    #[wasm_bindgen(method, js_name = break)]
    pub(super) fn break_off(this: &WrittenStream);
}

/// Stops both clocks and all timers. A test moves them on; they run again when this is dropped.
pub(super) struct Clock(StoppedClock);

impl Clock {
    pub(super) fn stop() -> Self {
        Self(StoppedClock::new())
    }
}

impl Deref for Clock {
    type Target = StoppedClock;

    fn deref(&self) -> &StoppedClock {
        &self.0
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.restore();
    }
}

impl Vault {
    /// Dispatches a fetch event as the shim does.
    pub(super) fn dispatch(&self, event: &FetchEvent) -> Option<Promise> {
        self.fetch(event, &facts_of(event), false)
    }
}

impl Network {
    /// The last request.
    pub(super) fn last(&self) -> Request {
        self.requests().pop().unwrap()
    }
}

/// Whether `promise` is still pending after all tasks so far have run.
pub(super) async fn is_pending(promise: &Promise) -> bool {
    is_pending_js(promise).await.is_truthy()
}

/// How often `text` occurs in linear memory.
pub(super) fn occurrences(text: &JsString) -> u32 {
    occurrences_in(&wasm_bindgen::memory(), text)
}

/// Resolves to the body's text.
pub(super) async fn text(body: Result<Promise, JsValue>) -> String {
    JsFuture::from(body.unwrap()).await.unwrap().as_string().unwrap()
}
