//! The interface for the shim of a service worker.

use crate::executor::Executor;
use crate::keeper;
use crate::platform::{self, js_error, now, parse_url};
use crate::shim::{Channel, OtherWorkers, Store};
use js_sys::Promise;
use std::cell::OnceCell;
use strongroom_core::config::{Config, Environment};
use strongroom_core::json::Value;
use strongroom_core::policy;
use strongroom_core::vault::{self, Event, Version};
use wasm_bindgen::prelude::*;
use web_sys::FetchEvent;

/// The vault of this service worker, or the keeper of another worker.
#[wasm_bindgen]
pub struct Vault {
    pub(crate) executor: &'static Executor,
    pub(crate) keeper: OnceCell<&'static keeper::Executor>,
}

#[wasm_bindgen]
impl Vault {
    /// Creates the vault. `config` is the argument of `strongroom.start` as plain data, `location` the worker's
    /// own URL. `is_chromium`: the browser is Chromium.
    ///
    /// # Errors
    ///
    /// An `Error` that names the invalid key and says how to fix it.
    #[wasm_bindgen(constructor)]
    pub fn new(
        config: JsValue,
        location: &str,
        is_chromium: bool,
        store: Store,
        channel: Channel,
        others: OtherWorkers,
    ) -> Result<Vault, JsValue> {
        let value: Value = serde_wasm_bindgen::from_value(config)?;
        let environment = Environment { location, parse_url: &parse_url, is_chromium };
        let config = Config::parse(&value, &environment).map_err(|error| js_error(&error.message()))?;
        if let Some(scope) = platform::registration_scope() {
            config.check_scope(&scope).map_err(|error| js_error(&error.message()))?;
        }
        let executor = Executor::new(vault::Vault::new(config, now()), store, channel, others);
        Ok(Self { executor, keeper: OnceCell::new() })
    }

    /// Runs a keeper for the life of this worker.
    pub fn keep(&self) {
        let Executor { vault, channel, .. } = self.executor;
        self.keeper
            .get_or_init(|| keeper::Executor::start(&vault.borrow().config().base_path, channel.clone()));
    }

    /// The response to a fetch event, or `undefined` if the browser is to handle it. `request` has the lines
    /// of [`policy::Request::parse`] as one text, since every call into the wasm costs microseconds.
    /// `retried`: an earlier vault crashed before it responded.
    pub fn fetch(&self, event: &FetchEvent, request: &str, retried: bool) -> Option<Promise> {
        self.executor.fetch(event, policy::Request::parse(request)?, retried)
    }

    /// Reports that the user has signed out of another vault of this origin.
    #[wasm_bindgen(js_name = signOut)]
    pub fn sign_out(&self) {
        self.executor.handle(Event::SignedOutElsewhere);
    }

    /// Reports that another version of the worker script has changed to this `ServiceWorkerState`.
    pub fn version(&self, state: &str) {
        if let Some(version) = Version::parse(state) {
            self.executor.handle(Event::Version(version));
        }
    }

    /// The settings for the shim: the base path, the URLs whose requests must reach the worker, including
    /// requests to URLs below them, and the apps of a vault origin. All other requests may bypass the worker.
    #[wasm_bindgen(
        getter,
        unchecked_return_type = "[basePath: string, handledUrls: string[], apps: string[]]"
    )]
    pub fn settings(&self) -> JsValue {
        let vault = self.executor.vault.borrow();
        let config = vault.config();
        let settings = (&config.base_path, policy::routes(config), &config.apps);
        serde_wasm_bindgen::to_value(&settings).unwrap_or_default()
    }
}
