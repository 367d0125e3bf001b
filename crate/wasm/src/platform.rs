//! What the core does not have: clocks, timers, random bytes, the network, clients and URL parsing.

use js_sys::{Array, Function, Promise, Uint8Array, global};
use rand::TryRng;
use std::cell::{Cell, OnceCell};
use std::pin::Pin;
use strongroom_core::authorization::Randomness;
use strongroom_core::time::Now;
use strongroom_core::token::MAX_RESPONSE_BYTES;
use strongroom_core::vault::{Client, FormRequest};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ClientQueryOptions, ClientType, Clients, Headers, ReferrerPolicy, Request, RequestCache,
    RequestCredentials, RequestInit, RequestMode, RequestRedirect, Response, ServiceWorkerGlobalScope, Url,
    WorkerGlobalScope,
};

/// Timeout of requests to the token endpoint and the revocation endpoint, in milliseconds.
const TIMEOUT: u32 = 20_000;

/// Timeout of a probe, in milliseconds.
const PROBE_TIMEOUT: u32 = 5_000;

pub(crate) fn scope() -> WorkerGlobalScope {
    global().unchecked_into()
}

/// The scope of this service worker's registration; `None` in other workers.
pub(crate) fn registration_scope() -> Option<String> {
    scope().dyn_into::<ServiceWorkerGlobalScope>().ok().map(|scope| scope.registration().scope())
}

/// Runs `future`. Boxed, so that all tasks have one type: each further type would add a copy of the task code
/// to the wasm.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}

/// Runs `future` and returns its promise.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    wasm_bindgen_futures::future_to_promise(future)
}

/// A promise that is settled from outside.
pub(crate) struct Deferred {
    pub(crate) promise: Promise,
    resolve: Function,
    reject: Function,
}

impl Deferred {
    pub(crate) fn new() -> Self {
        // Not `Function::default()`: that evaluates text, which the worker's policy forbids.
        let (mut resolve, mut reject) = (JsValue::UNDEFINED, JsValue::UNDEFINED);
        let promise = Promise::new(&mut |resolves, rejects| {
            resolve = resolves.into();
            reject = rejects.into();
        });
        Self { promise, resolve: resolve.unchecked_into(), reject: reject.unchecked_into() }
    }

    pub(crate) fn settle(&self, result: Result<JsValue, JsValue>) {
        drop(match result {
            Ok(value) => self.resolve.call1(&JsValue::UNDEFINED, &value),
            Err(error) => self.reject.call1(&JsValue::UNDEFINED, &error),
        });
    }
}

/// A timer that can be set again.
#[derive(Default)]
pub(crate) struct Timer {
    callback: OnceCell<Closure<dyn Fn()>>,
    handle: Cell<Option<i32>>,
}

impl Timer {
    /// Sets the callback for every time the timer fires.
    pub(crate) fn calls(&self, callback: impl Fn() + 'static) {
        self.callback.get_or_init(|| Closure::new(callback));
    }

    /// Sets the timer to fire after this many milliseconds, and cancels an earlier setting.
    pub(crate) fn set(&self, ms: u64) {
        let (scope, Some(callback)) = (scope(), self.callback.get()) else { return };
        if let Some(handle) = self.handle.take() {
            scope.clear_timeout_with_handle(handle);
        }
        let (callback, ms) = (callback.as_ref().unchecked_ref(), i32::try_from(ms).unwrap_or(i32::MAX));
        self.handle.set(scope.set_timeout_with_callback_and_timeout_and_arguments_0(callback, ms).ok());
    }
}

/// The browser's description of a client; `None` if it is gone.
pub(crate) async fn identify(client_id: &str) -> Option<Client> {
    let client = JsFuture::from(clients().get(client_id)).await.ok()?;
    client.is_object().then(|| described(&client))
}

/// The clients of this service worker.
pub(crate) async fn list_clients() -> Vec<Client> {
    let options = ClientQueryOptions::new();
    options.set_include_uncontrolled(true);
    options.set_type(ClientType::All);
    let all = JsFuture::from(clients().match_all_with_options(&options)).await;
    all.map(|all| Array::from(&all).iter().map(|client| described(&client)).collect()).unwrap_or_default()
}

fn described(client: &JsValue) -> Client {
    let client: &ClientFacts = client.unchecked_ref();
    Client { id: client.id(), kind: client.kind(), url: client.url() }
}

fn clients() -> Clients {
    scope().unchecked_into::<ServiceWorkerGlobalScope>().clients()
}

/// Copies the bytes of a `Uint8Array`, and wipes it.
pub(crate) fn take_bytes(value: &JsValue) -> Option<Vec<u8>> {
    let array = value.dyn_ref::<Uint8Array>()?;
    let bytes = array.to_vec();
    array.fill(0, 0, array.length());
    Some(bytes)
}

#[wasm_bindgen]
extern "C" {
    /// Writes a line to the worker's console.
    #[wasm_bindgen(js_namespace = console)]
    pub(crate) fn log(line: &str);

    /// The platform's `fetch`.
    pub(crate) fn fetch(request: &Request) -> Promise;

    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn monotonic() -> f64;

    type ClientFacts;
    #[wasm_bindgen(method, getter)]
    fn id(this: &ClientFacts) -> String;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &ClientFacts) -> String;
    #[wasm_bindgen(method, getter)]
    fn url(this: &ClientFacts) -> String;
}

/// Reads both clocks.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clocks tell positive milliseconds"
)]
pub(crate) fn now() -> Now {
    Now { monotonic: monotonic() as u64, wall: js_sys::Date::now() as u64 }
}

/// Random bytes for one authorization request.
pub(crate) fn randomness() -> Option<Randomness> {
    let mut randomness = [[0; 32]; 3];
    for random in &mut randomness {
        rand::rngs::SysRng.try_fill_bytes(random).ok()?;
    }
    Some(randomness)
}

/// The platform's parser for absolute URLs.
pub(crate) fn parse_url(text: &str) -> Option<String> {
    Url::new(text).ok().map(|url| url.href())
}

/// Posts a form to the authorization server. Returns the status and body of the response, `None` if there was
/// none. The bytes in JavaScript's memory are overwritten on both ways.
pub(crate) async fn post_form(form: &FormRequest) -> Option<(u16, Vec<u8>)> {
    let sent_body = Uint8Array::from(form.body.expose().as_bytes());
    let sending = form_request(form.url.as_str(), &sent_body).map(|request| fetch(&request));
    // Not earlier: WebKit copies the bytes when the request is sent, not when it is created.
    sent_body.fill(0, 0, sent_body.length());
    let response: Response = JsFuture::from(sending.ok()?).await.ok()?.unchecked_into();
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    let bytes = Uint8Array::new(&buffer);
    let body = if bytes.length() > MAX_RESPONSE_BYTES { Vec::new() } else { bytes.to_vec() };
    bytes.fill(0, 0, bytes.length());
    Some((response.status(), body))
}

/// Whether a server responds at `url`, with any status.
pub(crate) async fn is_there(url: &str) -> bool {
    match Request::new_with_str_and_init(url, &anonymous("HEAD", RequestMode::NoCors, PROBE_TIMEOUT)) {
        Ok(request) => JsFuture::from(fetch(&request)).await.is_ok(),
        Err(_) => false,
    }
}

fn form_request(url: &str, body: &Uint8Array) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    let init = anonymous("POST", RequestMode::Cors, TIMEOUT);
    init.set_headers(&headers);
    init.set_body(body);
    // A redirect would send the code or the refresh token to another URL.
    init.set_redirect(RequestRedirect::Error);
    Request::new_with_str_and_init(url, &init)
}

/// A request without credentials, cache or referrer.
fn anonymous(method: &str, mode: RequestMode, timeout: u32) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_mode(mode);
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(timeout)));
    init
}

/// A JavaScript `Error` with `message`.
pub(crate) fn js_error(message: &str) -> JsValue {
    js_sys::Error::new(message).into()
}
