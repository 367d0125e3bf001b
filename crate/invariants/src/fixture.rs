//! The world around the core: one configuration, one user, clocks that stand still, randomness that is known.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;
use strongroom_core::callback::Callback;
use strongroom_core::config::{Config, ConfigError, Environment};
use strongroom_core::json::{self as ours, Json};
use strongroom_core::pkce::base64url;
use strongroom_core::secret::Secret;
use strongroom_core::time::Now;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{CallbackOutcome, Exchange, LoginOutcome, Vault};
use url::Url;

pub(crate) const ORIGIN: &str = "https://app.example.com";
pub(crate) const ISSUER: &str = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI";
pub(crate) const CLIENT_ID: &str = "client";
pub(crate) const SUBJECT: &str = "ada-1";
pub(crate) const TOKEN_ENDPOINT: &str = "https://auth.example.com/oauth2/token";
pub(crate) const SESSION_CLAIMS: [&str; 3] = ["sub", "email", "cognito:groups"];

/// State, nonce and verifier. A corpus can name what becomes of them, since they are always the same.
const RANDOMNESS: [[u8; 32]; 3] = [[1; 32], [2; 32], [3; 32]];

pub(crate) const NOW: Now = after(0);

/// So many milliseconds later.
pub(crate) const fn after(milliseconds: u64) -> Now {
    Now { monotonic: milliseconds, wall: 1_700_000_000_000 + milliseconds }
}

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

pub(crate) fn config() -> Config {
    CONFIG.clone()
}

/// As the worker reads its configuration, with the `url` crate in the browser's place; `None` for what is no JSON.
pub(crate) fn parse(text: &[u8]) -> Option<Result<Config, ConfigError>> {
    let parse_url = |text: &str| Url::parse(text).ok().map(String::from);
    let value = ours::parse(text)?;
    Some(Config::parse(
        &value,
        &Environment { location: "https://app.example.com/vault-worker.js", parse_url: &parse_url },
    ))
}

/// What `serde_json` reads: `Null` for what is no JSON, and `None` where a number is too large for it, since for the core a
/// number is only text.
pub(crate) fn read_json(text: &[u8]) -> Option<Value> {
    match serde_json::from_slice(text) {
        Err(error) if error.to_string().contains("number out of range") => None,
        value => Some(value.unwrap_or_default()),
    }
}

/// The vault of a worker that found nothing from earlier ones.
pub(crate) fn fresh_vault() -> Vault {
    let mut vault = Vault::new(config());
    vault.begin(None, Vec::new());
    vault
}

/// Begins a sign-in; returns the text that the worker stores.
pub(crate) fn begin_sign_in(vault: &mut Vault) -> String {
    match vault.login("returnTo=%2Fnotes", &RANDOMNESS, NOW) {
        Ok(LoginOutcome::Authorize(request)) => request.trace.to_text(),
        other => panic!("the sign-in did not begin: {other:?}"),
    }
}

/// What `Vault::callback` does in a tab with a query, and with what came out of storage.
pub(crate) fn respond(vault: &mut Vault, query: &str, stored: Option<&str>) -> CallbackOutcome {
    vault.callback(Callback::parse(query), stored, NOW)
}

/// What `Vault::login` does with a query and the fixture's randomness.
pub(crate) fn login(vault: &mut Vault, query: &str) -> Option<LoginOutcome> {
    vault.login(query, &RANDOMNESS, NOW).ok()
}

/// The authorization server has sent the browser back with a code.
pub(crate) fn begin_exchange(vault: &mut Vault) -> Exchange {
    let stored = begin_sign_in(vault);
    let query = format!("code=CODE&state={}", state());
    match respond(vault, &query, Some(&stored)) {
        CallbackOutcome::Exchange(_, exchange) => exchange,
        CallbackOutcome::Ended(_) => {
            panic!("the code was not taken: {}", vault.snapshot("page", Json::Null))
        }
    }
}

/// A vault in which Ada is signed in, with her page open.
pub(crate) fn signed_in_vault() -> Vault {
    let mut vault = fresh_vault();
    let exchange = begin_exchange(&mut vault);
    let body = good_token_response().to_string();
    vault.complete_exchange(exchange, Some(&TokenResponse { status: 200, body: body.as_bytes() }), NOW);
    assert!(vault.token_mark().is_some(), "{}", vault.snapshot("page", Json::Null));
    let _ = vault.meet("page", "", NOW);
    vault
}

/// The worker died; the next one finds its marker and waits for a keeper.
pub(crate) fn lost_vault(gone: &Vault) -> Vault {
    let mut vault = Vault::new(config());
    vault.begin(gone.marker().as_deref(), vec!["keeper".to_owned()]);
    vault
}

/// The worker died and no keeper is left: only the authorization server may know the user still.
pub(crate) fn recovering_vault(gone: &Vault) -> Vault {
    let mut vault = lost_vault(gone);
    vault.give_up_keepers();
    vault
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
        "nonce": nonce(),
        "iat": 1_700_000_000,
        "exp": 1_700_003_600,
    })
}

/// A JWT with this payload. Nobody looks at its signature.
pub(crate) fn jwt(payload: &[u8]) -> String {
    [&base64url(br#"{"alg":"RS256"}"#), ".", &base64url(payload), ".c2lnbmF0dXJl"].concat()
}

/// The session as the page that asks next sees it: the one that comes back from a sign-in, or the one that is open.
pub(crate) fn snapshot(vault: &mut Vault) -> Value {
    let _ = vault.meet("page", "", NOW);
    serde_json::from_str(&vault.snapshot("page", Json::Null)).expect("the session is JSON")
}

/// A copy, unpacked.
pub(crate) fn opened(bytes: &Secret) -> Value {
    serde_json::from_str(bytes.expose()).expect("what the core makes is JSON")
}

/// The values of each parameter of a query or form.
pub(crate) fn pairs(query: &str) -> HashMap<String, Vec<String>> {
    let mut pairs: HashMap<_, Vec<_>> = HashMap::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        pairs.entry(name).or_default().push(value);
    }
    pairs
}

/// An error as RFC 6749 and docs/errors.md allow it: a code of few characters, a sentence of limited length.
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
