//! New tokens for old: when an API refuses one, and when a page asks.

use super::browser::{Tokens, is_pending, occurrences, text};
use super::worker::{
    CLIENT_ID, NOTES, TOKEN_ENDPOINT, Worker, answer, bearer, renewed_tokens, responses, status,
};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Request;

const POST: &str = r#"{ "method": "POST" }"#;

/// The API refuses the token, and the authorization server has new ones.
fn refuse_and_renew(worker: &Worker) -> Tokens {
    let renewed = renewed_tokens();
    worker.network.answer(&status(401));
    worker.network.answer(&renewed.response());
    renewed
}

#[wasm_bindgen_test]
async fn a_refused_request_is_sent_again_with_a_new_token() {
    for init in ["{}", r#"{ "method": "POST", "body": "a note" }"#] {
        let worker = Worker::start();
        let old = worker.sign_in().await;
        let before = worker.network.requests().length();
        let renewed = refuse_and_renew(&worker);
        worker.network.answer(&status(201));
        let response = worker.fetch(NOTES, init).await;
        assert_eq!(response.status(), 201, "{init}");
        let sent = worker.sent(before);
        let urls: Vec<_> = sent.iter().map(|(url, _)| url.as_str()).collect();
        assert_eq!(urls, [NOTES, TOKEN_ENDPOINT, NOTES], "{init}");
        assert_eq!(sent[2].1, Some(bearer(&renewed.access_token())), "{init}");
        let body = if init == "{}" { "" } else { "a note" };
        assert_eq!(text(worker.network.last().text()).await, body);
        drop(sent);
        assert_eq!(occurrences(&old.access_token()), 0, "the old token is gone");
        assert_eq!(occurrences(&old.refresh_token()), 0);
    }
}

#[wasm_bindgen_test]
async fn the_refresh_token_goes_to_the_token_endpoint_alone() {
    let worker = Worker::start();
    let old = worker.sign_in().await;
    refuse_and_renew(&worker);
    worker.network.answer(&status(200));
    worker.fetch(NOTES, "{}").await;
    let request: Request = worker.network.requests().get(2).unchecked_into();
    let form = web_sys::UrlSearchParams::new_with_str(&text(request.text()).await).unwrap();
    assert_eq!(form.get("grant_type").unwrap(), "refresh_token");
    assert_eq!(form.get("client_id").unwrap(), CLIENT_ID);
    assert_eq!(form.get("refresh_token").unwrap(), String::from(old.refresh_token()));
}

#[wasm_bindgen_test]
async fn what_is_too_large_to_hold_is_not_sent_again() {
    let worker = Worker::start();
    worker.sign_in().await;
    refuse_and_renew(&worker);
    let init = format!(r#"{{ "method": "POST", "body": "{}" }}"#, "x".repeat(64 * 1_024 + 1));
    assert_eq!(worker.fetch(NOTES, &init).await.status(), 401);
    assert_eq!(worker.sent(1).len(), 2, "once to the API and once to the token endpoint");
}

#[wasm_bindgen_test]
async fn a_second_refusal_is_the_pages_to_see() {
    let worker = Worker::start();
    worker.sign_in().await;
    refuse_and_renew(&worker);
    worker.network.answer(&status(401));
    assert_eq!(worker.fetch(NOTES, "{}").await.status(), 401);
    assert_eq!(worker.sent(1).len(), 3);
}

#[wasm_bindgen_test]
async fn a_session_the_server_has_ended_is_over() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    worker.network.answer(&status(401));
    worker.network.answer(&answer(400, r#"{ "error": "invalid_grant" }"#));
    worker.network.answer(&status(401));
    assert_eq!(worker.fetch(NOTES, "{}").await.status(), 401);
    assert!(!worker.session().await.contains(r#""status":"authenticated""#));
    assert_eq!(occurrences(&tokens.access_token()), 0);
    assert_eq!(occurrences(&tokens.refresh_token()), 0);
}

#[wasm_bindgen_test]
async fn a_page_may_ask_for_it() {
    let worker = Worker::start();
    worker.sign_in().await;
    let renewed = renewed_tokens();
    worker.network.answer(&renewed.response());
    let response = worker.fetch("/auth/refresh", POST).await;
    assert!(text(response.text()).await.contains(r#""status":"authenticated""#));
    worker.network.answer(&status(200));
    worker.fetch(NOTES, "{}").await;
    assert_eq!(worker.sent(2), [(NOTES.to_owned(), Some(bearer(&renewed.access_token())))]);
}

#[wasm_bindgen_test]
async fn a_page_that_asks_while_a_renewal_is_under_way_waits_for_that_one() {
    let worker = Worker::start();
    worker.sign_in().await;
    let renewal = worker.network.answer_later();
    let asked: Vec<_> = (0..5).map(|_| worker.handles("/auth/refresh", POST)).collect();
    worker.network.request(1).await;
    assert!(is_pending(asked[4].as_ref().unwrap()).await);
    renewal.answer(&renewed_tokens().response());
    for response in responses(asked).await {
        assert!(text(response.text()).await.contains(r#""status":"authenticated""#));
    }
    assert_eq!(worker.requests(), 2);
}

#[wasm_bindgen_test]
async fn a_page_that_asks_in_vain_is_told_why() {
    for (answered, status_then, code) in [
        (None, "authenticated", "token_endpoint_unreachable"),
        (Some((503, "")), "authenticated", "token_endpoint_error"),
        (Some((400, r#"{ "error": "invalid_grant" }"#)), "anonymous", "invalid_grant"),
        (
            Some((200, r#"{ "access_token": "a", "token_type": "mac" }"#)),
            "anonymous",
            "invalid_token_response",
        ),
    ] {
        let worker = Worker::start();
        worker.sign_in().await;
        match answered {
            None => worker.network.fail(),
            Some((status, body)) => worker.network.answer(&answer(status, body)),
        }
        let response = worker.fetch("/auth/refresh", POST).await;
        assert_eq!(response.status(), 200);
        let session = serde_json::from_slice::<Value>(text(response.text()).await.as_bytes()).unwrap();
        assert_eq!((&session["status"], &session["error"]["code"]), (&status_then.into(), &code.into()));
    }
}

#[wasm_bindgen_test]
async fn a_page_that_asks_while_nobody_is_signed_in_disturbs_nobody() {
    let worker = Worker::start();
    let response = worker.fetch("/auth/refresh", POST).await;
    assert!(text(response.text()).await.contains(r#""status":"anonymous""#));
    assert_eq!(worker.requests(), 0);
}

#[wasm_bindgen_test]
async fn many_refused_at_once_cause_one_renewal() {
    let worker = Worker::start();
    worker.sign_in().await;
    for _ in 0..3 {
        worker.network.answer(&status(401));
    }
    worker.network.answer(&renewed_tokens().response());
    for _ in 0..3 {
        worker.network.answer(&status(200));
    }
    let waiting: Vec<_> = (0..3).map(|_| worker.handles(NOTES, "{}")).collect();
    for response in responses(waiting).await {
        assert_eq!(response.status(), 200);
    }
    let renewals = worker.sent(1).iter().filter(|(url, _)| url == TOKEN_ENDPOINT).count();
    assert_eq!(renewals, 1);
}
