//! Forms to the token endpoint and the revocation endpoint.

use super::browser::{Network, RequestBodies, Timeouts, WatchedResponse, text};
use super::worker::TOKEN_ENDPOINT;
use crate::platform::post_form;
use strongroom_core::secret::Form;
use strongroom_core::token::MAX_RESPONSE_BYTES;
use strongroom_core::url::HttpUrl;
use strongroom_core::vault::FormRequest;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect};

fn form() -> FormRequest {
    FormRequest {
        url: HttpUrl::from_serialised(TOKEN_ENDPOINT).unwrap(),
        body: Form::new("grant_type=authorization_code&code=a%2Bb".to_owned()),
    }
}

#[wasm_bindgen_test]
async fn a_form_goes_out_without_cookies_cache_referrer_or_redirects() {
    let network = Network::new();
    network.answer(&WatchedResponse::new(200, "{}").response());
    post_form(&form()).await.unwrap();
    let request = network.last();
    assert_eq!(request.url(), TOKEN_ENDPOINT);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.mode(), RequestMode::Cors);
    assert_eq!(request.credentials(), RequestCredentials::Omit);
    assert_eq!(request.cache(), RequestCache::NoStore);
    assert_eq!(request.redirect(), RequestRedirect::Error);
    assert_eq!(request.referrer_policy(), ReferrerPolicy::NoReferrer);
    let headers = request.headers();
    assert_eq!(headers.get("content-type").unwrap().unwrap(), "application/x-www-form-urlencoded");
    assert_eq!(headers.get("authorization").unwrap(), None);
    assert_eq!(text(request.text()).await, "grant_type=authorization_code&code=a%2Bb");
}

#[wasm_bindgen_test]
async fn the_bytes_that_crossed_into_javascript_are_overwritten() {
    let (network, bodies) = (Network::new(), RequestBodies::new());
    let watched = WatchedResponse::new(400, "{\"error\":\"invalid_grant\"}");
    network.answer(&watched.response());
    let (status, body) = post_form(&form()).await.unwrap();
    bodies.restore();
    assert!(bodies.wiped(), "the request's");
    assert!(watched.wiped(), "the response's");
    assert_eq!((status, body.as_slice()), (400, b"{\"error\":\"invalid_grant\"}".as_slice()));
}

#[wasm_bindgen_test]
async fn a_response_of_junk_is_not_taken_in() {
    let network = Network::new();
    for (size, kept) in [(MAX_RESPONSE_BYTES, MAX_RESPONSE_BYTES as usize), (MAX_RESPONSE_BYTES + 1, 0)] {
        let watched = WatchedResponse::new(200, &"x".repeat(size as usize));
        network.answer(&watched.response());
        assert_eq!(post_form(&form()).await.unwrap().1.len(), kept);
        assert!(watched.wiped());
    }
}

#[wasm_bindgen_test]
async fn no_network_is_no_response() {
    let _network = Network::new();
    assert!(post_form(&form()).await.is_none());
}

#[wasm_bindgen_test]
async fn a_server_that_does_not_answer_is_given_up() {
    let (network, timeouts) = (Network::new(), Timeouts::new());
    network.hang();
    let response = post_form(&form()).await;
    timeouts.restore();
    assert!(response.is_none());
    assert_eq!(timeouts.asked(), [20_000]);
}
