//! The worker's configuration. A parsed [`Config`] is valid.

mod reader;

use crate::cognito;
use crate::decimal::decimal;
use crate::json::Value;
use crate::return_to::ReturnTo;
use crate::url::HttpUrl;
use reader::{Located, Reading};
use std::fmt;

/// The parsed configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The authorization server and the app's client there.
    pub provider: Provider,
    /// The requested scopes; they include `openid`.
    pub scopes: Vec<String>,
    /// The APIs whose requests get a token.
    pub apis: Vec<Api>,
    /// The scope of the service worker's registration and the app's root: a path that begins and ends with
    /// `/`.
    pub scope: String,
    /// The path of the worker's endpoints, such as `/auth`. Inside the scope, without a trailing `/`.
    pub base_path: String,
    /// The ID token claims that a page may see.
    pub session_claims: Vec<String>,
    /// How to recover a session that no keeper has.
    pub recovery: Recovery,
    /// How long after the sign-in the device may restore the session, in milliseconds. `None`: the session is in
    /// memory only.
    pub remember_for: Option<u64>,
    /// Whether to log to the worker's console.
    pub debug: bool,
    /// The origin of the worker script: the app's own, or a vault origin.
    pub origin: String,
    /// On a vault origin, the origins of the apps that may use it. Empty on an app's own origin.
    pub apps: Vec<String>,
    /// The worker script's URL.
    pub script: String,
    /// Whether the browser is Chromium. Decides how the callback's page hides its URL.
    pub is_chromium: bool,
}

/// The authorization server's endpoints.
#[derive(Debug, Clone, Default)]
pub struct Provider {
    /// Compared exactly with `iss` of ID tokens and authorization responses. A user pool has two.
    pub issuers: Vec<String>,
    /// RFC 6749 section 3.1.
    pub authorization_endpoint: HttpUrl,
    /// RFC 6749 section 3.2.
    pub token_endpoint: HttpUrl,
    /// RFC 7009. If absent, sign-out does not revoke.
    pub revocation_endpoint: Option<HttpUrl>,
    /// Where a sign-out ends the authorization server's own session.
    pub logout_endpoint: Option<HttpUrl>,
    /// The client ID of the app's public client.
    pub client_id: String,
}

/// An API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// Requests to this URL and to paths below it get the token.
    pub url: HttpUrl,
    /// Which token.
    pub token: TokenKind,
    /// Whether redirects are followed. The browser sends the token along to any path of the same origin, and
    /// the worker does not see where a redirect leads. So by default redirects are followed only if the API
    /// is a whole origin.
    pub follows_redirects: bool,
    /// What the worker does with a request while the user is signed out.
    pub unauthenticated: Unauthenticated,
}

/// Which token an API takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// The access token: HTTP APIs, and REST APIs whose methods have scopes.
    Access,
    /// The ID token: REST APIs with a Cognito authorizer and no scopes.
    Id,
}

/// How to recover a session that no keeper has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Send the top-level page to the authorization server and back.
    Redirect,
    /// Do not recover it.
    None,
}

/// What the worker does with an API request while the user is signed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unauthenticated {
    /// Send it unchanged.
    Pass,
    /// Respond with 401.
    Reject,
}

/// What parsing depends on.
pub struct Environment<'a> {
    /// The URL of the worker script, serialised: `location.href` of the worker.
    pub location: &'a str,
    /// The platform's parser for absolute URLs. Returns the serialised URL, or `None` for an invalid one.
    pub parse_url: &'a dyn Fn(&str) -> Option<String>,
    /// Whether the browser is Chromium.
    pub is_chromium: bool,
}

/// A configuration error: names the key and says how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// The message to throw.
    #[must_use]
    pub fn message(&self) -> String {
        ["strongroom.start: ", &self.0].concat()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for ConfigError {}

/// The default of `rememberFor`, in days, for which Cognito's refresh tokens are valid by default.
const DEFAULT_DAYS: u64 = 30;
const MOST_DAYS: u64 = 400;
const DAY: u64 = 86_400_000;

const DEFAULT_SESSION_CLAIMS: [&str; 3] = ["sub", "email", "cognito:groups"];

impl Provider {
    /// Whether `issuer` identifies this authorization server.
    #[must_use]
    pub fn has_issuer(&self, issuer: &str) -> bool {
        self.issuers.iter().any(|known| known == issuer)
    }
}

impl Config {
    /// Parses the argument of `strongroom.start`.
    ///
    /// # Errors
    ///
    /// Names the first missing, mistyped, unknown, insecure or contradictory key, and says how to fix it.
    pub fn parse(value: &Value, environment: &Environment<'_>) -> Result<Self, ConfigError> {
        let reading = Reading::new(environment);
        let root = Located::root(value, &reading).object(&[
            "cognito",
            "provider",
            "scopes",
            "api",
            "scope",
            "basePath",
            "sessionClaims",
            "recovery",
            "unauthenticated",
            "debug",
            "apps",
            "remember",
            "rememberFor",
        ]);
        let unauthenticated = root.choice("unauthenticated", &["pass", "reject"]);
        let script = script_url(&reading);
        let apps = apps(&root, script.origin());
        let scope = scope(&root, &script);
        // A path would mean the vault's own origin, which has no API.
        let api_base = if apps.is_empty() { script.origin() } else { "" };
        let remember_for = remember_for(&root, cfg!(feature = "vault-origin") && !apps.is_empty());
        let config = Self {
            provider: provider(&root),
            scopes: scopes(&root),
            apis: apis(&root, unauthenticated, api_base),
            base_path: base_path(&root, &scope),
            scope,
            session_claims: match root.get("sessionClaims") {
                Some(claims) => claims.strings(),
                None => DEFAULT_SESSION_CLAIMS.map(str::to_owned).to_vec(),
            },
            recovery: match root.choice("recovery", &["redirect", "none"]) {
                "none" => Recovery::None,
                _ => Recovery::Redirect,
            },
            remember_for,
            debug: root.switch("debug"),
            origin: script.origin().to_owned(),
            apps,
            script: script.as_str().to_owned(),
            is_chromium: environment.is_chromium,
        };
        config.report_contradictions(&reading);
        match reading.mistake() {
            Some(mistake) => Err(ConfigError(mistake)),
            None => Ok(config),
        }
    }

    /// Checks that the worker is registered with the configured scope. There must be one vault per origin:
    /// the same script registered with another scope would be a second vault, which could take over the
    /// keepers with their copies, and which a sign-out would not reach.
    ///
    /// # Errors
    ///
    /// `registration_scope`, the URL of the service worker's scope, is not the configured one.
    pub fn check_scope(&self, registration_scope: &str) -> Result<(), ConfigError> {
        let registered = registration_scope.strip_prefix(&self.origin).unwrap_or(registration_scope);
        if registered == self.scope {
            return Ok(());
        }
        let parts = [
            "`scope` is \"",
            &self.scope,
            "\", but the worker is registered with the scope \"",
            registered,
            "\". Set the same `scope` here and in connect(), or in neither.",
        ];
        Err(ConfigError(parts.concat()))
    }

    /// Whether this is an origin of the vault's own, apart from its apps.
    #[must_use]
    pub fn is_vault_origin(&self) -> bool {
        cfg!(feature = "vault-origin") && !(cfg!(feature = "app-origin") && self.apps.is_empty())
    }

    /// The redirect URI (RFC 6749 section 3.1.2), as registered at the authorization server.
    #[must_use]
    pub fn redirect_uri(&self) -> String {
        if self.is_vault_origin() {
            [&self.origin, "/callback.html"].concat()
        } else {
            [&self.origin, &self.base_path, "/callback"].concat()
        }
    }

    /// The root of the app at `origin` as an absolute URL, to which the authorization server redirects after
    /// sign-out.
    #[must_use]
    pub fn sign_out_uri(&self, origin: &str) -> String {
        [origin, self.scope.as_str()].concat()
    }

    /// The app's root: where a user lands after a sign-out, a refused callback and a login without `returnTo`.
    #[must_use]
    pub fn root(&self) -> ReturnTo {
        ReturnTo::of_scope(&self.scope)
    }

    fn report_contradictions(&self, reading: &Reading<'_>) {
        if self.is_vault_origin() && self.scope != "/" {
            reading.report(&[
                "`scope` must be \"/\" with `apps`: the vault has this origin to itself. Remove `scope`, and serve the worker script at \
                 the root.",
            ]);
        }
        let endpoints = HttpUrl::from_serialised(&[&self.origin, &self.base_path, "/"].concat());
        for (index, api) in self.apis.iter().enumerate() {
            let what = if self.is_vault_origin() && api.url.origin() == self.origin {
                " is on the vault's own origin, whose cookies it would get. Serve the API from another one."
            } else if !api.url.contains(&api.url) {
                " has a segment that some servers resolve as \"..\". Remove such segments from the path."
            } else if endpoints.as_ref().is_some_and(|endpoints| api.url.contains(endpoints)) {
                " covers the worker's own endpoints under `basePath`. Use the API's path, for example \"/api/\"."
            } else if api.url.contains(&self.provider.token_endpoint) {
                " covers the token endpoint, which must never receive an access token. Use the API's own URL."
            } else if self.apis.iter().take(index).any(|other| other.url == api.url) {
                " is listed twice. Remove one of the two entries."
            } else {
                continue;
            };
            reading.report(&["`api[", &decimal(index as u64), "].url`", what]);
        }
    }
}

fn provider(root: &Located<'_>) -> Provider {
    match (root.get("cognito"), root.get("provider")) {
        (Some(cognito), None) => cognito_provider(cognito),
        (None, Some(provider)) => explicit_provider(provider),
        (Some(_), Some(_)) => {
            root.reading.report(&[
                "`cognito` and `provider` are both set. Keep `cognito` for a user pool, or `provider` for another provider.",
            ]);
            Provider::default()
        }
        (None, None) => {
            root.reading.report(&[
                "`cognito` is missing. Set it to { region, userPoolId, clientId, domain } of the user pool, or set `provider`.",
            ]);
            Provider::default()
        }
    }
}

fn cognito_provider(cognito: Located<'_>) -> Provider {
    let cognito = cognito.object(&["region", "userPoolId", "clientId", "domain"]);
    let region = cognito.required("region", "the user pool's region, for example \"eu-central-1\"");
    let region_name = region.string();
    if !is_region(region_name) {
        region.report(&["is not a region's name. Use one such as \"eu-central-1\"."]);
    }
    let pool = cognito.required("userPoolId", "the user pool's ID, for example \"eu-central-1_AbCdEfGhI\"");
    let pool_id = pool.string();
    let pool_name = pool_id.strip_prefix(region_name).and_then(|rest| rest.strip_prefix('_'));
    if !pool_name.is_some_and(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric())) {
        pool.report(&[
            "is not a user pool of `cognito.region`. It has the form \"",
            region_name,
            "_AbCdEfGhI\".",
        ]);
    }
    let client_id = cognito.required("clientId", "the ID of the public app client").string().to_owned();
    let domain = cognito.required("domain", "the login domain, for example \"https://auth.example.com\"");
    let url = domain.secure_url("");
    if url.path() != "/" || url.has_query_or_fragment() {
        domain
            .report(&["has a path. Give the login domain alone, for example \"https://auth.example.com\"."]);
    }
    let endpoint = |path| HttpUrl::from_serialised(&[url.origin(), path].concat());
    Provider {
        issuers: cognito::issuers(region_name, pool_id),
        authorization_endpoint: endpoint("/oauth2/authorize").unwrap_or_default(),
        token_endpoint: endpoint("/oauth2/token").unwrap_or_default(),
        revocation_endpoint: endpoint("/oauth2/revoke"),
        logout_endpoint: endpoint("/logout"),
        client_id,
    }
}

fn explicit_provider(provider: Located<'_>) -> Provider {
    let provider = provider.object(&[
        "issuer",
        "authorizationEndpoint",
        "tokenEndpoint",
        "revocationEndpoint",
        "logoutEndpoint",
        "clientId",
    ]);
    let optional = |key| provider.get(key).map(|url| url.secure_url(""));
    let required = |key, what: &str| {
        provider
            .required(key, &["the `", what, "` of the provider's discovery document"].concat())
            .secure_url("")
    };
    required("issuer", "issuer");
    Provider {
        issuers: provider.get("issuer").map(|issuer| issuer.string().to_owned()).into_iter().collect(),
        authorization_endpoint: required("authorizationEndpoint", "authorization_endpoint"),
        token_endpoint: required("tokenEndpoint", "token_endpoint"),
        revocation_endpoint: optional("revocationEndpoint"),
        logout_endpoint: optional("logoutEndpoint"),
        client_id: provider.required("clientId", "the ID of the public client").string().to_owned(),
    }
}

fn scopes(root: &Located<'_>) -> Vec<String> {
    let field = root.required("scopes", "the scopes to ask for, for example [\"openid\", \"email\"]");
    let scopes = field.strings();
    if scopes.iter().any(|scope| !scope.bytes().all(|b| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~'))) {
        field.report(&["has a scope with a space or a quote in it. Write one scope per array element."]);
    } else if !scopes.iter().any(|scope| scope == "openid") {
        field.report(&["lacks \"openid\". Add it: the session's user comes from the ID token."]);
    }
    scopes
}

fn apps(root: &Located<'_>, own_origin: &str) -> Vec<String> {
    let Some(field) = root.get("apps") else {
        if !cfg!(feature = "app-origin") {
            root.reading.report(&[
                "`apps` is missing. Name the apps that may use this vault, or import strongroom-worker.js if the app is on this \
                 origin.",
            ]);
        }
        return Vec::new();
    };
    if !cfg!(feature = "vault-origin") {
        field.report(&["needs an origin of the vault's own. There, import strongroom-vault.js instead of strongroom-worker.js."]);
        return Vec::new();
    }
    let apps: Vec<_> = field.elements().map(|app| app_origin(app, own_origin)).collect();
    if apps.is_empty() {
        field.report(&["is empty. Name the apps that may use this vault."]);
    }
    apps
}

fn app_origin(app: Located<'_>, own_origin: &str) -> String {
    let url = app.secure_url("");
    if url.path() != "/" || url.has_query_or_fragment() {
        app.report(&["is not an origin. Write it without a path, for example \"https://app.example.com\"."]);
    } else if url.origin() == own_origin {
        app.report(&["is the vault's own origin, where no app may be. Remove it."]);
    }
    url.origin().to_owned()
}

/// `unauthenticated` is the default for each API.
fn apis(root: &Located<'_>, unauthenticated: &str, origin: &str) -> Vec<Api> {
    let field =
        root.required("api", "the APIs that get the token: [{ url: \"https://api.example.com/v1/\" }]");
    let apis: Vec<_> = field.elements().map(|entry| api(entry, unauthenticated, origin)).collect();
    if apis.is_empty() {
        field.report(&[
            "is empty. Name the API that gets the token: [{ url: \"https://api.example.com/v1/\" }].",
        ]);
    }
    apis
}

fn api(entry: Located<'_>, unauthenticated: &str, origin: &str) -> Api {
    let entry = entry.object(&["url", "token", "redirect", "unauthenticated"]);
    let field = entry.required("url", "the API's URL, for example \"https://api.example.com/v1/\"");
    let url = field.secure_url(origin);
    if url.has_query_or_fragment() {
        field.report(&["has a query or a fragment. Give origin and path alone."]);
    }
    let token = match entry.choice("token", &["access", "id"]) {
        "id" => TokenKind::Id,
        _ => TokenKind::Access,
    };
    let redirects = if url.path() == "/" { ["follow", "error"] } else { ["error", "follow"] };
    let follows_redirects = entry.choice("redirect", &redirects) == "follow";
    let choices = if unauthenticated == "pass" { ["pass", "reject"] } else { ["reject", "pass"] };
    let unauthenticated = match entry.choice("unauthenticated", &choices) {
        "reject" => Unauthenticated::Reject,
        _ => Unauthenticated::Pass,
    };
    Api { url, token, follows_redirects, unauthenticated }
}

/// The worker script's URL. It must be the only URL that servers resolve to this file: under another one,
/// with another folder and so another scope, the script would be a second vault.
fn script_url(reading: &Reading<'_>) -> HttpUrl {
    let report = |what| reading.report(&["the worker script's URL ", what]);
    let Some(script) = HttpUrl::from_serialised(reading.environment.location) else {
        report("is not an http or https URL. Serve the script as a file of the app's origin.");
        return HttpUrl::default();
    };
    if script.has_query_or_fragment() {
        report(
            "has a query or a fragment. Register the script by its path alone, for example \"/vault-worker.js\".",
        );
    } else if !is_plain_path(script.path()) {
        report(
            "has an empty segment, or an encoded dot, slash or semicolon in its path. Register it by its plain path, for \
             example \"/vault-worker.js\".",
        );
    }
    script
}

/// Whether every server takes the path literally.
fn is_plain_path(path: &str) -> bool {
    let mut rest = path.as_bytes();
    while let [_, after @ ..] = rest {
        match rest {
            [b';', ..]
            | [b'/', b'/', ..]
            | [b'%', b'2', b'f' | b'F' | b'e' | b'E' | b'5', ..]
            | [b'%', b'5', b'c' | b'C', ..]
            | [b'%', b'3', b'b' | b'B', ..]
            | [b'%', b'0', b'0', ..] => return false,
            _ => rest = after,
        }
    }
    true
}

fn scope(root: &Located<'_>, script: &HttpUrl) -> String {
    let Some(field) = root.get("scope") else {
        let folder_end = script.path().bytes().rposition(|byte| byte == b'/').map_or(0, |slash| slash + 1);
        return script.path().get(..folder_end).unwrap_or_default().to_owned();
    };
    let path = field.string();
    let href = (root.reading.environment.parse_url)(&[script.origin(), path].concat());
    let url = href.as_deref().and_then(HttpUrl::from_serialised).unwrap_or_default();
    let same = url.origin() == script.origin() && url.path() == path && !url.has_query_or_fragment();
    if !(same && path.starts_with('/') && path.ends_with('/') && is_plain_path(path)) {
        field.report(&[
            "is not a path that begins and ends with a slash. Use one such as \"/\" or \"/app/\".",
        ]);
    }
    path.to_owned()
}

fn base_path(root: &Located<'_>, scope: &str) -> String {
    let Some(field) = root.get("basePath") else { return [scope, "auth"].concat() };
    let path = field.string();
    let is_plain = |path: &str| {
        path.split('/').all(|segment| {
            !segment.is_empty()
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
    };
    match path.strip_prefix(scope) {
        Some(rest) if is_plain(rest) => {}
        None if path.strip_prefix('/').is_some_and(is_plain) => field.report(&[
            "is outside the worker's scope \"",
            scope,
            "\", where no request reaches the worker. Set it to \"",
            scope,
            "auth\", or set `scope`.",
        ]),
        _ => field.report(&[
            "is not a plain path. Use one such as \"",
            scope,
            "auth\": letters, digits, - and _, no slash at the end.",
        ]),
    }
    path.to_owned()
}

fn remember_for(root: &Located<'_>, is_vault_origin: bool) -> Option<u64> {
    let days = root.get("rememberFor");
    if root.choice("remember", &["memory", "device"]) == "memory" {
        if let Some(days) = days {
            days.report(&["has no effect without `remember: \"device\"`. Set that too, or remove it."]);
        }
        return None;
    }
    if !is_vault_origin {
        root.reading.report(&[
            "`remember` is \"device\", but script on the app's own origin can use what is stored. Remove it, or give the vault \
             an origin of its own and set `apps`.",
        ]);
        return None;
    }
    let days = days.map_or(DEFAULT_DAYS, |days| days.whole_number(MOST_DAYS));
    Some(days * DAY)
}

fn is_region(name: &str) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    !words.is_empty()
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
pub(crate) mod tests;
