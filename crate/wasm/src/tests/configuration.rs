//! The errors of `strongroom.start`, and the settings for the shim.

use super::browser::{MemoryStore, ToldWorkers};
use super::worker::{self, CONFIG};
use crate::Vault;
use crate::platform::scope;
use js_sys::{Array, JSON, Reflect};
use serde_json::Value;
use strongroom_core::json;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// Starts with one changed value at `pointer`.
fn start_with(pointer: &str, key: &str, value: &str) -> Result<Vault, String> {
    let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
    config.pointer_mut(pointer).unwrap()[key] = value.into();
    start(JSON::parse(&serde_json::to_string(&config).unwrap()).unwrap())
}

fn start(config: JsValue) -> Result<Vault, String> {
    let vault = worker::vault(config, &MemoryStore::new(), &ToldWorkers::new());
    vault.map_err(|thrown| String::from(thrown.dyn_into::<js_sys::Error>().expect("an Error").message()))
}

#[wasm_bindgen_test]
fn a_configuration_error_names_the_key_and_urls_are_parsed_by_the_browser() {
    for (pointer, key, value, message) in [
        ("", "scopse", "openid", "`scopse` is not a known key. Remove it"),
        ("/api/0", "url", "http://api.example.com/", "`api[0].url` is an http URL. Use https"),
        ("/api/0", "url", "https://user@api.example.com/", "`api[0].url` is not a URL the vault can use."),
        ("/api/0", "url", "https://id.example.com/", "`api[0].url` covers the token endpoint"),
        // The browser resolves dot segments.
        ("/api/0", "url", "/api/%2e%2e/", "`api[0].url` covers the worker's own endpoints"),
    ] {
        let thrown = start_with(pointer, key, value).err().expect("the configuration was taken");
        assert!(thrown.starts_with(&format!("strongroom.start: {message}")), "{value}: {thrown}");
    }
}

#[wasm_bindgen_test]
fn a_javascript_object_is_read_like_its_json_text() {
    for text in [
        CONFIG,
        "null",
        "false",
        "[]",
        r#"{"":[{"a":{"b":[[true,null]]}},"\u0000\ud83d\ude00"],"z":"","__proto__":{"length":"1"},"2":"2","1":"1"}"#,
    ] {
        let value: json::Value = serde_wasm_bindgen::from_value(JSON::parse(text).unwrap()).unwrap();
        let sorted = JSON::stringify(&JSON::parse(text).unwrap()).unwrap();
        assert_eq!(Some(value), json::parse(String::from(sorted).as_bytes()), "{text}");
    }
}

#[wasm_bindgen_test]
fn a_configuration_error_names_the_type_of_the_value() {
    for (value, what) in [("7", "a number"), ("-1.5", "a number"), ("true", "a boolean"), ("{}", "an object")]
    {
        let config = JSON::parse(CONFIG).unwrap();
        Reflect::set(&config, &"scopes".into(), &JSON::parse(value).unwrap()).unwrap();
        let thrown = start(config).err().expect("the configuration was taken");
        assert_eq!(thrown, format!("strongroom.start: `scopes` is {what}. It must be an array."));
    }
}

#[wasm_bindgen_test]
fn the_shim_gets_its_settings_from_the_vault() {
    let settings = Array::from(&start_with("", "basePath", "/session/vault").ok().unwrap().settings());
    assert_eq!(settings.get(0).as_string().as_deref(), Some("/session/vault"));
    let routes = Array::from(&settings.get(1));
    for route in ["https://api.example.com/v1/", &[&scope().location().origin(), "/session/vault"].concat()] {
        assert!(routes.includes(&route.into(), 0), "{route} in {routes:?}");
    }
}
