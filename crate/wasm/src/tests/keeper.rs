//! The keeper's requests and streams. The test plays the service worker.

use super::browser::{Clock, Network, PlainChannel, WrittenStream, idle, unlikely_text};
use super::worker::{answer, status};
use crate::keeper::Executor;
use crate::platform::scope;
use strongroom_core::frames::{Frame, MEDIA_TYPE};
use strongroom_core::pkce::base64url;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, RequestCache, RequestRedirect, Response};

/// A newly started keeper and its network.
pub(super) struct Stage {
    clock: Clock,
    pub(super) network: Network,
    endpoint: String,
    pub(super) channel: PlainChannel,
    pub(super) keeper: &'static Executor,
}

impl Stage {
    /// Starts a keeper whose first request gets `first`.
    pub(super) fn set(first: &Response) -> Self {
        let (clock, network, channel) = (Clock::stop(), Network::new(), PlainChannel::new());
        let base_path = ["/", &String::from(unlikely_text())].concat();
        let endpoint = [&scope().location().origin(), base_path.as_str(), "/keep"].concat();
        network.set_keeper(&endpoint);
        network.answer(first);
        let keeper = Executor::start(&base_path, channel.clone().unchecked_into());
        Self { clock, network, endpoint, channel, keeper }
    }

    /// All requests so far, unless another needs more time.
    pub(super) async fn requests(&self) -> Vec<Request> {
        for _ in 0..3 {
            idle().await;
        }
        self.network.requests()
    }
}

pub(super) fn stream() -> (WrittenStream, Response) {
    let stream = WrittenStream::new();
    let response = stream.response(MEDIA_TYPE);
    (stream, response)
}

#[wasm_bindgen_test]
async fn a_keeper_requests_a_stream_and_keeps_the_worker_alive() {
    let stage = Stage::set(&stream().1);
    assert_eq!(stage.requests().await.len(), 1);
    stage.clock.pass(15_000);
    let requests = stage.requests().await;
    let url = [&stage.endpoint, "?key=", &base64url(&stage.channel.key())].concat();
    let expected = [("GET".to_owned(), url), ("HEAD".to_owned(), stage.endpoint)];
    assert_eq!(requests.iter().map(|it| (it.method(), it.url())).collect::<Vec<_>>(), expected);
    for request in requests {
        assert_eq!((request.cache(), request.redirect()), (RequestCache::NoStore, RequestRedirect::Error));
    }
}

#[wasm_bindgen_test]
async fn a_keeper_does_not_read_a_hosts_response_and_retries() {
    let (junk, frames_of_junk) = stream();
    junk.write(b"<!doctype html><title>The app</title>".to_vec());
    let endless = WrittenStream::new();
    for (who, response) in [
        ("a host that serves the app for every path", answer(200, "<!doctype html>")),
        ("a page without a body", status(204)),
        ("no network", Response::error()),
        ("a page without end", endless.response("text/html")),
        ("a host that says it has frames", frames_of_junk),
    ] {
        let stage = Stage::set(&response);
        assert_eq!(stage.requests().await.len(), 1, "{who}");
        stage.clock.pass(1_000);
        assert_eq!(stage.requests().await.len(), 2, "{who}");
    }
    junk.cancelled().await;
    endless.cancelled().await;
}

#[wasm_bindgen_test]
async fn a_keeper_distinguishes_an_ended_stream_from_a_broken_one() {
    let (ends, first) = stream();
    let (breaks, second) = stream();
    let stage = Stage::set(&first);
    ends.write(Frame::Greeting { public_key: PlainChannel::new().key(), wanted: None }.to_bytes());
    ends.end();
    assert_eq!(stage.requests().await.len(), 1);
    stage.network.answer(&second);
    stage.clock.pass(1_499);
    assert_eq!(stage.requests().await.len(), 1);
    stage.clock.pass(1);
    assert_eq!(stage.requests().await.len(), 2);
    breaks.break_off();
    assert_eq!(stage.requests().await.len(), 3, "at once");
}

/// The read may still be pending when the stream is closed.
#[wasm_bindgen_test]
async fn a_late_chunk_of_a_closed_stream_is_ignored() {
    let (closed, first) = stream();
    let (open, second) = stream();
    let greeting = Frame::Greeting { public_key: PlainChannel::new().key(), wanted: Some("a".to_owned()) };
    let stage = Stage::set(&first);
    // The keeper keeps reading while it sends its copy.
    closed.write([greeting.to_bytes(), b"junk!".to_vec()].concat());
    stage.network.answer(&status(204));
    assert_eq!(stage.requests().await.len(), 2);
    stage.network.answer(&second);
    stage.clock.pass(1_000);
    assert_eq!(stage.requests().await.len(), 3);
    closed.write(b"junk!".to_vec());
    closed.cancelled().await;
    open.write(greeting.to_bytes());
    assert_eq!(stage.requests().await.last().unwrap().method(), "POST");
}
