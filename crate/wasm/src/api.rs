//! API requests: the same request with the token.

use crate::answer;
use crate::platform::{self, now};
use crate::replay::Replay;
use crate::task::promise;
use crate::worker::Worker;
use js_sys::Promise;
use std::rc::Rc;
use strongroom_core::answer::Answer;
use strongroom_core::config::Unauthenticated;
use strongroom_core::time::Now;
use strongroom_core::vault::{Access, MOST_PARKED, PARKING_TIME};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FetchEvent, Request, RequestCredentials, RequestInit, RequestMode, RequestRedirect, Response};

/// A page's request to `apis[index]`.
pub(crate) struct ApiRequest {
    pub(crate) event: FetchEvent,
    pub(crate) request: Request,
    pub(crate) index: usize,
    /// By a method that [`is_safe_method`](strongroom_core::policy::is_safe_method) names.
    pub(crate) is_safe: bool,
    pub(crate) no_cors: bool,
    /// The page would have redirects followed, and the token might go along.
    pub(crate) stops_redirects: bool,
    /// What it gets while nobody is signed in.
    pub(crate) unauthenticated: Unauthenticated,
}

impl ApiRequest {
    /// What a request made from the page's has to say anew.
    fn init(&self) -> RequestInit {
        let init = if self.no_cors { cors_init() } else { RequestInit::new() };
        if self.stops_redirects {
            init.set_redirect(RequestRedirect::Manual);
        }
        // An init with any member resets these two (Fetch standard, 5.4: the constructor of Request).
        init.set_referrer(&self.request.referrer());
        init.set_referrer_policy(self.request.referrer_policy());
        init
    }
}

/// The response to `api`, or nothing if the browser is to send it as the page made it.
pub(crate) fn respond(worker: &Rc<Worker>, api: ApiRequest) -> Option<Promise> {
    let arrived = now();
    let anonymous = worker.vault.borrow().access(api.index, arrived) == Access::Anonymous;
    if anonymous && api.unauthenticated == Unauthenticated::Pass {
        return None;
    }
    let worker = Rc::clone(worker);
    Some(promise(async move { send_with_token(&worker, api, arrived).await }))
}

/// Sends the request with the token, and once more with a renewed one if the first was refused.
async fn send_with_token(worker: &Rc<Worker>, api: ApiRequest, arrived: Now) -> Result<JsValue, JsValue> {
    let Some(begun) = token(worker, &api, arrived).await else {
        return match api.unauthenticated {
            Unauthenticated::Reject => Ok(answer::response(&Answer::unauthenticated())?.into()),
            Unauthenticated::Pass => Ok(platform::fetch(&api.request).into()),
        };
    };
    let mark = worker.vault.borrow().token_mark();
    let near_expiry = worker.vault.borrow().is_near_expiry(begun);
    let replay = if api.is_safe { Replay::Bodyless } else { Replay::of(&api.request) };
    let result = send(worker, outgoing(&api).await?, api.index).await;
    let refused = match &result {
        Ok(response) => response.status() == 401,
        // A REST API's own 401 has no CORS headers and looks like a network error.
        Err(_) => near_expiry && api.is_safe,
    };
    let Some(mark) = mark.filter(|_| refused) else { return for_the_page(&api, result) };
    if worker.vault.borrow().token_mark() == Some(mark) {
        drop(worker.renew(true, now()));
        worker.renewed().await;
    }
    if !worker.vault.borrow().is_renewed_since(mark) {
        return for_the_page(&api, result);
    }
    match replay.request(&api.request, api.init()).await {
        Some(again) => for_the_page(&api, send(worker, again, api.index).await),
        None => for_the_page(&api, result),
    }
}

/// Waits until there is a token for the request, and tells when that was. Nothing if nobody is signed in, if it takes too
/// long, or if too many wait already.
async fn token(worker: &Rc<Worker>, api: &ApiRequest, arrived: Now) -> Option<Now> {
    let mut now = arrived;
    loop {
        if let Some(renewal) = worker.renew(false, now) {
            // The response may be long gone when the renewal ends. An event that is over needs no help.
            drop(api.event.wait_until(&renewal));
        }
        let wait = match worker.vault.borrow().access(api.index, now) {
            Access::Bearer(_) => return Some(now),
            Access::Anonymous => return None,
            Access::Wait(ms) => ms,
        };
        let left = PARKING_TIME.saturating_sub(now.since(arrived));
        if left == 0 || worker.parked.get() >= MOST_PARKED {
            return None;
        }
        worker.parked.set(worker.parked.get() + 1);
        worker.changes.next_within(wait.clamp(1, left)).await;
        worker.parked.set(worker.parked.get() - 1);
        now = platform::now();
    }
}

fn for_the_page(api: &ApiRequest, result: Result<Response, JsValue>) -> Result<JsValue, JsValue> {
    let response = result?;
    // A redirect that was not followed shows nothing but that: it has no status.
    if api.stops_redirects && response.status() == 0 {
        return Ok(answer::response(&Answer::redirect_refused())?.into());
    }
    Ok(response.into())
}

/// Sends `request` with the token of this moment in place of whatever the page had put there.
async fn send(worker: &Rc<Worker>, request: Request, index: usize) -> Result<Response, JsValue> {
    let headers = request.headers();
    if let Access::Bearer(authorization) = worker.vault.borrow().access(index, now()) {
        headers.set("authorization", authorization.expose())?;
    }
    if headers.get("accept")?.is_some_and(|accept| accept == "text/event-stream") {
        // WebKit puts these on an EventSource's request; in a re-issued one an API would have to allow them by CORS.
        headers.delete("cache-control")?;
        headers.delete("pragma")?;
    }
    Ok(JsFuture::from(platform::fetch(&request)).await?.unchecked_into())
}

/// The request to send in place of the page's. Its body streams through where that can be.
async fn outgoing(api: &ApiRequest) -> Result<Request, JsValue> {
    let (request, init) = (&api.request, api.init());
    // WebKit refuses to pass on a keepalive request whose body is a stream, which every body is in a worker. So the body is
    // read first; the Fetch standard lets keepalive bodies have 64 KiB at most.
    if !api.is_safe && is_keepalive(request) {
        init.set_body(&JsFuture::from(request.array_buffer()?).await?);
    }
    Request::new_with_request_and_init(request, &init)
}

/// `no-cors` requests (`<img>`, beacons) may not carry the header. Cookies go to the app's own origin alone:
/// nobody asked for them, and an API with bearer tokens rarely allows credentialed CORS.
fn cors_init() -> RequestInit {
    let init = RequestInit::new();
    init.set_mode(RequestMode::Cors);
    init.set_credentials(RequestCredentials::SameOrigin);
    init
}

fn is_keepalive(request: &Request) -> bool {
    let request: &KeepaliveRequest = request.unchecked_ref();
    request.keepalive().unwrap_or(false)
}

#[wasm_bindgen]
extern "C" {
    type KeepaliveRequest;
    /// Absent from older engines.
    #[wasm_bindgen(method, getter)]
    fn keepalive(this: &KeepaliveRequest) -> Option<bool>;
}
