//! What was freed is nowhere in linear memory.

use super::browser::{Tokens, occurrences, unlikely_text};
use super::worker::{CLIENT_ID, ISSUER, Worker, answer, renewed_tokens};
use strongroom_core::secret::Secret;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_dropped_secret_is_gone() {
    let text = unlikely_text();
    let secret = Secret::new(String::from(&text));
    assert_eq!(occurrences(&text), 1, "the search finds what is there");
    drop(secret);
    assert_eq!(occurrences(&text), 0);
}

#[wasm_bindgen_test]
fn a_dropped_string_is_gone() {
    let text = unlikely_text();
    let plain = String::from(&text);
    assert_eq!(occurrences(&text), 1);
    drop(plain);
    assert_eq!(occurrences(&text), 0);
}

#[wasm_bindgen_test]
fn a_string_that_moved_as_it_grew_leaves_nothing_behind() {
    let text = unlikely_text();
    let mut growing = String::from(&text);
    let first_block = growing.as_ptr();
    // Something right behind it keeps it from growing where it is.
    let neighbour = vec![1_u8; growing.capacity()];
    growing.push_str(&"x".repeat(100_000));
    assert_ne!(growing.as_ptr(), first_block, "it moved");
    assert_eq!(occurrences(&text), 1, "nothing is left in the block it grew out of");
    drop(growing);
    assert_eq!(occurrences(&text), 0);
    drop(neighbour);
}

#[wasm_bindgen_test]
fn a_string_that_shrank_leaves_nothing_behind() {
    let text = unlikely_text();
    let mut roomy = "x".repeat(1_000);
    roomy.push_str(&String::from(&text));
    roomy.truncate(500);
    roomy.shrink_to_fit();
    assert_eq!(occurrences(&text), 0);
    assert_eq!(roomy.len(), 500);
}

/// A text that is not ASCII alone makes the glue's conversion grow and shrink its buffer on the way in.
#[wasm_bindgen_test]
fn a_text_from_javascript_leaves_nothing_behind() {
    let text = unlikely_text();
    let with_umlaut = text.concat(&"ü".into());
    let crossed = String::from(&with_umlaut);
    assert_eq!(occurrences(&text), 1);
    drop(crossed);
    assert_eq!(occurrences(&text), 0);
}

#[wasm_bindgen_test]
async fn renewed_tokens_and_an_ended_session_leave_nothing_behind() {
    let worker = Worker::start();
    let old = worker.sign_in().await;
    let new = renewed_tokens();
    for (tokens, response) in [(old, new.response()), (new, answer(400, r#"{ "error": "invalid_grant" }"#))] {
        assert_ne!(occurrences(&tokens.access_token()), 0, "the search finds what is there");
        worker.network.answer(&response);
        worker.fetch("/auth/refresh", r#"{ "method": "POST" }"#).await;
        for token in [tokens.access_token(), tokens.refresh_token()] {
            assert_eq!(occurrences(&token), 0);
        }
    }
}

#[wasm_bindgen_test]
async fn a_refused_token_response_leaves_nothing_behind() {
    let worker = Worker::start();
    let state = worker.begin_login().await.get("state").unwrap();
    let tokens = Tokens::new(ISSUER, CLIENT_ID, "another nonce");
    worker.network.answer(&tokens.response());
    worker.navigate(&format!("/auth/callback?code=the-code&state={state}")).await;
    assert!(worker.session().await.contains(r#""status":"anonymous""#));
    for token in [tokens.access_token(), tokens.id_token(), tokens.refresh_token()] {
        assert_eq!(occurrences(&token), 0);
    }
}
