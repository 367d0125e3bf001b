//! The configuration: a parsed one is valid.

use crate::Outcome;
use crate::fixture::{ORIGIN, parse};
use strongroom_core::config::Config;
use strongroom_core::policy::{Request, Route, route};
use strongroom_core::url::HttpUrl;
use url::{Host, Url};

/// Input: the configuration as JSON.
#[must_use]
pub fn configuration(data: &[u8]) -> Outcome {
    match parse(data) {
        None => Outcome::Refused,
        Some(Ok(config)) => {
            assert_cannot_be_wrong(&config);
            Outcome::Accepted
        }
        Some(Err(error)) => {
            let sentence = error.to_string();
            assert!(
                sentence.starts_with("strongroom.start: ") && sentence.ends_with(['.', '}']),
                "{sentence}"
            );
            Outcome::Refused
        }
    }
}

fn assert_cannot_be_wrong(config: &Config) {
    let provider = &config.provider;
    let optional = [&provider.revocation_endpoint, &provider.logout_endpoint];
    let required = [&provider.authorization_endpoint, &provider.token_endpoint];
    let endpoints = required.into_iter().chain(optional.into_iter().flatten());
    for url in endpoints.chain(config.apis.iter().map(|api| &api.url)) {
        assert_is_secure(url);
    }
    assert!(!provider.client_id.is_empty() && provider.issuers.iter().all(|issuer| !issuer.is_empty()));
    assert!(config.scopes.iter().any(|scope| scope == "openid"), "{:?}", config.scopes);
    assert!(config.scopes.iter().all(|scope| !scope.is_empty() && !scope.contains([' ', '"'])));
    assert!(config.session_claims.iter().all(|claim| !claim.is_empty()));

    let callback = Url::parse(&config.redirect_uri()).expect("the redirect URI is a URL");
    let is_vault_origin = !config.apps.is_empty();
    let path = [&config.base_path, "/callback"].concat();
    let path = if is_vault_origin { "/callback.html" } else { &path };
    assert_eq!(callback.as_str(), [ORIGIN, path].concat(), "a plain path");
    assert!(!config.apps.iter().any(|app| app == ORIGIN) && (!is_vault_origin || config.scope == "/"));
    if let Some(remember_for) = config.remember_for {
        assert!(is_vault_origin, "the app's script can use a device copy");
        assert!((1..=400).any(|days| remember_for == days * 86_400_000), "{remember_for}");
    }
    assert_apis_are_apart(config);
}

/// By the `url` crate: `https` or a loopback host, and no credentials.
fn assert_is_secure(ours: &HttpUrl) {
    let url = Url::parse(ours.as_str()).expect("a URL");
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    assert!(url.scheme() == "https" || (url.scheme() == "http" && loopback), "{url}");
    assert!(url.username().is_empty() && url.password().is_none(), "{url}");
}

/// No API overlaps another one's URL, the worker's endpoints or the token endpoint.
fn assert_apis_are_apart(config: &Config) {
    let get = |url: &str| {
        route(config, Request { url, method: "GET", mode: "cors", destination: "", redirect: "follow" })
    };
    assert!(!config.apis.is_empty());
    for api in &config.apis {
        assert!(!api.url.has_query_or_fragment());
        if let Route::Api(validated) = get(api.url.as_str()) {
            assert!(std::ptr::eq(validated, api), "{:?}", api.url);
        }
    }
    let token_endpoint = get(config.provider.token_endpoint.as_str());
    assert!(!matches!(token_endpoint, Route::Api(_)), "{:?}", config.provider.token_endpoint);
    for endpoint in ["", "/login", "/callback", "/session", "/keep", "/nothing"] {
        let verdict = get(&[ORIGIN, &config.base_path, endpoint].concat());
        assert!(matches!(verdict, Route::Endpoint(_)), "{endpoint}: {verdict:?}");
    }
}
