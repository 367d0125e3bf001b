//! A new version of the script waits, and this worker lets go.

use super::browser::is_pending;
use super::clients::Clients;
use super::keeper_client::KeeperClient;
use super::worker::{NOTES, Pieces, TOKEN_ENDPOINT, Worker, bearer, renewed_tokens, status};
use strongroom_core::keep::Frame;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

/// Everything that is told until the stream ends.
async fn events(pieces: &Pieces) -> Vec<String> {
    let mut events = Vec::new();
    while let Some(bytes) = pieces.next().await {
        events.push(String::from_utf8(bytes).unwrap());
    }
    events
}

async fn frames(keeper: &mut KeeperClient) -> Vec<Frame> {
    let mut frames = Vec::new();
    while let Some(frame) = keeper.next().await {
        frames.push(frame);
    }
    frames
}

async fn leave(worker: &Worker) {
    JsFuture::from(worker.vault.leave()).await.unwrap();
}

#[wasm_bindgen_test]
async fn every_stream_ends() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    let page = Pieces::of(&worker.fetch("/auth/events", "{}").await);
    let mut keeper = KeeperClient::connect(&worker).await;
    keeper.copy().await;
    leave(&worker).await;
    assert!(events(&page).await[0].contains("authenticated"));
    assert!(!frames(&mut keeper).await.contains(&Frame::Forget));
    assert!(worker.session().await.contains(r#""keepers":0"#));
}

#[wasm_bindgen_test]
async fn a_renewal_under_way_is_awaited_and_its_tokens_are_told() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    let mut keeper = KeeperClient::connect(&worker).await;
    keeper.copy().await;
    let page = Pieces::of(&worker.fetch("/auth/events", "{}").await);
    page.next().await;
    let renewal = worker.network.answer_later();
    let asked = worker.handles("/auth/refresh", r#"{ "method": "POST" }"#);
    worker.network.request(1).await;
    let left = worker.vault.leave();
    assert!(is_pending(&left).await);
    let renewed = renewed_tokens();
    renewal.answer(&renewed.response());
    JsFuture::from(left).await.unwrap();
    drop(asked);
    assert!(events(&page).await.last().unwrap().contains("authenticated"));
    let told = frames(&mut keeper).await;
    let token = String::from(renewed.access_token());
    let is_told = |frame: &Frame| matches!(frame, Frame::Copy(sealed) if String::from_utf8_lossy(sealed).contains(&token));
    assert!(told.iter().any(is_told), "the keeper has what the server has since replaced");
}

#[wasm_bindgen_test]
async fn what_is_being_sealed_is_told_before_the_stream_ends() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    worker.channel.hold();
    let mut keeper = KeeperClient::connect(&worker).await;
    worker.channel.asked(1).await;
    let left = worker.vault.leave();
    is_pending(&left).await;
    worker.channel.release();
    JsFuture::from(left).await.unwrap();
    assert!(frames(&mut keeper).await.iter().any(|frame| matches!(frame, Frame::Copy(_))));
}

#[wasm_bindgen_test]
async fn a_stream_asked_for_meanwhile_says_what_there_is_and_ends() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    leave(&worker).await;
    let told = events(&Pieces::of(&worker.fetch("/auth/events", "{}").await)).await;
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("authenticated"));
    let mut keeper = KeeperClient::connect(&worker).await;
    assert!(!keeper.wanted);
    frames(&mut keeper).await;
}

#[wasm_bindgen_test]
async fn a_keeper_that_missed_the_session_is_told_meanwhile() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    leave(&worker).await;
    let mut keeper = KeeperClient::connect(&worker).await;
    assert!(frames(&mut keeper).await.iter().any(|frame| matches!(frame, Frame::Copy(_))));
}

#[wasm_bindgen_test]
async fn api_requests_are_served_to_the_end() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    leave(&worker).await;
    worker.network.answer(&status(401));
    let renewed = renewed_tokens();
    worker.network.answer(&renewed.response());
    worker.network.answer(&status(200));
    assert_eq!(worker.fetch(NOTES, "{}").await.status(), 200);
    let expected = [
        (NOTES.to_owned(), Some(bearer(&tokens.access_token()))),
        (TOKEN_ENDPOINT.to_owned(), None),
        (NOTES.to_owned(), Some(bearer(&renewed.access_token()))),
    ];
    assert_eq!(worker.sent(1), expected);
}

#[wasm_bindgen_test]
async fn a_worker_that_stays_after_all_tells_everybody_again() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    leave(&worker).await;
    worker.vault.stay();
    let page = Pieces::of(&worker.fetch("/auth/events", "{}").await);
    let mut keeper = KeeperClient::connect(&worker).await;
    worker.sign_in().await;
    while !String::from_utf8(page.next().await.unwrap()).unwrap().contains("authenticated") {}
    while !matches!(keeper.next().await, Some(Frame::Copy(_))) {}
}
