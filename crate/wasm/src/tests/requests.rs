//! What becomes of a fetch event while nobody is signed in.

use super::browser::{fetch_event, text};
use super::worker::{API, CONFIG, REVOCATION_ENDPOINT, TOKEN_ENDPOINT, Worker, header};
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

async fn refusal(response: &Response) -> (u16, String) {
    assert_eq!(header(response, "content-type").as_deref(), Some("application/problem+json"));
    let problem = serde_json::from_slice::<Value>(text(response.text()).await.as_bytes()).unwrap();
    assert_eq!(problem["status"], response.status());
    (response.status(), problem["code"].as_str().unwrap().to_owned())
}

#[wasm_bindgen_test]
async fn the_session_is_anonymous() {
    let worker = Worker::start();
    let response = worker.fetch("/auth/session", "{}").await;
    assert_eq!(
        (response.status(), header(&response, "content-type").as_deref()),
        (200, Some("application/json"))
    );
    let session = serde_json::from_slice::<Value>(text(response.text()).await.as_bytes()).unwrap();
    assert_eq!(session["status"], "anonymous");
    assert!(session["user"].is_null() && session["expiresAt"].is_null() && session["error"].is_null());
}

#[wasm_bindgen_test]
async fn what_is_no_endpoint_is_not_found() {
    let worker = Worker::start();
    for path in ["/auth", "/auth/", "/auth/sessions", "/auth/session/", "/auth/x?y"] {
        assert_eq!(refusal(&worker.fetch(path, "{}").await).await, (404, "not_found".into()), "{path}");
        assert_is_page(&worker.navigate(path).await, 404).await;
    }
}

/// A person sees it: Firefox shows no problem details.
async fn assert_is_page(response: &Response, status: u16) {
    assert_eq!(response.status(), status);
    assert_eq!(header(response, "content-type").as_deref(), Some("text/html; charset=utf-8"));
    let policy = header(response, "content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    let page = text(response.text()).await;
    assert!(page.contains("<a href=\"/\">") && !page.contains("<script"), "{page}");
}

#[wasm_bindgen_test]
async fn a_fetch_is_no_navigation_and_the_other_way_round() {
    let worker = Worker::start();
    for path in ["/auth/login?returnTo=/", "/auth/callback?code=a&state=b"] {
        let response = worker.fetch(path, "{}").await;
        assert_eq!(header(&response, "allow").as_deref(), Some("GET"), "{path}");
        assert_eq!(refusal(&response).await, (405, "method_not_allowed".into()), "{path}");
    }
    for (path, method) in [
        ("/auth/session", "GET"),
        ("/auth/events", "GET"),
        ("/auth/refresh", "POST"),
        ("/auth/logout", "POST"),
        ("/auth/keep?key=x", "GET"),
    ] {
        let response = worker.navigate(path).await;
        assert_eq!(header(&response, "allow").as_deref(), Some(method), "{path}");
        assert_is_page(&response, 405).await;
    }
    for (path, method) in [
        ("/auth/session", "POST"),
        ("/auth/events", "POST"),
        ("/auth/refresh", "GET"),
        ("/auth/logout", "GET"),
        ("/auth/keep?key=x", "PUT"),
    ] {
        let response = worker.fetch(path, &format!(r#"{{ "method": "{method}" }}"#)).await;
        assert_eq!(refusal(&response).await, (405, "method_not_allowed".into()), "{path}");
    }
    assert_is_page(&worker.open("/auth/login", "iframe").await, 405).await;
    assert_is_page(&worker.navigate("/auth/unknown").await, 404).await;
    assert_is_page(&worker.navigate("/auth/login?returnTo=//evil.example").await, 400).await;
}

#[wasm_bindgen_test]
async fn a_page_does_not_reach_the_token_endpoint() {
    let worker = Worker::start();
    for endpoint in [TOKEN_ENDPOINT, REVOCATION_ENDPOINT] {
        for init in [
            "{}",
            r#"{ "method": "POST", "body": "code=stolen" }"#,
            r#"{ "mode": "no-cors", "method": "POST" }"#,
        ] {
            let response = worker.fetch(endpoint, init).await;
            assert_eq!(refusal(&response).await, (403, "token_endpoint_refused".into()), "{endpoint} {init}");
        }
    }
    assert_eq!(worker.network.requests().length(), 0);
}

#[wasm_bindgen_test]
async fn what_is_nobodys_passes() {
    let worker = Worker::start();
    worker.sign_in().await;
    for (url, facts) in [
        ("/", "{}"),
        ("/authority", "{}"),
        ("/apis/x", "{}"),
        ("https://api.example.com/v10", "{}"),
        ("https://api.example.com:8443/v1/", "{}"),
        ("http://api.example.com/v1/", "{}"),
        ("https://api.example.com.evil.example/v1/", "{}"),
        (API, r#"{ "mode": "navigate", "destination": "document" }"#),
        (API, r#"{ "mode": "navigate", "destination": "iframe" }"#),
        (API, r#"{ "mode": "no-cors", "destination": "script" }"#),
        (API, r#"{ "mode": "no-cors", "destination": "object" }"#),
    ] {
        assert!(worker.vault.dispatch(&fetch_event(url, "{}", facts)).is_none(), "{url} {facts}");
    }
}

#[wasm_bindgen_test]
async fn an_api_request_of_nobody_passes() {
    let worker = Worker::start();
    worker.session().await;
    assert!(worker.handles("https://api.example.com/v1/notes", "{}").is_none());
    assert!(worker.handles("/api/notes", "{}").is_none());
}

#[wasm_bindgen_test]
async fn an_api_request_that_woke_the_worker_goes_out_as_the_page_made_it() {
    let worker = Worker::start();
    worker.network.answer(&Response::new().unwrap());
    let init = r#"{ "headers": { "authorization": "Bearer of-the-page" } }"#;
    worker.fetch("https://api.example.com/v1/notes", init).await;
    let sent = worker.network.last().headers().get("authorization").unwrap();
    assert_eq!(sent.as_deref(), Some("Bearer of-the-page"));
}

#[wasm_bindgen_test]
async fn an_api_request_of_nobody_is_answered_here_where_configured() {
    let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
    config["unauthenticated"] = "reject".into();
    let worker = Worker::start_with(&serde_json::to_string(&config).unwrap());
    let response = worker.fetch("https://api.example.com/v1/notes", "{}").await;
    assert_eq!(refusal(&response).await, (401, "unauthenticated".into()));
    assert_eq!(worker.network.requests().length(), 0);
}

#[wasm_bindgen_test]
async fn each_api_may_say_for_itself_what_its_requests_of_nobody_get() {
    let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
    config["api"][0]["unauthenticated"] = "reject".into();
    let worker = Worker::start_with(&serde_json::to_string(&config).unwrap());
    assert_eq!(worker.fetch("https://api.example.com/v1/notes", "{}").await.status(), 401);
    worker.session().await;
    assert!(worker.handles("/api/notes", "{}").is_none(), "the other one is the page's own");
}
