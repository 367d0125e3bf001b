//! Which requests get the token, which the worker answers itself, which are refused.
//!
//! The rule for the token, whole: the request's URL, as the browser parsed it, lies in a configured `api` URL
//! ([`HttpUrl::contains`](crate::url::HttpUrl::contains)), and the request is made *by* a page or a worker
//! ([`carries_data`]), not a document that is being opened.

use crate::config::{Api, Config};
use crate::url::HttpUrl;

/// The facts that decide about a request. All come from the browser, none from the page.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The serialised URL.
    pub url: &'a str,
    /// The normalised method.
    pub method: &'a str,
    /// The request's mode, Fetch standard section 2.2.5.
    pub mode: &'a str,
    /// The request's destination, the same section.
    pub destination: &'a str,
    /// The request's redirect mode, the same section.
    pub redirect: &'a str,
}

impl<'a> Request<'a> {
    /// The five in this order, a line each: none of them can have a line break in it.
    #[must_use]
    pub fn parse(lines: &'a str) -> Option<Self> {
        let (url, rest) = lines.split_once('\n')?;
        let (method, rest) = rest.split_once('\n')?;
        let (mode, rest) = rest.split_once('\n')?;
        let (destination, redirect) = rest.split_once('\n')?;
        Some(Self { url, method, mode, destination, redirect })
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// The browser handles it as if there were no worker.
    Pass,
    /// Gets the token that this API wants.
    Api(&'a Api),
    /// The worker's own.
    Endpoint(Endpoint),
    /// A page may not talk to the token endpoint or the revocation endpoint.
    RefuseTokenEndpoint,
}

/// One of the worker's endpoints, or how a request to them is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Starts the authorization request.
    Login,
    /// The redirection endpoint.
    Callback,
    /// A navigation to the redirection endpoint that is refused, in a frame for example. It is redirected: a document's URL,
    /// which a page may read in some browsers, must never hold an authorization code.
    RefusedCallback,
    /// The session, once.
    Session,
    /// The session, at once and at each change.
    Events,
    /// Renews the session now.
    Refresh,
    /// Signs out.
    Logout,
    /// The keepers', who are admitted by what they are and not by their request.
    Keep,
    /// Known path, method not allowed; carries the allowed method.
    NotAllowed(&'static str),
    /// Unknown.
    NotFound,
}

/// Judges `request`. Deny by default: whatever no rule names is [`Route::Pass`], which is without a token.
#[must_use]
pub fn route<'a>(config: &'a Config, request: Request<'_>) -> Route<'a> {
    let Some(url) = HttpUrl::from_serialised(request.url) else { return Route::Pass };
    if url.origin() == config.origin
        && let Some(rest) = url.path().strip_prefix(&config.base_path)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Route::Endpoint(endpoint(rest, request));
    }
    if !carries_data(request) {
        return Route::Pass;
    }
    let provider = &config.provider;
    let token_endpoints = [Some(&provider.token_endpoint), provider.revocation_endpoint.as_ref()];
    if token_endpoints.into_iter().flatten().any(|endpoint| endpoint.contains(&url)) {
        return Route::RefuseTokenEndpoint;
    }
    let apis = config.apis.iter().filter(|api| api.url.contains(&url));
    match apis.max_by_key(|api| api.url.path().len()) {
        Some(api) => Route::Api(api),
        None => Route::Pass,
    }
}

/// Whether redirects of `request` to `api` are refused: the page would have them followed, and the token might go along.
#[must_use]
pub fn refuses_redirects(api: &Api, request: Request<'_>) -> bool {
    !api.follows_redirects && request.redirect == "follow"
}

/// Whether the request's response is data for the page or worker that asked.
///
/// Navigations are not: a link on another site must not act as the user. Neither are documents in frames,
/// objects and embeds, nor anything that runs as code. `""` is fetch, XHR, `EventSource` and beacons.
fn carries_data(request: Request<'_>) -> bool {
    matches!(request.mode, "cors" | "no-cors" | "same-origin")
        && matches!(request.destination, "" | "audio" | "font" | "image" | "track" | "video")
}

fn endpoint(path: &str, request: Request<'_>) -> Endpoint {
    let navigation = request.mode == "navigate";
    // Not in a frame: a page that embeds the app must not start a sign-in or receive its result there.
    let top_level = navigation && request.destination == "document";
    let fetch = !navigation && request.destination.is_empty();
    let (endpoint, method, allowed) = match path {
        "/login" => (Endpoint::Login, "GET", top_level),
        "/callback" => (Endpoint::Callback, "GET", top_level),
        "/session" => (Endpoint::Session, "GET", fetch),
        "/events" => (Endpoint::Events, "GET", fetch),
        "/refresh" => (Endpoint::Refresh, "POST", fetch),
        "/logout" => (Endpoint::Logout, "POST", fetch),
        "/keep" => (Endpoint::Keep, if request.method == "POST" { "POST" } else { "GET" }, fetch),
        _ => return Endpoint::NotFound,
    };
    if allowed && request.method == method {
        endpoint
    } else if navigation && endpoint == Endpoint::Callback {
        Endpoint::RefusedCallback
    } else {
        Endpoint::NotAllowed(method)
    }
}

/// Whether the body of a request with this `Content-Type` may be held in memory, up to [`REPLAY_LIMIT`], so that the
/// request can go out a second time. Uploads are not: they stream through.
#[must_use]
pub fn may_hold_body(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || matches!(essence, "application/json" | "application/x-www-form-urlencoded")
}

/// The longest body that is held, in bytes.
pub const REPLAY_LIMIT: u32 = 64 * 1_024;

/// Whether a request by `method` may go out again though nobody knows what became of it (RFC 9110 section 9.2.1).
#[must_use]
pub fn is_safe_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Every URL whose requests [`route`] may answer with something else than [`Route::Pass`] lies at or below one
/// of these. They may name more than that; they never name less.
#[must_use]
pub fn routes(config: &Config) -> Vec<String> {
    let provider = &config.provider;
    let token_endpoints = [Some(&provider.token_endpoint), provider.revocation_endpoint.as_ref()];
    let urls = config.apis.iter().map(|api| &api.url).chain(token_endpoints.into_iter().flatten());
    let own = [config.origin.as_str(), &config.base_path].concat();
    urls.map(|url| url.as_str().to_owned()).chain([own]).collect()
}

#[cfg(test)]
mod tests;
