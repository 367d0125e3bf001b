//! Service worker and keeper together, in a browser.

use super::browser::{
    PlainChannel, Tokens, fetch_event, idle, is_pending, occurrences, post_event, set_clients, wiped,
};
use super::worker::{NOTES, Worker, bearer, response, status};
use crate::keeper::Executor;
use strongroom_core::pkce::base64url;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{FetchEvent, RequestCache, RequestRedirect, Response};

/// Connects the client `keeper` to `worker`, in place of the previous worker.
fn connect(worker: &'static Worker) {
    let serve = Closure::<dyn Fn(FetchEvent) -> JsValue>::new(move |event: FetchEvent| {
        worker.vault.dispatch(&event).map_or(JsValue::UNDEFINED, Into::into)
    });
    worker.network.connect(&serve.into_js_value());
}

/// The worker's response to the client `id` that requests a keeper's stream.
async fn ask(worker: &Worker, id: &str) -> Response {
    let url = format!("/auth/keep?key={}", base64url(&PlainChannel::new().key()));
    response(worker.vault.dispatch(&fetch_event(id, &url, "{}"))).await
}

/// The worker's status for the client `id` that posts a copy.
async fn give(worker: &Worker, id: &str, body: &[u8]) -> u16 {
    let event = post_event(id, "/auth/keep", "{}", body);
    response(worker.vault.dispatch(&event)).await.status()
}

#[wasm_bindgen_test]
async fn only_the_browsers_description_makes_a_client_a_keeper() {
    set_clients(
        r#"{
            "shared": { "type": "sharedworker" },
            "dedicated": { "type": "worker" },
            "a page that gave itself the script's URL": { "type": "window" },
            "another shared worker": { "type": "sharedworker", "url": "https://app.example.com/evil.js" },
            "a worker without a URL": { "type": "worker", "url": "" }
        }"#,
    );
    let worker = Worker::start();
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
        assert_eq!(ask(worker, id).await.status(), if is_keeper { 200 } else { 403 }, "{id}");
        assert_eq!(give(worker, id, &[0xff; 999]).await, if is_keeper { 409 } else { 403 }, "{id}");
    }
    set_clients("{}");
}

/// A signed-in worker and the tokens, which its keeper has too.
async fn with_keeper() -> (&'static Worker, Tokens) {
    set_clients(r#"{ "keeper": { "type": "sharedworker" } }"#);
    let worker = Worker::start();
    connect(worker);
    let channel = PlainChannel::new();
    Executor::start("/auth", channel.clone().unchecked_into());
    let tokens = worker.sign_in().await;
    channel.opened(1).await;
    (worker, tokens)
}

#[wasm_bindgen_test]
async fn a_session_survives_its_service_worker() {
    let (mut worker, tokens) = with_keeper().await;
    for _ in 0..2 {
        worker = worker.successor();
        let waiting = worker.handles(NOTES, "{}").unwrap();
        assert!(is_pending(&waiting).await);
        worker.network.answer(&status(200));
        connect(worker);
        response(Some(waiting)).await;
        let requests = worker.network.requests();
        let [.., given, notes] = requests.as_slice() else { panic!("{requests:?}") };
        assert_eq!((given.method(), given.cache()), ("POST".to_owned(), RequestCache::NoStore));
        assert_eq!(given.redirect(), RequestRedirect::Error);
        let authorization = notes.headers().get("authorization").unwrap();
        assert_eq!(authorization, Some(bearer(&tokens.access_token())));
        assert!(worker.session().await.contains(r#""keepers":1"#));
    }
    set_clients("{}");
}

#[wasm_bindgen_test]
async fn sign_out_wipes_the_memory_of_worker_and_keeper() {
    let (worker, tokens) = with_keeper().await;
    idle().await;
    let all = [tokens.access_token(), tokens.id_token(), tokens.refresh_token()];
    assert_eq!(all.each_ref().map(occurrences), [2; 3], "one copy each");
    worker.sign_out().await;
    idle().await;
    assert_eq!(all.each_ref().map(occurrences), [0; 3]);
    assert!(wiped(), "in JavaScript");
    set_clients("{}");
}

#[wasm_bindgen_test]
async fn a_disconnected_keeper_is_forgotten() {
    set_clients(r#"{ "one": { "type": "worker" }, "other": { "type": "worker" } }"#);
    let worker = Worker::start();
    let one = ask(worker, "one").await;
    let _other = ask(worker, "other").await;
    assert!(worker.session().await.contains(r#""keepers":2"#));
    JsFuture::from(one.body().unwrap().cancel()).await.unwrap();
    idle().await;
    assert!(worker.session().await.contains(r#""keepers":1"#));
    set_clients("{}");
}
