//! From the core's answers to responses.

use strongroom_core::answer::{Answer, COMMON_HEADERS};
use wasm_bindgen::prelude::*;
use web_sys::{Headers, ReadableStream, Response, ResponseInit};

/// The response that says what `answer` says.
pub(crate) fn response(answer: &Answer) -> Result<Response, JsValue> {
    let body = (!answer.body.is_empty()).then_some(answer.body.as_str());
    let own = answer.headers.iter().map(|(name, value)| (*name, value.as_str()));
    Response::new_with_opt_str_and_init(body, &init(answer.status, own)?)
}

/// The response of a stream.
pub(crate) fn stream(stream: &ReadableStream, media_type: &str) -> Result<Response, JsValue> {
    let init = init(200, [("content-type", media_type)].into_iter())?;
    Response::new_with_opt_readable_stream_and_init(Some(stream), &init)
}

fn init<'a>(status: u16, own: impl Iterator<Item = (&'a str, &'a str)>) -> Result<ResponseInit, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in COMMON_HEADERS.into_iter().chain(own) {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Ok(init)
}
