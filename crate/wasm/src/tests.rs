//! Tests of the edge, in a service worker of a real browser:
//! `wasm-pack test --headless --chrome crate/wasm`.

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod admission;
mod answers;
mod api_requests;
mod browser;
mod clients;
mod clock;
mod configuration;
mod event_streams;
mod expiry;
mod form_requests;
mod handover;
mod keeper;
mod keeper_client;
mod keepers;
mod memory;
mod platform;
mod queue;
mod renewal;
mod replays;
mod requests;
mod sign_in;
mod wire;
mod worker;

wasm_bindgen_test_configure!(run_in_service_worker);
