//! Sending a refused request again: which, how, and for whom.

use super::browser::{Tokens, fetch_event, fetch_event_with, text};
use super::worker::{
    NOTES, TOKEN_ENDPOINT, Worker, answer, bearer, renewed_tokens, response, responses, status,
};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{RequestCredentials, RequestMode};

const KIB: usize = 1_024;

/// What the API was sent, in order, and what the page got.
struct Outcome {
    bodies: Vec<Vec<u8>>,
    got: u16,
}

/// Makes a request that the API refuses once with the old token.
async fn refused_once(method: &str, content_type: Option<&str>, body: Option<&JsValue>) -> Outcome {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.network.answer(&answer(401, "the API's own words"));
    worker.network.answer(&renewed_tokens().response());
    worker.network.answer(&status(201));
    let event = fetch_event_with(NOTES, method, content_type, body);
    let got = response(worker.vault.dispatch(&event)).await;
    if got.status() == 401 {
        assert_eq!(text(got.text()).await, "the API's own words");
    }
    let mut bodies = Vec::new();
    for index in 1..worker.requests() {
        let request = worker.network.request(index).await;
        if request.url() == NOTES {
            assert_eq!(request.method(), method);
            assert_eq!(request.headers().get("content-type").unwrap().as_deref(), content_type);
            let body = JsFuture::from(request.array_buffer().unwrap()).await.unwrap();
            bodies.push(Uint8Array::new(&body).to_vec());
        }
    }
    Outcome { bodies, got: got.status() }
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect()
}

#[wasm_bindgen_test]
async fn a_small_body_of_text_is_sent_again_as_it_was() {
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/problem+json",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "text/plain",
    ] {
        for length in [1, 3, 64 * KIB] {
            let body = bytes(length);
            let outcome =
                refused_once("POST", Some(content_type), Some(&Uint8Array::from(body.as_slice()))).await;
            assert_eq!(outcome.got, 201, "{content_type} {length}");
            assert!(outcome.bodies == [body.clone(), body], "{content_type} {length}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_request_without_a_body_is_sent_again() {
    for method in ["GET", "DELETE", "POST", "PUT"] {
        let outcome = refused_once(method, None, None).await;
        assert_eq!((outcome.got, outcome.bodies.len()), (201, 2), "{method}");
    }
}

#[wasm_bindgen_test]
async fn a_large_body_is_sent_once() {
    for length in [64 * KIB + 1, 65 * KIB, 1_024 * KIB] {
        let body = bytes(length);
        let outcome =
            refused_once("POST", Some("application/json"), Some(&Uint8Array::from(body.as_slice()))).await;
        assert_eq!(outcome.got, 401, "{length}");
        assert!(outcome.bodies == [body], "{length}");
    }
}

#[wasm_bindgen_test]
async fn an_upload_is_sent_once() {
    for content_type in [
        Some("application/octet-stream"),
        Some("image/png"),
        Some("multipart/form-data; boundary=x"),
        Some("application/jsonlines"),
        None,
    ] {
        let body = bytes(3);
        let outcome = refused_once("PUT", content_type, Some(&Uint8Array::from(body.as_slice()))).await;
        assert_eq!(outcome.got, 401, "{content_type:?}");
        assert!(outcome.bodies == [body], "{content_type:?}");
    }
}

/// A page's request was made for the user who was signed in then.
#[wasm_bindgen_test]
async fn a_refused_request_is_never_sent_again_for_another_user() {
    for bob in [true, false] {
        let worker = Worker::start();
        worker.sign_in().await;
        let refusal = worker.network.answer_later();
        let waiting = worker.handles(NOTES, "{}");
        worker.network.request(1).await;
        worker.sign_out().await;
        if bob {
            worker.sign_in_as("bob-1").await;
        }
        worker.network.answer(&renewed_tokens_of_bob().response());
        refusal.answer(&status(401));
        assert_eq!(response(waiting).await.status(), 401);
        let to_the_api = worker.sent(0).iter().filter(|(url, _)| url == NOTES).count();
        assert_eq!(to_the_api, 1);
    }
}

fn renewed_tokens_of_bob() -> Tokens {
    Tokens::of(super::worker::ISSUER, super::worker::CLIENT_ID, "", "bob-1")
}

#[wasm_bindgen_test]
async fn a_token_that_was_renewed_meanwhile_serves_at_once() {
    let worker = Worker::start();
    worker.sign_in().await;
    let refusal = worker.network.answer_later();
    let waiting = worker.handles(NOTES, "{}");
    worker.network.request(1).await;
    let renewed = renewed_tokens();
    worker.network.answer(&renewed.response());
    worker.fetch("/auth/refresh", r#"{ "method": "POST" }"#).await;
    worker.network.answer(&status(200));
    refusal.answer(&status(401));
    assert_eq!(response(waiting).await.status(), 200);
    assert_eq!(worker.sent(3), [(NOTES.to_owned(), Some(bearer(&renewed.access_token())))]);
}

#[wasm_bindgen_test]
async fn when_there_are_no_new_tokens_the_page_gets_the_refusal_and_the_session_stays() {
    for failure in [None, Some(500)] {
        let worker = Worker::start();
        worker.sign_in().await;
        worker.network.answer(&answer(401, "the API's own words"));
        match failure {
            None => worker.network.fail(),
            Some(code) => worker.network.answer(&status(code)),
        }
        let got = worker.fetch(NOTES, "{}").await;
        assert_eq!((got.status(), text(got.text()).await.as_str()), (401, "the API's own words"));
        let urls: Vec<_> = worker.sent(1).into_iter().map(|(url, _)| url).collect();
        assert_eq!(urls, [NOTES, TOKEN_ENDPOINT]);
        assert!(worker.session().await.contains(r#""status":"authenticated""#));
    }
}

#[wasm_bindgen_test]
async fn other_refusals_are_the_pages_to_see_and_renew_nothing() {
    for code in [400, 403, 404, 429, 500] {
        let worker = Worker::start();
        worker.sign_in().await;
        worker.network.answer(&status(code));
        assert_eq!(worker.fetch(NOTES, "{}").await.status(), code);
        assert_eq!(worker.requests(), 2, "{code}");
    }
}

#[wasm_bindgen_test]
async fn a_request_without_cors_is_sent_again_with_the_new_token_too() {
    for (init, facts, body) in [
        (r#"{ "mode": "no-cors" }"#, r#"{ "destination": "image" }"#, ""),
        (
            r#"{ "mode": "no-cors", "method": "POST", "body": "beacon", "credentials": "include" }"#,
            "{}",
            "beacon",
        ),
    ] {
        let worker = Worker::start();
        worker.sign_in().await;
        worker.network.answer(&status(401));
        let renewed = renewed_tokens();
        worker.network.token_endpoint().answer(&renewed.response());
        worker.network.answer(&status(200));
        let got = response(worker.vault.dispatch(&fetch_event(NOTES, init, facts))).await;
        let again = worker.network.last();
        let authorization = again.headers().get("authorization").unwrap();
        assert_eq!((got.status(), authorization), (200, Some(bearer(&renewed.access_token()))), "{init}");
        assert_eq!(again.mode(), RequestMode::Cors, "{init}");
        assert_eq!(again.credentials(), RequestCredentials::SameOrigin, "{init}");
        assert_eq!(text(again.text()).await, body);
    }
}

#[wasm_bindgen_test]
async fn a_refused_request_of_one_user_renews_nothing_of_anothers() {
    let worker = Worker::start();
    worker.sign_in().await;
    let api = worker.network.answer_later();
    let asked = worker.handles(NOTES, "{}");
    worker.network.request(1).await;
    worker.sign_out().await;
    worker.sign_in_as("bob-2").await;
    let before = worker.requests();
    api.answer(&status(401));
    assert_eq!(response(asked).await.status(), 401);
    assert_eq!(worker.sent(before), []);
}

#[wasm_bindgen_test]
async fn an_api_that_always_answers_401_costs_one_token_request_and_not_one_each() {
    for together in [true, false] {
        let worker = Worker::start();
        worker.sign_in().await;
        let before = worker.requests();
        for _ in 0..2 {
            worker.network.token_endpoint().answer(&renewed_tokens().response());
        }
        for _ in 0..100 {
            worker.network.answer(&status(401));
        }
        let mut waiting = Vec::new();
        for _ in 0..50 {
            let promise = worker.handles(NOTES, "{}");
            if together {
                waiting.push(promise);
            } else {
                assert_eq!(response(promise).await.status(), 401);
            }
        }
        for response in responses(waiting).await {
            assert_eq!(response.status(), 401);
        }
        let sent = worker.sent(before);
        let token_requests = sent.iter().filter(|(url, _)| url == TOKEN_ENDPOINT).count();
        assert_eq!(token_requests, 1, "together: {together}");
        assert_eq!(sent.len(), if together { 101 } else { 52 }, "together: {together}");
    }
}
