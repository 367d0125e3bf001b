//! What outlives a worker: the traces of sign-ins under way, and the marker that there is a session. Nothing secret.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The shim's store.
    pub type Store;

    /// Keeps `trace` under `key` until `expires_at` (wall clock, milliseconds).
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn put(
        this: &Store,
        key: &str,
        trace: &str,
        expires_at: f64,
    ) -> Result<JsValue, JsValue>;

    /// Takes the trace under `key` out for good; `undefined` if there is none.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn take(this: &Store, key: &str) -> Result<JsValue, JsValue>;

    /// The marker; `undefined` if there is none.
    #[wasm_bindgen(method, catch, js_name = readMarker)]
    pub(crate) async fn read_marker(this: &Store) -> Result<JsValue, JsValue>;

    /// Writes the marker, or takes it away.
    #[wasm_bindgen(method, catch, js_name = writeMarker)]
    pub(crate) async fn write_marker(this: &Store, marker: Option<String>) -> Result<JsValue, JsValue>;
}
