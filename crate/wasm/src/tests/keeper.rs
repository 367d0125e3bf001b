//! The keeper's own fetches, and the streams it reads. Its service worker is played by the test.

use super::browser::{Clock, Network, PlainChannel, WrittenStream, idle, unlikely_text};
use super::worker::{answer, status};
use crate::keep;
use crate::platform::scope;
use strongroom_core::keep::{Frame, MEDIA_TYPE};
use strongroom_core::pkce::base64url;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Request, RequestCache, RequestRedirect, Response};

/// A keeper that has just started, and the network it sees.
struct Stage {
    clock: Clock,
    network: Network,
    endpoint: String,
    key: String,
}

impl Stage {
    /// The keeper's first request gets `first`.
    fn set(first: &Response) -> Self {
        let (clock, network, channel) = (Clock::stop(), Network::new(), PlainChannel::new());
        let base_path = ["/", &String::from(unlikely_text())].concat();
        let endpoint = [&scope().location().origin(), base_path.as_str(), "/keep"].concat();
        network.set_keeper(&endpoint);
        network.answer(first);
        keep(&base_path, channel.clone().unchecked_into());
        Self { clock, network, endpoint, key: base64url(&channel.key()) }
    }

    /// All its requests by now, if it needs no more time for another.
    async fn requests(&self) -> Vec<Request> {
        for _ in 0..3 {
            idle().await;
        }
        self.network.requests()
    }
}

fn stream() -> (WrittenStream, Response) {
    let stream = WrittenStream::new();
    let response = stream.response(MEDIA_TYPE);
    (stream, response)
}

#[wasm_bindgen_test]
async fn it_asks_for_a_stream_and_keeps_the_worker_alive() {
    let stage = Stage::set(&stream().1);
    assert_eq!(stage.requests().await.len(), 1);
    stage.clock.pass(15_000);
    let requests = stage.requests().await;
    let url = [&stage.endpoint, "?key=", &stage.key].concat();
    let expected = [("GET".to_owned(), url), ("HEAD".to_owned(), stage.endpoint)];
    assert_eq!(requests.iter().map(|it| (it.method(), it.url())).collect::<Vec<_>>(), expected);
    for request in requests {
        assert_eq!((request.cache(), request.redirect()), (RequestCache::NoStore, RequestRedirect::Error));
    }
}

#[wasm_bindgen_test]
async fn whoever_is_no_service_worker_of_ours_is_not_read_and_asked_again() {
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
async fn it_tells_a_stream_that_has_ended_from_one_that_broke() {
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

/// It may still have been read when it was closed.
#[wasm_bindgen_test]
async fn what_a_closed_stream_brings_is_not_read_as_the_next_ones() {
    let (closed, first) = stream();
    let (open, second) = stream();
    let greeting = Frame::Greeting { public_key: PlainChannel::new().key(), wanted: Some("a".to_owned()) };
    let stage = Stage::set(&first);
    // It reads on while its copy is on its way.
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
