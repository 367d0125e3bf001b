//! The service worker and its keepers: whom the browser says they are, and what goes to them and comes back.

use super::browser::{
    Clients, PlainChannel, fetch_event, fetch_event_with, idle, occurrences, opened, sealed,
};
use super::worker::{NOTES, Pieces, Worker, bearer, header, response, status};
use js_sys::{JsString, Uint8Array};
use strongroom_core::keep::{Frame, FrameReader, MEDIA_TYPE};
use strongroom_core::pkce::base64url;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

/// A keeper with an open stream.
struct Keeper {
    id: &'static str,
    own_key: Vec<u8>,
    worker_key: Vec<u8>,
    pieces: Pieces,
    frames: FrameReader,
}

impl Keeper {
    /// It connects, and is greeted.
    async fn connect(id: &'static str, worker: &Worker) -> Self {
        let own_key = PlainChannel::new().key();
        let response = ask(worker, id, &own_key).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "content-type").as_deref(), Some(MEDIA_TYPE));
        let (pieces, frames) = (Pieces::of(&response), FrameReader::default());
        let mut keeper = Self { id, own_key, worker_key: worker.channel.key(), pieces, frames };
        let greeting = keeper.next().await;
        assert!(matches!(greeting, Frame::Greeting { public_key, .. } if public_key == keeper.worker_key));
        keeper
    }

    /// What it is told next.
    async fn next(&mut self) -> Frame {
        loop {
            if let Some(frame) = self.frames.next_frame().unwrap() {
                return frame;
            }
            self.frames.push(&self.pieces.next().await.unwrap());
        }
    }

    /// It is told a copy of the session next, and opens it.
    async fn copy(&mut self) -> Vec<u8> {
        let told = self.next().await;
        let Frame::Copy(message) = told else { panic!("{told:?}") };
        opened(&self.worker_key, &self.own_key, &message)
    }

    /// Gives `copy` back, sealed for the worker.
    async fn give_back(&self, worker: &Worker, copy: &[u8]) -> u16 {
        let message = sealed(&self.own_key, &self.worker_key, copy);
        give(worker, self.id, &[self.own_key.as_slice(), &message].concat()).await
    }
}

/// The worker's response when the client `id` asks for a keeper's stream.
async fn ask(worker: &Worker, id: &str, key: &[u8]) -> Response {
    let url = format!("/auth/keep?key={}", base64url(key));
    response(worker.vault.dispatch(&fetch_event(id, &url, "{}", "{}"))).await
}

/// The status it gets when it gives the worker this.
async fn give(worker: &Worker, id: &str, body: &[u8]) -> u16 {
    let event = fetch_event_with(id, "/auth/keep", "POST", None, &Uint8Array::from(body));
    response(worker.vault.dispatch(&event)).await.status()
}

fn holds(copy: &[u8], token: &JsString) -> bool {
    String::from_utf8_lossy(copy).contains(&String::from(token))
}

#[wasm_bindgen_test]
async fn a_keeper_is_who_the_browser_says_it_is() {
    let clients = Clients::new(
        r#"{
            "shared": { "type": "sharedworker" },
            "dedicated": { "type": "worker" },
            "a page that gave itself the script's URL": { "type": "window" },
            "another shared worker": { "type": "sharedworker", "url": "https://app.example.com/evil.js" },
            "a worker without a URL": { "type": "worker", "url": "" }
        }"#,
    );
    let worker = Worker::start();
    let key = PlainChannel::new().key();
    for (id, is_keeper) in [
        ("shared", true),
        ("dedicated", true),
        ("a page that gave itself the script's URL", false),
        ("another shared worker", false),
        ("a worker without a URL", false),
        ("a client that is gone", false),
        ("unheard of", false),
        ("", false),
    ] {
        assert_eq!(ask(&worker, id, &key).await.status(), if is_keeper { 200 } else { 403 }, "{id}");
        assert_eq!(give(&worker, id, b"junk").await, if is_keeper { 409 } else { 403 }, "{id}");
    }
    clients.restore();
}

#[wasm_bindgen_test]
async fn a_session_goes_to_a_keeper_and_comes_back_from_it() {
    let clients = Clients::new(r#"{ "keeper": { "type": "sharedworker" } }"#);
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let copy = Keeper::connect("keeper", &worker).await.copy().await;
    for token in [tokens.access_token(), tokens.id_token(), tokens.refresh_token()] {
        assert!(holds(&copy, &token));
    }
    let dead = worker;
    let worker = dead.successor();
    let waiting = worker.handles(NOTES, "{}");
    let keeper = Keeper::connect("keeper", &worker).await;
    worker.network.answer(&status(200));
    assert_eq!(keeper.give_back(&worker, &copy).await, 204);
    assert_eq!(response(waiting).await.status(), 200);
    let authorization = worker.network.last().headers().get("authorization").unwrap();
    assert_eq!(authorization, Some(bearer(&tokens.access_token())));
    clients.restore();
}

#[wasm_bindgen_test]
async fn what_cannot_be_opened_is_refused() {
    let clients = Clients::new(r#"{ "keeper": { "type": "sharedworker" } }"#);
    let worker = Worker::start();
    worker.sign_in().await;
    let mut keeper = Keeper::connect("keeper", &worker).await;
    let copy = keeper.copy().await;
    let worker = worker.successor();
    assert_eq!(keeper.give_back(&worker, &copy).await, 409, "it was sealed for the worker before");
    for junk in [b"".as_slice(), b"junk", &keeper.own_key, &vec![0xff; 100_000]] {
        assert_eq!(give(&worker, "keeper", junk).await, 409, "{}", junk.len());
    }
    clients.restore();
}

#[wasm_bindgen_test]
async fn nothing_of_a_session_is_left_in_memory_after_sign_out() {
    let clients = Clients::new(r#"{ "keeper": { "type": "sharedworker" } }"#);
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let mut keeper = Keeper::connect("keeper", &worker).await;
    let copy = keeper.copy().await;
    worker.sign_out().await;
    while keeper.next().await != Frame::Forget {}
    assert_eq!(keeper.give_back(&worker, &copy).await, 204);
    assert!(worker.session().await.contains(r#""status":"anonymous""#));
    drop((keeper, copy));
    for token in [tokens.access_token(), tokens.id_token(), tokens.refresh_token()] {
        assert_eq!(occurrences(&token), 0);
    }
    assert!(worker.channel.wiped(), "in JavaScript");
    clients.restore();
}

#[wasm_bindgen_test]
async fn a_keeper_that_is_gone_is_forgotten() {
    let clients = Clients::new(r#"{ "one": { "type": "worker" }, "other": { "type": "worker" } }"#);
    let worker = Worker::start();
    let one = Keeper::connect("one", &worker).await;
    let _other = Keeper::connect("other", &worker).await;
    assert!(worker.session().await.contains(r#""keepers":2"#));
    one.pieces.cancel().await;
    idle().await;
    assert!(worker.session().await.contains(r#""keepers":1"#));
    clients.restore();
}
