//! Clocks, random bytes and the URL parser are the browser's.

use crate::platform::{now, parse_url, randomness, scope};
use js_sys::Date;
use std::collections::HashSet;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn both_clocks_match_the_browsers_in_milliseconds() {
    let performance = scope().performance().unwrap();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and small")]
    let read = || (performance.now() as u64, Date::now() as u64);
    let before = read();
    let between = now();
    let after = read();
    assert!((before.0..=after.0).contains(&between.monotonic), "{before:?} {between:?} {after:?}");
    assert!((before.1..=after.1).contains(&between.wall), "{before:?} {between:?} {after:?}");
}

#[wasm_bindgen_test]
fn random_bytes_do_not_repeat() {
    let drawn: HashSet<_> = (0..20).flat_map(|_| randomness().unwrap()).collect();
    assert_eq!(drawn.len(), 60);
    assert!(!drawn.contains(&[0; 32]));
}

#[wasm_bindgen_test]
fn urls_are_parsed_as_the_browser_parses_them() {
    for (text, href) in [
        ("https://API.example.com:443/a/../b?q#f", Some("https://api.example.com/b?q#f")),
        ("http:\\\\localhost:80\\x", Some("http://localhost/x")),
        ("https://bücher.example/", Some("https://xn--bcher-kva.example/")),
        (" https://a.example/\n", Some("https://a.example/")),
        ("/path", None),
        ("https://[::1/", None),
    ] {
        assert_eq!(parse_url(text).as_deref(), href, "{text:?}");
    }
}
