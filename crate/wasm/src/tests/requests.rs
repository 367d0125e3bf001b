//! Requests that the worker sends in place of a page's.

use super::browser::{Tokens, text};
use super::worker::{NOTES, Worker, answer, bearer, status};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{
    ReferrerPolicy, Request, RequestCache, RequestCredentials, RequestMode, RequestRedirect, Response,
};

/// The request that was sent for a page's request.
async fn sent(worker: &Worker, init: &str) -> Request {
    worker.network.answer(&status(200));
    worker.fetch(NOTES, init).await;
    worker.network.last()
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).unwrap()
}

#[wasm_bindgen_test]
async fn a_request_is_sent_unchanged_except_for_the_token() {
    let (worker, tokens) = Worker::signed_in().await;
    let init = r#"{ "method": "PUT", "body": "a note", "headers": { "Authorization": "Basic x", "x-own": "1", "content-type": "text/x-note" },
        "credentials": "include", "cache": "no-cache", "redirect": "error", "referrer": "/page?q",
        "referrerPolicy": "unsafe-url" }"#;
    let request = sent(worker, init).await;
    assert_eq!((request.url().as_str(), request.method().as_str()), (NOTES, "PUT"));
    assert_eq!(header(&request, "authorization"), Some(bearer(&tokens.access_token())));
    assert_eq!(header(&request, "x-own").as_deref(), Some("1"));
    assert_eq!(header(&request, "content-type").as_deref(), Some("text/x-note"));
    assert_eq!((request.mode(), request.credentials()), (RequestMode::Cors, RequestCredentials::Include));
    assert_eq!((request.cache(), request.redirect()), (RequestCache::NoCache, RequestRedirect::Error));
    assert!(request.referrer().ends_with("/page?q"), "{}", request.referrer());
    assert_eq!(request.referrer_policy(), ReferrerPolicy::UnsafeUrl);
    assert_eq!(text(request.text()).await, "a note");
}

/// Each task that a request waits for delays it.
#[wasm_bindgen_test]
async fn a_request_is_sent_before_the_fetch_event_returns() {
    let (worker, _) = Worker::signed_in().await;
    drop(worker.handles(NOTES, "{}"));
    assert_eq!(worker.network.last().url(), NOTES);
}

/// A redirect that was not followed; a test's fetch cannot return one. Like it, this response has status 0.
fn unfollowed_redirect() -> Response {
    Response::error()
}

#[wasm_bindgen_test]
async fn a_redirect_is_refused_at_the_first_attempt_and_at_the_replay() {
    for init in ["{}", r#"{ "method": "POST", "body": "a note", "keepalive": true }"#] {
        for is_second in [false, true] {
            let (worker, _) = Worker::signed_in().await;
            if is_second {
                worker.network.answer(&status(401));
                worker.network.answer(&Tokens::new("").response());
            }
            worker.network.answer(&unfollowed_redirect());
            let got = worker.fetch(NOTES, init).await;
            assert_eq!(worker.network.last().redirect(), RequestRedirect::Manual, "{init}");
            assert_eq!(got.status(), 502, "{init}");
            assert!(text(got.text()).await.contains(r#""code":"redirect_refused""#));
        }
    }
}

#[wasm_bindgen_test]
async fn a_no_cors_request_is_sent_as_cors_at_the_first_attempt_and_at_the_replay() {
    for (init, body) in [
        (r#"{ "mode": "no-cors" }"#, ""),
        (r#"{ "mode": "no-cors", "method": "POST", "body": "beacon", "credentials": "include" }"#, "beacon"),
    ] {
        let (worker, old) = Worker::signed_in().await;
        let new = Tokens::new("");
        worker.network.answer(&status(401));
        worker.network.answer(&new.response());
        worker.network.answer(&status(200));
        assert_eq!(worker.fetch(NOTES, init).await.status(), 200);
        for (index, tokens) in [(1, old), (3, new)] {
            let request = worker.network.requests().remove(index);
            let cors = (RequestMode::Cors, RequestCredentials::SameOrigin);
            assert_eq!((request.mode(), request.credentials()), cors, "{init}");
            assert_eq!(header(&request, "authorization"), Some(bearer(&tokens.access_token())), "{init}");
            assert_eq!(text(request.text()).await, body);
        }
    }
}

#[wasm_bindgen_test]
async fn an_event_source_request_has_no_header_that_needs_cors_permission() {
    let (worker, _) = Worker::signed_in().await;
    let event_source = r#"{ "headers": { "accept": "text/event-stream", "cache-control": "no-cache", "pragma": "no-cache" } }"#;
    let request = sent(worker, event_source).await;
    assert_eq!(header(&request, "accept").as_deref(), Some("text/event-stream"));
    assert_eq!((header(&request, "cache-control"), header(&request, "pragma")), (None, None));
    let other = r#"{ "headers": { "accept": "application/json", "cache-control": "no-cache" } }"#;
    assert_eq!(header(&sent(worker, other).await, "cache-control").as_deref(), Some("no-cache"));
}

#[wasm_bindgen_test]
async fn a_request_without_a_token_is_left_to_the_browser_or_sent_unchanged() {
    let (worker, _) = Worker::signed_in().await;
    assert!(worker.handles("https://api.example.com/v10", "{}").is_none());
    let own = r#"{ "headers": { "authorization": "Bearer of-the-page" } }"#;
    let new = Worker::start();
    new.network.answer(&answer(200, "from the API"));
    // The worker does not know yet whether there is a session.
    assert_eq!(text(new.fetch(NOTES, own).await.text()).await, "from the API");
    assert_eq!(header(&new.network.last(), "authorization").as_deref(), Some("Bearer of-the-page"));
}

#[wasm_bindgen_test]
async fn the_page_gets_the_apis_response_or_the_network_error() {
    let (worker, _) = Worker::signed_in().await;
    let own = answer(418, "from the API");
    worker.network.answer(&own);
    let got = worker.fetch(NOTES, "{}").await;
    assert!(js_sys::Object::is(&got, &own), "not a copy of it");
    let promise = worker.handles(NOTES, "{}").unwrap();
    let error = JsFuture::from(promise).await.unwrap_err().unchecked_into::<js_sys::Error>();
    assert_eq!(error.message(), "Failed to fetch");
}
