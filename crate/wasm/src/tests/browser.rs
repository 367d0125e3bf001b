//! `browser.js` in Rust's words.

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
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_only(this: &Network, url: &str);
    #[wasm_bindgen(method, setter, js_name = isThere)]
    pub(super) fn set_is_there(this: &Network, is_there: bool);

    pub(super) type Later;
    #[wasm_bindgen(method)]
    pub(super) fn answer(this: &Later, response: &Response);

    pub(super) type Timeouts;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Timeouts;
    #[wasm_bindgen(method, getter)]
    pub(super) fn asked(this: &Timeouts) -> Vec<u32>;
    #[wasm_bindgen(method)]
    pub(super) fn restore(this: &Timeouts);

    #[wasm_bindgen(js_name = fetchEvent)]
    pub(super) fn fetch_event(client_id: &str, url: &str, init: &str, facts: &str) -> FetchEvent;
    #[wasm_bindgen(js_name = fetchEventWith)]
    pub(super) fn fetch_event_with(
        client_id: &str,
        url: &str,
        method: &str,
        content_type: Option<&str>,
        body: &JsValue,
    ) -> FetchEvent;
    #[wasm_bindgen(js_name = factsOf)]
    fn facts_of(event: &FetchEvent) -> String;

    type ExtendedEvent;
    #[wasm_bindgen(method, getter, js_name = extendedBy)]
    fn promises(this: &ExtendedEvent) -> Array;

    #[derive(Clone)]
    pub(super) type MemoryStore;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> MemoryStore;
    #[wasm_bindgen(method, getter)]
    pub(super) fn row(this: &MemoryStore) -> Option<String>;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_row(this: &MemoryStore, row: &str);
    #[wasm_bindgen(method)]
    pub(super) fn hold(this: &MemoryStore);
    #[wasm_bindgen(method)]
    pub(super) fn release(this: &MemoryStore);

    pub(super) type RefusedStore;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(name: &str) -> RefusedStore;
    #[wasm_bindgen(method, getter)]
    pub(super) fn resets(this: &RefusedStore) -> Array;
    #[wasm_bindgen(method)]
    pub(super) async fn written(this: &RefusedStore, count: u32);

    #[derive(Clone)]
    pub(super) type ToldVersions;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> ToldVersions;
    #[wasm_bindgen(method, getter)]
    pub(super) fn told(this: &ToldVersions) -> Vec<String>;

    #[derive(Clone)]
    pub(super) type PlainChannel;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> PlainChannel;
    #[wasm_bindgen(method, getter)]
    pub(super) fn key(this: &PlainChannel) -> Vec<u8>;
    #[wasm_bindgen(method)]
    pub(super) async fn opened(this: &PlainChannel, count: u32);
    #[wasm_bindgen(method, getter)]
    pub(super) fn wiped(this: &PlainChannel) -> bool;

    pub(super) type ConsoleLines;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> ConsoleLines;
    #[wasm_bindgen(method)]
    pub(super) fn restore(this: &ConsoleLines) -> String;

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

    #[wasm_bindgen(js_name = occurrences)]
    fn occurrences_in(memory: &JsValue, text: &JsString) -> u32;
    #[wasm_bindgen(js_name = unlikelyText)]
    pub(super) fn unlikely_text() -> JsString;
    #[wasm_bindgen(js_name = isPending)]
    async fn is_pending_js(promise: &Promise) -> JsValue;

    pub(super) type Tokens;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(issuer: &str, client_id: &str, nonce: &str) -> Tokens;
    #[wasm_bindgen(method, getter)]
    pub(super) fn response(this: &Tokens) -> Response;
    #[wasm_bindgen(method, getter, js_name = accessToken)]
    pub(super) fn access_token(this: &Tokens) -> JsString;
    #[wasm_bindgen(method, getter, js_name = idToken)]
    pub(super) fn id_token(this: &Tokens) -> JsString;
    #[wasm_bindgen(method, getter, js_name = refreshToken)]
    pub(super) fn refresh_token(this: &Tokens) -> JsString;

    pub(super) type Clients;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(json: &str) -> Clients;
    #[wasm_bindgen(method)]
    pub(super) fn restore(this: &Clients);

    type StoppedClock;
    #[wasm_bindgen(constructor)]
    fn new() -> StoppedClock;
    #[wasm_bindgen(method)]
    fn pass(this: &StoppedClock, ms: u32);
    #[wasm_bindgen(method, getter)]
    fn lengths(this: &StoppedClock) -> Vec<u32>;
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
    #[wasm_bindgen(method, getter)]
    pub(super) fn wiped(this: &WrittenStream) -> bool;
}

/// Time stands still on both clocks and for every timer, until a test lets it pass or drops this.
pub(super) struct Clock(StoppedClock);

impl Clock {
    pub(super) fn stop() -> Self {
        Self(StoppedClock::new())
    }

    /// Lets so many milliseconds pass at once, and calls every timer that is due by then.
    pub(super) fn pass(&self, ms: u32) {
        self.0.pass(ms);
    }

    /// The lengths of all timers that are set, in milliseconds.
    pub(super) fn lengths(&self) -> Vec<u32> {
        self.0.lengths()
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.0.restore();
    }
}

impl Vault {
    /// What the shim does with a fetch event.
    pub(super) fn dispatch(&self, event: &FetchEvent) -> Option<Promise> {
        self.fetch(event, &facts_of(event), false)
    }

    /// The same after a crash of the vault before this one.
    pub(super) fn dispatch_again(&self, event: &FetchEvent) -> Option<Promise> {
        self.fetch(event, &facts_of(event), true)
    }
}

impl Network {
    /// Request number `index` of all, once it is sent.
    pub(super) async fn request(&self, index: u32) -> Request {
        self.request_js(index).await.unchecked_into()
    }
}

/// Whether nothing that has happened until now settles `promise`.
pub(super) async fn is_pending(promise: &Promise) -> bool {
    is_pending_js(promise).await.is_truthy()
}

/// Everything is over that needs no more time.
pub(super) async fn idle() {
    is_pending(&Promise::new(&mut |_, _| {})).await;
}

/// What keeps the worker alive for `event`, besides its response.
pub(super) fn extended_by(event: &FetchEvent) -> Vec<Promise> {
    let event: &ExtendedEvent = event.unchecked_ref();
    event.promises().iter().map(JsCast::unchecked_into).collect()
}

/// What a [`PlainChannel`] with the key `from` seals for `to`.
pub(super) fn sealed(from: &[u8], to: &[u8], copy: &[u8]) -> Vec<u8> {
    from.iter().chain(to).copied().chain(copy.iter().map(|byte| !byte)).collect()
}

/// What `from` sealed for `to`.
pub(super) fn opened(from: &[u8], to: &[u8], sealed: &[u8]) -> Vec<u8> {
    let copy = sealed.strip_prefix([from, to].concat().as_slice()).expect("sealed by and for somebody else");
    copy.iter().map(|byte| !byte).collect()
}

/// How often `text` stands in linear memory.
pub(super) fn occurrences(text: &JsString) -> u32 {
    occurrences_in(&wasm_bindgen::memory(), text)
}

/// The body as text.
pub(super) async fn text(body: Result<Promise, JsValue>) -> String {
    JsFuture::from(body.unwrap()).await.unwrap().as_string().unwrap()
}
