//! What `strongroom.start` throws.

use super::browser::{MemoryStore, PlainChannel, ToldVersions};
use super::worker::{self, CONFIG};
use crate::Vault;
use js_sys::Error;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

fn start(config: &str) -> Result<Vault, JsValue> {
    worker::vault(config, &MemoryStore::new(), &PlainChannel::new(), &ToldVersions::new())
}

fn refusal(config: &str) -> String {
    let thrown = start(config).err().expect("the configuration was taken");
    String::from(thrown.dyn_into::<Error>().expect("an Error").message())
}

#[wasm_bindgen_test]
fn a_mistake_is_an_error_that_names_the_key_and_the_remedy() {
    let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
    config["scopse"] = "openid".into();
    let message = refusal(&serde_json::to_string(&config).unwrap());
    assert!(message.starts_with("strongroom.start: `scopse` is not a known key. Remove it"), "{message}");
}

#[wasm_bindgen_test]
fn urls_are_judged_by_the_browsers_own_parser() {
    for (url, remedy) in [
        ("http://api.example.com/", "`api[0].url` is an http URL. Use https"),
        ("https://user@api.example.com/", "`api[0].url` is not a URL the vault can use."),
        ("api.example.com", "`api[0].url` is not a URL the vault can use."),
        ("https://id.example.com/", "`api[0].url` covers the token endpoint"),
        ("/", "`api[0].url` covers the worker's own endpoints"),
        // The browser resolves the dots, and what is left is the same.
        ("/api/%2e%2e/", "`api[0].url` covers the worker's own endpoints"),
    ] {
        let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
        config["api"][0]["url"] = url.into();
        let message = refusal(&serde_json::to_string(&config).unwrap());
        assert!(message.starts_with(&format!("strongroom.start: {remedy}")), "{url}: {message}");
    }
}

#[wasm_bindgen_test]
fn nothing_at_all_is_an_error_too() {
    for config in ["null", "", "[]", "7", "{}"] {
        assert!(refusal(config).starts_with("strongroom.start: "), "{config}");
    }
}

#[wasm_bindgen_test]
fn a_started_vault_tells_what_the_shim_needs_of_the_configuration() {
    let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
    config["basePath"] = "/session/vault".into();
    let vault = start(&serde_json::to_string(&config).unwrap()).ok().unwrap();
    let settings = vault.settings();
    let settings: Vec<_> = settings.lines().collect();
    let [base_path, scope, routes @ ..] = settings.as_slice() else { panic!("{settings:?}") };
    assert_eq!((*base_path, *scope), ("/session/vault", "/"));
    let origin = crate::platform::scope().location().origin();
    for route in [
        "https://api.example.com/v1/",
        &format!("{origin}/api/"),
        "https://id.example.com/oauth2/token",
        "https://id.example.com/oauth2/revoke",
        &format!("{origin}/session/vault"),
    ] {
        assert!(routes.contains(&route), "{route} in {routes:?}");
    }
}
