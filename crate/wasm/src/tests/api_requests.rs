//! API requests of a signed-in user.

use super::browser::{fetch_event, text};
use super::worker::{CONFIG, NOTES, Worker, answer, renewed_tokens, response};
use js_sys::JsString;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, RequestCredentials, RequestMode, RequestRedirect, Response};

/// What went out for the request a page made, and what the page got.
async fn sent(worker: &Worker, init: &str, facts: &str) -> (Request, Response) {
    worker.network.answer(&Response::new_with_opt_str(Some("from the API")).unwrap());
    let got = response(worker.vault.dispatch(&fetch_event(NOTES, init, facts))).await;
    (worker.network.last(), got)
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).unwrap()
}

/// The `Authorization` header of what went out is the one `token` makes.
fn carries(request: &Request, token: &JsString) -> bool {
    header(request, "authorization") == Some(format!("Bearer {}", String::from(token)))
}

#[wasm_bindgen_test]
async fn the_request_goes_out_as_the_page_made_it_with_the_token() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let init = r#"{ "method": "PUT", "body": "a note", "headers": { "x-own": "1", "content-type": "text/x-note" },
        "credentials": "include", "cache": "no-cache", "redirect": "manual" }"#;
    let (request, got) = sent(&worker, init, "{}").await;
    assert_eq!(text(got.text()).await, "from the API");
    assert_eq!((request.url().as_str(), request.method().as_str()), (NOTES, "PUT"));
    assert!(carries(&request, &tokens.access_token()));
    assert_eq!(header(&request, "x-own").as_deref(), Some("1"));
    assert_eq!(header(&request, "content-type").as_deref(), Some("text/x-note"));
    assert_eq!(request.mode(), RequestMode::Cors);
    assert_eq!(request.credentials(), RequestCredentials::Include);
    assert_eq!(request.cache(), web_sys::RequestCache::NoCache);
    assert_eq!(request.redirect(), RequestRedirect::Manual);
    assert_eq!(text(request.text()).await, "a note");
}

#[wasm_bindgen_test]
async fn the_request_is_on_its_way_before_the_page_is_promised_a_response() {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.network.answer(&Response::new().unwrap());
    let before = worker.network.requests().length();
    let promised = worker.handles(NOTES, "{}");
    assert_eq!(worker.network.requests().length(), before + 1);
    response(promised).await;
}

/// What no fetch of a test can be answered with otherwise: a redirect that was not followed has no status either.
fn unfollowed_redirect() -> Response {
    Response::error()
}

#[wasm_bindgen_test]
async fn a_redirect_of_an_api_that_is_part_of_an_origin_is_refused_and_named() {
    let worker = Worker::start();
    worker.sign_in().await;
    for init in ["{}", r#"{ "method": "POST", "body": "a note", "keepalive": true }"#] {
        worker.network.answer(&unfollowed_redirect());
        let got = worker.fetch(NOTES, init).await;
        assert_eq!(worker.network.last().redirect(), RequestRedirect::Manual, "{init}");
        assert_eq!(got.status(), 502);
        assert!(text(got.text()).await.contains(r#""code":"redirect_refused""#));
    }
}

#[wasm_bindgen_test]
async fn the_second_try_of_a_request_is_not_redirected_either() {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.network.answer(&answer(401, ""));
    worker.network.token_endpoint().answer(&renewed_tokens().response());
    worker.network.answer(&unfollowed_redirect());
    assert_eq!(worker.fetch(NOTES, "{}").await.status(), 502);
    assert_eq!(worker.network.last().redirect(), RequestRedirect::Manual);
}

#[wasm_bindgen_test]
async fn redirects_are_followed_where_the_whole_origin_is_the_api_or_the_configuration_says_so() {
    for api in [
        r#"{ "url": "https://api.example.com/" }"#,
        r#"{ "url": "https://api.example.com/v1/", "redirect": "follow" }"#,
    ] {
        let worker = Worker::start_with(&CONFIG.replace(r#"{ "url": "https://api.example.com/v1/" }"#, api));
        worker.sign_in().await;
        let (request, _) = sent(&worker, "{}", "{}").await;
        assert_eq!(request.redirect(), RequestRedirect::Follow, "{api}");
        let (request, _) = sent(&worker, r#"{ "redirect": "error" }"#, "{}").await;
        assert_eq!(request.redirect(), RequestRedirect::Error, "the page's own word: {api}");
    }
}

#[wasm_bindgen_test]
async fn a_page_that_looks_at_redirects_itself_gets_them() {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.network.answer(&unfollowed_redirect());
    assert_eq!(worker.fetch(NOTES, r#"{ "redirect": "manual" }"#).await.status(), 0);
}

#[wasm_bindgen_test]
async fn an_api_that_wants_the_id_token_gets_it() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    worker.network.answer(&Response::new().unwrap());
    worker.fetch("/api/notes", "{}").await;
    assert!(carries(&worker.network.last(), &tokens.id_token()));
}

#[wasm_bindgen_test]
async fn a_pages_own_authorization_is_replaced() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    for init in [
        r#"{ "headers": { "authorization": "Bearer of-the-page" } }"#,
        r#"{ "headers": { "Authorization": "Basic x" }, "method": "POST", "body": "x", "keepalive": true }"#,
    ] {
        let (request, _) = sent(&worker, init, "{}").await;
        assert!(carries(&request, &tokens.access_token()), "{init}");
    }
}

#[wasm_bindgen_test]
async fn a_request_without_cors_becomes_one_with() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    for (init, facts) in [
        (r#"{ "mode": "no-cors" }"#, r#"{ "destination": "image" }"#),
        (r#"{ "mode": "no-cors", "method": "POST", "body": "beacon", "credentials": "include" }"#, "{}"),
    ] {
        let (request, _) = sent(&worker, init, facts).await;
        assert_eq!(request.mode(), RequestMode::Cors, "{init}");
        assert_eq!(request.credentials(), RequestCredentials::SameOrigin, "{init}");
        assert!(carries(&request, &tokens.access_token()), "{init}");
        let body = if init.contains("beacon") { "beacon" } else { "" };
        assert_eq!(text(request.text()).await, body);
    }
}

#[wasm_bindgen_test]
async fn an_event_source_keeps_no_header_that_cors_would_ask_about() {
    let worker = Worker::start();
    worker.sign_in().await;
    let event_source = r#"{ "headers": { "accept": "text/event-stream", "cache-control": "no-cache", "pragma": "no-cache" } }"#;
    let (request, _) = sent(&worker, event_source, "{}").await;
    assert_eq!(header(&request, "accept").as_deref(), Some("text/event-stream"));
    assert_eq!(header(&request, "cache-control"), None);
    assert_eq!(header(&request, "pragma"), None);
    let other = r#"{ "headers": { "accept": "application/json", "cache-control": "no-cache" } }"#;
    let (request, _) = sent(&worker, other, "{}").await;
    assert_eq!(header(&request, "cache-control").as_deref(), Some("no-cache"));
}

#[wasm_bindgen_test]
async fn a_keepalive_request_with_a_body_goes_out_with_all_of_it() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let init =
        r#"{ "method": "POST", "body": "last words", "keepalive": true, "headers": { "x-own": "1" } }"#;
    let (request, got) = sent(&worker, init, "{}").await;
    assert_eq!(text(got.text()).await, "from the API");
    assert_eq!((request.url().as_str(), request.method().as_str()), (NOTES, "POST"));
    assert!(carries(&request, &tokens.access_token()));
    assert_eq!(header(&request, "x-own").as_deref(), Some("1"));
    assert_eq!(header(&request, "content-type").as_deref(), Some("text/plain;charset=UTF-8"));
    assert_eq!(request.mode(), RequestMode::Cors);
    assert_eq!(text(request.text()).await, "last words");
}

#[wasm_bindgen_test]
async fn a_network_error_is_the_pages_to_see() {
    let worker = Worker::start();
    worker.sign_in().await;
    let promise = worker.handles(NOTES, "{}").unwrap();
    let error = wasm_bindgen_futures::JsFuture::from(promise).await.unwrap_err();
    assert_eq!(js_sys::Error::from(error).message(), "Failed to fetch");
}
