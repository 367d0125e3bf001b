//! Freed memory is wiped.

use super::browser::{Tokens, occurrences, unlikely_text};
use super::worker::{Worker, answer};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_string_that_moved_as_it_grew_leaves_no_copy() {
    let text = unlikely_text();
    let mut growing = String::from(&text);
    let first_block = growing.as_ptr();
    // A second allocation prevents the string from growing in place.
    let neighbour = vec![1_u8; growing.capacity()];
    growing.push_str(&"x".repeat(100_000));
    assert_ne!(growing.as_ptr(), first_block, "it moved");
    assert_eq!(occurrences(&text), 1, "nothing is left in the block it grew out of");
    drop(growing);
    assert_eq!(occurrences(&text), 0);
    drop(neighbour);
}

/// For non-ASCII text, the glue's conversion grows and shrinks its buffer.
#[wasm_bindgen_test]
fn a_text_from_javascript_leaves_no_copy() {
    let text = unlikely_text();
    let with_umlaut = text.concat(&"ü".into());
    let crossed = String::from(&with_umlaut);
    assert_eq!(occurrences(&text), 1);
    drop(crossed);
    assert_eq!(occurrences(&text), 0);
}

#[wasm_bindgen_test]
async fn renewed_tokens_and_an_ended_session_leave_no_copy() {
    let (worker, old) = Worker::signed_in().await;
    let new = Tokens::new("");
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
async fn a_refused_token_response_leaves_no_copy() {
    let worker = Worker::start();
    let [state, _] = worker.begin_login().await;
    let tokens = Tokens::new("another nonce");
    worker.network.answer(&tokens.response());
    worker.navigate(&format!("/auth/callback?code=the-code&state={state}")).await;
    assert!(worker.session().await.contains(r#""status":"anonymous""#));
    for token in [tokens.access_token(), tokens.id_token(), tokens.refresh_token()] {
        assert_eq!(occurrences(&token), 0);
    }
}
