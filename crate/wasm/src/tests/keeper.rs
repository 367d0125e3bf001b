//! The keeper's own fetches, and what it reads. Its service worker is played by the test.

use super::browser::{
    Clock, Network, PlainChannel, WrittenStream, idle, occurrences, opened, sealed, unlikely_text,
};
use super::worker::{answer, status};
use crate::keep;
use crate::platform::scope;
use js_sys::{JsString, Uint8Array};
use strongroom_core::keep::{Frame, MEDIA_TYPE, PUBLIC_KEY_LENGTH};
use strongroom_core::pkce::from_base64url;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, RequestCache, RequestRedirect, Response, Url};

/// Between the end of a stream and the next request, in milliseconds.
const QUIET_TIME: u32 = 1_500;

/// A keeper that has just started, and the network it sees.
struct Stage {
    clock: Clock,
    network: Network,
    keeper: PlainChannel,
    endpoint: String,
    requests: u32,
    copies: u32,
}

impl Stage {
    /// The keeper's first request gets `first`.
    fn set(first: &Response) -> Self {
        let (clock, network, keeper) = (Clock::stop(), Network::new(), PlainChannel::new());
        let base_path = ["/", &String::from(unlikely_text())].concat();
        network.set_only(&[&scope().location().origin(), base_path.as_str()].concat());
        network.answer(first);
        keep(&base_path, keeper.clone().unchecked_into());
        Self { clock, network, keeper, endpoint: base_path + "/keep", requests: 0, copies: 0 }
    }

    /// A keeper that listens to a service worker.
    async fn with_worker() -> (Self, PlayedWorker) {
        let worker = PlayedWorker::new();
        let mut stage = Self::set(&worker.response());
        stage.request().await;
        (stage, worker)
    }

    /// The keeper's next request.
    async fn request(&mut self) -> Request {
        self.requests += 1;
        self.network.request(self.requests - 1).await
    }

    /// Nothing more happens unless time passes.
    async fn comes_to_rest(&self) {
        for _ in 0..3 {
            idle().await;
        }
        assert_eq!(self.network.requests().length(), self.requests);
    }

    /// What the keeper gives back next to `worker`, opened.
    async fn offer(&mut self, worker: &PlayedWorker) -> Vec<u8> {
        self.network.answer(&status(204));
        let request = self.request().await;
        assert_eq!((request.method(), path(&request)), ("POST".to_owned(), self.endpoint.clone()));
        assert_eq!((request.cache(), request.redirect()), (RequestCache::NoStore, RequestRedirect::Error));
        let body = JsFuture::from(request.array_buffer().unwrap()).await.unwrap();
        let body = Uint8Array::new(&body).to_vec();
        let (key, message) = body.split_at(PUBLIC_KEY_LENGTH);
        assert_eq!(key, self.keeper.key());
        opened(key, &worker.channel.key(), message)
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

    fn response(&self) -> Response {
        self.stream.response(MEDIA_TYPE)
    }

    /// `wanted`: whether it has lost Ada's session.
    fn greets(&self, wanted: bool) {
        let wanted = wanted.then(|| "session-1".to_owned());
        self.says(&Frame::Greeting { public_key: self.channel.key(), wanted });
    }

    fn says(&self, frame: &Frame) {
        self.stream.write(frame.to_bytes());
    }

    /// Tells a copy of a session of Ada's with this access token, after so many renewals. The keeper has opened it when this
    /// is over.
    async fn tells(&self, stage: &mut Stage, token: &JsString, renewals: u32) {
        let copy = format!(
            r#"{{ "format": 1, "id": "session-1", "serial": {renewals}, "access": "Bearer {}", "idToken": "Bearer i",
                "refresh": "r", "subject": "ada-1", "user": {{ "sub": "ada-1" }}, "lifetime": 3600000, "age": 0 }}"#,
            String::from(token)
        );
        self.says(&Frame::Copy(sealed(&self.channel.key(), &stage.keeper.key(), copy.as_bytes())));
        stage.copies += 1;
        stage.keeper.opened(stage.copies).await;
    }
}

#[wasm_bindgen_test]
async fn it_asks_for_a_stream_with_its_own_key() {
    let mut stage = Stage::set(&PlayedWorker::new().response());
    let request = stage.request().await;
    assert_eq!((request.method(), path(&request)), ("GET".to_owned(), stage.endpoint.clone()));
    assert_eq!((request.cache(), request.redirect()), (RequestCache::NoStore, RequestRedirect::Error));
    let key = Url::new(&request.url()).unwrap().search_params().get("key").unwrap();
    let key = from_base64url(&key).unwrap();
    assert_eq!((key.len(), key), (PUBLIC_KEY_LENGTH, stage.keeper.key()));
}

#[wasm_bindgen_test]
async fn whoever_is_no_service_worker_of_ours_is_sent_nothing_and_asked_again() {
    let junk = WrittenStream::new();
    junk.write(b"<!doctype html><title>The app</title>".to_vec());
    for (who, response) in [
        ("a host that serves the app for every path", answer(200, "<!doctype html>")),
        ("a host that has no such path", answer(404, "not found")),
        ("a page without a body", status(204)),
        ("a host that says it has frames", junk.response(MEDIA_TYPE)),
    ] {
        let mut stage = Stage::set(&response);
        stage.request().await;
        stage.comes_to_rest().await;
        let worker = PlayedWorker::new();
        stage.network.answer(&worker.response());
        stage.clock.pass(1_000);
        assert_eq!(stage.request().await.method(), "GET", "{who}");
        worker.greets(true);
        assert_eq!(stage.offer(&worker).await, b"", "{who}");
    }
    junk.cancelled().await;
}

#[wasm_bindgen_test]
async fn it_tells_a_stream_that_has_ended_from_one_that_broke() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.stream.end();
    stage.comes_to_rest().await;
    let next = PlayedWorker::new();
    stage.network.answer(&next.response());
    stage.clock.pass(QUIET_TIME - 1);
    stage.comes_to_rest().await;
    stage.clock.pass(1);
    stage.request().await;
    next.greets(false);
    stage.network.answer(&PlayedWorker::new().response());
    next.stream.break_off();
    assert_eq!(stage.request().await.method(), "GET", "at once");
}

#[wasm_bindgen_test]
async fn it_gives_its_copy_to_a_worker_that_lost_the_session() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    worker.tells(&mut stage, &"the-token".into(), 3).await;
    let next = PlayedWorker::new();
    stage.network.answer(&next.response());
    worker.stream.break_off();
    stage.request().await;
    next.greets(true);
    let offered = String::from_utf8(stage.offer(&next).await).unwrap();
    assert!(offered.contains("the-token") && offered.contains(r#""serial":3"#), "{offered}");
}

/// It does so that the browser does not stop the service worker.
#[wasm_bindgen_test]
async fn it_keeps_the_worker_alive_every_15_seconds_whatever_comes_of_it() {
    let (mut stage, worker) = Stage::with_worker().await;
    worker.greets(false);
    stage.comes_to_rest().await;
    for _ in 0..2 {
        stage.clock.pass(15_000);
        let request = stage.request().await;
        assert_eq!((request.method(), path(&request)), ("HEAD".to_owned(), stage.endpoint.clone()));
        stage.comes_to_rest().await;
    }
}

#[wasm_bindgen_test]
async fn of_what_it_had_nothing_is_left_when_it_is_told_to_forget() {
    let (mut stage, worker) = Stage::with_worker().await;
    let token = unlikely_text();
    worker.greets(false);
    worker.tells(&mut stage, &token, 0).await;
    stage.comes_to_rest().await;
    assert_eq!(occurrences(&token), 1);
    worker.says(&Frame::Forget);
    stage.comes_to_rest().await;
    assert_eq!(occurrences(&token), 0);
    assert!(worker.stream.wiped() && stage.keeper.wiped(), "in JavaScript");
}

#[wasm_bindgen_test]
async fn it_has_one_copy_and_that_is_the_newest() {
    let (mut stage, worker) = Stage::with_worker().await;
    let (old, new) = (unlikely_text(), unlikely_text());
    worker.greets(false);
    worker.tells(&mut stage, &old, 0).await;
    worker.tells(&mut stage, &new, 1).await;
    stage.comes_to_rest().await;
    assert_eq!([occurrences(&old), occurrences(&new)], [0, 1]);
}
