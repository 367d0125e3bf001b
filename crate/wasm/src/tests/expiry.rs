//! As the access token's end comes near.

use super::browser::{Tokens, extended_by, fetch_event, is_pending, text};
use super::clock::Clock;
use super::worker::{
    LIFETIME, NOTES, TOKEN_ENDPOINT, Worker, answer, bearer, renewed_tokens, response, responses, status,
};
use js_sys::JsString;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

const SECOND: u32 = 1_000;

/// Signed in so long ago that only `left` milliseconds remain.
async fn signed_in_with(left: u32) -> (Clock, Worker, Tokens) {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let clock = Clock::stop();
    clock.pass(LIFETIME - left);
    (clock, worker, tokens)
}

fn notes_with(token: &JsString) -> (String, Option<String>) {
    (NOTES.to_owned(), Some(bearer(token)))
}

fn token_request() -> (String, Option<String>) {
    (TOKEN_ENDPOINT.to_owned(), None)
}

#[wasm_bindgen_test]
async fn in_the_last_minute_requests_wait_for_one_renewal() {
    for left in [60 * SECOND, SECOND, 0] {
        let (_clock, worker, _) = signed_in_with(left).await;
        let renewal = worker.network.token_endpoint().answer_later();
        let waiting: Vec<_> = (0..20).map(|_| worker.handles(NOTES, "{}")).collect();
        worker.network.request(1).await;
        assert!(is_pending(waiting[19].as_ref().unwrap()).await);
        assert_eq!(worker.sent(1), [token_request()], "{left}");
        for _ in 0..20 {
            worker.network.answer(&status(200));
        }
        let renewed = renewed_tokens();
        renewal.answer(&renewed.response());
        responses(waiting).await;
        assert_eq!(worker.sent(2), vec![notes_with(&renewed.access_token()); 20], "{left}");
    }
}

#[wasm_bindgen_test]
async fn in_the_last_fifth_requests_go_out_at_once_and_begin_one_renewal() {
    let (_clock, worker, old) = signed_in_with(LIFETIME / 10).await;
    let renewal = worker.network.token_endpoint().answer_later();
    for _ in 0..20 {
        worker.network.answer(&status(200));
    }
    let events: Vec<_> = (0..20).map(|_| fetch_event(NOTES, "{}", "{}")).collect();
    responses(events.iter().map(|event| worker.vault.dispatch(event))).await;
    let mut sent = worker.sent(1);
    sent.sort();
    let mut expected = vec![notes_with(&old.access_token()); 20];
    expected.push(token_request());
    assert_eq!(sent, expected);

    let kept_alive: Vec<_> = events.iter().flat_map(extended_by).collect();
    assert_eq!(kept_alive.len(), 1, "by the request that began it");
    assert!(is_pending(&kept_alive[0]).await);
    let renewed = renewed_tokens();
    renewal.answer(&renewed.response());
    JsFuture::from(kept_alive[0].clone()).await.unwrap();
    worker.network.answer(&status(200));
    worker.fetch(NOTES, "{}").await;
    assert_eq!(worker.sent(22), [notes_with(&renewed.access_token())]);
}

#[wasm_bindgen_test]
async fn before_that_nothing_is_renewed_and_nobody_renews_for_a_session_nobody_uses() {
    let (clock, worker, tokens) = signed_in_with(LIFETIME / 5 + 1).await;
    worker.network.answer(&status(200));
    worker.fetch(NOTES, "{}").await;
    assert_eq!(worker.sent(1), [notes_with(&tokens.access_token())]);
    clock.pass(LIFETIME);
    worker.session().await;
    worker.fetch("/auth/events", "{}").await;
    assert_eq!(worker.requests(), 2);
}

#[wasm_bindgen_test]
async fn while_renewing_fails_a_good_token_serves_and_the_server_is_left_in_peace() {
    for failure in [None, Some((503, "")), Some((429, r#"{ "error": "slow_down" }"#)), Some((200, "<html>"))]
    {
        let (clock, worker, old) = signed_in_with(50 * SECOND).await;
        match failure {
            None => worker.network.fail(),
            Some((status, body)) => worker.network.answer(&answer(status, body)),
        }
        for _ in 0..2 {
            worker.network.answer(&status(200));
            worker.fetch(NOTES, "{}").await;
        }
        let notes = notes_with(&old.access_token());
        assert_eq!(worker.sent(1), [token_request(), notes.clone(), notes], "{failure:?}");
        assert!(worker.session().await.contains(r#""status":"authenticated""#));
        assert_ne!(worker.session_error().await, "");

        clock.pass(SECOND);
        let renewed = renewed_tokens();
        worker.network.answer(&renewed.response());
        worker.network.answer(&status(200));
        worker.fetch(NOTES, "{}").await;
        assert_eq!(worker.sent(4), [token_request(), notes_with(&renewed.access_token())]);
        assert_eq!(worker.session_error().await, "");
    }
}

#[wasm_bindgen_test]
async fn with_a_token_that_is_over_a_request_waits_for_the_network() {
    let (clock, worker, _) = signed_in_with(0).await;
    worker.network.fail();
    let waiting = worker.handles(NOTES, "{}");
    let pause = clock.timer(1).await;
    assert!((SECOND / 2..=SECOND).contains(&pause), "{pause}");
    let renewed = renewed_tokens();
    worker.network.answer(&renewed.response());
    worker.network.answer(&status(200));
    clock.pass(pause);
    response(waiting).await;
    assert_eq!(worker.sent(1), [token_request(), token_request(), notes_with(&renewed.access_token())]);
}

/// A REST API's own 401 has no CORS headers: the browser says that there was no network.
#[wasm_bindgen_test]
async fn near_the_end_a_safe_request_that_fails_is_sent_again_with_a_new_token() {
    for init in ["{}", r#"{ "method": "HEAD" }"#] {
        let (_clock, worker, old) = signed_in_with(LIFETIME / 10).await;
        let renewal = worker.network.token_endpoint().answer_later();
        worker.network.fail();
        let waiting = worker.handles(NOTES, init);
        worker.network.request(2).await;
        worker.network.answer(&status(206));
        let renewed = renewed_tokens();
        renewal.answer(&renewed.response());
        assert_eq!(response(waiting).await.status(), 206, "{init}");
        let (old, renewed) = (notes_with(&old.access_token()), notes_with(&renewed.access_token()));
        let mut sent = worker.sent(1);
        assert_eq!(sent.pop(), Some(renewed), "{init}");
        sent.sort();
        assert_eq!(sent, [old, token_request()], "{init}");
    }
}

#[wasm_bindgen_test]
async fn a_request_that_is_not_safe_and_fails_is_the_pages_to_see() {
    for init in [r#"{ "method": "POST", "body": "a note" }"#, r#"{ "method": "DELETE" }"#] {
        let (_clock, worker, _) = signed_in_with(LIFETIME / 10).await;
        worker.network.token_endpoint().answer(&renewed_tokens().response());
        worker.network.fail();
        let promise = worker.handles(NOTES, init).unwrap();
        let error = JsFuture::from(promise).await.unwrap_err();
        assert_eq!(js_sys::Error::from(error).message(), "Failed to fetch", "{init}");
        assert_eq!(worker.requests(), 3, "{init}");
    }
}

#[wasm_bindgen_test]
async fn a_failure_far_from_the_end_is_no_refusal() {
    let (_clock, worker, _) = signed_in_with(LIFETIME / 2).await;
    worker.network.fail();
    let promise = worker.handles(NOTES, "{}").unwrap();
    assert!(JsFuture::from(promise).await.is_err());
    assert_eq!(worker.requests(), 2);
}

#[wasm_bindgen_test]
async fn a_failure_near_the_end_that_was_one_stays_one() {
    let (_clock, worker, _) = signed_in_with(LIFETIME / 10).await;
    worker.network.token_endpoint().answer(&renewed_tokens().response());
    worker.network.fail();
    worker.network.fail();
    let promise = worker.handles(NOTES, "{}").unwrap();
    assert!(JsFuture::from(promise).await.is_err());
    assert_eq!(worker.requests(), 4, "sign-in, renewal, and the request twice");
}

#[wasm_bindgen_test]
async fn a_session_that_the_server_ended_is_over_for_every_request() {
    let (_clock, worker, _) = signed_in_with(SECOND).await;
    assert_eq!(worker.session_error().await, "");
    worker.network.answer(&answer(400, r#"{ "error": "invalid_grant" }"#));
    let waiting: Vec<_> = (0..5).map(|_| worker.handles(NOTES, "{}")).collect();
    for _ in 0..5 {
        worker.network.answer(&answer(401, "the API's own words"));
    }
    for response in responses(waiting).await {
        assert_eq!(text(response.text()).await, "the API's own words");
    }
    let mut expected = vec![token_request()];
    expected.extend(vec![(NOTES.to_owned(), None); 5]);
    assert_eq!(worker.sent(1), expected);
    assert_eq!(worker.session_error().await, "invalid_grant");
    assert_eq!(worker.store.marker(), None);
}
