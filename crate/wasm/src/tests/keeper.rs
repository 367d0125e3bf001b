//! The keeper itself, whose service worker is played by the test, or a real one.

use super::browser::{Network, PlainChannel, is_pending, occurrences};
use super::clients::Clients;
use super::clock::Clock;
use super::keeper_client::KeeperClient;
use super::wire::{Wire, WrittenStream};
use super::worker::{NOTES, Worker, answer, bearer, response, status};
use crate::keep;
use js_sys::{JsString, Uint8Array};
use std::rc::Rc;
use strongroom_core::keep::{Frame, MEDIA_TYPE, PUBLIC_KEY_LENGTH};
use strongroom_core::pkce::from_base64url;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, RequestCache, RequestRedirect, Url};

/// Between the end of a stream and the next request, in milliseconds.
const QUIET_TIME: u32 = 1_500;

/// A keeper that has just started, and the network it sees.
struct Stage {
    clock: Clock,
    network: Network,
    keeper: PlainChannel,
    requests: u32,
    timers: u32,
    copies: u32,
}

impl Stage {
    /// What the first request finds stands in line already.
    fn set(prepare: impl FnOnce(&Network)) -> Self {
        let (clock, network, keeper) = (Clock::stop(), Network::new(), PlainChannel::new());
        prepare(&network);
        keep("/auth", keeper.clone().unchecked_into());
        Self { clock, network, keeper, requests: 0, timers: 0, copies: 0 }
    }

    /// A keeper that listens to a service worker.
    async fn with_worker() -> (Self, PlayedWorker) {
        let worker = PlayedWorker::new();
        let mut stage = Self::set(|network| worker.stands_in_line(network));
        stage.request().await;
        (stage, worker)
    }

    /// The keeper's next request.
    async fn request(&mut self) -> Request {
        self.requests += 1;
        self.network.request(self.requests - 1).await
    }

    /// How long the keeper pauses next.
    async fn pause(&mut self) -> u32 {
        self.timers += 1;
        self.clock.timer(self.timers - 1).await
    }

    /// What the keeper gives back next to `worker`, opened.
    async fn offer(&mut self, worker: &PlayedWorker) -> Vec<u8> {
        self.network.answer(&status(204));
        let request = self.request().await;
        assert_eq!((request.method().as_str(), path(&request).as_str()), ("POST", "/auth/keep"));
        assert_eq!(request.redirect(), RequestRedirect::Error);
        let body = JsFuture::from(request.array_buffer().unwrap()).await.unwrap();
        let body = Uint8Array::new(&body).to_vec();
        let seal = [self.keeper.key(), self.keeper.key(), worker.channel.key()].concat();
        body.strip_prefix(seal.as_slice()).expect("sealed by the keeper for this worker").to_vec()
    }
}

fn path(request: &Request) -> String {
    Url::new(&request.url()).unwrap().pathname()
}

/// A service worker with one stream.
struct PlayedWorker {
    channel: PlainChannel,
    stream: WrittenStream,
}

impl PlayedWorker {
    fn new() -> Self {
        Self { channel: PlainChannel::new(), stream: WrittenStream::new() }
    }

    /// The keeper's next request is answered by it.
    fn stands_in_line(&self, network: &Network) {
        network.answer(&self.stream.response(MEDIA_TYPE));
    }

    /// `wanted`: whether it has lost Ada's session.
    fn greets(&self, wanted: bool) {
        let wanted = wanted.then(|| "session-1".to_owned());
        self.says(&Frame::Greeting { public_key: self.channel.key(), wanted });
    }

    fn says(&self, frame: &Frame) {
        self.stream.write(frame.to_bytes());
    }

    /// The keeper has opened it when this is over.
    async fn tells(&self, stage: &mut Stage, copy: &[u8]) {
        let sealed = [&self.channel.key(), &stage.keeper.key(), copy].concat();
        self.says_sealed(stage, sealed).await;
    }

    async fn says_sealed(&self, stage: &mut Stage, sealed: Vec<u8>) {
        self.says(&Frame::Copy(sealed));
        stage.copies += 1;
        stage.keeper.opened(stage.copies).await;
    }
}

/// A copy of a session of Ada's after so many renewals.
fn copy(token: &str, renewals: u32) -> Vec<u8> {
    format!(
        r#"{{ "format": 1, "id": "session-1", "serial": {renewals}, "access": "Bearer {token}", "idToken": "Bearer i",
            "refresh": "r", "subject": "ada-1", "user": {{ "sub": "ada-1" }}, "lifetime": 3600000, "age": 0 }}"#
    )
    .into_bytes()
}

fn holds(copy: &[u8], token: &str) -> bool {
    String::from_utf8_lossy(copy).contains(token)
}

#[wasm_bindgen_test]
async fn it_asks_for_a_stream_with_its_own_key() {
    let worker = PlayedWorker::new();
    let mut stage = Stage::set(|network| worker.stands_in_line(network));
    let request = stage.request().await;
    assert_eq!((request.method().as_str(), path(&request).as_str()), ("GET", "/auth/keep"));
    assert_eq!((request.cache(), request.redirect()), (RequestCache::NoStore, RequestRedirect::Error));
    let key = Url::new(&request.url()).unwrap().search_params().get("key").unwrap();
    let key = from_base64url(&key).unwrap();
    assert_eq!((key.len(), key), (PUBLIC_KEY_LENGTH, stage.keeper.key()));
}

#[wasm_bindgen_test]
async fn whoever_is_no_service_worker_of_ours_is_sent_nothing() {
    let greeting =
        Frame::Greeting { public_key: PlainChannel::new().key(), wanted: Some("a".to_owned()) }.to_bytes();
    let frames = |media_type: &str| {
        let stream = WrittenStream::new();
        stream.write(greeting.clone());
        stream.response(media_type)
    };
    let junk = WrittenStream::new();
    junk.write(b"<!doctype html><title>The app</title>".to_vec());
    for (who, response) in [
        ("a host that serves the app for every path", frames("text/html; charset=utf-8")),
        ("a host that has no such path", answer(404, "not found")),
        ("a page without a body", status(204)),
        ("a worker that refuses it", frames("application/problem+json")),
        ("a host that does not know the type", frames("application/octet-stream")),
        ("a host that says it has frames", junk.response(MEDIA_TYPE)),
    ] {
        let mut stage = Stage::set(|network| network.answer(&response));
        assert_eq!(stage.pause().await, 1_000, "{who}");
        assert_eq!(stage.network.requests().length(), 1, "{who}");
        stage.clock.pass(999);
        assert_eq!(stage.network.requests().length(), 1, "{who}");
        let worker = PlayedWorker::new();
        worker.stands_in_line(&stage.network);
        stage.clock.pass(1);
        stage.request().await;
        assert_eq!(stage.request().await.method(), "GET", "{who}");
        worker.greets(true);
        assert_eq!(stage.offer(&worker).await, b"", "{who}");
    }
}

#[wasm_bindgen_test]
async fn its_pauses_grow_while_no_worker_answers() {
    let mut stage = Stage::set(|_| {});
    let mut pauses = Vec::new();
    for _ in 0..7 {
        stage.request().await;
        pauses.push(stage.pause().await);
        stage.clock.pass(*pauses.last().unwrap());
    }
    assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    stage.request().await;
    stage.pause().await;
}

#[wasm_bindgen_test]
async fn it_stays_quiet_after_a_stream_has_ended() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.stream.end();
    assert_eq!(stage.pause().await, QUIET_TIME);
    stage.clock.pass(QUIET_TIME - 1);
    assert_eq!(stage.network.requests().length(), 1);
    let next = PlayedWorker::new();
    next.stands_in_line(&stage.network);
    stage.clock.pass(1);
    stage.request().await;
}

#[wasm_bindgen_test]
async fn it_comes_at_once_when_the_worker_has_died_and_gives_its_copy_to_the_next() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.tells(&mut stage, &copy("the-token", 3)).await;
    let next = PlayedWorker::new();
    next.stands_in_line(&stage.network);
    worker.stream.break_off();
    assert_eq!(stage.request().await.method(), "GET");
    next.greets(true);
    let offered = stage.offer(&next).await;
    assert!(holds(&offered, "the-token") && holds(&offered, r#""serial":3"#));
}

#[wasm_bindgen_test]
async fn it_gives_nothing_to_a_worker_that_has_lost_nothing() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.tells(&mut stage, &copy("the-token", 0)).await;
    let next = PlayedWorker::new();
    next.stands_in_line(&stage.network);
    worker.stream.break_off();
    stage.request().await;
    next.greets(false);
    next.tells(&mut stage, &copy("the-token", 0)).await;
    next.stream.end();
    assert_eq!(stage.pause().await, QUIET_TIME);
    assert_eq!(stage.network.requests().length(), 2);
}

#[wasm_bindgen_test]
async fn a_keeper_with_nothing_says_so() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(true);
    assert_eq!(stage.offer(&worker).await, b"");
}

#[wasm_bindgen_test]
async fn what_it_has_newer_than_the_worker_it_gives_at_once() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.tells(&mut stage, &copy("newer", 5)).await;
    worker.tells(&mut stage, &copy("older", 4)).await;
    assert!(holds(&stage.offer(&worker).await, "newer"));
}

#[wasm_bindgen_test]
async fn of_what_it_had_nothing_is_left_when_it_is_told_to_forget() {
    let (mut stage, worker) = Stage::with_worker().await;
    let token = super::browser::unlikely_text();
    worker.greets(false);
    worker.tells(&mut stage, &copy(&String::from(&token), 0)).await;
    worker.says(&Frame::Forget);
    worker.stream.end();
    assert_eq!(stage.pause().await, QUIET_TIME);
    let next = PlayedWorker::new();
    next.stands_in_line(&stage.network);
    stage.clock.pass(QUIET_TIME);
    stage.request().await;
    next.greets(true);
    assert_eq!(stage.offer(&next).await, b"");
    assert_eq!(occurrences(&token), 0);
}

#[wasm_bindgen_test]
async fn it_has_one_copy_and_that_is_the_newest() {
    let (mut stage, worker) = Stage::with_worker().await;
    let (old, new): (JsString, JsString) = (super::browser::unlikely_text(), super::browser::unlikely_text());
    worker.greets(false);
    worker.tells(&mut stage, &copy(&String::from(&old), 0)).await;
    worker.tells(&mut stage, &copy(&String::from(&new), 1)).await;
    worker.stream.end();
    stage.pause().await;
    assert_eq!([occurrences(&old), occurrences(&new)], [0, 1]);
}

#[wasm_bindgen_test]
async fn what_was_not_sealed_for_it_is_nothing_to_keep() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.tells(&mut stage, &copy("the-token", 0)).await;
    worker.says_sealed(&mut stage, copy("not-sealed", 1)).await;
    let (stranger, anybody) = (PlainChannel::new().key(), PlainChannel::new().key());
    let of_a_stranger = [stranger, stage.keeper.key(), copy("of-a-stranger", 2)].concat();
    worker.says_sealed(&mut stage, of_a_stranger).await;
    let for_a_stranger = [worker.channel.key(), anybody, copy("for-a-stranger", 3)].concat();
    worker.says_sealed(&mut stage, for_a_stranger).await;
    worker.tells(&mut stage, b"junk").await;
    worker.greets(true);
    assert!(holds(&stage.offer(&worker).await, "the-token"));
}

#[wasm_bindgen_test]
async fn it_keeps_its_copy_when_the_worker_it_gives_it_to_dies_first() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.tells(&mut stage, &copy("the-token", 0)).await;
    let next = PlayedWorker::new();
    next.stands_in_line(&stage.network);
    worker.stream.break_off();
    stage.request().await;
    stage.network.fail();
    next.greets(true);
    assert_eq!(stage.request().await.method(), "POST");
    assert_eq!(stage.pause().await, 1_000);
    let third = PlayedWorker::new();
    third.stands_in_line(&stage.network);
    stage.clock.pass(1_000);
    assert_eq!(stage.request().await.method(), "GET");
    third.greets(true);
    assert!(holds(&stage.offer(&third).await, "the-token"));
}

/// The whole of it, with the real other side.
#[wasm_bindgen_test]
async fn a_session_outlives_its_service_worker() {
    let (_clients, wire) = (Clients::one_keeper(), Wire::new());
    let first = Rc::new(Worker::start());
    wire.connect(&first);
    let channel = PlainChannel::new();
    keep("/auth", channel.clone().unchecked_into());
    let tokens = first.sign_in().await;
    channel.opened(1).await;

    let mut worker = first;
    for _ in 0..3 {
        worker = Rc::new(worker.successor());
        let waiting = worker.handles(NOTES, "{}");
        assert!(is_pending(waiting.as_ref().unwrap()).await);
        worker.network.answer(&status(200));
        wire.connect(&worker);
        response(waiting).await;
        assert_eq!(worker.sent(0), [(NOTES.to_owned(), Some(bearer(&tokens.access_token())))]);
        assert!(worker.session().await.contains(r#""keepers":1"#));
    }

    worker.sign_out().await;
    let worker = Rc::new(worker.successor());
    let mut other = KeeperClient::connect(&worker).await;
    assert!(!other.wanted);
    assert_eq!(other.next().await, Some(Frame::Forget));
}

#[wasm_bindgen_test]
async fn once_a_worker_has_answered_its_pauses_are_short_again() {
    for dies in [true, false] {
        let mut stage = Stage::set(|_| {});
        for pause in [1_000, 2_000] {
            stage.request().await;
            assert_eq!(stage.pause().await, pause);
            stage.clock.pass(if pause == 1_000 { pause } else { 0 });
        }
        let worker = PlayedWorker::new();
        worker.stands_in_line(&stage.network);
        stage.clock.pass(2_000);
        stage.request().await;
        if dies {
            worker.stream.break_off();
        } else {
            worker.stream.end();
            assert_eq!(stage.pause().await, QUIET_TIME);
            stage.clock.pass(QUIET_TIME);
        }
        stage.request().await;
        assert_eq!(stage.pause().await, 1_000, "dies: {dies}");
    }
}
