//! Bodies of requests to an API: streamed, held for a second attempt, or read first.

use super::browser::{fetch_event, fetch_event_with, text};
use super::worker::{NOTES, Worker, answer, renewed_tokens, response, status};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

const KIB: usize = 1_024;

/// Sends `body`, which the API refuses once: what the API was sent, and the status that the page got.
async fn refused_once(content_type: Option<&str>, body: &JsValue) -> (Vec<Vec<u8>>, u16) {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.network.answer(&answer(401, "the API's own words"));
    worker.network.token_endpoint().answer(&renewed_tokens().response());
    worker.network.answer(&status(201));
    let event = fetch_event_with("page", NOTES, "POST", content_type, body);
    let got = response(worker.vault.dispatch(&event)).await;
    if got.status() == 401 {
        assert_eq!(text(got.text()).await, "the API's own words");
    }
    let mut bodies = Vec::new();
    for index in 1..worker.requests() {
        let request = worker.network.request(index).await;
        if request.url() == NOTES {
            assert_eq!(request.method(), "POST");
            assert_eq!(request.headers().get("content-type").unwrap().as_deref(), content_type);
            let body = JsFuture::from(request.array_buffer().unwrap()).await.unwrap();
            bodies.push(Uint8Array::new(&body).to_vec());
        }
    }
    (bodies, got.status())
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_small_body_of_text_is_sent_again_as_it_was() {
    for length in [1, 3, 64 * KIB] {
        let body = bytes(length);
        let (bodies, got) = refused_once(Some("application/json"), &Uint8Array::from(body.as_slice())).await;
        assert_eq!(got, 201, "{length}");
        assert!(bodies == [body.clone(), body], "{length}");
    }
}

#[wasm_bindgen_test]
async fn a_request_without_a_body_is_sent_again() {
    let (bodies, got) = refused_once(None, &JsValue::UNDEFINED).await;
    assert_eq!((bodies.len(), got), (2, 201));
}

#[wasm_bindgen_test]
async fn a_large_body_and_an_upload_are_sent_once() {
    for (content_type, length) in [
        (Some("application/json"), 64 * KIB + 1),
        (Some("application/json"), 1_024 * KIB),
        (Some("image/png"), 3),
        // A body of bytes without a type: the platform refuses to use it twice.
        (None, 3),
    ] {
        let body = bytes(length);
        let (bodies, got) = refused_once(content_type, &Uint8Array::from(body.as_slice())).await;
        assert_eq!(got, 401, "{content_type:?} {length}");
        assert!(bodies == [body], "{content_type:?} {length}");
    }
}

const KEEPALIVE: &str = r#"{ "method": "POST", "body": "last words", "keepalive": true }"#;

#[wasm_bindgen_test]
async fn the_body_of_a_keepalive_request_is_sent_again() {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.network.answer(&status(401));
    worker.network.token_endpoint().answer(&renewed_tokens().response());
    worker.network.answer(&status(201));
    assert_eq!(worker.fetch(NOTES, KEEPALIVE).await.status(), 201);
    for index in [1, 3] {
        assert_eq!(text(worker.network.request(index).await.text()).await, "last words");
    }
}

#[wasm_bindgen_test]
async fn a_body_that_cannot_be_read_is_a_network_error() {
    let worker = Worker::start();
    worker.sign_in().await;
    let event = fetch_event("page", NOTES, KEEPALIVE, "{}");
    let responding = worker.vault.dispatch(&event);
    let used = fetch_event("page", NOTES, KEEPALIVE, "{}");
    text(used.request().text()).await;
    worker.network.answer(&status(200));
    assert_eq!(response(responding).await.status(), 200);
    let got = response(worker.vault.dispatch(&used)).await;
    assert_eq!((got.type_(), worker.requests()), (web_sys::ResponseType::Error, 2));
}
