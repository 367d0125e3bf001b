//! Futures that run on their own.
//!
//! Boxed, so that all are of one type: each type of task is another copy of what runs it.

use js_sys::Promise;
use std::future::ready;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use wasm_bindgen::prelude::*;

/// Runs `future`, up to where it first waits at once: what it sends is on its way before the promise is made. The promise
/// is of what it brings.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let mut future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        future = Box::pin(ready(result));
    }
    wasm_bindgen_futures::future_to_promise(future)
}

/// Runs `future`.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}
