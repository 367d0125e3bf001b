//! Effects on the worker itself: its life, its timer, its storage, its clients, other versions of it.

use super::browser::{
    Clock, extended_by, facts_of, fetch_event, idle, is_pending, navigation, set_clients, text,
};
use super::worker::{NOTES, Worker, asked, response};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::ResponseType;

#[wasm_bindgen_test]
async fn the_browser_is_asked_to_let_the_worker_live_until_the_user_is_back() {
    let worker = Worker::start();
    let event = navigation("/auth/login");
    let [state, _] = asked(&response(worker.vault.dispatch(&event)).await);
    let [extension] = extended_by(&event).try_into().unwrap();
    assert!(is_pending(&extension).await);
    worker.navigate(&format!("/auth/callback?error=access_denied&state={state}")).await;
    JsFuture::from(extension).await.unwrap();
}

/// A session that is lost with its worker: requests wait for it, ten seconds at most.
#[wasm_bindgen_test]
async fn the_worker_has_one_timer_which_calls_the_core() {
    let (worker, _) = Worker::signed_in().await;
    let clock = Clock::stop();
    let worker = worker.successor();
    assert!(worker.session().await.contains(r#""status":"recovering""#));
    let waiting = worker.handles(NOTES, "{}").unwrap();
    assert!(is_pending(&waiting).await);
    clock.pass(1_000);
    worker.vault.version("installed");
    assert_eq!(clock.timers(), 1, "the next thing to do is to keep that version alive");
    clock.pass(8_999);
    assert!(is_pending(&waiting).await);
    clock.pass(1);
    assert_eq!(response(Some(waiting)).await.status(), 503);
}

#[wasm_bindgen_test]
async fn the_row_is_read_by_the_next_worker_unless_it_is_too_long() {
    let (worker, _) = Worker::signed_in().await;
    idle().await;
    assert!(worker.successor().session().await.contains("recovering"));
    let row = worker.store.row().unwrap();
    worker.store.set_row(&format!("{row}{}", " ".repeat(200_000)));
    assert!(worker.successor().session().await.contains("anonymous"));
}

#[wasm_bindgen_test]
async fn the_core_learns_the_name_of_a_storage_error() {
    // A database that refuses the row is made anew, one that does not respond is left alone.
    for (name, writes) in [("ConstraintError", vec![false, true]), ("TimeoutError", vec![false])] {
        let worker = Worker::start();
        worker.session().await;
        worker.store.set_error(name);
        worker.begin_login().await;
        idle().await;
        let resets: Vec<_> = worker.store.resets().iter().map(|reset| reset.is_truthy()).collect();
        assert_eq!(resets, writes, "{name}");
    }
}

#[wasm_bindgen_test]
async fn clients_of_every_kind_are_listed() {
    let (worker, _) = Worker::signed_in().await;
    for (json, waits) in [
        (r#"{ "keeper": { "type": "sharedworker" } }"#, true),
        (r#"{ "keeper": { "type": "worker" }, "page": { "type": "window", "url": "/" } }"#, true),
        (r#"{ "page": { "type": "window" } }"#, false),
    ] {
        set_clients(json);
        let session = worker.successor().handles("/auth/session", "{}").unwrap();
        assert_eq!(is_pending(&session).await, waits, "{json}");
    }
    set_clients("{}");
}

#[wasm_bindgen_test]
async fn the_version_that_waits_is_told_to_take_over_and_kept_alive() {
    let clock = Clock::stop();
    let worker = Worker::start();
    worker.vault.version("installed");
    assert_eq!(worker.versions.told(), ["take over"]);
    clock.pass(2_000);
    assert_eq!(worker.versions.told(), ["take over", "keep alive"]);
}

#[wasm_bindgen_test]
async fn after_a_crash_a_request_is_sent_again_unless_its_body_is_used() {
    let worker = Worker::start();
    let event = fetch_event("page", "/auth/refresh", r#"{ "method": "POST", "body": "x" }"#);
    assert_eq!(response(worker.vault.fetch(&event, &facts_of(&event), true)).await.status(), 200);
    text(event.request().text()).await;
    let again = response(worker.vault.fetch(&event, &facts_of(&event), true)).await;
    assert_eq!(again.type_(), ResponseType::Error);
    assert_eq!(response(worker.vault.dispatch(&event)).await.status(), 200, "it never was on its way");
}

/// It stays borrowed when it traps. What it had begun must not trap once more: that would be taken for a crash of the
/// vault that has taken its place.
#[wasm_bindgen_test]
async fn a_vault_that_has_trapped_does_nothing_more() {
    let clock = Clock::stop();
    let worker = Worker::start();
    let session = worker.handles("/auth/session", "{}").unwrap();
    std::mem::forget(worker.vault.0.vault.borrow_mut());
    assert!(is_pending(&session).await, "storage is read");
    clock.pass(1_000);
    worker.vault.version("installed");
    assert!(worker.versions.told().is_empty());
}
