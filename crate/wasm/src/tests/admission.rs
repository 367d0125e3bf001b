//! Who may ask for a copy of the session, or bring one.

use super::browser::{PlainChannel, text};
use super::clients::Clients;
use super::keeper_client::{KeeperClient, ask, give};
use super::worker::{Worker, response};
use serde_json::Value;
use strongroom_core::pkce::base64url;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Response;

async fn is_refused(response: Response) -> bool {
    let problem = serde_json::from_slice::<Value>(text(response.text()).await.as_bytes()).unwrap();
    response.status() == 403 && problem["code"] == "not_a_keeper"
}

#[wasm_bindgen_test]
async fn a_worker_of_this_very_script_is_admitted() {
    let _clients =
        Clients::of(r#"{ "shared": { "type": "sharedworker" }, "dedicated": { "type": "worker" } }"#);
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    for id in ["shared", "dedicated"] {
        let mut keeper = KeeperClient::connect_as(id, &worker).await;
        let copy = String::from_utf8(keeper.copy().await).unwrap();
        assert!(copy.contains(&String::from(tokens.access_token())), "{id}");
        assert_eq!(keeper.give_back(&worker, copy.as_bytes()).await.status(), 204, "{id}");
    }
}

#[wasm_bindgen_test]
async fn nobody_else_is() {
    let _clients = Clients::of(
        r#"{
            "a page that gave itself the script's URL": { "type": "window" },
            "a page": { "type": "window", "url": "https://app.example.com/" },
            "another shared worker": { "type": "sharedworker", "url": "https://app.example.com/evil.js" },
            "a worker from a blob": { "type": "worker", "url": "blob:https://app.example.com/0f8e" },
            "a worker without a URL": { "type": "worker", "url": "" },
            "something else": { "type": "all" }
        }"#,
    );
    let worker = Worker::start();
    worker.sign_in().await;
    let key = PlainChannel::new().key();
    let query = format!("key={}", base64url(&key));
    let copy = [key.as_slice(), &key, &worker.channel.key(), br#"{ "format": 1 }"#].concat();
    for id in [
        "a page that gave itself the script's URL",
        "a page",
        "another shared worker",
        "a worker from a blob",
        "a worker without a URL",
        "something else",
        "a client that is gone",
        "unheard of",
        "",
    ] {
        assert!(is_refused(response(ask(&worker, id, &query)).await).await, "{id}");
        assert!(is_refused(give(&worker, id, &copy).await).await, "{id}");
    }
    assert!(worker.session().await.contains(r#""keepers":0"#));
}

#[wasm_bindgen_test]
async fn a_keeper_has_to_bring_a_whole_key() {
    let _clients = Clients::one_keeper();
    let worker = Worker::start();
    worker.sign_in().await;
    let key = base64url(&PlainChannel::new().key());
    for query in [
        String::new(),
        "key=".to_owned(),
        format!("key={}", &key[..key.len() - 2]),
        format!("key={key}AA"),
        format!("key={key}&more"),
        format!("other=1&key={key}"),
        format!("key={}", "*".repeat(87)),
    ] {
        assert!(is_refused(response(ask(&worker, "keeper", &query)).await).await, "{query}");
    }
}
