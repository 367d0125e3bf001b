//! Requests to the authorization server.

use super::browser::{Network, is_pending, text, watched_response, wiped};
use super::worker::{TOKEN_ENDPOINT, status};
use crate::platform::{is_there, post_form, promise};
use strongroom_core::secret::Form;
use strongroom_core::token::MAX_RESPONSE_BYTES;
use strongroom_core::url::HttpUrl;
use strongroom_core::vault::FormRequest;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect};

fn form() -> FormRequest {
    FormRequest {
        url: HttpUrl::from_serialised(TOKEN_ENDPOINT).unwrap(),
        body: Form::new("grant_type=authorization_code&code=a%2Bb".to_owned()),
    }
}

#[wasm_bindgen_test]
async fn a_form_is_sent_without_cookies_cache_referrer_or_redirects() {
    let network = Network::new();
    network.answer(&watched_response(200, "{}"));
    post_form(&form()).await.unwrap();
    let request = network.last();
    assert_eq!((request.method(), request.url()), ("POST".to_owned(), TOKEN_ENDPOINT.to_owned()));
    assert_eq!((request.mode(), request.credentials()), (RequestMode::Cors, RequestCredentials::Omit));
    assert_eq!((request.cache(), request.redirect()), (RequestCache::NoStore, RequestRedirect::Error));
    assert_eq!(request.referrer_policy(), ReferrerPolicy::NoReferrer);
    let headers = request.headers();
    assert_eq!(headers.get("content-type").unwrap().unwrap(), "application/x-www-form-urlencoded");
    assert_eq!(headers.get("authorization").unwrap(), None);
    assert_eq!(text(request.text()).await, "grant_type=authorization_code&code=a%2Bb");
}

#[wasm_bindgen_test]
async fn bytes_in_javascript_memory_are_overwritten_and_oversized_responses_are_refused() {
    const MOST: usize = MAX_RESPONSE_BYTES as usize;
    for (length, taken) in [(25, 25), (MOST, MOST), (MOST + 1, 0)] {
        let network = Network::new();
        network.answer(&watched_response(400, &"x".repeat(length)));
        assert!(!wiped());
        assert_eq!(post_form(&form()).await, Some((400, vec![b'x'; taken])), "{length}");
        assert!(wiped(), "the form's and the response's");
    }
}

#[wasm_bindgen_test]
async fn a_request_to_an_unresponsive_server_times_out() {
    let network = Network::new();
    network.hang();
    let form = form();
    let posting = promise(async move { Ok(post_form(&form).await.is_none().into()) });
    assert!(is_pending(&posting).await);
    assert_eq!(network.timeouts(), [20_000]);
    network.time_out();
    assert!(JsFuture::from(posting).await.unwrap().is_truthy());
    // No network.
    assert!(!is_there(TOKEN_ENDPOINT).await && post_form(&self::form()).await.is_none());
    assert_eq!(network.timeouts(), [20_000, 5_000, 20_000]);
}

#[wasm_bindgen_test]
async fn a_server_is_probed_without_cookies_cache_or_referrer() {
    let network = Network::new();
    network.answer(&status(500));
    assert!(is_there(TOKEN_ENDPOINT).await);
    let probe = network.last();
    assert_eq!((probe.method(), probe.url()), ("HEAD".to_owned(), TOKEN_ENDPOINT.to_owned()));
    assert_eq!((probe.mode(), probe.credentials()), (RequestMode::NoCors, RequestCredentials::Omit));
    assert_eq!((probe.cache(), probe.referrer_policy()), (RequestCache::NoStore, ReferrerPolicy::NoReferrer));
}
