//! Effects on the worker itself: its life, its timer, its storage, its console, other versions of it.

use super::browser::{
    Clients, Clock, ConsoleLines, MemoryStore, RefusedStore, Timeouts, extended_by, fetch_event, idle,
    is_pending, text,
};
use super::worker::{
    CONFIG, LIFETIME, NOTES, Worker, location, query, renewed_tokens, response, status, vault,
};
use crate::platform::is_there;
use js_sys::Promise;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode};

async fn settled(promise: &Promise) {
    JsFuture::from(promise.clone()).await.unwrap();
}

#[wasm_bindgen_test]
async fn the_browser_is_asked_to_let_the_worker_live_while_a_renewal_is_under_way() {
    let worker = Worker::start();
    worker.sign_in().await;
    let clock = Clock::stop();
    clock.pass(LIFETIME - LIFETIME / 10);
    let renewal = worker.network.token_endpoint().answer_later();
    worker.network.answer(&status(200));
    let event = fetch_event("page", NOTES, "{}", "{}");
    response(worker.vault.dispatch(&event)).await;
    let [extension] = extended_by(&event).try_into().unwrap();
    assert!(is_pending(&extension).await, "the response has come, the renewal has not");
    renewal.answer(&renewed_tokens().response());
    settled(&extension).await;
}

#[wasm_bindgen_test]
async fn the_browser_is_asked_to_let_the_worker_live_until_the_user_is_back() {
    let worker = Worker::start();
    let facts = r#"{ "mode": "navigate", "destination": "document" }"#;
    let event = fetch_event("", "/auth/login", "{}", facts);
    let asked = query(&location(&response(worker.vault.dispatch(&event)).await));
    let [extension] = extended_by(&event).try_into().unwrap();
    assert!(is_pending(&extension).await);
    let state = asked.get("state").unwrap();
    worker.navigate(&format!("/auth/callback?error=access_denied&state={state}")).await;
    settled(&extension).await;
}

#[wasm_bindgen_test]
async fn an_event_lives_until_storage_is_written() {
    let worker = Worker::start();
    let state = worker.begin_login().await.get("state").unwrap();
    worker.session().await;
    worker.store.hold();
    let facts = r#"{ "mode": "navigate", "destination": "document" }"#;
    let url = format!("/auth/callback?error=access_denied&state={state}");
    let event = fetch_event("", &url, "{}", facts);
    response(worker.vault.dispatch(&event)).await;
    let [extension] = extended_by(&event).try_into().unwrap();
    assert!(is_pending(&extension).await);
    worker.store.release();
    settled(&extension).await;
}

/// A session that is lost with its worker: requests wait for it, ten seconds at most.
#[wasm_bindgen_test]
async fn the_worker_has_one_timer_which_calls_the_core() {
    let worker = Worker::start();
    worker.sign_in().await;
    let clock = Clock::stop();
    let worker = worker.successor();
    assert!(worker.session().await.contains(r#""status":"recovering""#));
    let waiting = worker.handles(NOTES, "{}").unwrap();
    assert!(is_pending(&waiting).await);
    for _ in 0..3 {
        worker.handles(NOTES, "{}");
    }
    assert_eq!(clock.lengths().len(), 1, "{:?}", clock.lengths());
    clock.pass(9_999);
    assert!(is_pending(&waiting).await);
    clock.pass(1);
    assert_eq!(response(Some(waiting)).await.status(), 503);
}

#[wasm_bindgen_test]
async fn the_row_is_read_by_the_next_worker_unless_it_is_too_long() {
    let worker = Worker::start();
    worker.sign_in().await;
    idle().await;
    let row = worker.store.row().unwrap();
    let too_long = format!("{row}{}", " ".repeat(200_000));
    for (row, status) in [(row, "recovering"), (too_long, "anonymous")] {
        let store = MemoryStore::new();
        store.set_row(&row);
        let session = Worker::start_with(CONFIG, store).session().await;
        assert!(session.contains(&format!(r#""status":"{status}""#)), "{session}");
    }
}

#[wasm_bindgen_test]
async fn the_core_learns_the_name_of_a_storage_error() {
    // A database that refuses the row is made anew, one that does not respond is left alone.
    for (name, writes) in [("ConstraintError", vec![false, true]), ("TimeoutError", vec![false])] {
        let refused = RefusedStore::new(name);
        let clock = Clock::stop();
        let whole = Worker::start();
        let vault = vault(CONFIG, &refused, &whole.channel, &whole.versions).ok().unwrap();
        let worker = Worker { vault, ..whole };
        let session = worker.handles("/auth/session", "{}");
        // Reading is tried again.
        for _ in 0..2 {
            is_pending(session.as_ref().unwrap()).await;
            clock.pass(250);
        }
        response(session).await;
        worker.begin_login().await;
        refused.written(u32::try_from(writes.len()).unwrap()).await;
        idle().await;
        let resets: Vec<_> = refused.resets().iter().map(|reset| reset.is_truthy()).collect();
        assert_eq!(resets, writes, "{name}");
    }
}

#[wasm_bindgen_test]
async fn clients_of_every_kind_are_listed() {
    let worker = Worker::start();
    worker.sign_in().await;
    for (json, waits) in [
        (r#"{ "keeper": { "type": "sharedworker" } }"#, true),
        (r#"{ "keeper": { "type": "worker" }, "page": { "type": "window", "url": "/" } }"#, true),
        (r#"{ "page": { "type": "window" } }"#, false),
    ] {
        let clients = Clients::new(json);
        let clock = Clock::stop();
        let worker = worker.successor();
        let session = worker.handles("/auth/session", "{}").unwrap();
        assert_eq!(is_pending(&session).await, waits, "{json}");
        // That long a new worker waits for its keepers.
        clock.pass(4_000);
        let session = text(response(Some(session)).await.text()).await;
        assert!(session.contains(r#""status":"recovering""#), "{session}");
        clients.restore();
    }
}

#[wasm_bindgen_test]
async fn the_console_gets_what_happens_and_nothing_secret() {
    let console = ConsoleLines::new();
    let config = CONFIG.replacen('{', r#"{ "debug": true,"#, 1);
    let worker = Worker::start_with(&config, MemoryStore::new());
    let tokens = worker.sign_in().await;
    worker.sign_out().await;
    let written = console.restore();
    assert!(written.contains("event: signin") && written.contains("event: signout"), "{written}");
    for secret in [tokens.access_token(), tokens.id_token(), tokens.refresh_token(), "ada".into()] {
        assert!(!written.contains(&String::from(secret)), "{written}");
    }
}

#[wasm_bindgen_test]
async fn the_version_that_waits_is_told_to_take_over_and_kept_alive() {
    let clock = Clock::stop();
    let worker = Worker::start();
    worker.vault.version("parsed");
    assert!(worker.versions.told().is_empty(), "no state that the vault knows");
    worker.vault.version("installed");
    assert_eq!(worker.versions.told(), ["take over"]);
    clock.pass(2_000);
    assert_eq!(worker.versions.told(), ["take over", "keep alive"]);
}

#[wasm_bindgen_test]
async fn the_authorization_server_is_probed_without_cookies_cache_or_referrer() {
    let (worker, timeouts) = (Worker::start(), Timeouts::new());
    let url = "https://id.example.com/oauth2/token";
    assert!(is_there(url).await);
    assert_eq!(timeouts.asked(), [5_000]);
    timeouts.restore();
    let [probe] = worker.network.probes().try_into().unwrap();
    assert_eq!((probe.method().as_str(), probe.url().as_str()), ("HEAD", url));
    assert_eq!((probe.mode(), probe.credentials()), (RequestMode::NoCors, RequestCredentials::Omit));
    assert_eq!((probe.cache(), probe.referrer_policy()), (RequestCache::NoStore, ReferrerPolicy::NoReferrer));
    worker.network.set_is_there(false);
    assert!(!is_there(url).await);
}

#[wasm_bindgen_test]
async fn after_a_crash_a_request_is_sent_again_unless_its_body_is_used() {
    let worker = Worker::start();
    let event = fetch_event("page", "/auth/refresh", r#"{ "method": "POST", "body": "x" }"#, "{}");
    assert_eq!(response(worker.vault.dispatch_again(&event)).await.status(), 200);
    text(event.request().text()).await;
    let again = response(worker.vault.dispatch_again(&event)).await;
    assert_eq!(again.type_(), web_sys::ResponseType::Error);
    assert_eq!(response(worker.vault.dispatch(&event)).await.status(), 200, "it never was on its way");
}

/// It stays borrowed when it traps. What it had begun must not trap once more: that would be taken for a crash of the
/// vault that has taken its place.
#[wasm_bindgen_test]
async fn a_vault_that_has_trapped_does_nothing_more() {
    let clock = Clock::stop();
    let worker = Worker::start();
    let session = worker.handles("/auth/session", "{}").unwrap();
    let trapped = worker.vault.0.vault.borrow_mut();
    assert!(is_pending(&session).await, "storage is read");
    clock.pass(1_000);
    worker.vault.version("installed");
    drop(trapped);
    assert!(worker.versions.told().is_empty());
}
