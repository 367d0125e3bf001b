//! What outlives a worker: the stored transactions of sign-ins, and the session hint. Nothing secret.
//!
//! Script of the page can write to this storage and block it. So nothing that the shim's store returns is trusted, every
//! method settles within a few seconds, and no sign-in depends on its success.

use js_sys::Promise;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The shim's store.
    pub type Store;

    /// Keeps `transaction` under `key`, at least until `expires_at` (wall clock, milliseconds). Never rejects.
    #[wasm_bindgen(method)]
    pub(crate) fn put(this: &Store, key: &str, transaction: &str, expires_at: f64) -> Promise;

    /// Takes the transaction under `key` out; `undefined` if there is none. Never rejects.
    #[wasm_bindgen(method)]
    pub(crate) async fn take(this: &Store, key: &str) -> JsValue;

    /// The session hint; `undefined` if there is none. Never rejects.
    #[wasm_bindgen(method, js_name = readHint)]
    pub(crate) async fn read_hint(this: &Store) -> JsValue;

    /// Writes or deletes the session hint. Rejects if it could not be stored.
    #[wasm_bindgen(method, catch, js_name = writeHint)]
    pub(crate) async fn write_hint(this: &Store, hint: Option<String>) -> Result<JsValue, JsValue>;
}
