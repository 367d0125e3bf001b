//! The session that outlives the browser, with `remember: "device"`.

use super::browser::{MemoryStore, Tokens, idle, occurrences, wiped};
use super::worker::{NOTES, Worker, bearer, status};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn a_device_copy_restores_the_session_and_follows_its_renewals() {
    let (store, [old, new]) = (MemoryStore::new(), [Tokens::new(""), Tokens::new("")]);
    store.remember(&old.refresh_token());
    let worker = Worker::remembering(store);
    assert!(worker.session().await.contains(r#""status":"authenticated","user":{"sub":"ada-1"}"#));
    worker.network.answer(&new.response());
    worker.network.answer(&status(200));
    worker.fetch(&[NOTES, "#vault"].concat(), "{}").await;
    let authorization = worker.network.last().headers().get("authorization").unwrap();
    assert_eq!(authorization, Some(bearer(&new.access_token())));
    idle().await;
    assert_eq!(worker.store.remembered(), Some(new.refresh_token()));
    assert_eq!(
        [&old, &new].map(|tokens| occurrences(&tokens.refresh_token())),
        [0, 1],
        "in the session only"
    );
    worker.sign_out().await;
    assert_eq!(worker.store.remembered(), None);
    assert_eq!(occurrences(&new.refresh_token()), 0);
    assert!(wiped(), "in JavaScript");
}

#[wasm_bindgen_test]
async fn without_the_mode_a_device_copy_is_deleted_unopened() {
    let (store, tokens) = (MemoryStore::new(), Tokens::new(""));
    store.remember(&tokens.refresh_token());
    let worker = Worker::start_with(store);
    assert!(worker.session().await.contains(r#""status":"recovering""#));
    idle().await;
    assert_eq!(worker.store.remembered(), None);
    assert!(!wiped(), "nothing was opened");
}
