//! Futures that run on their own.
//!
//! Boxed, so that all are of one type: each type of task is another copy of what runs it.

use js_sys::Promise;
use std::pin::Pin;
use wasm_bindgen::prelude::*;

/// Runs `future`; the promise is of what it brings.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    wasm_bindgen_futures::future_to_promise(future)
}

/// Runs `future`.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}
