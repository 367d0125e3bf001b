//! What outlives a worker: sign-ins under way, sealed, and the marker that there is a session. Never a token.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The shim's store.
    pub type Store;

    /// Seals `bytes` and keeps them under `key` until `expires_at` (wall clock, milliseconds), together with at
    /// most `most - 1` others.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn put(
        this: &Store,
        key: &str,
        bytes: &Uint8Array,
        expires_at: f64,
        most: u32,
    ) -> Result<JsValue, JsValue>;

    /// Takes what is under `key` out for good, unsealed; `undefined` if there is nothing.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn take(this: &Store, key: &str) -> Result<JsValue, JsValue>;

    /// The marker; `undefined` if there is none.
    #[wasm_bindgen(method, catch, js_name = readMarker)]
    pub(crate) async fn read_marker(this: &Store) -> Result<JsValue, JsValue>;

    /// Writes the marker, or takes it away.
    #[wasm_bindgen(method, catch, js_name = writeMarker)]
    pub(crate) async fn write_marker(this: &Store, marker: Option<String>) -> Result<JsValue, JsValue>;
}
