//! API requests that wait while a session is being had back.

use super::browser::is_pending;
use super::clients::Clients;
use super::clock::Clock;
use super::keeper_client::KeeperClient;
use super::worker::{CONFIG, NOTES, Worker, bearer, header, location, query, response, responses, status};
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

const MANY: u32 = 100;

/// How long one may wait, in milliseconds.
const PATIENCE: u32 = 10_000;

/// How long a new worker waits for its keepers, in milliseconds.
const KEEPER_PATIENCE: u32 = 4_000;

/// A request whose page had put a header of its own.
const WITH_OWN_HEADER: &str = r#"{ "headers": { "authorization": "Basic of-the-page" } }"#;

fn as_the_page_made_it() -> (String, Option<String>) {
    (NOTES.to_owned(), Some("Basic of-the-page".to_owned()))
}

/// A worker that has lost the session with the one before it.
async fn worker_without_its_session() -> Worker {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.dies()
}

#[wasm_bindgen_test]
async fn requests_that_woke_the_worker_go_out_with_the_token_a_keeper_gives_back() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let copy = KeeperClient::connect(&worker).await.copy().await;
    let worker = worker.dies();
    let waiting: Vec<_> = (0..3).map(|_| worker.handles(NOTES, WITH_OWN_HEADER)).collect();
    let keeper = KeeperClient::connect(&worker).await;
    assert!(keeper.wanted);
    assert_eq!(worker.requests(), 0);
    for _ in 0..3 {
        worker.network.answer(&status(200));
    }
    keeper.give_back(&worker, &copy).await;
    responses(waiting).await;
    assert_eq!(worker.sent(0), vec![(NOTES.to_owned(), Some(bearer(&tokens.access_token()))); 3]);
}

#[wasm_bindgen_test]
async fn a_request_waits_for_a_silent_sign_in() {
    let worker = worker_without_its_session().await;
    let waiting = worker.handles(NOTES, "{}");
    worker.network.answer(&status(200));
    let tokens = worker.sign_in_silently().await;
    response(waiting).await;
    assert_eq!(worker.sent(1), [(NOTES.to_owned(), Some(bearer(&tokens.access_token())))]);
}

#[wasm_bindgen_test]
async fn a_refused_silent_sign_in_ends_the_waiting() {
    let worker = worker_without_its_session().await;
    let waiting = worker.handles(NOTES, WITH_OWN_HEADER);
    let asked = query(&location(&worker.navigate("/auth/login?silent=1").await));
    worker.network.answer(&status(401));
    let state = asked.get("state").unwrap();
    worker.navigate(&format!("/auth/callback?error=login_required&state={state}")).await;
    assert_eq!(response(waiting).await.status(), 401);
    assert_eq!(worker.sent(0), [as_the_page_made_it()]);
}

#[wasm_bindgen_test]
async fn signing_out_ends_the_waiting() {
    let worker = worker_without_its_session().await;
    let waiting = worker.handles(NOTES, WITH_OWN_HEADER);
    worker.session().await;
    worker.network.answer(&status(401));
    worker.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
    assert_eq!(response(waiting).await.status(), 401);
    assert_eq!(worker.sent(0), [as_the_page_made_it()]);
}

/// A gallery or a dashboard asks for more than a few things at once.
#[wasm_bindgen_test]
async fn hundreds_of_requests_wait_and_all_go_out_with_the_token() {
    let worker = worker_without_its_session().await;
    let waiting: Vec<_> = (0..300).map(|_| worker.handles(NOTES, WITH_OWN_HEADER)).collect();
    worker.session().await;
    for _ in 0..300 {
        worker.network.answer(&status(200));
    }
    let tokens = worker.sign_in_silently().await;
    for response in responses(waiting).await {
        assert_eq!(response.status(), 200);
    }
    let expected = vec![(NOTES.to_owned(), Some(bearer(&tokens.access_token()))); 300];
    assert_eq!(worker.sent(1), expected);
}

#[wasm_bindgen_test]
async fn requests_too_large_to_wait_are_refused_and_those_that_wait_stay() {
    let worker = worker_without_its_session().await;
    let large = format!(r#"{{ "headers": {{ "x-large": "{}" }} }}"#, "a".repeat(1_024 * 1_024));
    let waiting: Vec<_> = (0..15).map(|_| worker.handles(NOTES, &large)).collect();
    worker.session().await;
    let refused = response(worker.handles(NOTES, &large)).await;
    assert_refused(&refused, "queue_full", "1").await;
    let small = worker.handles(NOTES, "{}");
    for promise in waiting.iter().chain([&small]) {
        assert!(is_pending(promise.as_ref().unwrap()).await);
    }
    assert_eq!(worker.requests(), 0);
}

#[wasm_bindgen_test]
async fn after_ten_seconds_each_is_answered_here_and_none_goes_out() {
    for unauthenticated in ["pass", "reject"] {
        let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
        config["unauthenticated"] = unauthenticated.into();
        let config = serde_json::to_string(&config).unwrap();
        let worker = Worker::start_with(&config);
        worker.sign_in().await;
        let worker = worker.dies_and_is_started_with(&config);
        let clock = Clock::stop();
        let waiting: Vec<_> = (0..MANY).map(|_| worker.handles(NOTES, WITH_OWN_HEADER)).collect();
        clock.timer(MANY - 1).await;
        clock.pass(PATIENCE - 1);
        assert!(is_pending(waiting[0].as_ref().unwrap()).await);
        clock.pass(1);
        for response in responses(waiting).await {
            assert_refused(&response, "token_unavailable", "5").await;
        }
        assert_eq!(worker.requests(), 0);
    }
}

async fn assert_refused(response: &Response, code: &str, retry_after: &str) {
    assert_eq!(response.status(), 503);
    assert_eq!(header(response, "retry-after").as_deref(), Some(retry_after));
    let problem = super::browser::text(response.text()).await;
    assert!(problem.contains(&format!(r#""code":"{code}""#)), "{problem}");
}

#[wasm_bindgen_test]
async fn ten_seconds_are_ten_seconds_whatever_happens_meanwhile() {
    let _clients = Clients::one_keeper();
    let worker = worker_without_its_session().await;
    let clock = Clock::stop();
    let waiting = worker.handles(NOTES, WITH_OWN_HEADER);
    let session = worker.handles("/auth/session", "{}");
    clock.timer(1).await;
    clock.pass(KEEPER_PATIENCE);
    response(session).await;
    KeeperClient::connect(&worker).await;
    clock.pass(PATIENCE - KEEPER_PATIENCE - 1);
    assert!(is_pending(waiting.as_ref().unwrap()).await);
    clock.pass(1);
    assert_eq!(response(waiting).await.status(), 503);
    assert_eq!(worker.requests(), 0);
}

#[wasm_bindgen_test]
async fn pages_are_told_nothing_until_the_keepers_had_their_time() {
    let _clients = Clients::one_keeper();
    let worker = worker_without_its_session().await;
    let clock = Clock::stop();
    let session = worker.handles("/auth/session", "{}");
    let events = worker.handles("/auth/events", "{}");
    assert_eq!(clock.timer(0).await, KEEPER_PATIENCE);
    clock.pass(KEEPER_PATIENCE - 1);
    assert!(is_pending(session.as_ref().unwrap()).await);
    assert!(is_pending(events.as_ref().unwrap()).await);
    clock.pass(1);
    assert_eq!(response(events).await.status(), 200);
    let session = super::browser::text(response(session).await.text()).await;
    assert!(session.contains(r#""status":"recovering""#));
}

#[wasm_bindgen_test]
async fn a_keeper_with_nothing_is_not_waited_for() {
    let _clients = Clients::one_keeper();
    let worker = worker_without_its_session().await;
    let clock = Clock::stop();
    let session = worker.handles("/auth/session", "{}");
    assert_eq!(clock.timer(0).await, KEEPER_PATIENCE);
    let keeper = KeeperClient::connect(&worker).await;
    assert!(is_pending(session.as_ref().unwrap()).await);
    keeper.give_back(&worker, b"").await;
    response(session).await;
}
