//! The errors of `strongroom.start`, and the settings for the shim.

use super::browser::{MemoryStore, ToldWorkers};
use super::worker::{self, CONFIG};
use crate::Vault;
use crate::platform::scope;
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// Starts with one changed value at `pointer`.
fn start_with(pointer: &str, key: &str, value: &str) -> Result<Vault, String> {
    let mut config = serde_json::from_slice::<Value>(CONFIG.as_bytes()).unwrap();
    config.pointer_mut(pointer).unwrap()[key] = value.into();
    let config = serde_json::to_string(&config).unwrap();
    let vault = worker::vault(&config, &MemoryStore::new(), &ToldWorkers::new());
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
fn the_shim_gets_its_settings_from_the_vault() {
    let settings = start_with("", "basePath", "/session/vault").ok().unwrap().settings();
    let settings: Vec<_> = settings.lines().collect();
    let [base_path, scope_path, routes @ ..] = settings.as_slice() else { panic!("{settings:?}") };
    assert_eq!((*base_path, *scope_path), ("/session/vault", "/"));
    for route in ["https://api.example.com/v1/", &[&scope().location().origin(), "/session/vault"].concat()] {
        assert!(routes.contains(&route), "{route} in {routes:?}");
    }
}
