//! Effects on the worker: its lifetime, timer, storage, clients and other versions.

use super::browser::{
    Clock, extended_by, facts_of, fetch_event, idle, is_pending, navigation, set_clients, text,
};
use super::worker::{NOTES, Worker, asked, response};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::ResponseType;

#[wasm_bindgen_test]
async fn a_sign_in_extends_its_fetch_event_until_the_user_returns() {
    let worker = Worker::start();
    let event = navigation("/auth/login");
    let [state, _] = asked(&response(worker.vault.dispatch(&event)).await);
    let [extension] = extended_by(&event).try_into().unwrap();
    assert!(is_pending(&extension).await);
    worker.navigate(&format!("/auth/callback?error=access_denied&state={state}")).await;
    JsFuture::from(extension).await.unwrap();
}

/// Requests are queued during a recovery, for at most ten seconds.
#[wasm_bindgen_test]
async fn the_timer_fires_into_the_core() {
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
async fn the_next_worker_reads_the_row_unless_it_is_too_long() {
    let (worker, _) = Worker::signed_in().await;
    idle().await;
    assert!(worker.successor().session().await.contains("recovering"));
    let row = worker.store.row().unwrap();
    worker.store.set_row(&format!("{row}{}", " ".repeat(200_000)));
    assert!(worker.successor().session().await.contains("anonymous"));
}

#[wasm_bindgen_test]
async fn the_core_gets_the_name_of_a_storage_error() {
    // The database is reset if it refuses the row, and left alone if it does not respond.
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
async fn a_waiting_version_is_kept_alive_and_asked_to_take_over() {
    let clock = Clock::stop();
    let worker = Worker::start();
    worker.vault.version("installed");
    assert_eq!(worker.others.told(), ["take over"]);
    clock.pass(2_000);
    assert_eq!(worker.others.told(), ["take over", "keep alive"]);
}

#[wasm_bindgen_test]
async fn after_a_crash_a_request_is_retried_unless_its_body_is_used() {
    let worker = Worker::start();
    let event = fetch_event("page", "/auth/refresh", r#"{ "method": "POST", "body": "x" }"#);
    assert_eq!(response(worker.vault.fetch(&event, &facts_of(&event), true)).await.status(), 200);
    text(event.request().text()).await;
    let again = response(worker.vault.fetch(&event, &facts_of(&event), true)).await;
    assert_eq!(again.type_(), ResponseType::Error);
    assert_eq!(response(worker.vault.dispatch(&event)).await.status(), 200, "it never was on its way");
}

/// The vault stays borrowed after a trap. Late results must not trap again: the shim would take that for a
/// crash of the new vault.
#[wasm_bindgen_test]
async fn a_trapped_vault_ignores_later_events() {
    let clock = Clock::stop();
    let worker = Worker::start();
    let session = worker.handles("/auth/session", "{}").unwrap();
    std::mem::forget(worker.vault.executor.vault.borrow_mut());
    assert!(is_pending(&session).await, "storage is read");
    clock.pass(1_000);
    worker.vault.version("installed");
    assert!(worker.others.told().is_empty());
}
