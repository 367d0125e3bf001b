//! What the core is not allowed to have: clocks, timers, randomness, the network, clients, URL parsing.

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

/// How long the token endpoint and the revocation endpoint may take, in milliseconds.
const TIMEOUT: u32 = 20_000;

/// How long a server may take to show that it is there, in milliseconds.
const PROBE_TIMEOUT: u32 = 5_000;

pub(crate) fn scope() -> WorkerGlobalScope {
    global().unchecked_into()
}

/// The scope this service worker is registered with; nothing in a worker of another kind.
pub(crate) fn registration_scope() -> Option<String> {
    scope().dyn_into::<ServiceWorkerGlobalScope>().ok().map(|scope| scope.registration().scope())
}

/// Runs `future`. Boxed, so that all are of one type: each type of task is another copy of what runs it.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    wasm_bindgen_futures::spawn_local(future);
}

/// Runs `future`, for its promise.
pub(crate) fn promise(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Promise {
    let future: Pin<Box<dyn Future<Output = _>>> = Box::pin(future);
    wasm_bindgen_futures::future_to_promise(future)
}

/// A promise that is settled later.
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
    /// From now on it calls `callback` each time it runs out.
    pub(crate) fn calls(&self, callback: impl Fn() + 'static) {
        self.callback.get_or_init(|| Closure::new(callback));
    }

    /// It runs out after so many milliseconds, and not when it would have before.
    pub(crate) fn set(&self, ms: u64) {
        let (scope, Some(callback)) = (scope(), self.callback.get()) else { return };
        if let Some(handle) = self.handle.take() {
            scope.clear_timeout_with_handle(handle);
        }
        let (callback, ms) = (callback.as_ref().unchecked_ref(), i32::try_from(ms).unwrap_or(i32::MAX));
        self.handle.set(scope.set_timeout_with_callback_and_timeout_and_arguments_0(callback, ms).ok());
    }
}

/// What the browser knows of the client; nothing if it is gone.
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

/// The bytes of a `Uint8Array`, which is wiped.
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

/// Both clocks, now.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clocks tell positive milliseconds"
)]
pub(crate) fn now() -> Now {
    Now { monotonic: monotonic() as u64, wall: js_sys::Date::now() as u64 }
}

/// Fresh randomness for one authorization request.
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

/// Posts a form to the authorization server: the response's status and body, `None` if no response came. The bytes that
/// crossed into JavaScript are overwritten on both ways.
pub(crate) async fn post_form(form: &FormRequest) -> Option<(u16, Vec<u8>)> {
    let sent_body = Uint8Array::from(form.body.expose().as_bytes());
    let sending = form_request(form.url.as_str(), &sent_body).map(|request| fetch(&request));
    // Not sooner: WebKit copies the bytes when the request is sent, and not when it is made.
    sent_body.fill(0, 0, sent_body.length());
    let response: Response = JsFuture::from(sending.ok()?).await.ok()?.unchecked_into();
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    let bytes = Uint8Array::new(&buffer);
    let body = if bytes.length() > MAX_RESPONSE_BYTES { Vec::new() } else { bytes.to_vec() };
    bytes.fill(0, 0, bytes.length());
    Some((response.status(), body))
}

/// Whether anything answers at `url`, whatever it says.
pub(crate) async fn is_there(url: &str) -> bool {
    let init = RequestInit::new();
    init.set_method("HEAD");
    init.set_mode(RequestMode::NoCors);
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(PROBE_TIMEOUT)));
    match Request::new_with_str_and_init(url, &init) {
        Ok(request) => JsFuture::from(fetch(&request)).await.is_ok(),
        Err(_) => false,
    }
}

fn form_request(url: &str, body: &Uint8Array) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    headers.set("content-type", "application/x-www-form-urlencoded")?;
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_headers(&headers);
    init.set_body(body);
    init.set_mode(RequestMode::Cors);
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    // A redirected token request would take the code or the refresh token elsewhere.
    init.set_redirect(RequestRedirect::Error);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT)));
    Request::new_with_str_and_init(url, &init)
}

/// An error for JavaScript with `message`.
pub(crate) fn js_error(message: &str) -> JsValue {
    js_sys::Error::new(message).into()
}
