//! The relay of a vault origin: what it fetches for an app, and with which token.
//!
//! The relay is a keeper. While its copy of the session is certainly current and its token is not near its expiry, it
//! attaches the token itself: one interception less per request. All else is the service worker's: to queue, to
//! renew, and to replay what an API has refused.

use crate::config::Config;
use crate::form;
use crate::keeper::Keeper;
use crate::policy::{self, Route, VIA_VAULT};
use crate::problem::REDIRECT_REFUSED;
use crate::response::Response;
use crate::secret::Authorization;
use crate::time::Now;

/// The ID of no session. A request that names it gets no token.
const NO_SESSION: &str = "anonymous";

/// A request that the relay sends.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Relayed {
    /// Where to.
    pub url: String,
    /// The value of the `Authorization` header. Without it, the vault's service worker responds, or attaches the token.
    pub authorization: Option<Authorization>,
    /// The session that it is sent in, if it has a token.
    session: String,
    /// Do not follow redirects: the browser would send the token along.
    pub stop_redirects: bool,
    /// Once there is a response, the session may be another one, or none: report [`Event::Changed`].
    ///
    /// [`Event::Changed`]: crate::keeper::Event::Changed
    pub changes_session: bool,
}

/// What follows from a response.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// The app gets it.
    Deliver,
    /// The app gets this one instead.
    Respond(Response),
    /// The API has refused the token. The service worker can renew it: send the request again, to this URL and without a
    /// token. The URL names the session: the body must not reach another user's account.
    AskVault(String),
}

/// How the relay fetches `request` for `app`, an origin; `None` if it must not. `request` is what the app's interceptor
/// asked for: an API's URL, or an endpoint's path below the base path. If its body came later, `user` is what
/// [`Keeper::user`] was when the request arrived, otherwise 0: the body must not reach the account of a user who has
/// signed in meanwhile. This keeper may not know that user yet, so the URL names the session to the service worker.
///
/// Everything else on this origin, such as the endpoint for keepers, is out of an app's reach.
pub fn relayed(
    config: &Config,
    app: &str,
    user: u64,
    request: policy::Request<'_>,
    keeper: &mut Keeper,
    now: Now,
) -> Option<Relayed> {
    if !admits(config, app) {
        return None;
    }
    let Some(path) = request.url.strip_prefix('/') else {
        let url = request.url.split('#').next()?;
        let only = match user {
            0 => "",
            _ if user == keeper.user() => keeper.session(),
            _ => NO_SESSION,
        };
        let via_vault = [url, VIA_VAULT, only].concat();
        // The browser's default, if script of the app has told the relay no redirect mode.
        let redirect =
            if matches!(request.redirect, "error" | "manual") { request.redirect } else { "follow" };
        let marked = policy::Request { url: &via_vault, redirect, ..request };
        let Route::Api(api) = policy::route(config, marked) else { return None };
        return Some(match keeper.authorization(api.token, now).filter(|_| only != NO_SESSION) {
            Some((session, authorization)) => Relayed {
                url: url.to_owned(),
                authorization: Some(authorization.clone()),
                session: session.to_owned(),
                stop_redirects: policy::refuses_redirects(api, marked),
                changes_session: false,
            },
            None => Relayed { url: via_vault, ..Relayed::default() },
        });
    };
    let (name, query) = path.split_once('?').unwrap_or((path, ""));
    let (names_app, changes_session) = match name {
        "login" => (true, false),
        "logout" => (true, true),
        "refresh" => (false, true),
        "session" | "events" => (false, false),
        _ => return None,
    };
    let app = if names_app { form::text(&[("app", app)]) } else { String::new() };
    let separator = if app.is_empty() || query.is_empty() { "" } else { "&" };
    let url = [&config.origin, &config.base_path, "/", name, "?", &app, separator, query].concat();
    if changes_session {
        keeper.doubt();
    }
    Some(Relayed { url, changes_session, ..Relayed::default() })
}

impl Relayed {
    /// What follows from the response's status, which is 0 if a redirect was stopped.
    pub fn next(&self, status: u16) -> Next {
        match status {
            0 if self.stop_redirects => Next::Respond(Response::problem(502, &REDIRECT_REFUSED)),
            401 if self.authorization.is_some() => {
                Next::AskVault([&self.url, VIA_VAULT, &self.session].concat())
            }
            _ => Next::Deliver,
        }
    }
}

/// Whether `app`, an origin, may use this vault.
pub(crate) fn admits(config: &Config, app: &str) -> bool {
    config.apps.iter().any(|known| known == app)
}

#[cfg(test)]
mod tests;
