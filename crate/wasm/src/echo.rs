//! Passing on a response of the API, unless the token comes back in it.

use crate::answer;
use crate::pipe::Pipe;
use crate::platform::take_bytes;
use crate::task::spawn;
use js_sys::{Array, Reflect};
use strongroom_core::answer::Answer;
use strongroom_core::echo::EchoGuard;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Response, ResponseInit};

/// `response` for the page, piece by piece as it comes; cut off where the token begins. `url` and `redirected` of a
/// response cannot be passed on.
pub(crate) fn guarded(response: Response, mut guard: EchoGuard) -> Result<Response, JsValue> {
    let headers = String::from(Array::from(&response.headers()).join("\n"));
    if guard.pass_head(&[&response.status_text(), "\n", &headers].concat()).is_err() {
        return answer::response(&Answer::token_echoed());
    }
    let Some(body) = response.body() else { return Ok(response) };
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let (pipe, readable) = Pipe::new()?;
    spawn(async move {
        if pass_on(&reader, &pipe, guard).await.is_none() {
            pipe.break_off();
            drop(JsFuture::from(reader.cancel()).await);
        }
    });
    Response::new_with_opt_readable_stream_and_init(Some(&readable), response.unchecked_ref::<ResponseInit>())
}

/// Passes the body on to its end; `None` if it broke, if nobody reads on, or if it is an echo.
async fn pass_on(reader: &ReadableStreamDefaultReader, pipe: &Pipe, mut guard: EchoGuard) -> Option<()> {
    loop {
        let chunk = JsFuture::from(reader.read()).await.ok()?;
        let Some(piece) = take_bytes(&Reflect::get(&chunk, &"value".into()).ok()?) else {
            pipe.write(guard.rest());
            pipe.end();
            return Some(());
        };
        pipe.send(&guard.pass(&piece).ok()?).await.ok()?;
    }
}
