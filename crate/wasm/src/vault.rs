//! What the shim of a service worker sees.

use crate::answer;
use crate::api::{self, ApiRequest};
use crate::channel::Channel;
use crate::endpoints::{self, EndpointRequest};
use crate::keepers::Keepers;
use crate::platform::{self, js_error, now, parse_url};
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
use strongroom_core::vault::ApiRequest as ApiState;
use wasm_bindgen::prelude::*;
use web_sys::FetchEvent;

/// The vault of this service worker.
#[wasm_bindgen]
pub struct Vault(Rc<Worker>);

#[wasm_bindgen]
impl Vault {
    /// A vault with the configuration `strongroom.start` was called with, as a JSON text. `location` is the worker's own URL.
    ///
    /// # Errors
    ///
    /// An `Error` that names the wrong key and the remedy.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str, location: &str, store: Store, channel: Channel) -> Result<Vault, JsValue> {
        let value = json::parse(config.as_bytes()).unwrap_or(Value::Null);
        let environment = Environment { location, parse_url: &parse_url };
        let config = Config::parse(&value, &environment).map_err(|error| js_error(&error.message()))?;
        if let Some(scope) = platform::registration_scope() {
            config.check_scope(&scope).map_err(|error| js_error(&error.message()))?;
        }
        let vault = strongroom_core::vault::Vault::new(config);
        Ok(Self(Rc::new(Worker::new(vault, store, Keepers::new(channel)))))
    }

    /// The response to a fetch event, or nothing if the browser is to handle the request as if no worker were there.
    /// `facts` are the platform's words for the event's request, as [`Judged::parse`] reads them: one text, since each way
    /// into the wasm costs a request microseconds.
    #[must_use]
    pub fn fetch(&self, event: &FetchEvent, facts: &str) -> Option<Promise> {
        let judged = Judged::parse(facts)?;
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
                let is_safe = policy::is_safe_method(judged.method);
                let api = ApiRequest {
                    event: event.clone(),
                    request: event.request(),
                    state: ApiState::new(index, is_safe, now()),
                    is_safe,
                    no_cors: judged.mode == "no-cors",
                    stops_redirects: policy::refuses_redirects(configured, judged),
                };
                drop(vault);
                api::respond(&self.0, api)
            }
            Verdict::Endpoint(endpoint) => {
                let query = HttpUrl::from_serialised(judged.url).map(|url| url.query().to_owned());
                let request = EndpointRequest {
                    endpoint,
                    query: query.unwrap_or_default(),
                    is_navigation: judged.mode == "navigate",
                    is_post: judged.method == "POST",
                    client_id: event.client_id().unwrap_or_default(),
                    event: event.clone(),
                };
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
