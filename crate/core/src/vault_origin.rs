//! The sign-in in the two pages of a vault origin.
//!
//! The session lives in the storage partition of the vault's frame, and browsers partition workers and storage
//! by top-level site. So no worker that holds the session sees a top-level page of this origin. The login page
//! and the callback page therefore run the authorization request themselves, with nonce and code verifier in
//! their tab's `sessionStorage`. The callback page leaves the authorization response in a cookie, the only thing
//! that all engines share with the frame, and the frame passes it to the vault. No app has script on this origin.
//!
//! The vault makes the `state` and puts it into the login page's URL. Every response names its `state`, by which the
//! vault recognizes its own sign-ins.

use crate::authorization::{LoginRequest, Randomness, authorization_request};
use crate::callback::Callback;
use crate::config::Config;
use crate::form;
use crate::json;
use crate::pkce::{Random, base64url, from_base64url};
use crate::problem::{INVALID_APP, INVALID_STATE, MIXED_UP, PLATFORM_FAILED, Problem, RESPONSE_TOO_LONG};
use crate::relay::admits;
use crate::return_to::ReturnTo;
use crate::secret::{AuthorizationCode, CodeVerifier, Nonce, State};
use crate::time::Now;
use crate::transaction::{Secrets, Transaction};

/// How long the frame has to read an authorization response, in seconds.
const COOKIE_LIFETIME: &str = "60";

/// Browsers drop a cookie whose name and value are longer than 4,096 bytes together.
const LONGEST_COOKIE: usize = 4_000;

/// The app that a request to an endpoint or to the login page is for.
///
/// # Errors
///
/// `invalid_app` unless the query names exactly one app of the configuration.
pub(crate) fn app_of<'a>(config: &'a Config, query: &str) -> Result<&'a str, Problem> {
    let mut named = form::pairs(query).filter(|(name, _)| name == "app");
    match (named.next(), named.next()) {
        (Some((_, app)), None) => {
            config.apps.iter().find(|known| **known == app).map(String::as_str).ok_or(INVALID_APP)
        }
        _ => Err(INVALID_APP),
    }
}

/// The login page's URL for a sign-in with this `state`. `query` is that of the login endpoint.
pub(crate) fn login_page(config: &Config, state: &State, query: &str) -> String {
    [&config.origin, "/login.html?state=", state.expose(), "&", query].concat()
}

/// The `state` in the query of the login page: the first one, so a parameter of the app's page cannot replace it.
fn state_of(query: &str) -> Option<State> {
    let (_, state) = form::pairs(query).find(|(name, _)| name == "state")?;
    let is_random = from_base64url(&state).is_some_and(|bytes| bytes.len() == size_of::<Random>());
    is_random.then(|| State::new(state))
}

/// Whether the login domain is certainly of the same site as `app` and this vault, which are of one site: then
/// the authorization server's cookie reaches a frame. There is no list of public suffixes here. What the two
/// hosts have in common is a domain of their site, so a login domain below it is too.
pub(crate) fn has_login_of_same_site(config: &Config, app: &str) -> bool {
    let (vault, login) = (config.origin.as_str(), config.provider.authorization_endpoint.origin());
    let Some(((scheme, vault), (app_scheme, app))) = host(vault).zip(host(app)) else { return false };
    let Some((login_scheme, login)) = host(login) else { return false };
    let shared = |other: &str| {
        vault.rsplit('.').zip(other.rsplit('.')).take_while(|(one, other)| one == other).count()
    };
    // A single label is a top-level domain. An IP address has no domain.
    let is_address = vault.ends_with(|last: char| last.is_ascii_digit() || last == ']');
    let common = shared(app);
    scheme == app_scheme && scheme == login_scheme && !is_address && common >= 2 && shared(login) >= common
}

/// Scheme and host of an origin.
fn host(origin: &str) -> Option<(&str, &str)> {
    let (scheme, authority) = origin.split_once("://")?;
    let host = if authority.ends_with(']') { authority } else { authority.split(':').next()? };
    Some((scheme, host))
}

/// A sign-in that the login page begins.
#[derive(Debug)]
pub struct Login {
    /// The URL of the authorization request.
    pub location: String,
    /// The key of the entry.
    pub key: String,
    /// What the callback page needs, for the tab's `sessionStorage`. Holds nonce and code verifier, which the
    /// pages of this origin alone can read.
    pub entry: String,
}

impl Login {
    /// Begins the sign-in that the query of the login page asks for.
    ///
    /// # Errors
    ///
    /// `invalid_app`, the errors of [`LoginRequest::parse`], `invalid_state` if the vault did not make this
    /// query, and `platform_failed` without random bytes.
    pub fn begin(
        config: &Config,
        query: &str,
        randomness: Option<&Randomness>,
        now: Now,
    ) -> Result<Self, Problem> {
        let app = app_of(config, query)?;
        let request = LoginRequest::parse(query, config)?;
        let state = state_of(query).ok_or(INVALID_STATE)?;
        let randomness = randomness.ok_or(PLATFORM_FAILED)?;
        let (location, Transaction { key, stored, secrets }) =
            authorization_request(config, &request, &state, None, randomness, now);
        let Secrets { nonce, verifier, .. } = secrets.ok_or(PLATFORM_FAILED)?;
        let entry = [app, nonce.expose(), verifier.expose(), stored.return_to.as_str()].join(" ");
        Ok(Self { location, key, entry })
    }
}

/// What the callback page does with an authorization response.
#[derive(Debug, PartialEq, Eq)]
pub struct Completed {
    /// The page of the app to return to.
    pub location: String,
    /// The cookie to set; `None` for a response to a sign-in that this tab did not begin.
    pub cookie: Option<Cookie>,
}

/// The cookie that carries an authorization response to the vault's frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    /// The authorization response. In a frame of the vault's own, the callback page sends it without a cookie.
    pub value: String,
    /// Name, value and attributes, for `document.cookie`.
    pub text: String,
}

impl Completed {
    /// The key of the entry that an authorization response belongs to.
    pub fn key(query: &str) -> Option<String> {
        Callback::parse(query).ok().map(|callback| callback.storage_key())
    }

    /// Processes the authorization response in the query of the callback page. `entry` is what
    /// [`Login::entry`] left under [`Completed::key`]. Anybody can navigate a tab here with a response of
    /// their own: without the entry it changes nothing.
    pub fn new(config: &Config, query: &str, entry: Option<&str>) -> Self {
        let home = config.apps.first().map(|app| config.sign_out_uri(app)).unwrap_or_default();
        let nothing = Self { location: home, cookie: None };
        let Ok(callback) = Callback::parse(query) else { return nothing };
        let Some(entry) = entry.and_then(|entry| Entry::parse(entry, config)) else { return nothing };
        let Entry { app, nonce, verifier, return_to } = entry;
        let location = [app, return_to.as_str()].concat();
        // RFC 9207: a response with another issuer is a mix-up attack.
        let mixed_up = callback.issuer.as_ref().is_some_and(|issuer| !config.provider.has_issuer(issuer));
        let key = callback.storage_key();
        let result = if mixed_up { Err(MIXED_UP) } else { callback.result };
        // `return_to` is left out to keep the cookie short: for a minute, the browser sends it with each request to this
        // origin, and hosts refuse long headers.
        let response = Response { key, nonce, verifier, result };
        Self { location, cookie: Some(response.cookie(config)) }
    }
}

/// A parsed [`Login::entry`].
struct Entry<'a> {
    app: &'a str,
    nonce: Nonce,
    verifier: CodeVerifier,
    return_to: ReturnTo,
}

impl<'a> Entry<'a> {
    fn parse(text: &'a str, config: &Config) -> Option<Self> {
        let mut parts = text.splitn(4, ' ');
        let app = parts.next().filter(|app| admits(config, app))?;
        let nonce = Nonce::new(parts.next()?.to_owned());
        let verifier = CodeVerifier::new(parts.next()?.to_owned());
        Some(Self { app, nonce, verifier, return_to: ReturnTo::parse(parts.next()?)? })
    }
}

/// An authorization response with its secrets, on its way from the callback page to the vault.
#[derive(Debug)]
pub(crate) struct Response {
    /// The key of the vault's stored transaction.
    pub(crate) key: String,
    pub(crate) nonce: Nonce,
    pub(crate) verifier: CodeVerifier,
    pub(crate) result: Result<AuthorizationCode, Problem>,
}

impl Response {
    /// The cookie, which every page of this origin can read, and no other. A sibling host can set cookies for
    /// the whole site. Most browsers do not let it use a name with `__Host-`; for the others, the key says
    /// whether the vault waits for this response. Only loopback hosts use http.
    fn cookie(&self, config: &Config) -> Cookie {
        let (prefix, secure) =
            if config.origin.starts_with("https:") { ("__Host-", "; Secure") } else { ("", "") };
        let mut value = self.value(&self.result);
        if value.len() > LONGEST_COOKIE {
            value = self.value(&Err(RESPONSE_TOO_LONG));
        }
        let text = [
            prefix,
            "strongroom-",
            &self.key,
            "=",
            &value,
            "; Max-Age=",
            COOKIE_LIFETIME,
            "; Path=/; SameSite=Strict",
            secure,
        ]
        .concat();
        Cookie { value, text }
    }

    fn value(&self, result: &Result<AuthorizationCode, Problem>) -> String {
        let (code, error) = match result {
            Ok(code) => (Some(code.expose()), None),
            Err(problem) => (None, Some(problem)),
        };
        base64url(
            json::object(&[
                ("key", self.key.as_str().into()),
                ("nonce", self.nonce.expose().into()),
                ("verifier", self.verifier.expose().into()),
                ("code", code.into()),
                ("error", error.map(Problem::code).into()),
                ("description", error.map(Problem::description).into()),
            ])
            .as_bytes(),
        )
    }

    /// Parses the value of a cookie.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let value = json::parse(&from_base64url(value)?)?;
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        let result = match (text("code"), text("error")) {
            (Some(code), None) => Ok(AuthorizationCode::new(code)),
            (None, Some(error)) => {
                Err(Problem::from_authorization_server(&error, text("description").as_deref()))
            }
            _ => return None,
        };
        Some(Self {
            key: text("key")?,
            nonce: Nonce::new(text("nonce")?),
            verifier: CodeVerifier::new(text("verifier")?),
            result,
        })
    }
}

#[cfg(test)]
mod tests;
