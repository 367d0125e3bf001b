//! Whom the browser says a request comes from.

use wasm_bindgen::prelude::*;

/// From here on the service worker has these clients, until this is dropped.
pub(super) struct Clients(ClientsOfTheBrowser);

impl Clients {
    /// `{ id: { type, url } }` as JSON; a missing URL is that of the worker's own script.
    pub(super) fn of(json: &str) -> Self {
        Self(ClientsOfTheBrowser::new(json))
    }

    /// A shared worker of the worker's own script, with the ID `keeper`.
    pub(super) fn one_keeper() -> Self {
        Self::of(r#"{ "keeper": { "type": "sharedworker" } }"#)
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.0.restore();
    }
}

#[wasm_bindgen(module = "/src/tests/clients.js")]
extern "C" {
    #[wasm_bindgen(js_name = Clients)]
    type ClientsOfTheBrowser;
    #[wasm_bindgen(constructor, js_class = "Clients")]
    fn new(json: &str) -> ClientsOfTheBrowser;
    #[wasm_bindgen(method)]
    fn restore(this: &ClientsOfTheBrowser);
}
