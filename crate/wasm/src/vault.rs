//! What the shim of a service worker sees.

use crate::executor::Executor;
use crate::platform::{self, js_error, now, parse_url};
use crate::shim::{Channel, Store, Versions};
use js_sys::Promise;
use strongroom_core::config::{Config, Environment};
use strongroom_core::json::{self, Value};
use strongroom_core::policy;
use strongroom_core::vault::{self, Event, Version};
use wasm_bindgen::prelude::*;
use web_sys::FetchEvent;

/// The vault of this service worker.
#[wasm_bindgen]
pub struct Vault(pub(crate) &'static Executor);

#[wasm_bindgen]
impl Vault {
    /// A vault with the configuration `strongroom.start` was called with, as a JSON text. `location` is the worker's own URL.
    ///
    /// # Errors
    ///
    /// An `Error` that names the wrong key and the remedy.
    #[wasm_bindgen(constructor)]
    pub fn new(
        config: &str,
        location: &str,
        store: Store,
        channel: Channel,
        versions: Versions,
    ) -> Result<Vault, JsValue> {
        let value = json::parse(config.as_bytes()).unwrap_or(Value::Null);
        let environment = Environment { location, parse_url: &parse_url };
        let config = Config::parse(&value, &environment).map_err(|error| js_error(&error.message()))?;
        if let Some(scope) = platform::registration_scope() {
            config.check_scope(&scope).map_err(|error| js_error(&error.message()))?;
        }
        Ok(Self(Executor::new(vault::Vault::new(config, now()), store, channel, versions)))
    }

    /// The response to a fetch event, or nothing if the browser is to handle the request as if no worker were there.
    /// `request` is what the browser says of it, as [`policy::Request::parse`] reads it: one text, since each way into the wasm
    /// costs a request microseconds. `retried`: an earlier vault crashed before it had responded.
    #[must_use]
    pub fn fetch(&self, event: &FetchEvent, request: &str, retried: bool) -> Option<Promise> {
        self.0.fetch(event, policy::Request::parse(request)?, retried)
    }

    /// Another version of the worker script has this `ServiceWorkerState` now.
    pub fn version(&self, state: &str) {
        if let Some(version) = Version::parse(state) {
            self.0.handle(Event::Version(version));
        }
    }

    /// The configuration for the shim, one value per line: the path of the endpoints, the scope, then each URL whose requests, and
    /// requests to URLs below it, must reach the worker. All other requests may bypass it.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn settings(&self) -> String {
        let vault = self.0.vault.borrow();
        let config = vault.config();
        let routes = policy::routes(config);
        let mut lines = vec![config.base_path.as_str(), config.scope.as_str()];
        lines.extend(routes.iter().map(String::as_str));
        lines.join("\n")
    }
}
