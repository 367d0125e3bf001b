//! What the shim of a service worker sees.

use crate::answer;
use crate::api::{self, ApiRequest};
use crate::channel::Channel;
use crate::endpoints::{self, EndpointRequest};
use crate::keepers::Keepers;
use crate::platform::{js_error, parse_url, scope};
use crate::store::Store;
use crate::task::promise;
use crate::worker::Worker;
use js_sys::Promise;
use std::rc::Rc;
use strongroom_core::answer::Answer;
use strongroom_core::config::{Config, Environment};
use strongroom_core::json::{self, Value};
use strongroom_core::policy::{self, Request as Judged, Verdict};
use strongroom_core::url::HttpUrl;
use wasm_bindgen::prelude::*;
use web_sys::FetchEvent;

/// The vault of this service worker.
#[wasm_bindgen]
pub struct Vault(Rc<Worker>);

#[wasm_bindgen]
impl Vault {
    /// A vault with the configuration `strongroom.start` was called with, as a JSON text.
    ///
    /// # Errors
    ///
    /// An `Error` that names the wrong key and the remedy.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str, store: Store, channel: Channel) -> Result<Vault, JsValue> {
        let value = json::parse(config.as_bytes()).unwrap_or(Value::Null);
        let environment = Environment { origin: &scope().location().origin(), parse_url: &parse_url };
        let config = Config::parse(&value, &environment).map_err(|error| js_error(&error.message()))?;
        let vault = strongroom_core::vault::Vault::new(config);
        Ok(Self(Rc::new(Worker::new(vault, store, Keepers::new(channel)))))
    }

    /// The response to a fetch event, or nothing if the browser is to handle the request as if no worker were there.
    #[must_use]
    pub fn fetch(&self, event: &FetchEvent) -> Option<Promise> {
        let request = event.request();
        let facts: &RequestFacts = request.unchecked_ref();
        let (url, method, mode, destination) =
            (facts.url(), facts.method(), facts.mode(), facts.destination());
        let judged = Judged { url: &url, method: &method, mode: &mode, destination: &destination };
        let verdict = policy::judge(self.0.vault.borrow().config(), judged);
        if verdict != Verdict::Pass {
            self.0.begin();
        }
        match verdict {
            Verdict::Pass => None,
            Verdict::RefuseTokenEndpoint => {
                Some(promise(async { Ok(answer::response(&Answer::token_endpoint_refused())?.into()) }))
            }
            Verdict::Api(index) => {
                let vault = self.0.vault.borrow();
                let configured = vault.config().apis.get(index)?;
                let stops_redirects = !configured.follows_redirects && facts.redirect() == "follow";
                let unauthenticated = configured.unauthenticated;
                drop(vault);
                let (event, no_cors) = (event.clone(), mode == "no-cors");
                let api = ApiRequest { event, request, index, no_cors, stops_redirects, unauthenticated };
                api::respond(&self.0, api)
            }
            Verdict::Endpoint(endpoint) => {
                let query =
                    HttpUrl::from_serialised(&url).map(|url| url.query().to_owned()).unwrap_or_default();
                let client_id = event.client_id().unwrap_or_default();
                let in_frame = destination == "iframe";
                let event = event.clone();
                let request = EndpointRequest { endpoint, query, in_frame, client_id, event, request };
                let worker = Rc::clone(&self.0);
                Some(promise(async move { Ok(endpoints::respond(&worker, request).await?.into()) }))
            }
        }
    }

    /// Lets go of what keeps a new version from becoming active.
    pub fn leave(&self) -> Promise {
        let worker = Rc::clone(&self.0);
        promise(async move {
            worker.leave().await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The new version did not come after all.
    pub fn stay(&self) {
        self.0.leaving.set(false);
    }

    /// What a page learns by its greeting: where the endpoints live, and how a lost session comes back.
    #[wasm_bindgen(getter, js_name = basePath)]
    #[must_use]
    pub fn base_path(&self) -> String {
        self.0.vault.borrow().config().base_path.clone()
    }

    /// `iframe`, `redirect` or `none`.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn recovery(&self) -> String {
        self.0.vault.borrow().config().recovery.name().to_owned()
    }

    /// URLs, one a line, each with everything below it, that the worker must see; all others may bypass it.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn routes(&self) -> String {
        let routes = policy::routes(self.0.vault.borrow().config());
        let lines: Vec<&str> = routes.iter().map(String::as_str).collect();
        lines.join("\n")
    }
}

/// The platform's words for a request, as text.
#[wasm_bindgen]
extern "C" {
    type RequestFacts;
    #[wasm_bindgen(method, getter)]
    fn url(this: &RequestFacts) -> String;
    #[wasm_bindgen(method, getter)]
    fn method(this: &RequestFacts) -> String;
    #[wasm_bindgen(method, getter)]
    fn mode(this: &RequestFacts) -> String;
    #[wasm_bindgen(method, getter)]
    fn destination(this: &RequestFacts) -> String;
    #[wasm_bindgen(method, getter)]
    fn redirect(this: &RequestFacts) -> String;
}
