use super::{Endpoint, Request, Route, is_safe_method, may_hold_body, refuses_redirects, route};
use crate::config::Config;
use crate::config::tests::config;
use proptest::prelude::*;
use std::sync::LazyLock;

static CONFIG: LazyLock<Config> = LazyLock::new(config);

fn fetch<'a>(method: &'a str, url: &'a str) -> Request<'a> {
    Request { url, method, mode: "cors", destination: "", redirect: "follow" }
}

fn navigation<'a>(method: &'a str, url: &'a str, destination: &'a str) -> Request<'a> {
    Request { url, method, mode: "navigate", destination, redirect: "manual" }
}

/// Routes a URL as a browser reports it: parsed and serialised.
fn route_of(url: &str) -> Route<'static> {
    route(&CONFIG, fetch("GET", url::Url::parse(url).unwrap().as_str()))
}

#[test]
fn requests_to_the_api_get_the_token() {
    for url in [
        "https://api.example.com/v1/",
        "https://api.example.com/v1/notes?q=1#x",
        "https://API.example.com:443/v1/notes",
        "https://api.example.com/v0/../v1/notes",
        "https://api.example.com/v1/a%2Fb",
        "https://api.example.com/v1/%2e%2e/v1/x",
    ] {
        assert_eq!(route_of(url), Route::Api(&CONFIG.apis[0]), "{url}");
    }
    assert_eq!(route_of("https://app.example.com/api/notes"), Route::Api(&CONFIG.apis[1]));
}

#[test]
fn look_alikes_get_no_token() {
    for url in [
        "https://api.example.com.evil.example/v1/",
        "https://evil-api.example.com/v1/",
        "https://api.example.com@evil.example/v1/",
        "https://user:pass@api.example.com/v1/",
        "https://api.example.com:8443/v1/",
        "http://api.example.com/v1/",
        "https://api.example.com./v1/",
        "https://api.example.com/v1",
        "https://api.example.com/v10/",
        "https://api.example.com/v1evil/",
        "https://api.example.com/V1/",
        "https://api.example.com/v1/../admin",
        "https://api.example.com/v1/%2e%2e/admin",
        "https://api.example.com/v1/..%2fadmin",
        "https://api.example.com/v1/..%5Cadmin",
        "https://api.example.com/v1/x%2f%2e%2E%2Fadmin",
        "https://api.example.com/v1/..;/other",
        "https://api.example.com/v1/..;a=b/other",
        "https://api.example.com/v1/%2e%2e%3b/other",
        "https://api.example.com/v1/%252e%252e/other",
        "https://api.example.com/v1/..%20/other",
        "https://api.example.com//v1/",
        "https://api.example.com/evil?/v1/",
        "https://api.example.com/evil#/v1/",
        "https://evil.example/https://api.example.com/v1/",
        "https://app.example.com/apis",
        "wss://api.example.com/v1/",
        "blob:https://api.example.com/v1/",
    ] {
        assert_eq!(route_of(url), Route::Pass, "{url}");
    }
}

#[test]
fn documents_and_code_get_no_token() {
    let url = "https://app.example.com/api/notes";
    for destination in ["document", "iframe", "frame", "object", "embed", "fencedframe"] {
        let request = navigation("GET", url, destination);
        assert_eq!(route(&CONFIG, request), Route::Pass, "{destination}");
    }
    for destination in [
        "object",
        "embed",
        "iframe",
        "script",
        "style",
        "worker",
        "sharedworker",
        "serviceworker",
        "audioworklet",
        "paintworklet",
        "manifest",
        "report",
        "xslt",
        "webidentity",
        "speculationrules",
        "json",
    ] {
        for mode in ["cors", "no-cors", "same-origin"] {
            let request = Request { url, method: "GET", mode, destination, redirect: "follow" };
            assert_eq!(route(&CONFIG, request), Route::Pass, "{destination} {mode}");
        }
    }
    let request = Request { url, method: "GET", mode: "websocket", destination: "", redirect: "follow" };
    assert_eq!(route(&CONFIG, request), Route::Pass);
}

#[test]
fn followed_redirects_are_refused_if_the_api_is_only_part_of_its_origin() {
    let config = config();
    let request = fetch("GET", "https://api.example.com/v1/x");
    let mut api = config.apis[0].clone();
    for (follows, redirect, refused) in
        [(false, "follow", true), (false, "manual", false), (false, "error", false), (true, "follow", false)]
    {
        api.follows_redirects = follows;
        assert_eq!(refuses_redirects(&api, Request { redirect, ..request }), refused, "{follows} {redirect}");
    }
}

#[test]
fn a_request_is_parsed_from_five_lines() {
    let lines = "https://api.example.com/v1/x\nGET\ncors\n\nfollow";
    let request = Request::parse(lines).unwrap();
    assert_eq!((request.url, request.method), ("https://api.example.com/v1/x", "GET"));
    assert_eq!((request.mode, request.destination, request.redirect), ("cors", "", "follow"));
    assert!(Request::parse("https://api.example.com/v1/x\nGET\ncors\n").is_none());
}

#[test]
fn media_images_and_fonts_get_the_token() {
    for destination in ["", "audio", "font", "image", "track", "video"] {
        let request = Request {
            url: "https://api.example.com/v1/x",
            method: "GET",
            mode: "no-cors",
            destination,
            redirect: "follow",
        };
        assert_eq!(route(&CONFIG, request), Route::Api(&CONFIG.apis[0]), "{destination}");
    }
}

#[test]
fn requests_of_pages_to_the_token_endpoint_are_refused() {
    for url in [
        "https://auth.example.com/oauth2/token",
        "https://auth.example.com/oauth2/token?x",
        "https://auth.example.com/oauth2/token/",
        "https://auth.example.com/oauth2/revoke",
    ] {
        assert_eq!(route(&CONFIG, fetch("POST", url)), Route::RefuseTokenEndpoint, "{url}");
    }
    assert_eq!(route_of("https://auth.example.com/oauth2/userInfo"), Route::Pass);
}

#[test]
fn the_most_specific_api_decides_which_token() {
    let mut config = config();
    let mut inner = config.apis[0].clone();
    inner.url = crate::url::HttpUrl::from_serialised("https://api.example.com/v1/inner/").unwrap();
    config.apis.insert(0, inner);
    assert_eq!(
        route(&config, fetch("GET", "https://api.example.com/v1/inner/x")),
        Route::Api(&config.apis[0])
    );
    assert_eq!(route(&config, fetch("GET", "https://api.example.com/v1/other")), Route::Api(&config.apis[1]));
}

#[test]
fn endpoints_accept_their_own_requests() {
    let rows = [
        (navigation("GET", "https://app.example.com/auth/login", "document"), Endpoint::Login),
        (navigation("GET", "https://app.example.com/auth/login?returnTo=/x", "document"), Endpoint::Login),
        (
            navigation("GET", "https://app.example.com/auth/callback?code=x&state=y", "document"),
            Endpoint::Callback,
        ),
        (fetch("GET", "https://app.example.com/auth/session"), Endpoint::Session),
        (fetch("GET", "https://app.example.com/auth/events"), Endpoint::Events),
        (fetch("POST", "https://app.example.com/auth/refresh"), Endpoint::Refresh),
        (fetch("POST", "https://app.example.com/auth/logout"), Endpoint::Logout),
        (fetch("GET", "https://app.example.com/auth/keep?key=x"), Endpoint::Keep),
        (fetch("POST", "https://app.example.com/auth/keep"), Endpoint::Keep),
    ];
    for (request, endpoint) in rows {
        assert_eq!(route(&CONFIG, request), Route::Endpoint(endpoint), "{request:?}");
    }
}

#[test]
fn endpoints_refuse_all_other_requests() {
    let get = Endpoint::NotAllowed("GET");
    let post = Endpoint::NotAllowed("POST");
    let rows = [
        (fetch("GET", "https://app.example.com/auth/login"), get),
        (fetch("GET", "https://app.example.com/auth/callback?code=x&state=y"), get),
        (navigation("POST", "https://app.example.com/auth/login", "document"), get),
        (navigation("POST", "https://app.example.com/auth/callback", "document"), Endpoint::RefusedCallback),
        (navigation("GET", "https://app.example.com/auth/login", "iframe"), get),
        (navigation("GET", "https://app.example.com/auth/login?silent=1", "iframe"), get),
        (
            navigation("GET", "https://app.example.com/auth/callback?code=x&state=y", "iframe"),
            Endpoint::RefusedCallback,
        ),
        (navigation("GET", "https://app.example.com/auth/callback", "iframe"), Endpoint::RefusedCallback),
        (navigation("GET", "https://app.example.com/auth/login", "fencedframe"), get),
        (navigation("GET", "https://app.example.com/auth/login?silent=1", "object"), get),
        (navigation("GET", "https://app.example.com/auth/callback", "embed"), Endpoint::RefusedCallback),
        (navigation("GET", "https://app.example.com/auth/session", "document"), get),
        (navigation("GET", "https://app.example.com/auth/events", "iframe"), get),
        (navigation("POST", "https://app.example.com/auth/logout", "document"), post),
        (navigation("GET", "https://app.example.com/auth/logout", "document"), post),
        (fetch("GET", "https://app.example.com/auth/logout"), post),
        (fetch("POST", "https://app.example.com/auth/session"), get),
        (fetch("GET", "https://app.example.com/auth/refresh"), post),
        (navigation("POST", "https://app.example.com/auth/refresh", "document"), post),
        (navigation("GET", "https://app.example.com/auth/keep", "document"), get),
        (navigation("POST", "https://app.example.com/auth/keep", "iframe"), post),
        (fetch("PUT", "https://app.example.com/auth/keep"), get),
        (fetch("HEAD", "https://app.example.com/auth/keep"), get),
        (
            Request {
                url: "https://app.example.com/auth/keep",
                method: "GET",
                mode: "no-cors",
                destination: "image",
                redirect: "follow",
            },
            get,
        ),
        (
            Request {
                url: "https://app.example.com/auth/session",
                method: "GET",
                mode: "no-cors",
                destination: "script",
                redirect: "follow",
            },
            get,
        ),
        (fetch("GET", "https://app.example.com/auth"), Endpoint::NotFound),
        (fetch("GET", "https://app.example.com/auth/"), Endpoint::NotFound),
        (fetch("GET", "https://app.example.com/auth/token"), Endpoint::NotFound),
        (fetch("GET", "https://app.example.com/auth/keep/"), Endpoint::NotFound),
        (fetch("POST", "https://app.example.com/auth/keeper"), Endpoint::NotFound),
        (fetch("POST", "https://app.example.com/auth/refresh/x"), Endpoint::NotFound),
        (navigation("GET", "https://app.example.com/auth/login/", "document"), Endpoint::NotFound),
        (navigation("GET", "https://app.example.com/auth/%6Cogin", "document"), Endpoint::NotFound),
    ];
    for (request, endpoint) in rows {
        assert_eq!(route(&CONFIG, request), Route::Endpoint(endpoint), "{request:?}");
    }
    assert_eq!(route(&CONFIG, fetch("GET", "https://app.example.com/authors")), Route::Pass);
    assert_eq!(route(&CONFIG, fetch("GET", "https://other.example.com/auth/session")), Route::Pass);
}

#[test]
fn only_text_bodies_are_held_for_a_replay() {
    for (content_type, held) in [
        ("application/json", true),
        ("application/json; charset=utf-8", true),
        ("application/json ;charset=utf-8", true),
        ("application/merge-patch+json", true),
        ("application/x-www-form-urlencoded;charset=UTF-8", true),
        ("text/plain;charset=UTF-8", true),
        ("", false),
        ("application/octet-stream", false),
        ("application/jsonl", false),
        ("image/png", false),
        ("multipart/form-data; boundary=x", false),
        ("video/mp4; codecs=\"text/plain\"", false),
        ("video/mp4; x=application/json", false),
    ] {
        assert_eq!(may_hold_body(content_type), held, "{content_type:?}");
    }
}

#[test]
fn only_safe_methods_are_replayed_when_the_outcome_is_unknown() {
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert!(is_safe_method(method), "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "QUERY", "get", ""] {
        assert!(!is_safe_method(method), "{method}");
    }
}

/// The same rule, implemented with the `url` crate: origin and path segments of the configured URLs.
fn oracle(config: &Config, url: &url::Url) -> Option<usize> {
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let hidden = url.path().to_ascii_lowercase().replace("%2f", "/").replace("%5c", "/");
    if hidden
        .split('/')
        .any(|segment| !segment.is_empty() && segment.replace("%2e", ".").bytes().all(|b| b == b'.'))
    {
        return None;
    }
    config.apis.iter().position(|api| {
        let api = url::Url::parse(api.url.as_str()).unwrap();
        let base: Vec<_> = api.path_segments().unwrap().filter(|segment| !segment.is_empty()).collect();
        let mut segments = url.path_segments().unwrap();
        url.origin() == api.origin()
            && base.iter().all(|want| segments.next() == Some(want))
            && segments.next().is_some()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_096, ..ProptestConfig::default() })]

    #[test]
    fn routing_agrees_with_the_url_crate(
        text in r"(https?|HTTPS|ftp)://((user|a:b)@)?(api|app|API|evil)(\.example)?\.(com|com\.evil\.example|com\.)(:443|:80|:8443)?(/|\\|//)?(v1|V1|api|v1x|v|%76%31)?(/|\\|%2f|%5C|//)?(\.\.|%2e%2E|\.|x|v1|%2e)?(/|%2F)?(\.\.|v1|api|y)?/?(\?[/v1]{0,3})?(#[/v1]{0,3})?",
    ) {
        if let Ok(url) = url::Url::parse(&text) {
            let config = config();
            let got = match route(&config, fetch("GET", url.as_str())) {
                Route::Api(api) => config.apis.iter().position(|other| other == api),
                _ => None,
            };
            prop_assert_eq!(got, oracle(&config, &url), "{}", url);
        }
    }
}
