//! The interface for the relay and the pages of a vault origin.

use crate::Vault;
use crate::platform::{self, js_error, now};
use strongroom_core::policy;
use strongroom_core::vault_origin::{self, Completed, Login};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
impl Vault {
    /// The URL that the relay of a vault origin fetches for `app`, an origin; `undefined` if it must not fetch
    /// anything. `request` has the lines of [`policy::Request::parse`].
    pub fn relayed(&self, app: &str, request: &str) -> Option<String> {
        let request = policy::Request::parse(request)?;
        vault_origin::relayed(self.0.vault.borrow().config(), app, request)
    }

    /// Begins the sign-in that the query of the login page asks for. Returns the URL of the authorization
    /// request, the key of the transaction, and the transaction.
    ///
    /// # Errors
    ///
    /// An `Error` for people.
    #[wasm_bindgen(unchecked_return_type = "[location: string, key: string, entry: string]")]
    pub fn begin(&self, query: &str) -> Result<JsValue, JsValue> {
        let vault = self.0.vault.borrow();
        let randomness = platform::randomness();
        let Login { location, key, entry } = Login::begin(vault.config(), query, randomness.as_ref(), now())
            .map_err(|problem| js_error(problem.description()))?;
        Ok(serde_wasm_bindgen::to_value(&(location, key, entry))?)
    }

    /// The key of the transaction that the authorization response in the callback page's query belongs to.
    #[wasm_bindgen(js_name = keyOf)]
    pub fn key_of(&self, query: &str) -> Option<String> {
        Completed::key(query)
    }

    /// Processes the authorization response in the callback page's query. `entry` is the transaction, if the
    /// tab has it. Returns the page of the app to return to, and the cookie to set, if any.
    #[wasm_bindgen(unchecked_return_type = "[location: string, cookie?: string]")]
    #[allow(clippy::needless_pass_by_value, reason = "wasm-bindgen gives optional texts by value")]
    pub fn complete(&self, query: &str, entry: Option<String>) -> JsValue {
        let vault = self.0.vault.borrow();
        let completed = Completed::new(vault.config(), query, entry.as_deref(), now());
        serde_wasm_bindgen::to_value(&(completed.location, completed.cookie)).unwrap_or_default()
    }
}
