//! Requests that a relay sends with the token of its copy.

use super::browser::MemoryStore;
use super::keeper::{Stage, stream};
use super::worker::{NOTES, Worker, answer, response, status};
use crate::Vault;
use std::cell::OnceCell;
use strongroom_core::frames::Frame;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{RequestInit, RequestRedirect, Response};

const COPY: &str = r#"{ "format": 1, "id": "a.b", "serial": 0, "access": "Bearer access", "idToken": "Bearer id",
    "refresh": "refresh", "subject": "ada-1", "user": {}, "lifetime": 3600000, "age": 0, "began": 0 }"#;

/// A relay whose keeper has received a copy.
async fn with_relay() -> (Stage, Vault) {
    let executor = Worker::remembering(MemoryStore::new()).vault.executor;
    let (written, first) = stream();
    let stage = Stage::set(&first);
    let peer = vec![9; 65];
    let sealed = COPY.bytes().map(|byte| !byte);
    let sealed = peer.iter().copied().chain(stage.channel.key()).chain(sealed).collect();
    let frames = [Frame::Greeting { public_key: peer, wanted: None }, Frame::Copy(sealed)];
    written.write(frames.map(|frame| frame.to_bytes()).concat());
    stage.requests().await;
    let relay = Vault { executor, keeper: OnceCell::from(stage.keeper) };
    (stage, relay)
}

async fn relayed(relay: &Vault) -> Response {
    let (init, head) = (RequestInit::new(), [NOTES, "GET", "cors", "", "follow"].join("\n"));
    init.set_redirect(RequestRedirect::Follow);
    response(relay.relay("https://app.example.com", &head, init, relay.user())).await
}

#[wasm_bindgen_test]
async fn a_relay_attaches_the_token_and_leaves_a_refused_request_to_the_service_worker() {
    let (stage, relay) = with_relay().await;
    stage.network.answer(&status(401));
    stage.network.answer(&answer(200, "the notes"));
    assert_eq!(relayed(&relay).await.status(), 200);
    let requests = stage.requests().await;
    let [.., direct, via_vault] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(direct.headers().get("authorization").unwrap(), Some("Bearer access".to_owned()));
    assert_eq!((direct.url(), direct.redirect()), (NOTES.to_owned(), RequestRedirect::Manual));
    assert_eq!(via_vault.headers().get("authorization").unwrap(), None, "the service worker adds it");
    assert!(via_vault.url().starts_with(&[NOTES, "#vault"].concat()), "{}", via_vault.url());
    assert_eq!(via_vault.redirect(), RequestRedirect::Follow);
}

#[wasm_bindgen_test]
async fn a_relay_follows_no_redirect_with_the_token() {
    let (stage, relay) = with_relay().await;
    stage.network.answer(&Response::error());
    assert_eq!(relayed(&relay).await.status(), 502);
}
