//! API requests: the same request with the token.

use crate::answer;
use crate::platform::{self, now};
use crate::replay::Replay;
use crate::task::promise;
use crate::worker::Worker;
use js_sys::{Array, Promise};
use std::rc::Rc;
use strongroom_core::answer::Answer;
use strongroom_core::secret::Secret;
use strongroom_core::time::Now;
use strongroom_core::vault::{self, Head, Step, Vault};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FetchEvent, Request, RequestCredentials, RequestInit, RequestMode, RequestRedirect, Response};

/// A page's request to an API.
pub(crate) struct ApiRequest {
    pub(crate) event: FetchEvent,
    pub(crate) request: Request,
    pub(crate) state: vault::ApiRequest,
    pub(crate) is_safe: bool,
    pub(crate) no_cors: bool,
    /// The page would have redirects followed, and the token might go along.
    pub(crate) stops_redirects: bool,
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
pub(crate) fn respond(worker: &Rc<Worker>, mut api: ApiRequest) -> Option<Promise> {
    let first = route(worker, &mut api, now());
    if first == Step::Pass {
        return None;
    }
    let worker = Rc::clone(worker);
    Some(promise(async move { perform(&worker, api, first).await }))
}

/// Begins a renewal if it is time, and says what to do with the request.
fn route(worker: &Rc<Worker>, api: &mut ApiRequest, now: Now) -> Step {
    if let Some(renewal) = worker.renew(now) {
        // The response may be long gone when the renewal ends. An event that is over needs no help.
        drop(api.event.wait_until(&renewal));
    }
    let (request, is_safe) = (&api.request, api.is_safe);
    let head = || Head {
        url: request.url().len(),
        headers: String::from(Array::from(&request.headers()).join("")).len(),
        has_body: !is_safe,
    };
    worker.vault.borrow_mut().route(&mut api.state, &head, now)
}

/// Sends the request with the token, and once more with a renewed one if the API refused the first.
async fn perform(worker: &Rc<Worker>, mut api: ApiRequest, mut step: Step) -> Result<JsValue, JsValue> {
    let mut prepared = None;
    let (request, replay) = loop {
        match step {
            Step::Pass => return Ok(platform::fetch(&api.request).into()),
            Step::Respond(answer) => return Ok(answer::response(&answer)?.into()),
            Step::Wait(ms) => worker.changes.next_within(ms).await,
            Step::Send => {
                let (request, replay) = if let Some(prepared) = prepared.take() {
                    prepared
                } else {
                    let replay = if api.is_safe { Replay::Bodyless } else { Replay::of(&api.request) };
                    (outgoing(&api).await?, replay)
                };
                if authorize(&request, worker.vault.borrow().authorization(&api.state, now()))? {
                    break (request, replay);
                }
                prepared = Some((request, replay));
            }
        }
        step = route(worker, &mut api, now());
    };
    let result = send(&request).await;
    let status = result.as_ref().ok().map(Response::status);
    if !Vault::is_refusal(&api.state, status) {
        return for_the_page(&api, result);
    }
    worker.renew_refused(&api.state, now());
    worker.renewed().await;
    // Whoever cannot be helped need not read its body.
    if worker.vault.borrow().authorization_again(&api.state, now()).is_none() {
        return for_the_page(&api, result);
    }
    let Some(again) = replay.request(&api.request, api.init()).await else {
        return for_the_page(&api, result);
    };
    if !authorize(&again, worker.vault.borrow().authorization_again(&api.state, now()))? {
        return for_the_page(&api, result);
    }
    for_the_page(&api, send(&again).await)
}

/// Puts the token in place of whatever the page had put there. Says whether there is one.
fn authorize(request: &Request, authorization: Option<&Secret>) -> Result<bool, JsValue> {
    let Some(authorization) = authorization else { return Ok(false) };
    request.headers().set("authorization", authorization.expose())?;
    Ok(true)
}

fn for_the_page(api: &ApiRequest, result: Result<Response, JsValue>) -> Result<JsValue, JsValue> {
    let response = result?;
    // A redirect that was not followed shows nothing but that: it has no status.
    if api.stops_redirects && response.status() == 0 {
        return Ok(answer::response(&Answer::redirect_refused())?.into());
    }
    Ok(response.into())
}

/// Sends `request`.
async fn send(request: &Request) -> Result<Response, JsValue> {
    let headers = request.headers();
    if headers.get("accept")?.is_some_and(|accept| accept == "text/event-stream") {
        // WebKit puts these on an EventSource's request; in a re-issued one an API would have to allow them by CORS.
        headers.delete("cache-control")?;
        headers.delete("pragma")?;
    }
    Ok(JsFuture::from(platform::fetch(request)).await?.unchecked_into())
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
