//! An API that sends the token back, and the guard against it.

use super::browser::text;
use super::wire::WrittenStream;
use super::worker::{CONFIG, NOTES, Pieces, Worker, header, response, status};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

fn with_guard() -> Worker {
    Worker::start_with(&CONFIG.replacen('{', r#"{ "echoGuard": true,"#, 1))
}

/// A worker where Ada is signed in, and her access token.
async fn signed_in(worker: Worker) -> (Worker, String) {
    let token = worker.sign_in().await.access_token();
    (worker, token.into())
}

/// What the page gets of an API's response whose body these pieces are.
async fn body(worker: &Worker, pieces: &[&str]) -> Result<String, JsValue> {
    let stream = WrittenStream::new();
    worker.network.answer(&stream.response("text/plain"));
    let got = worker.fetch(NOTES, "{}").await;
    for piece in pieces {
        stream.write(piece.as_bytes().to_vec());
    }
    stream.end();
    JsFuture::from(got.text()?).await.map(|text| text.as_string().unwrap())
}

#[wasm_bindgen_test]
async fn a_token_in_a_header_of_the_response_does_not_reach_the_page() {
    let (worker, token) = signed_in(with_guard()).await;
    let echo = status(200);
    echo.headers().set("x-request-authorization", &format!("Bearer {token}")).unwrap();
    worker.network.answer(&echo);
    let got = worker.fetch(NOTES, "{}").await;
    assert_eq!((got.status(), header(&got, "x-request-authorization")), (502, None));
    assert!(text(got.text()).await.contains(r#""code":"token_echoed""#));
}

#[wasm_bindgen_test]
async fn a_token_in_the_body_breaks_it_off_however_it_is_cut() {
    let (worker, token) = signed_in(with_guard()).await;
    for cut in [1, token.len() / 2, token.len() - 1] {
        let (first, second) = token.split_at(cut);
        assert!(
            body(&worker, &["{\"authorization\":\"Bearer ", first, second, "\"}"]).await.is_err(),
            "{cut}"
        );
    }
}

#[wasm_bindgen_test]
async fn what_is_no_echo_reaches_the_page_as_it_is_and_at_once() {
    let (worker, token) = signed_in(with_guard()).await;
    let almost = token.replace('.', " ");
    let almost = &almost[..almost.len() - 40];
    assert_eq!(
        body(&worker, &["a note, ", almost, ", and its end"]).await,
        Ok(format!("a note, {almost}, and its end"))
    );
    let stream = WrittenStream::new();
    worker.network.answer(&stream.response("text/event-stream"));
    let got = worker.fetch(NOTES, "{}").await;
    let pieces = Pieces::of(&got);
    stream.write(b"data: 1\n\n".to_vec());
    assert_eq!(pieces.next().await.as_deref(), Some(&b"data: 1\n\n"[..]));
}

#[wasm_bindgen_test]
async fn status_and_headers_stay_and_an_empty_body_is_none() {
    let (worker, _) = signed_in(with_guard()).await;
    for code in [201, 204, 304, 404] {
        let answer = status(code);
        answer.headers().set("etag", "\"7\"").unwrap();
        worker.network.answer(&answer);
        let got = worker.fetch(NOTES, "{}").await;
        assert_eq!((got.status(), header(&got, "etag").as_deref()), (code, Some("\"7\"")));
        assert_eq!(text(got.text()).await, "");
    }
}

#[wasm_bindgen_test]
async fn a_page_that_reads_no_further_ends_the_apis_response() {
    let (worker, _) = signed_in(with_guard()).await;
    let stream = WrittenStream::new();
    worker.network.answer(&stream.response("text/plain"));
    let got = worker.fetch(NOTES, "{}").await;
    Pieces::of(&got).cancel().await;
    stream.write(b"more".to_vec());
    stream.cancelled().await;
}

#[wasm_bindgen_test]
async fn without_the_guard_the_response_is_the_apis_own() {
    let (worker, token) = signed_in(Worker::start()).await;
    let echo = Response::new_with_opt_str(Some(&token)).unwrap();
    worker.network.answer(&echo);
    let got = response(worker.handles(NOTES, "{}")).await;
    assert!(js_sys::Object::is(&got, &echo));
    assert_eq!(text(got.text()).await, token);
}
