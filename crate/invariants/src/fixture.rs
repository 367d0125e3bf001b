//! The environment of the core: one configuration, one user, stopped clocks and known random bytes.

use crate::world::{NOTES, World};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;
use strongroom_core::config::{Config, ConfigError, Environment};
use strongroom_core::json as ours;
use strongroom_core::pkce::base64url;
use strongroom_core::return_to::ReturnTo;
use strongroom_core::time::Now;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{Call, FetchId, FormRequest};
use url::Url;

pub(crate) const ORIGIN: &str = "https://app.example.com";
pub(crate) const ISSUER: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI";
pub(crate) const CLIENT_ID: &str = "client";
pub(crate) const SUBJECT: &str = "ada-1";
pub(crate) const SCRIPT: &str = "https://app.example.com/vault-worker.js";
pub(crate) const TOKEN_ENDPOINT: &str = "https://auth.example.com/oauth2/token";
pub(crate) const SESSION_CLAIMS: [&str; 3] = ["sub", "email", "cognito:groups"];

pub(crate) const NOW: Now = after(0);

/// This many milliseconds after [`NOW`].
pub(crate) const fn after(milliseconds: u64) -> Now {
    Now { monotonic: milliseconds, wall: 1_700_000_000_000 + milliseconds }
}

/// The `state` of the first sign-in. It is always the same, so a seed can contain it.
pub(crate) fn state() -> String {
    base64url(&[1; 32])
}

pub(crate) fn nonce() -> String {
    base64url(&[2; 32])
}

pub(crate) fn verifier() -> String {
    base64url(&[3; 32])
}

pub(crate) fn configured() -> Value {
    json!({
        "cognito": {
            "region": "eu-central-1",
            "userPoolId": "eu-central-1_AbCdEfGhI",
            "clientId": CLIENT_ID,
            "domain": "https://auth.example.com",
        },
        "scopes": ["openid", "email", "api/read"],
        "api": [{ "url": "https://api.example.com/v1/" }, { "url": "/api", "token": "id" }],
    })
}

static CONFIG: LazyLock<Config> =
    LazyLock::new(|| parse(configured().to_string().as_bytes()).unwrap().unwrap());

/// The usual configuration.
#[must_use]
pub fn config() -> Config {
    CONFIG.clone()
}

/// The usual configuration on a vault origin, for an app at `https://shop.example.com`.
#[must_use]
pub fn vault_origin_config() -> Config {
    Config { apps: vec!["https://shop.example.com".to_owned()], ..config() }
}

/// Parses a configuration as the worker does, with the `url` crate as the URL parser. `None` if `text` is not
/// JSON.
pub(crate) fn parse(text: &[u8]) -> Option<Result<Config, ConfigError>> {
    let parse_url = |text: &str| Url::parse(text).ok().map(String::from);
    let value = ours::parse(text)?;
    Some(Config::parse(&value, &Environment { location: SCRIPT, parse_url: &parse_url, is_chromium: false }))
}

/// Parses `text` with `serde_json`: `Null` if it is not JSON, `None` if a number is out of its range. For the
/// core, a number is text.
pub(crate) fn read_json(text: &[u8]) -> Option<Value> {
    match serde_json::from_slice(text) {
        Err(error) if error.to_string().contains("number out of range") => None,
        value => Some(value.unwrap_or_default()),
    }
}

/// A new worker without a session hint.
pub(crate) fn fresh_worker() -> World {
    World::new()
}

/// `query` in the URL of `endpoint` as a browser serialises it.
pub(crate) fn serialised(endpoint: &str, query: &str) -> Url {
    Url::parse(&[ORIGIN, endpoint, "?", query].concat()).expect("a URL of the app")
}

/// Navigates to the login endpoint. Returns the redirect to the authorization server, if there is one, and
/// what was stored.
pub(crate) fn login(worker: &mut World, query: &str) -> Login {
    let id = worker.navigate(serialised("/auth/login", query).as_str());
    if worker.is_pending(id) {
        return Login::Waits;
    }
    match worker.response(id).status {
        302 => {
            let row: Value = serde_json::from_str(worker.row.as_deref().expect("a row")).expect("JSON");
            let entry = row["transactions"].as_array().and_then(|entries| entries.last()).expect("an entry");
            Login::Redirected(worker.redirect(id).1.to_owned(), entry[1].as_str().expect("text").to_owned())
        }
        204 => Login::NotNeeded,
        _ => Login::Refused,
    }
}

#[derive(Debug)]
pub(crate) enum Login {
    Redirected(String, String),
    NotNeeded,
    Refused,
    Waits,
}

/// The authorization server redirects to the redirection endpoint.
pub(crate) fn respond(worker: &mut World, query: &str) -> Callback {
    let id = worker.navigate(serialised("/auth/callback", query).as_str());
    let exchange = worker.form_requests().find(|(call, _)| *call == Call::Exchange(id));
    match exchange {
        Some((_, form)) => Callback::Exchange(id, form.clone()),
        None => Callback::Ended(return_to(worker, id)),
    }
}

#[derive(Debug)]
pub(crate) enum Callback {
    Exchange(FetchId, FormRequest),
    Ended(ReturnTo),
}

/// Where the callback went on to.
pub(crate) fn return_to(worker: &World, callback: FetchId) -> ReturnTo {
    let (status, location) = worker.redirect(callback);
    let location = match status {
        303 => location.to_owned(),
        200 => unescaped(location),
        _ => panic!("{status} at the callback"),
    };
    ReturnTo::parse(&location).expect("a path of the app")
}

/// The text that a browser reads in an HTML attribute.
fn unescaped(value: &str) -> String {
    assert!(!value.contains(['<', '>']), "{value}");
    value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The authorization server redirects back with a code.
pub(crate) fn begin_exchange(worker: &mut World) -> FetchId {
    assert!(matches!(login(worker, "returnTo=%2Fnotes"), Login::Redirected(..)));
    match respond(worker, &format!("code=CODE&state={}", state())) {
        Callback::Exchange(id, _) => id,
        Callback::Ended(_) => panic!("the code was not taken: {}", snapshot(worker)),
    }
}

/// A worker with Ada signed in.
pub(crate) fn signed_in_worker() -> World {
    let mut worker = fresh_worker();
    begin_exchange(&mut worker);
    let body = good_token_response().to_string();
    worker.respond(&TokenResponse { status: 200, body: body.as_bytes() });
    assert_eq!(snapshot(&mut worker)["status"], "authenticated");
    worker
}

/// A new worker with this session hint and one keeper.
pub(crate) fn worker_with_hint(hint: &str) -> World {
    let row = json!({ "transactions": [], "hint": hint }).to_string();
    let mut worker = World::with_row(Some(row));
    worker.has_keeper("keeper");
    worker
}

/// A new worker without a keeper: only the authorization server may still have the user's session.
pub(crate) fn recovering_worker() -> World {
    let gone = signed_in_worker();
    World::with_row(gone.row.clone())
}

/// The access of a request to the first API.
pub(crate) fn access(worker: &mut World) -> Access {
    let id = worker.fetch(NOTES);
    if let [authorization] = worker.sent(id)[..] {
        let bearer = Access::Bearer(authorization.to_owned());
        worker.api_responds(id, 200);
        return bearer;
    }
    match worker.got(id).as_str() {
        "passed" => Access::Anonymous,
        "nothing yet" => Access::Waits,
        other => panic!("{other}"),
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// It was sent with this header.
    Bearer(String),
    Waits,
    Anonymous,
}

pub(crate) fn good_token_response() -> Value {
    json!({
        "access_token": "access.token.1",
        "id_token": jwt(good_claims().to_string().as_bytes()),
        "refresh_token": "refresh-1",
        "token_type": "Bearer",
        "expires_in": 3_600,
    })
}

pub(crate) fn good_claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "token_use": "id",
        "sub": SUBJECT,
        "email": "ada@example.com",
        "phone_number": "+49",
        "cognito:groups": ["writers"],
        "nonce": nonce(),
        "iat": 1_700_000_000,
        "exp": 1_700_003_600,
    })
}

/// A JWT with this payload and an invalid signature.
pub(crate) fn jwt(payload: &[u8]) -> String {
    [&base64url(br#"{"alg":"RS256"}"#), ".", &base64url(payload), ".c2lnbmF0dXJl"].concat()
}

/// The snapshot for the page that returns from a sign-in.
pub(crate) fn snapshot(worker: &mut World) -> Value {
    let session = worker.session();
    assert!(session.is_object(), "the session is not known");
    session
}

/// A copy as JSON.
pub(crate) fn opened(copy: &str) -> Value {
    serde_json::from_str(copy).expect("what the core makes is JSON")
}

/// The values of each parameter of a query or form.
pub(crate) fn pairs(query: &str) -> HashMap<String, Vec<String>> {
    let mut pairs: HashMap<_, Vec<_>> = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        pairs.entry(name).or_default().push(value);
    }
    pairs
}

/// Checks an error against RFC 6749 and docs/errors.md: the characters of its code, the length of its
/// description.
pub(crate) fn assert_is_presentable(error: &Value) {
    let (Some(code), Some(description)) = (error["code"].as_str(), error["description"].as_str()) else {
        panic!("an error has a code and a description: {error}");
    };
    assert!(!code.is_empty() && code.len() <= 64, "{code}");
    assert!(code.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)), "{code}");
    assert!(!description.trim().is_empty() && description.chars().count() <= 300, "{description}");
    let hides = |c: char| c.is_control() || "\u{200b}\u{200f}\u{2028}\u{202e}\u{2066}\u{feff}".contains(c);
    assert!(!description.chars().any(hides), "{description:?}");
}
