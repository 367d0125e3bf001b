//! What was freed is nowhere in linear memory.

use super::browser::{occurrences, unlikely_text};
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
