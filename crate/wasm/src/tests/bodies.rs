//! Bodies of requests to an API: streamed, held for a replay, or read before sending.

use super::browser::{Tokens, post_event, text};
use super::worker::{NOTES, Worker, answer, response, status};
use js_sys::Uint8Array;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// Sends `body` to an API that refuses it once. Returns the bodies that the API received and the page's
/// status.
async fn refused_once(content_type: &str, body: &[u8]) -> (Vec<Vec<u8>>, u16) {
    let (worker, _) = Worker::signed_in().await;
    worker.network.answer(&answer(401, "the API's own words"));
    worker.network.answer(&Tokens::new("").response());
    worker.network.answer(&status(201));
    let headers = if content_type.is_empty() { "" } else { &format!(r#""content-type": "{content_type}""#) };
    let init = format!(r#"{{ "headers": {{ {headers} }} }}"#);
    let event = post_event("page", NOTES, &init, body);
    let got = response(worker.vault.dispatch(&event)).await;
    if got.status() == 401 {
        assert_eq!(text(got.text()).await, "the API's own words");
    }
    let mut bodies = Vec::new();
    for request in worker.network.requests().iter().filter(|request| request.url() == NOTES) {
        assert_eq!(request.method(), "POST");
        assert_eq!(request.headers().get("content-type").unwrap().unwrap_or_default(), content_type);
        let body = JsFuture::from(request.array_buffer().unwrap()).await.unwrap();
        bodies.push(Uint8Array::new(&body).to_vec());
    }
    (bodies, got.status())
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

#[wasm_bindgen_test]
async fn only_a_small_text_body_is_replayed() {
    for (content_type, length, attempts) in [
        ("application/json", 1, 2),
        ("application/json", 65_536, 2),
        ("application/json", 65_537, 1),
        ("application/json", 1_048_576, 1),
        ("image/png", 3, 1),
        // The platform refuses to read it twice.
        ("", 3, 1),
    ] {
        let body = bytes(length);
        let (bodies, got) = refused_once(content_type, &body).await;
        assert!(bodies == vec![body; attempts], "{content_type} {length}");
        assert_eq!(got, if attempts == 2 { 201 } else { 401 }, "{content_type} {length}");
    }
}

const KEEPALIVE: &str = r#"{ "method": "POST", "body": "last words", "keepalive": true }"#;

#[wasm_bindgen_test]
async fn the_body_of_a_keepalive_request_is_read_and_replayed() {
    let (worker, _) = Worker::signed_in().await;
    worker.network.answer(&status(401));
    worker.network.answer(&Tokens::new("").response());
    worker.network.answer(&status(201));
    assert_eq!(worker.fetch(NOTES, KEEPALIVE).await.status(), 201);
    for index in [1, 3] {
        let request = worker.network.requests().remove(index);
        assert_eq!((request.url(), request.method()), (NOTES.to_owned(), "POST".to_owned()));
        let content_type = request.headers().get("content-type").unwrap();
        assert_eq!(content_type.as_deref(), Some("text/plain;charset=UTF-8"));
        assert_eq!(text(request.text()).await, "last words");
    }
}

#[wasm_bindgen_test]
async fn a_keepalive_request_whose_session_ends_is_passed_on_with_its_body() {
    let (worker, _) = Worker::signed_in().await;
    // The revocation and the request.
    worker.network.answer(&status(201));
    worker.network.answer(&status(201));
    let reading = worker.handles(NOTES, KEEPALIVE);
    worker.vault.sign_out();
    assert_eq!(response(reading).await.status(), 201);
    let request = worker.network.requests().into_iter().find(|request| request.url() == NOTES).unwrap();
    assert_eq!(request.headers().get("authorization").unwrap(), None);
    assert_eq!(text(request.text()).await, "last words");
}
