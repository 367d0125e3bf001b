//! Tests of the edge in a service worker of a real browser: `npm test -- edge`.

mod bodies;
mod browser;
mod configuration;
mod device_copy;
mod executor;
mod form_requests;
mod keeper;
mod keepers;
mod memory;
mod platform;
#[cfg(feature = "vault-origin")]
mod relay;
mod requests;
mod responses;
mod worker;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_service_worker);
