//! `wire.js` in Rust's words.

use super::worker::Worker;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{FetchEvent, Response};

impl Wire {
    /// From here on `worker` is the keeper's service worker, and the one before it is dead.
    pub(super) fn connect(&self, worker: &Rc<Worker>) {
        let worker = Rc::clone(worker);
        let fetch = Closure::<dyn Fn(FetchEvent) -> JsValue>::new(move |event: FetchEvent| {
            worker.vault.dispatch(&event).map_or(JsValue::UNDEFINED, Into::into)
        });
        self.connect_js(&fetch.into_js_value());
    }
}

#[wasm_bindgen(module = "/src/tests/wire.js")]
extern "C" {
    pub(super) type Wire;
    #[wasm_bindgen(constructor)]
    pub(super) fn new() -> Wire;
    #[wasm_bindgen(method, js_name = connect)]
    fn connect_js(this: &Wire, fetch: &JsValue);

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
