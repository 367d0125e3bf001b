//! Routing: which requests get a token, which ones the worker responds to, and which ones it refuses.
//!
//! The whole rule for tokens: the request's URL, as the browser parsed it, is inside a configured `api` URL
//! ([`HttpUrl::contains`](crate::url::HttpUrl::contains)), and the request is a subresource request of a page
//! or worker ([`carries_data`]), not the navigation to a document.

use crate::config::{Api, Config};
use crate::url::HttpUrl;

/// The properties that decide a request's route, as the browser reports them.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The serialised URL.
    pub url: &'a str,
    /// The normalised method.
    pub method: &'a str,
    /// The request's mode, Fetch standard section 2.2.5.
    pub mode: &'a str,
    /// The request's destination, Fetch standard section 2.2.5.
    pub destination: &'a str,
    /// The request's redirect mode, Fetch standard section 2.2.5.
    pub redirect: &'a str,
}

impl<'a> Request<'a> {
    /// Parses the five properties, one per line in this order. None of them can contain a line break.
    pub fn parse(lines: &'a str) -> Option<Self> {
        let (url, rest) = lines.split_once('\n')?;
        let (method, rest) = rest.split_once('\n')?;
        let (mode, rest) = rest.split_once('\n')?;
        let (destination, redirect) = rest.split_once('\n')?;
        Some(Self { url, method, mode, destination, redirect })
    }
}

/// Begins the fragment of requests to an API that the service worker of a vault origin handles. All others already have
/// their token, from the relay. The ID of a session may follow: the request must not be sent for another user. A fragment
/// reaches the service worker, and not the API.
pub const VIA_VAULT: &str = "#vault";

/// What the worker does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// Leaves it to the browser, as if there were no worker.
    Pass,
    /// Sends it with the token for this API.
    Api(&'a Api),
    /// Responds to it itself.
    Endpoint(Endpoint),
    /// Refuses it: a page must not call the token endpoint or the revocation endpoint.
    RefuseTokenEndpoint,
}

/// An endpoint, or why a request under the base path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// Starts the authorization request.
    Login,
    /// The redirection endpoint.
    Callback,
    /// A refused navigation to the redirection endpoint, such as one in a frame. It gets 204: some browsers let a page
    /// read a document's URL, which must never hold an authorization code.
    RefusedCallback,
    /// Returns the session once.
    Session,
    /// Streams the session, at once and after each change.
    Events,
    /// Renews the session now.
    Refresh,
    /// Signs out.
    Logout,
    /// For keepers. The client's type and URL admit it, not the request.
    Keep,
    /// Takes an authorization response from the callback page. On a vault origin only.
    Redeem,
    /// Known path, method not allowed; carries the allowed method.
    NotAllowed(&'static str),
    /// Unknown path.
    NotFound,
}

/// Routes `request`. Deny by default: a request that no rule matches is [`Route::Pass`] and gets no token.
pub fn route<'a>(config: &'a Config, request: Request<'_>) -> Route<'a> {
    let Some(url) = HttpUrl::from_serialised(request.url) else { return Route::Pass };
    if url.origin() == config.origin
        && let Some(rest) = url.path().strip_prefix(&config.base_path)
        && (rest.is_empty() || rest.starts_with('/'))
    {
        return Route::Endpoint(endpoint(config, rest, request));
    }
    if !carries_data(request) {
        return Route::Pass;
    }
    if token_endpoints(config).any(|endpoint| endpoint.contains(&url)) {
        return Route::RefuseTokenEndpoint;
    }
    let apis = config.apis.iter().filter(|api| api.url.contains(&url));
    match apis.max_by_key(|api| api.url.path().len()) {
        Some(api) if session_for(config, request.url).is_some() => Route::Api(api),
        _ => Route::Pass,
    }
}

/// The session whose user a request to an API is for, by its ID; empty if it is for whoever is signed in. `None` if the request
/// is not this worker's to send.
pub(crate) fn session_for<'a>(config: &Config, url: &'a str) -> Option<&'a str> {
    if config.is_vault_origin() { url.get(url.find('#')?..)?.strip_prefix(VIA_VAULT) } else { Some("") }
}

/// The endpoints that only the vault may call.
fn token_endpoints(config: &Config) -> impl Iterator<Item = &HttpUrl> {
    [&config.provider.token_endpoint].into_iter().chain(&config.provider.revocation_endpoint)
}

/// Whether a redirect of `request` must be refused: the browser would follow it and might send the token
/// along.
pub fn refuses_redirects(api: &Api, request: Request<'_>) -> bool {
    !api.follows_redirects && request.redirect == "follow"
}

/// Whether the response is data for the page or worker that made the request.
///
/// The mode excludes navigations (`navigate`), also those of frames, so that a link or frame of another site cannot act
/// as the user. The destination excludes documents once more (`document`, `iframe`, `frame`), objects, embeds, and
/// everything that runs as code. `""` is fetch, XHR, `EventSource` and beacons.
fn carries_data(request: Request<'_>) -> bool {
    matches!(request.mode, "cors" | "no-cors" | "same-origin")
        && matches!(request.destination, "" | "audio" | "font" | "image" | "track" | "video")
}

fn endpoint(config: &Config, path: &str, request: Request<'_>) -> Endpoint {
    let navigation = request.mode == "navigate";
    // Not in a frame: a page that embeds the app must not start a sign-in or receive its result there.
    let top_level = navigation && request.destination == "document";
    let fetch = !navigation && request.destination.is_empty();
    let is_vault_origin = config.is_vault_origin();
    let (endpoint, method, allowed) = match path {
        // The relay asks where to navigate. Pages of this origin perform the sign-in.
        "/login" if is_vault_origin => (Endpoint::Login, "GET", fetch),
        "/redeem" if is_vault_origin => (Endpoint::Redeem, "POST", fetch),
        "/callback" if is_vault_origin => return Endpoint::NotFound,
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

/// Whether a body with this `Content-Type` may be held in memory, up to [`REPLAY_LIMIT`], so that the request
/// can be replayed. Uploads are streamed instead.
pub fn may_hold_body(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || matches!(essence, "application/json" | "application/x-www-form-urlencoded")
}

/// The longest body that is held for a replay, in bytes.
pub const REPLAY_LIMIT: u32 = 64 * 1_024;

/// Whether a request with `method` may be replayed if its outcome is unknown (RFC 9110 section 9.2.1).
pub fn is_safe_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// URLs that together cover every request that [`route`] does not route to [`Route::Pass`]: each such request
/// is at or below one of them. They may cover more, never less.
pub fn routes(config: &Config) -> Vec<String> {
    let urls = config.apis.iter().map(|api| &api.url).chain(token_endpoints(config));
    let own = [config.origin.as_str(), &config.base_path].concat();
    urls.map(|url| url.as_str().to_owned()).chain([own]).collect()
}

#[cfg(test)]
mod tests;
