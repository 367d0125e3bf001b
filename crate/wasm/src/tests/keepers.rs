//! `GET` and `POST /auth/keep`, from a client that the browser says is a keeper.

use super::browser::{PlainChannel, occurrences, text};
use super::clients::Clients;
use super::keeper_client::{KeeperClient, ask, give};
use super::worker::{NOTES, Worker, bearer, renewed_tokens, response, status};
use js_sys::JsString;
use serde_json::Value;
use strongroom_core::keep::Frame;
use strongroom_core::pkce::base64url;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

async fn refresh(worker: &Worker) -> JsString {
    let renewed = renewed_tokens();
    worker.network.answer(&renewed.response());
    worker.fetch("/auth/refresh", r#"{ "method": "POST" }"#).await;
    renewed.access_token()
}

async fn code(response: &Response) -> String {
    let problem = serde_json::from_slice::<Value>(text(response.text()).await.as_bytes()).unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

/// What the worker signs an API request with.
async fn authorization(worker: &Worker) -> String {
    worker.network.answer(&status(200));
    worker.fetch(NOTES, "{}").await;
    worker.network.last().headers().get("authorization").unwrap().unwrap()
}

fn holds(copy: &[u8], token: &JsString) -> bool {
    String::from_utf8_lossy(copy).contains(&String::from(token))
}

#[wasm_bindgen_test]
async fn a_keeper_is_told_of_the_session_and_of_its_end() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    let mut keeper = KeeperClient::connect(&worker).await;
    assert!(!keeper.wanted);
    while keeper.next().await != Some(Frame::Forget) {}
    let tokens = worker.sign_in().await;
    let sealed = loop {
        match keeper.next().await.unwrap() {
            Frame::Forget => {}
            Frame::Copy(sealed) => break sealed,
            greeting @ Frame::Greeting { .. } => panic!("{greeting:?}"),
        }
    };
    assert!(holds(&sealed, &tokens.refresh_token()));
    worker.sign_out().await;
    while keeper.next().await != Some(Frame::Forget) {}
}

#[wasm_bindgen_test]
async fn a_keeper_that_connects_while_somebody_is_signed_in_is_told_at_once() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let mut keeper = KeeperClient::connect(&worker).await;
    let copy = keeper.copy().await;
    for token in [tokens.access_token(), tokens.id_token(), tokens.refresh_token()] {
        assert!(holds(&copy, &token));
    }
}

#[wasm_bindgen_test]
async fn every_keeper_is_told_of_renewed_tokens() {
    let _clients = Clients::of(r#"{ "one": { "type": "sharedworker" }, "other": { "type": "worker" } }"#);
    let worker = Worker::start();
    worker.sign_in().await;
    let mut keepers =
        [KeeperClient::connect_as("one", &worker).await, KeeperClient::connect_as("other", &worker).await];
    let renewed = refresh(&worker).await;
    for keeper in &mut keepers {
        while !holds(&keeper.copy().await, &renewed) {}
    }
}

/// Sealing takes its time, and meanwhile anything may happen.
#[wasm_bindgen_test]
async fn a_copy_that_was_sealed_too_late_is_told_to_nobody() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    worker.channel.hold();
    let mut keeper = KeeperClient::connect(&worker).await;
    worker.channel.asked(1).await;
    worker.sign_out().await;
    worker.channel.release();
    let tokens = worker.sign_in_as("bob-1").await;
    let mut told = Vec::new();
    while !told
        .iter()
        .any(|frame| matches!(frame, Frame::Copy(sealed) if holds(sealed, &tokens.access_token())))
    {
        told.push(keeper.next().await.unwrap());
    }
    let copies = told.iter().filter(|frame| matches!(frame, Frame::Copy(_))).count();
    assert_eq!(copies, 1, "the copy of before sign-out came after it");
    assert_eq!(told[0], Frame::Forget);
}

#[wasm_bindgen_test]
async fn a_copy_never_comes_after_the_one_that_replaced_it() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    let old = worker.sign_in().await;
    worker.channel.hold();
    let mut keeper = KeeperClient::connect(&worker).await;
    worker.channel.asked(1).await;
    let renewed = refresh(&worker).await;
    worker.channel.asked(3).await;
    worker.channel.release();
    assert!(holds(&keeper.copy().await, &renewed));
    worker.sign_out().await;
    while let Some(frame) = keeper.next().await.filter(|frame| *frame != Frame::Forget) {
        assert!(matches!(frame, Frame::Copy(sealed) if !holds(&sealed, &old.access_token())));
    }
}

#[wasm_bindgen_test]
async fn a_worker_that_lost_the_session_has_it_back_from_a_keeper() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let copy = KeeperClient::connect(&worker).await.copy().await;

    let worker = worker.dies();
    let keeper = KeeperClient::connect(&worker).await;
    assert!(keeper.wanted);
    assert_eq!(keeper.give_back(&worker, &copy).await.status(), 204);
    assert!(worker.session().await.contains(r#""status":"authenticated""#));
    assert_eq!(authorization(&worker).await, bearer(&tokens.access_token()));
}

#[wasm_bindgen_test]
async fn what_was_sealed_for_another_worker_is_refused() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    let mut keeper = KeeperClient::connect(&worker).await;
    let copy = keeper.copy().await;
    let worker = worker.dies();
    let response = keeper.give_back(&worker, &copy).await;
    assert_eq!((response.status(), code(&response).await.as_str()), (409, "wrong_seal"));
}

#[wasm_bindgen_test]
async fn junk_is_refused_and_changes_nothing() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    let copy = KeeperClient::connect(&worker).await.copy().await;
    let worker = worker.dies();
    let keeper = KeeperClient::connect(&worker).await;
    let stranger = PlainChannel::new().key();
    let sealed = [keeper.own_key.as_slice(), &keeper.worker_key, &copy].concat();
    for junk in [
        b"".as_slice(),
        b"junk",
        &keeper.own_key[..64],
        &keeper.own_key,
        &sealed,
        &[stranger.as_slice(), &sealed].concat(),
        &vec![0xff; 100_000],
    ] {
        let response = give(&worker, "keeper", junk).await;
        assert_eq!(
            (response.status(), code(&response).await.as_str()),
            (409, "wrong_seal"),
            "{}",
            junk.len()
        );
    }
    assert_eq!(keeper.give_back(&worker, &copy).await.status(), 204);
    assert!(worker.session().await.contains(r#""status":"authenticated""#));
}

#[wasm_bindgen_test]
async fn a_copy_given_back_after_sign_out_changes_nothing() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let mut keeper = KeeperClient::connect(&worker).await;
    let copy = keeper.copy().await;
    worker.sign_out().await;
    assert_eq!(keeper.give_back(&worker, &copy).await.status(), 204);
    assert!(worker.session().await.contains(r#""status":"anonymous""#));
    drop((keeper, copy));
    assert_eq!(occurrences(&tokens.refresh_token()), 0);
}

#[wasm_bindgen_test]
async fn a_copy_that_nobody_lost_changes_nothing() {
    let _clients = Clients::one_keeper();
    let other = Worker::start();
    other.sign_in().await;
    let copy = KeeperClient::connect(&other).await.copy().await;

    let worker = Worker::start();
    let keeper = KeeperClient::connect(&worker).await;
    assert!(!keeper.wanted);
    keeper.give_back(&worker, &copy).await;
    assert!(worker.session().await.contains(r#""status":"anonymous""#));
    let bobs = worker.sign_in_as("bob-1").await;
    keeper.give_back(&worker, &copy).await;
    assert_eq!(authorization(&worker).await, bearer(&bobs.access_token()));
    let worker = worker.dies();
    let keeper = KeeperClient::connect(&worker).await;
    assert!(keeper.wanted);
    keeper.give_back(&worker, &copy).await;
    assert!(
        worker.session().await.contains(r#""status":"recovering""#),
        "it is not the session that was lost"
    );
}

#[wasm_bindgen_test]
async fn of_two_copies_the_newer_one_stays() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    let old = KeeperClient::connect(&worker).await.copy().await;
    let renewed = refresh(&worker).await;
    let new = KeeperClient::connect(&worker).await.copy().await;
    for order in [[&old, &new], [&new, &old]] {
        let worker = Worker { store: worker.store.clone(), ..Worker::start() }.dies();
        let keeper = KeeperClient::connect(&worker).await;
        for copy in order {
            keeper.give_back(&worker, copy).await;
        }
        assert_eq!(authorization(&worker).await, bearer(&renewed));
    }
}

#[wasm_bindgen_test]
async fn a_keeper_that_comes_again_has_one_stream() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    let mut first = KeeperClient::connect(&worker).await;
    let mut second = KeeperClient::connect(&worker).await;
    while first.next().await.is_some() {}
    second.copy().await;
    assert!(worker.session().await.contains(r#""keepers":1"#));
}

#[wasm_bindgen_test]
async fn there_is_room_for_32_keepers() {
    const IDS: [&str; 33] = [
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17",
        "18", "19", "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "30", "31", "32",
    ];
    let clients: Vec<_> = IDS.iter().map(|id| format!(r#""{id}": {{ "type": "worker" }}"#)).collect();
    let _clients = Clients::of(&format!("{{ {} }}", clients.join(", ")));
    let worker = Worker::start();
    let mut keepers = Vec::new();
    for id in &IDS[..32] {
        keepers.push(KeeperClient::connect_as(id, &worker).await);
    }
    let key = format!("key={}", base64url(&PlainChannel::new().key()));
    let refused = response(ask(&worker, "32", &key)).await;
    assert_eq!((refused.status(), code(&refused).await.as_str()), (429, "too_many_keepers"));
    assert!(worker.session().await.contains(r#""keepers":32"#));

    KeeperClient::connect_as("31", &worker).await;
    keepers[0].dies().await;
    worker.sign_in().await;
    keepers[1].next().await;
    KeeperClient::connect_as("32", &worker).await;
    assert!(worker.session().await.contains(r#""keepers":32"#));
}
