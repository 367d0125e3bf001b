//! Fetch events that have no response yet: what is read of them, sent for them, and responded to them.

use crate::platform::{self, Deferred, spawn, take_bytes};
use js_sys::{Array, Promise, Reflect, Uint8Array};
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use strongroom_core::authorization::Randomness;
use strongroom_core::policy::REPLAY_LIMIT;
use strongroom_core::response::{self, COMMON_HEADERS};
use strongroom_core::vault::{Body, FetchId, Outcome, Outgoing, Platform};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FetchEvent, Headers, ReadableStreamDefaultReader, Request, RequestCredentials, RequestInit, RequestMode,
    RequestRedirect, Response, ResponseInit, TransformStream, WritableStreamDefaultWriter,
};

/// All of them, in the order of their numbers.
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

    /// Does this to the stream that one was responded to with, if it is still open.
    pub(crate) fn with_pipe(&self, id: FetchId, action: impl FnOnce(&Pipe)) {
        if let Some(fetch) = self.get(id) {
            fetch.pipe.get().map(action);
        }
    }

    /// Responds to one, as `respond` does.
    pub(crate) fn end(&self, id: FetchId, respond: impl FnOnce(&Fetch) -> Result<JsValue, JsValue>) {
        if let Some(fetch) = self.remove(id) {
            fetch.response.settle(respond(&fetch));
        }
    }
}

/// One fetch event.
pub(crate) struct Fetch {
    event: FetchEvent,
    request: Request,
    pub(crate) response: Deferred,
    body: RefCell<HeldBody>,
    /// What came of the last request that was sent for it.
    result: RefCell<Option<Result<Response, JsValue>>>,
    /// The stream that it was responded to with.
    pipe: OnceCell<Pipe>,
}

/// A copy of a request's body.
enum HeldBody {
    None,
    /// Its `Uint8Array` to come; `undefined` if it is too large.
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
        // An event that is over needs no help.
        drop(self.event.wait_until(promise));
    }

    /// Sends a request in place of the page's.
    pub(crate) fn send(&self, outgoing: &Outgoing) -> Result<Promise, JsValue> {
        if outgoing.body == Body::StreamAndHold
            && let Ok(clone) = self.request.clone()
        {
            let body = platform::promise(async move { small_body(&clone).await });
            self.body.replace(HeldBody::Reading(body));
        }
        let init = self.same_referrer();
        if outgoing.as_cors {
            // Cookies go to the app's own origin alone: nobody asked for them, and an API with bearer tokens rarely allows
            // credentialed CORS.
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
        let headers = request.headers();
        headers.set("authorization", outgoing.authorization.expose())?;
        if headers.get("accept")?.is_some_and(|accept| accept == "text/event-stream") {
            // WebKit puts these on an EventSource's request; in a re-issued one an API would have to allow them by CORS.
            headers.delete("cache-control")?;
            headers.delete("pragma")?;
        }
        Ok(platform::fetch(&request))
    }

    /// An init with any member resets referrer and referrer policy (Fetch standard, 5.4: the constructor of Request). This one
    /// keeps them.
    fn same_referrer(&self) -> RequestInit {
        let init = RequestInit::new();
        init.set_referrer(&self.request.referrer());
        init.set_referrer_policy(self.request.referrer_policy());
        init
    }

    /// What comes of it. An earlier response is kept if nothing was sent.
    pub(crate) async fn outcome(&self, sending: Result<Promise, JsValue>) -> Outcome {
        let (outcome, result) = match sending {
            Err(error) => {
                let mut result = self.result.borrow_mut();
                result.get_or_insert(Err(error));
                return Outcome::NotSent;
            }
            Ok(sending) => match JsFuture::from(sending).await {
                Ok(response) => {
                    let response: Response = response.unchecked_into();
                    (Outcome::Status(response.status()), Ok(response))
                }
                Err(error) => (Outcome::Failed, Err(error)),
            },
        };
        self.result.replace(Some(result));
        outcome
    }

    /// The whole body.
    pub(crate) async fn read_body(&self) -> Option<Uint8Array> {
        let body = whole_body(&self.request).await.ok()?;
        self.body.replace(HeldBody::Complete(body.clone()));
        Some(body)
    }

    /// The body that is read while it is on its way.
    pub(crate) async fn await_body(&self) -> Option<()> {
        let HeldBody::Reading(reading) = self.body.replace(HeldBody::None) else { return None };
        let body = JsFuture::from(reading).await.ok()?.dyn_into().ok()?;
        self.body.replace(HeldBody::Complete(body));
        Some(())
    }

    /// Sends the request as the page made it. If its body was read before, it is used up, and goes out as it was read.
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

    /// A response that is a stream, which begins with `first`.
    pub(crate) fn stream(&self, media_type: &str, first: &[u8]) -> Result<JsValue, JsValue> {
        let stream = TransformStream::new()?;
        let init = response_init(200, [("content-type", media_type)].into_iter())?;
        let response = Response::new_with_opt_readable_stream_and_init(Some(&stream.readable()), &init)?;
        let writer = stream.writable().get_writer()?;
        self.pipe.get_or_init(|| Pipe(writer)).write(first);
        Ok(response.into())
    }

    /// Done when nobody can read the stream any more.
    pub(crate) async fn closed(&self) {
        if let Some(Pipe(writer)) = self.pipe.get() {
            drop(JsFuture::from(writer.closed().unchecked_into::<Promise>()).await);
        }
    }
}

/// The core's response as the browser's.
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

/// The writing end of a response that is written piece by piece.
pub(crate) struct Pipe(WritableStreamDefaultWriter);

impl Pipe {
    pub(crate) fn write(&self, bytes: &[u8]) {
        forget(self.0.write_with_chunk(&Uint8Array::from(bytes)).unchecked_into());
    }

    /// Ends the response, once what was written is read.
    pub(crate) fn end(&self) {
        forget(self.0.close().unchecked_into());
    }
}

/// A reader that is gone is no error.
fn forget(promise: Promise) {
    spawn(async move { drop(JsFuture::from(promise).await) });
}

async fn whole_body(request: &Request) -> Result<Uint8Array, JsValue> {
    Ok(Uint8Array::new(&JsFuture::from(request.array_buffer()?).await?))
}

/// The body as a `Uint8Array`, or `undefined` if it is too large. Of a large one nothing piles up.
async fn small_body(request: &Request) -> Result<JsValue, JsValue> {
    let Some(body) = request.body() else {
        // Firefox shows no stream of a request's body.
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

/// What the vault may ask about a fetch event.
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
        let request: &KeepaliveRequest = self.request.unchecked_ref();
        request.keepalive().unwrap_or(false)
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

#[wasm_bindgen]
extern "C" {
    type KeepaliveRequest;
    /// Absent from older engines.
    #[wasm_bindgen(method, getter)]
    fn keepalive(this: &KeepaliveRequest) -> Option<bool>;
}
