//! What the core is not allowed to have: clocks, randomness, the network, URL parsing.

use js_sys::{Promise, Uint8Array, global};
use rand::TryRng;
use strongroom_core::authorization::Randomness;
use strongroom_core::time::Now;
use strongroom_core::token::MAX_RESPONSE_BYTES;
use strongroom_core::vault::FormRequest;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, ReferrerPolicy, Request, RequestCache, RequestCredentials, RequestInit,
    RequestMode, RequestRedirect, Response, ServiceWorkerGlobalScope, Url, WorkerGlobalScope,
};

/// How long the token endpoint and the revocation endpoint may take, in milliseconds.
const TIMEOUT: u32 = 20_000;

/// How long a server may take to show that it is there, in milliseconds.
const PROBE_TIMEOUT: u32 = 5_000;

/// A response to a [`FormRequest`].
pub(crate) struct FormResponse {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

pub(crate) fn scope() -> WorkerGlobalScope {
    global().unchecked_into()
}

/// The scope this service worker is registered with; nothing in a worker of another kind.
pub(crate) fn registration_scope() -> Option<String> {
    scope().dyn_into::<ServiceWorkerGlobalScope>().ok().map(|scope| scope.registration().scope())
}

/// Waits, in milliseconds.
pub(crate) async fn sleep(ms: u64) {
    let ms = i32::try_from(ms).unwrap_or(i32::MAX);
    let timer = Promise::new(&mut |resolve, _| {
        let timeout =
            scope().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve.unchecked_into(), ms);
        // Without timers there is nothing to wait for: the promise stays open, and whoever waits goes by events.
        drop(timeout);
    });
    drop(JsFuture::from(timer).await);
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
pub(crate) fn randomness() -> Result<Randomness, JsValue> {
    let mut randomness = [[0; 32]; 3];
    for random in &mut randomness {
        rand::rngs::SysRng.try_fill_bytes(random).map_err(|_| JsValue::from_str("no randomness"))?;
    }
    Ok(randomness)
}

/// Whether there may be a network.
pub(crate) fn is_online() -> bool {
    scope().navigator().on_line()
}

/// The platform's parser for absolute URLs.
pub(crate) fn parse_url(text: &str) -> Option<String> {
    Url::new(text).ok().map(|url| url.href())
}

/// Posts a form to the authorization server; `None` if no response came. The bytes that crossed into JavaScript
/// are overwritten on both ways.
pub(crate) async fn post_form(form: &FormRequest) -> Option<FormResponse> {
    let sent_body = Uint8Array::from(form.body.expose().as_bytes());
    let sending = form_request(form.url.as_str(), &sent_body).map(|request| fetch(&request));
    // Not sooner: WebKit copies the bytes when the request is sent, and not when it is made.
    sent_body.fill(0, 0, sent_body.length());
    let response: Response = JsFuture::from(sending.ok()?).await.ok()?.unchecked_into();
    let buffer = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    let bytes = Uint8Array::new(&buffer);
    let body = if bytes.length() > MAX_RESPONSE_BYTES { Vec::new() } else { bytes.to_vec() };
    bytes.fill(0, 0, bytes.length());
    Some(FormResponse { status: response.status(), body })
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
