//! Sending an API request a second time.

use crate::platform::take_bytes;
use crate::task::promise;
use js_sys::{Promise, Reflect, Uint8Array};
use strongroom_core::policy::{REPLAY_LIMIT, may_hold_body};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request, RequestInit};

/// What is needed to send a request again.
pub(crate) enum Replay {
    /// Nothing, if it has no body. One that has is used up by then, and cannot be sent again.
    Bodyless,
    /// Its body, if that turns out to be small; read while the request is on its way, so that of a large one
    /// nothing piles up.
    Body(Promise),
    /// It cannot be sent again.
    Impossible,
}

impl Replay {
    /// To be made before the request is sent.
    pub(crate) fn of(request: &Request) -> Self {
        let content_type = request.headers().get("content-type").ok().flatten().unwrap_or_default();
        if content_type.is_empty() {
            return Self::Bodyless;
        }
        if !may_hold_body(&content_type) {
            return Self::Impossible;
        }
        match request.clone() {
            Ok(clone) => Self::Body(promise(async move { small_body(&clone).await })),
            Err(_) => Self::Impossible,
        }
    }

    /// The request to send again, made from the first one with what `init` says.
    pub(crate) async fn request(self, first: &Request, init: RequestInit) -> Option<Request> {
        match self {
            Self::Bodyless => {}
            Self::Body(body) => {
                let body = JsFuture::from(body).await.ok()?.dyn_into::<Uint8Array>().ok()?;
                init.set_body(&body);
            }
            Self::Impossible => return None,
        }
        Request::new_with_request_and_init(first, &init).ok()
    }
}

/// The body as a `Uint8Array`, or `undefined` if it is too large.
async fn small_body(request: &Request) -> Result<JsValue, JsValue> {
    let Some(body) = request.body() else {
        // Firefox shows no stream of a request's body.
        let whole = Uint8Array::new(&JsFuture::from(request.array_buffer()?).await?);
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
