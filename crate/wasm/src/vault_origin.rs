//! The interface for the relay and the pages of a vault origin.

use crate::Vault;
use crate::fetches::{authorize, made};
use crate::platform::{self, js_error, now, promise};
use js_sys::Promise;
use strongroom_core::keeper::Event;
use strongroom_core::policy;
use strongroom_core::relay::{self, Next};
use strongroom_core::secret::Authorization;
use strongroom_core::vault_origin::{Completed, Cookie, Login};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Request, RequestInit, RequestRedirect, Response};

fn send(url: &str, init: &RequestInit, token: Option<&Authorization>) -> Result<Promise, JsValue> {
    let request = Request::new_with_str_and_init(url, init)?;
    if let Some(token) = token {
        authorize(&request.headers(), token)?;
    }
    Ok(platform::fetch(&request))
}

#[wasm_bindgen]
impl Vault {
    /// A number for the user whose session the relay has a copy of; 0 without one.
    pub fn user(&self) -> u64 {
        self.keeper.get().map_or(0, |keeper| keeper.keeper.borrow().user())
    }

    /// The response that the relay of a vault origin passes on to `app`, an origin; `undefined` if it must not fetch
    /// the request. `user` is what [`user`](Self::user) was when the request arrived, if its body came later, or 0.
    /// `request` has the lines of [`policy::Request::parse`], `init` the rest of it. Call [`keep`](Self::keep) first.
    pub fn relay(&self, app: &str, request: &str, init: RequestInit, user: u64) -> Option<Promise> {
        let vault = self.executor.vault.borrow();
        let (request, &keeper) = (policy::Request::parse(request)?, self.keeper.get()?);
        let relayed =
            relay::relayed(vault.config(), app, user, request, &mut keeper.keeper.borrow_mut(), now())?;
        if relayed.stop_redirects {
            init.set_redirect(RequestRedirect::Manual);
        }
        let sending = send(&relayed.url, &init, relayed.authorization.as_ref());
        Some(promise(async move {
            let response = match sending {
                Ok(sending) => JsFuture::from(sending).await,
                Err(error) => Err(error),
            };
            if relayed.changes_session {
                keeper.handle(Event::Changed);
            }
            let response: Response = response?.unchecked_into();
            match relayed.next(response.status()) {
                Next::Deliver => Ok(response.into()),
                Next::Respond(response) => made(&response),
                Next::AskVault(url) => {
                    if relayed.stop_redirects {
                        init.set_redirect(RequestRedirect::Follow);
                    }
                    Ok(send(&url, &init, None)?.into())
                }
            }
        }))
    }

    /// Begins the sign-in that the query of the login page asks for. Returns the URL of the authorization
    /// request, the key of the transaction, and the transaction.
    ///
    /// # Errors
    ///
    /// An `Error` for people.
    #[wasm_bindgen(unchecked_return_type = "[location: string, key: string, entry: string]")]
    pub fn begin(&self, query: &str) -> Result<JsValue, JsValue> {
        let vault = self.executor.vault.borrow();
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
    /// tab has it. Returns the page of the app to return to, the response for the vault, and the cookie that
    /// carries it; both are empty if there is none.
    #[wasm_bindgen(unchecked_return_type = "[location: string, response: string, cookie: string]")]
    #[allow(clippy::needless_pass_by_value, reason = "wasm-bindgen gives optional texts by value")]
    pub fn complete(&self, query: &str, entry: Option<String>) -> JsValue {
        let vault = self.executor.vault.borrow();
        let Completed { location, cookie } = Completed::new(vault.config(), query, entry.as_deref());
        let Cookie { value, text } = cookie.unwrap_or_default();
        serde_wasm_bindgen::to_value(&(location, value, text)).unwrap_or_default()
    }
}
