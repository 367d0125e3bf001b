//! Which requests get a token: the core compared with the `url` crate, which parses like a browser.

use crate::Outcome;
use crate::fixture::{ORIGIN, config, configured, parse};
use percent_encoding::percent_decode_str;
use serde_json::json;
use strongroom_core::config::Config;
use strongroom_core::policy::{Endpoint, Request, Route, route, routes};
use strongroom_core::url::HttpUrl;
use url::Url;

/// Lines: the URL of the request, then optionally method, mode, destination, and the URL of one more API.
#[must_use]
pub fn policy_url(data: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut line = |otherwise| lines.next().filter(|line| !line.is_empty()).unwrap_or(otherwise);
    let asked_for = line("");
    let (method, mode, destination) = (line("GET"), line("cors"), lines.next().unwrap_or_default());
    let config = lines.next().and_then(config_with_api).unwrap_or_else(config);

    // An unparsed URL must do no harm either.
    let _ = route(&config, Request { url: asked_for, method, mode, destination, redirect: "follow" });

    let Ok(url) = Url::parse(ORIGIN).and_then(|app| app.join(asked_for)) else { return Outcome::Refused };
    let request = Request { url: url.as_str(), method, mode, destination, redirect: "follow" };
    let verdict = route(&config, request);
    assert_parts_agree(&url);
    assert_worth_the_token(&config, request, &url, verdict);
    assert_endpoints_are_the_apps_own(&config, &url, verdict);
    assert_is_routed(&config, &url, verdict);
    Outcome::accepted_if(matches!(verdict, Route::Api(_)))
}

fn config_with_api(url: &str) -> Option<Config> {
    let mut value = configured();
    value["api"].as_array_mut()?.push(json!({ "url": url }));
    parse(value.to_string().as_bytes())?.ok()
}

fn assert_parts_agree(url: &Url) {
    let Some(ours) = HttpUrl::from_serialised(url.as_str()) else {
        let http = matches!(url.scheme(), "http" | "https");
        assert!(!http || has_credentials(url), "{url} was not taken apart");
        return;
    };
    assert_eq!(ours.origin(), url.origin().ascii_serialization(), "{url}");
    assert_eq!(ours.path(), url.path(), "{url}");
    assert_eq!(ours.query(), url.query().unwrap_or_default(), "{url}");
    assert!(!has_credentials(url), "{url}");
}

fn has_credentials(url: &Url) -> bool {
    url.as_str().split('/').nth(2).is_some_and(|authority| authority.contains('@'))
}

/// A request gets the token only if it should, and always if its path is unambiguous.
fn assert_worth_the_token(config: &Config, request: Request<'_>, url: &Url, verdict: Route) {
    let data = matches!(request.mode, "cors" | "no-cors" | "same-origin")
        && ["", "audio", "font", "image", "track", "video"].contains(&request.destination);
    let worthy = |index: usize| {
        let api = Url::parse(config.apis[index].url.as_str()).expect("a configured URL");
        is_below(&api, url)
    };
    match verdict {
        Route::Api(api) => {
            let index =
                config.apis.iter().position(|other| std::ptr::eq(other, api)).expect("an API of these");
            assert!(data, "{request:?}");
            assert!(worthy(index), "{request:?} got the token of {:?}", config.apis[index].url);
            assert!(!is_own(config, url), "{request:?} is for the worker itself");
            let length = |index: usize| config.apis[index].url.path().len();
            let closest = (0..config.apis.len()).filter(|other| worthy(*other)).map(length).max();
            assert_eq!(Some(length(index)), closest, "{request:?} got another API's token");
        }
        Route::Pass if data && is_clear(url.path()) => {
            assert!(!(0..config.apis.len()).any(worthy), "{request:?} got no token");
        }
        Route::Pass | Route::Endpoint(_) | Route::RefuseTokenEndpoint => {}
    }
}

/// The API whose token a request for `url` may get.
pub(crate) fn gets_token_of(config: &Config, url: &str) -> Option<usize> {
    let url = Url::parse(url).ok()?;
    let base = |index: &usize| Url::parse(config.apis[*index].url.as_str()).expect("a configured URL");
    let below = (0..config.apis.len()).filter(|index| is_below(&base(index), &url));
    below.max_by_key(|index| base(index).path().len())
}

/// Whether `url` is `base` or below it, for the browser and for every server that decodes its path up to four
/// times, drops parameters, and treats `\\` as `/`.
fn is_below(base: &Url, url: &Url) -> bool {
    let below = |base: &str, path: &str| {
        let slash = if base.ends_with('/') { "" } else { "/" };
        path == base || path.starts_with(&[base, slash].concat())
    };
    let (mut decoded_base, mut decoded_path) = (base.path().to_owned(), url.path().to_owned());
    let mut stays = below(&decoded_base, &decoded_path);
    for _ in 0..4 {
        (decoded_base, decoded_path) = (decoded(&decoded_base), decoded(&decoded_path));
        stays &= below(&resolved(&decoded_base), &resolved(&decoded_path));
    }
    base.origin() == url.origin() && !has_credentials(url) && stays
}

/// Whether all servers resolve the path the same way. Refusing such a path would be a bug.
fn is_clear(path: &str) -> bool {
    path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_~.".contains(&b)) && !path.contains("/.")
}

/// Decodes separators and dots, as a server may do before routing.
fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().replace('\\', "/")
}

/// Removes parameters and dot segments, RFC 3986 section 5.2.4.
fn resolved(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()) {
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    segments.join("/")
}

fn is_own(config: &Config, url: &Url) -> bool {
    let rest = url.path().strip_prefix(config.base_path.as_str());
    url.origin().ascii_serialization() == ORIGIN
        && !has_credentials(url)
        && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn assert_endpoints_are_the_apps_own(config: &Config, url: &Url, verdict: Route) {
    let Route::Endpoint(endpoint) = verdict else {
        assert!(!is_own(config, url), "{url} was not answered by the worker");
        return;
    };
    assert!(is_own(config, url), "{url} was answered by the worker");
    let path = match endpoint {
        Endpoint::Login => "/auth/login",
        Endpoint::Callback | Endpoint::RefusedCallback => "/auth/callback",
        Endpoint::Session => "/auth/session",
        Endpoint::Events => "/auth/events",
        Endpoint::Refresh => "/auth/refresh",
        Endpoint::Logout => "/auth/logout",
        Endpoint::Keep => "/auth/keep",
        Endpoint::Redeem => "/auth/redeem",
        Endpoint::NotAllowed(_) | Endpoint::NotFound => return,
    };
    assert_eq!(url.path(), path);
}

/// Chromium does not start the worker for requests that no route covers.
fn assert_is_routed(config: &Config, url: &Url, verdict: Route) {
    if verdict == Route::Pass {
        return;
    }
    let named = routes(config).iter().any(|route| {
        let route = Url::parse(route).expect("a route is a URL");
        route.origin() == url.origin() && url.path().starts_with(route.path())
    });
    assert!(named, "{url} is {verdict:?}, and in no route");
}
