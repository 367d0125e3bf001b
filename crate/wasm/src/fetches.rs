//! Fetch events without a response: reading their bodies, sending their requests, and responding.

use crate::platform::{self, Deferred, spawn, take_bytes};
use js_sys::{Array, Promise, Reflect, Uint8Array};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use strongroom_core::authorization::Randomness;
use strongroom_core::policy::REPLAY_LIMIT;
use strongroom_core::response::{self, COMMON_HEADERS};
use strongroom_core::secret::Authorization;
use strongroom_core::vault::{Body, FetchId, Outcome, Outgoing, Platform};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FetchEvent, Headers, ReadableStreamDefaultReader, Request, RequestCredentials, RequestInit, RequestMode,
    RequestRedirect, Response, ResponseInit, TransformStream, WritableStreamDefaultWriter,
};

/// In the order of their numbers.
#[derive(Default)]
pub(crate) struct Fetches(RefCell<Vec<(FetchId, Rc<Fetch>)>>);

impl Fetches {
    pub(crate) fn insert(&self, id: FetchId, fetch: Fetch) -> Rc<Fetch> {
        let fetch = Rc::new(fetch);
        self.0.borrow_mut().push((id, Rc::clone(&fetch)));
        fetch
    }

    pub(crate) fn get(&self, id: FetchId) -> Option<Rc<Fetch>> {
        let fetches = self.0.borrow();
        let index = fetches.binary_search_by_key(&id, |(other, _)| *other).ok()?;
        fetches.get(index).map(|(_, fetch)| Rc::clone(fetch))
    }

    pub(crate) fn remove(&self, id: FetchId) -> Option<Rc<Fetch>> {
        let mut fetches = self.0.borrow_mut();
        let index = fetches.binary_search_by_key(&id, |(other, _)| *other).ok()?;
        Some(fetches.remove(index).1)
    }

    /// Calls `action` with the stream that was sent as the response, if it is open.
    pub(crate) fn with_pipe(&self, id: FetchId, action: impl FnOnce(&Pipe)) {
        if let Some(fetch) = self.get(id) {
            fetch.pipe.get().map(action);
        }
    }

    /// Removes the fetch event and responds to it with the result of `respond`.
    pub(crate) fn end(&self, id: FetchId, respond: impl FnOnce(&Fetch) -> Result<JsValue, JsValue>) {
        if let Some(fetch) = self.remove(id) {
            fetch.response.settle(respond(&fetch));
        }
    }
}

pub(crate) struct Fetch {
    event: FetchEvent,
    request: Request,
    pub(crate) response: Deferred,
    body: RefCell<HeldBody>,
    /// The result of the last request sent for it.
    result: RefCell<Option<Result<Response, JsValue>>>,
    /// The stream that was sent as its response.
    pipe: OnceCell<Pipe>,
}

/// A copy of a request's body.
enum HeldBody {
    None,
    /// Resolves with a `Uint8Array`, or with `undefined` if the body is too large.
    Reading(Promise),
    Complete(Uint8Array),
}

impl Fetch {
    pub(crate) fn new(event: &FetchEvent) -> Self {
        Self {
            event: event.clone(),
            request: event.request(),
            response: Deferred::new(),
            body: RefCell::new(HeldBody::None),
            result: RefCell::default(),
            pipe: OnceCell::new(),
        }
    }

    pub(crate) fn client_id(&self) -> String {
        self.event.client_id().unwrap_or_default()
    }

    pub(crate) fn extend(&self, promise: &Promise) {
        // A finished event throws; nothing needs to be extended then.
        drop(self.event.wait_until(promise));
    }

    /// Sends the outgoing request in place of the page's.
    pub(crate) fn send(&self, outgoing: &Outgoing) -> Result<Promise, JsValue> {
        if outgoing.body == Body::StreamAndHold
            && let Ok(clone) = self.request.clone()
        {
            let body = platform::promise(async move { small_body(&clone).await });
            self.body.replace(HeldBody::Reading(body));
        }
        let init = self.same_referrer();
        if outgoing.as_cors {
            // The page did not ask for credentials, and an API with bearer tokens rarely allows credentialed
            // CORS. Cookies still go to the app's own origin.
            init.set_mode(RequestMode::Cors);
            init.set_credentials(RequestCredentials::SameOrigin);
        }
        if outgoing.stop_redirects {
            init.set_redirect(RequestRedirect::Manual);
        }
        if let (Body::Held, HeldBody::Complete(body)) = (outgoing.body, &*self.body.borrow()) {
            init.set_body(body);
        }
        let request = Request::new_with_request_and_init(&self.request, &init)?;
        authorize(&request.headers(), &outgoing.authorization)?;
        Ok(platform::fetch(&request))
    }

    /// Passing any member of an init resets referrer and referrer policy (Fetch standard, section 5.4,
    /// `Request` constructor). This init restores both.
    fn same_referrer(&self) -> RequestInit {
        let init = RequestInit::new();
        init.set_referrer(&self.request.referrer());
        init.set_referrer_policy(self.request.referrer_policy());
        init
    }

    /// Waits for a request that was sent. If it was not sent, keeps the previous response.
    pub(crate) async fn outcome(&self, sending: Result<Promise, JsValue>) -> Outcome {
        let result = match sending {
            Err(error) => {
                self.result.borrow_mut().get_or_insert(Err(error));
                return Outcome::NotSent;
            }
            Ok(sending) => JsFuture::from(sending).await.map(JsCast::unchecked_into::<Response>),
        };
        let outcome = result.as_ref().map_or(Outcome::Failed, |response| Outcome::Status(response.status()));
        self.result.replace(Some(result));
        outcome
    }

    /// Reads the whole body.
    pub(crate) async fn read_body(&self) -> Option<Uint8Array> {
        let body = whole_body(&self.request).await.ok()?;
        self.body.replace(HeldBody::Complete(body.clone()));
        Some(body)
    }

    /// Waits until the copy of a streamed body is complete.
    pub(crate) async fn await_body(&self) -> Option<()> {
        let HeldBody::Reading(reading) = self.body.replace(HeldBody::None) else { return None };
        let body = JsFuture::from(reading).await.ok()?.dyn_into().ok()?;
        self.body.replace(HeldBody::Complete(body));
        Some(())
    }

    /// Sends the request unchanged. If its body has been read, sends the copy.
    pub(crate) fn pass(&self) -> Result<JsValue, JsValue> {
        let HeldBody::Complete(body) = &*self.body.borrow() else {
            return Ok(platform::fetch(&self.request).into());
        };
        let init = self.same_referrer();
        init.set_body(body);
        Ok(platform::fetch(&Request::new_with_request_and_init(&self.request, &init)?).into())
    }

    pub(crate) fn deliver(&self) -> Result<JsValue, JsValue> {
        self.result.take().unwrap_or_else(|| Ok(Response::error())).map(JsValue::from)
    }

    /// A streaming response that starts with `first`.
    pub(crate) fn stream(&self, media_type: &str, first: &[u8]) -> Result<JsValue, JsValue> {
        let stream = TransformStream::new()?;
        let init = response_init(200, [("content-type", media_type)].into_iter())?;
        let response = Response::new_with_opt_readable_stream_and_init(Some(&stream.readable()), &init)?;
        let writer = stream.writable().get_writer()?;
        self.pipe.get_or_init(|| Pipe(writer)).write(first);
        Ok(response.into())
    }

    /// Resolves when the reader of the stream is gone.
    pub(crate) async fn closed(&self) {
        if let Some(Pipe(writer)) = self.pipe.get() {
            drop(JsFuture::from(writer.closed().unchecked_into::<Promise>()).await);
        }
    }
}

/// Adds the token to the headers of an outgoing request.
pub(crate) fn authorize(headers: &Headers, authorization: &Authorization) -> Result<(), JsValue> {
    headers.set("authorization", authorization.expose())?;
    if headers.get("accept")?.is_some_and(|accept| accept == "text/event-stream") {
        // WebKit sets these headers on the request of an `EventSource`. On a re-issued request they would
        // need CORS permission from the API.
        headers.delete("cache-control")?;
        headers.delete("pragma")?;
    }
    Ok(())
}

/// Converts the core's response for the browser.
pub(crate) fn made(response: &response::Response) -> Result<JsValue, JsValue> {
    let body = (!response.body.is_empty()).then_some(response.body.as_str());
    let own = response.headers.iter().map(|(name, value)| (*name, value.as_str()));
    Ok(Response::new_with_opt_str_and_init(body, &response_init(response.status, own)?)?.into())
}

fn response_init<'a>(
    status: u16,
    own: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<ResponseInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in COMMON_HEADERS.into_iter().chain(own) {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Ok(init)
}

/// The writing end of a streaming response.
pub(crate) struct Pipe(WritableStreamDefaultWriter);

impl Pipe {
    pub(crate) fn write(&self, bytes: &[u8]) {
        forget(self.0.write_with_chunk(&Uint8Array::from(bytes)).unchecked_into());
    }

    /// Ends the response after everything written has been read.
    pub(crate) fn end(&self) {
        forget(self.0.close().unchecked_into());
    }
}

/// Ignores errors: the reader may be gone.
fn forget(promise: Promise) {
    spawn(async move { drop(JsFuture::from(promise).await) });
}

async fn whole_body(request: &Request) -> Result<Uint8Array, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(request.array_buffer()?).await?))
}

/// The body as a `Uint8Array`, or `undefined` if it is too large. Stops reading at the limit.
async fn small_body(request: &Request) -> Result<JsValue, JsValue> {
    let Some(body) = request.body() else {
        // Firefox has no `Request.body`.
        let whole = whole_body(request).await?;
        return Ok(if whole.length() > REPLAY_LIMIT { JsValue::UNDEFINED } else { whole.into() });
    };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut held = Vec::new();
    loop {
        let chunk = JsFuture::from(reader.read()).await?;
        match take_bytes(&Reflect::get(&chunk, &"value".into())?) {
            None => return Ok(Uint8Array::from(held.as_slice()).into()),
            Some(piece) if held.len() + piece.len() > REPLAY_LIMIT as usize => {
                drop(JsFuture::from(reader.cancel()).await);
                return Ok(JsValue::UNDEFINED);
            }
            Some(piece) => held.extend(piece),
        }
    }
}

/// The properties of a fetch event that the vault reads.
pub(crate) struct Details<'a> {
    pub(crate) event: &'a FetchEvent,
    pub(crate) request: &'a Request,
}

impl Platform for Details<'_> {
    fn client_id(&self) -> String {
        self.event.client_id().unwrap_or_default()
    }

    fn content_type(&self) -> String {
        self.request.headers().get("content-type").ok().flatten().unwrap_or_default()
    }

    fn header_size(&self) -> usize {
        String::from(Array::from(&self.request.headers()).join("")).len()
    }

    fn is_keepalive(&self) -> bool {
        // Absent from older engines.
        Reflect::get(self.request, &"keepalive".into()).is_ok_and(|keepalive| keepalive.is_truthy())
    }

    fn is_body_used(&self) -> bool {
        self.request.body_used()
    }

    fn is_online(&self) -> bool {
        platform::scope().navigator().on_line()
    }

    fn randomness(&self) -> Option<Randomness> {
        platform::randomness()
    }
}
