use super::{Config, Environment, Recovery, TokenKind, Unauthenticated};
use serde_json::{Value, json};

/// The configuration for the tests of other modules.
pub(crate) fn config() -> Config {
    parse(&valid()).unwrap()
}

const VAULT: &str = "https://vault.example.com/vault-worker.js";

/// The configuration of a vault origin, for the tests of other modules.
pub(crate) fn vault_origin() -> Config {
    parse_at(VAULT, &valid_vault_origin()).unwrap()
}

fn valid_vault_origin() -> Value {
    let mut config = valid();
    config["apps"] = json!(["https://app.example.com", "https://other.example.com"]);
    config["api"] = json!([{ "url": "https://api.example.com/v1/" }]);
    config
}

fn valid() -> Value {
    json!({
        "cognito": {
            "region": "eu-central-1",
            "userPoolId": "eu-central-1_AbCdEfGhI",
            "clientId": "client",
            "domain": "https://auth.example.com",
        },
        "scopes": ["openid", "email", "api/read"],
        "api": [{ "url": "https://api.example.com/v1/" }, { "url": "/api/", "token": "id" }],
    })
}

fn explicit() -> Value {
    json!({
        "provider": {
            "issuer": "https://id.example.com",
            "authorizationEndpoint": "https://id.example.com/auth",
            "tokenEndpoint": "https://id.example.com/token",
            "clientId": "client",
        },
        "scopes": ["openid"],
        "api": [{ "url": "https://api.example.com/" }],
    })
}

fn parse(value: &Value) -> Result<Config, String> {
    parse_at("https://app.example.com/vault-worker.js", value)
}

fn parse_at(location: &str, value: &Value) -> Result<Config, String> {
    let parse_url = |text: &str| url::Url::parse(text).ok().map(String::from);
    let environment = Environment { location, parse_url: &parse_url, is_chromium: false };
    let value = serde_json::from_value(value.clone()).unwrap();
    Config::parse(&value, &environment).map_err(|error| error.to_string())
}

#[test]
fn a_cognito_user_pool_gives_all_endpoints() {
    let config = config();
    assert_eq!(
        config.provider.issuers,
        [
            "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
            "https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
        ]
    );
    assert_eq!(config.provider.authorization_endpoint.as_str(), "https://auth.example.com/oauth2/authorize");
    assert_eq!(config.provider.token_endpoint.as_str(), "https://auth.example.com/oauth2/token");
    assert_eq!(
        config.provider.revocation_endpoint.unwrap().as_str(),
        "https://auth.example.com/oauth2/revoke"
    );
    assert_eq!(config.provider.logout_endpoint.unwrap().as_str(), "https://auth.example.com/logout");
}

#[test]
fn omitted_keys_have_the_documented_defaults() {
    let config = config();
    assert_eq!(config.base_path, "/auth");
    assert_eq!(config.redirect_uri(), "https://app.example.com/auth/callback");
    assert_eq!(config.session_claims, ["sub", "email", "cognito:groups"]);
    assert_eq!(config.recovery, Recovery::Redirect);
    assert_eq!((config.apps, config.remember_for), (Vec::new(), None));
    assert_eq!(config.apis[0].unauthenticated, Unauthenticated::Pass);
    assert!(!config.debug);
    assert_eq!(config.apis[0].token, TokenKind::Access);
    assert_eq!(config.apis[1].token, TokenKind::Id);
    assert_eq!(config.apis[1].url.as_str(), "https://app.example.com/api/");
}

#[test]
fn an_app_in_a_folder_has_its_root_and_endpoints_there() {
    let config = parse_at("https://app.example.com/app/vault-worker.js", &valid()).unwrap();
    assert_eq!((config.scope.as_str(), config.base_path.as_str()), ("/app/", "/app/auth"));
    assert_eq!(config.redirect_uri(), "https://app.example.com/app/auth/callback");
    assert_eq!(config.sign_out_uri(&config.origin), "https://app.example.com/app/");
    assert_eq!(config.root().as_str(), "/app/");
    let config = parse_at("https://app.example.com/my%20app/v2/worker.js", &valid()).unwrap();
    assert_eq!((config.scope.as_str(), config.base_path.as_str()), ("/my%20app/v2/", "/my%20app/v2/auth"));
}

#[test]
fn the_scope_may_differ_from_the_scripts_folder() {
    for (script, scope, base_path) in [
        ("/assets/vault-worker.js", "/", "/auth"),
        ("/vault-worker.js", "/app/", "/app/auth"),
        ("/x.js", "/a/b/", "/a/b/auth"),
    ] {
        let mut given = valid();
        given["scope"] = json!(scope);
        let config = parse_at(&["https://app.example.com", script].concat(), &given).unwrap();
        assert_eq!((config.scope.as_str(), config.base_path.as_str()), (scope, base_path));
    }
    let mut given = valid();
    given["scope"] = json!("/app/");
    given["basePath"] = json!("/app/session/vault");
    assert_eq!(parse(&given).unwrap().base_path, "/app/session/vault");
}

/// No request would reach the worker: `login()` would load the host's page.
#[test]
fn endpoints_outside_the_scope_are_refused() {
    let mut given = valid();
    given["basePath"] = json!("/auth");
    assert_eq!(
        parse_at("https://app.example.com/app/vault-worker.js", &given).unwrap_err(),
        "strongroom.start: `basePath` is outside the worker's scope \"/app/\", where no request reaches the worker. Set it \
         to \"/app/auth\", or set `scope`."
    );
    for base_path in ["/app", "/application/auth", "/ap"] {
        given["basePath"] = json!(base_path);
        let error = parse_at("https://app.example.com/app/vault-worker.js", &given).unwrap_err();
        assert!(error.contains("`basePath` is outside the worker's scope \"/app/\""), "{base_path}: {error}");
    }
}

/// The same file under another URL would be a second vault with its own scope.
#[test]
fn a_script_url_with_an_alias_is_refused() {
    for (location, message) in [
        (
            "https://app.example.com/vault-worker.js?v=2",
            "the worker script's URL has a query or a fragment. Register",
        ),
        ("https://app.example.com/vault-worker.js?", "has a query or a fragment"),
        ("https://app.example.com/vault-worker.js#x", "has a query or a fragment"),
        ("https://app.example.com//vault-worker.js", "has an empty segment, or an encoded dot"),
        ("https://app.example.com/a//vault-worker.js", "has an empty segment"),
        ("https://app.example.com/a%2fvault-worker.js", "an encoded dot, slash or semicolon"),
        ("https://app.example.com/a%5Cvault-worker.js", "an encoded dot, slash or semicolon"),
        ("https://app.example.com/a/..%2Fvault-worker.js", "an encoded dot, slash or semicolon"),
        ("https://app.example.com/a/%252e%252e/vault-worker.js", "an encoded dot, slash or semicolon"),
        ("https://app.example.com/a/..;/vault-worker.js", "an encoded dot, slash or semicolon"),
        ("https://app.example.com/vault-worker%2Ejs", "an encoded dot, slash or semicolon"),
        ("blob:https://app.example.com/1-2-3", "is not an http or https URL. Serve the script"),
        ("data:text/javascript,x", "is not an http or https URL"),
    ] {
        let error = parse_at(location, &valid()).expect_err(location);
        assert!(
            error.starts_with("strongroom.start: the worker script's URL ") && error.contains(message),
            "{location}: {error}"
        );
    }
}

#[test]
fn each_api_may_override_the_unauthenticated_setting() {
    let mut given = valid();
    given["unauthenticated"] = json!("reject");
    given["api"][1]["unauthenticated"] = json!("pass");
    let apis = parse(&given).unwrap().apis;
    assert_eq!(apis[0].unauthenticated, Unauthenticated::Reject);
    assert_eq!(apis[1].unauthenticated, Unauthenticated::Pass);
}

#[test]
fn redirects_are_followed_by_default_only_for_whole_origins() {
    for (api, follows) in [
        (json!({ "url": "https://api.example.com" }), true),
        (json!({ "url": "https://api.example.com/" }), true),
        (json!({ "url": "https://api.example.com/v1/" }), false),
        (json!({ "url": "/api/" }), false),
        (json!({ "url": "https://api.example.com/", "redirect": "error" }), false),
        (json!({ "url": "https://api.example.com/v1/", "redirect": "follow" }), true),
    ] {
        let mut given = valid();
        given["api"] = json!([api]);
        assert_eq!(parse(&given).unwrap().apis[0].follows_redirects, follows, "{api}");
    }
}

#[test]
fn a_vault_origin_may_remember_the_session_for_up_to_400_days() {
    const DAY: u64 = 86_400_000;
    for (remember, days, remember_for) in [
        (json!(null), json!(null), None),
        (json!("memory"), json!(null), None),
        (json!("device"), json!(null), Some(30 * DAY)),
        (json!("device"), json!(1), Some(DAY)),
        (json!("device"), json!(400), Some(400 * DAY)),
    ] {
        let mut given = valid_vault_origin();
        given["remember"] = remember;
        given["rememberFor"] = days;
        let config = parse_at(VAULT, &given).unwrap();
        assert_eq!(config.remember_for, remember_for, "{given}");
    }
}

#[test]
fn a_wrong_duration_to_remember_is_refused() {
    for days in [json!(0), json!(401), json!(-1), json!(1.5), json!("30"), json!(1e300), json!(true)] {
        let mut given = valid_vault_origin();
        given["remember"] = json!("device");
        check_at(VAULT, given, "/rememberFor", &days, "`rememberFor` must be a whole number from 1 to 400.");
    }
    for remember in [json!(null), json!("memory")] {
        let mut given = valid_vault_origin();
        given["remember"] = remember;
        check_at(
            VAULT,
            given,
            "/rememberFor",
            &json!(7),
            "`rememberFor` has no effect without `remember: \"device\"`. Set",
        );
    }
}

/// Script of the app could use the key and the copy (RFC 10017 section 8.6).
#[test]
fn the_vault_on_an_apps_own_origin_does_not_remember() {
    check(
        valid(),
        "/remember",
        &json!("device"),
        "`remember` is \"device\", but script on the app's own origin can use what is stored. Remove it, or",
    );
    check(valid(), "/remember", &json!("disk"), "`remember` must be one of \"memory\", \"device\".");
}

#[test]
fn explicit_endpoints_may_omit_revocation_and_logout() {
    let config = parse(&explicit()).unwrap();
    assert!(config.provider.revocation_endpoint.is_none());
    assert!(config.provider.logout_endpoint.is_none());
}

/// Each row: a JSON pointer, the value to put there (`null` removes it), and the expected error text.
#[test]
#[allow(clippy::too_many_lines, reason = "one row for each mistake")]
fn every_configuration_error_names_the_key_and_the_fix() {
    let rows = [
        ("/cognito", json!(null), "`cognito` is missing. Set it to { region, userPoolId, clientId, domain }"),
        ("/cognito", json!("pool"), "`cognito` is a string. It must be an object."),
        ("/provider", json!({}), "`cognito` and `provider` are both set. Keep"),
        ("/cognito/region", json!(null), "`cognito.region` is missing. Set it to the user pool's region"),
        ("/cognito/region", json!(1), "`cognito.region` is a number. It must be a string."),
        ("/cognito/region", json!("Frankfurt"), "`cognito.region` is not a region's name. Use one such as"),
        (
            "/cognito/region",
            json!("us-east-1"),
            "`cognito.userPoolId` is not a user pool of `cognito.region`. It has the form \"us-east-1_",
        ),
        ("/cognito/userPoolId", json!(null), "`cognito.userPoolId` is missing. Set it to"),
        ("/cognito/userPoolId", json!("eu-central-1_"), "`cognito.userPoolId` is not a user pool"),
        ("/cognito/userPoolId", json!("eu-central-1_a/b"), "`cognito.userPoolId` is not a user pool"),
        (
            "/cognito/clientId",
            json!(null),
            "`cognito.clientId` is missing. Set it to the ID of the public app client",
        ),
        ("/cognito/clientId", json!(""), "`cognito.clientId` is empty. Set it"),
        ("/cognito/domain", json!(null), "`cognito.domain` is missing. Set it to the login domain"),
        (
            "/cognito/clientId",
            json!("abc "),
            "`cognito.clientId` begins or ends with white space. Remove it.",
        ),
        (
            "/cognito/userPoolId",
            json!(" eu-central-1_A"),
            "`cognito.userPoolId` begins or ends with white space",
        ),
        ("/scopes/1", json!("email\n"), "`scopes[1]` begins or ends with white space"),
        ("/api/0/url", json!("\thttps://api.example.com/"), "`api[0].url` begins or ends with white space"),
        ("/api/0/token", json!("access "), "`api[0].token` must be one of"),
        ("/basePath", json!("/auth "), "`basePath` begins or ends with white space"),
        (
            "/api/0/url",
            json!("https://*.example.com/"),
            "`api[0].url` has a character in its host that no host name has. Wildcards are not supported: name each host.",
        ),
        ("/cognito/domain", json!("https://*.example.com"), "`cognito.domain` has a character in its host"),
        ("/api/0/url", json!("https://a.example,b.example/"), "`api[0].url` has a character in its host"),
        (
            "/api/0/url",
            json!("https://api.example.com/v1/..;/"),
            "`api[0].url` has a segment that some servers resolve",
        ),
        ("/api/0/url", json!("/v1/%252e%252e/x"), "`api[0].url` has a segment that some servers resolve"),
        ("/cognito/domain", json!("http://auth.example.com"), "`cognito.domain` is an http URL. Use https"),
        (
            "/cognito/domain",
            json!("https://auth.example.com/login"),
            "`cognito.domain` has a path. Give the login domain alone",
        ),
        (
            "/cognito/domain",
            json!("https://a:b@auth.example.com"),
            "`cognito.domain` is not a URL the vault can use. Write an https URL without user name",
        ),
        (
            "/cognito/secret",
            json!("s"),
            "`cognito.secret` is not a known key. Remove it, or use one of: region, userPoolId, clientId, domain.",
        ),
        ("/scopes", json!(null), "`scopes` is missing. Set it to the scopes to ask for"),
        ("/scopes", json!("openid email"), "`scopes` is a string. It must be an array."),
        ("/scopes", json!(["email"]), "`scopes` lacks \"openid\". Add it"),
        (
            "/scopes",
            json!(["openid email"]),
            "`scopes` has a scope with a space or a quote in it. Write one scope per",
        ),
        ("/scopes/1", json!(7), "`scopes[1]` is a number. It must be a string."),
        ("/api", json!(null), "`api` is missing. Set it to the APIs that get the token"),
        ("/api", json!([]), "`api` is empty. Name the API"),
        ("/api", json!("https://api.example.com"), "`api` is a string. It must be an array."),
        ("/api/0", json!("https://api.example.com"), "`api[0]` is a string. It must be an object."),
        ("/api/0/url", json!(null), "`api[0].url` is missing. Set it to the API's URL"),
        ("/api/0/url", json!("http://api.example.com/"), "`api[0].url` is an http URL. Use https"),
        ("/api/0/url", json!("ftp://api.example.com/"), "`api[0].url` is not a URL the vault can use. Write"),
        (
            "/api/0/url",
            json!("https://api.example.com/?stage=v1"),
            "`api[0].url` has a query or a fragment. Give origin and path alone.",
        ),
        (
            "/api/0/url",
            json!("/"),
            "`api[0].url` covers the worker's own endpoints under `basePath`. Use the API's path",
        ),
        ("/api/0/url", json!("/auth"), "`api[0].url` covers the worker's own endpoints"),
        (
            "/api/0/url",
            json!("https://auth.example.com/oauth2/"),
            "`api[0].url` covers the token endpoint, which must never receive an access token. Use",
        ),
        ("/api/1/url", json!("https://api.example.com/v1/"), "`api[1].url` is listed twice. Remove one"),
        ("/api/0/token", json!("refresh"), "`api[0].token` must be one of \"access\", \"id\"."),
        ("/api/0/redirect", json!("manual"), "`api[0].redirect` must be one of \"error\", \"follow\"."),
        (
            "/api/0/headers",
            json!({}),
            "`api[0].headers` is not a known key. Remove it, or use one of: url, token, redirect, unauthenticated.",
        ),
        (
            "/scope",
            json!("app"),
            "`scope` is not a path that begins and ends with a slash. Use one such as \"/\" or",
        ),
        ("/scope", json!("/app"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!("//evil.example/"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!("/a//"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!("/a/../"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!("/a/%2e%2e/"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!("/a%2Fb/"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!("/a?x/"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!("/gr\u{fc}\u{df}e/"), "`scope` is not a path that begins and ends with a slash"),
        ("/scope", json!(["/"]), "`scope` is an array. It must be a string."),
        ("/basePath", json!("auth"), "`basePath` is not a plain path. Use one such as \"/auth\""),
        ("/basePath", json!("/auth/"), "`basePath` is not a plain path"),
        ("/basePath", json!("/"), "`basePath` is not a plain path"),
        ("/basePath", json!("//evil.example"), "`basePath` is not a plain path"),
        ("/basePath", json!(true), "`basePath` is a boolean. It must be a string."),
        ("/sessionClaims", json!({}), "`sessionClaims` is an object. It must be an array."),
        ("/recovery", json!("popup"), "`recovery` must be one of \"redirect\", \"none\"."),
        ("/recovery", json!(false), "`recovery` must be one of"),
        ("/recovery", json!("iframe"), "`recovery` must be one of"),
        ("/debug", json!("on"), "`debug` must be true or false."),
        ("/unauthenticated", json!("allow"), "`unauthenticated` must be one of \"pass\", \"reject\"."),
        (
            "/debugg",
            json!(true),
            "`debugg` is not a known key. Remove it, or use one of: cognito, provider, scopes",
        ),
    ];
    for (pointer, replacement, message) in rows {
        check(valid(), pointer, &replacement, message);
    }
    let explicit_rows = [
        (
            "/provider/issuer",
            json!(null),
            "`provider.issuer` is missing. Set it to the `issuer` of the provider's discovery document",
        ),
        ("/provider/issuer", json!("id"), "`provider.issuer` is not a URL the vault can use"),
        (
            "/provider/authorizationEndpoint",
            json!(null),
            "`provider.authorizationEndpoint` is missing. Set it to",
        ),
        (
            "/provider/tokenEndpoint",
            json!("http://id.example.com/token"),
            "`provider.tokenEndpoint` is an http URL. Use https",
        ),
        (
            "/provider/revocationEndpoint",
            json!(5),
            "`provider.revocationEndpoint` is a number. It must be a string.",
        ),
        (
            "/provider/clientId",
            json!(null),
            "`provider.clientId` is missing. Set it to the ID of the public client",
        ),
        ("/provider/clientSecret", json!("s"), "`provider.clientSecret` is not a known key. Remove it"),
    ];
    for (pointer, replacement, message) in explicit_rows {
        check(explicit(), pointer, &replacement, message);
    }
    assert_eq!(
        parse(&json!(null)).unwrap_err(),
        "strongroom.start: the configuration is null. It must be an object."
    );
}

fn check(value: Value, pointer: &str, replacement: &Value, message: &str) {
    check_at("https://app.example.com/vault-worker.js", value, pointer, replacement, message);
}

fn check_at(location: &str, mut value: Value, pointer: &str, replacement: &Value, message: &str) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.insert(key.to_owned(), replacement.clone())),
        Value::Array(array) => array[key.parse::<usize>().unwrap()] = replacement.clone(),
        other => panic!("{pointer} leads into {other}"),
    }
    let error = parse_at(location, &value).expect_err(&format!("{pointer} = {replacement} was accepted"));
    assert!(
        error.starts_with("strongroom.start: ") && error.contains(message),
        "{pointer} = {replacement}: {error}"
    );
}

#[test]
fn a_worker_registered_with_another_scope_is_refused() {
    let mut in_a_folder = valid();
    in_a_folder["scope"] = json!("/app/");
    for (value, scope) in [(valid(), "/"), (in_a_folder, "/app/")] {
        let config = parse(&value).unwrap();
        for other in ["/", "/app/", "/app", "/v", "/v/", "/vault-worker.js", "/app/auth", "/%2e/", ""] {
            let registered = ["https://app.example.com", other].concat();
            assert_eq!(config.check_scope(&registered).is_ok(), other == scope, "{other}");
        }
        let foreign = ["https://evil.example", scope].concat();
        assert!(config.check_scope(&foreign).is_err());
    }
    let error = parse(&valid()).unwrap().check_scope("https://app.example.com/v").unwrap_err();
    assert_eq!(
        error.message(),
        "strongroom.start: `scope` is \"/\", but the worker is registered with the scope \"/v\". Set the same `scope` \
         here and in connect(), or in neither."
    );
}

#[test]
fn a_vault_origin_takes_apps_and_absolute_api_urls() {
    let config = vault_origin();
    assert_eq!(config.apps, ["https://app.example.com", "https://other.example.com"]);
    assert_eq!(config.redirect_uri(), "https://vault.example.com/callback.html");
    for (key, value, message) in [
        ("apps", json!([]), "`apps` is empty. Name the apps"),
        ("apps", json!("https://app.example.com"), "`apps` is a string. It must be an array."),
        ("apps", json!(["http://app.example.com"]), "`apps[0]` is an http URL. Use https"),
        ("apps", json!(["https://app.example.com/x"]), "`apps[0]` is not an origin. Write it without a path"),
        ("apps", json!(["https://*.example.com"]), "`apps[0]` has a character in its host"),
        ("apps", json!(["https://vault.example.com"]), "`apps[0]` is the vault's own origin"),
        ("api", json!([{ "url": "/v1/" }]), "`api[0].url` is not a URL the vault can use."),
        ("scope", json!("/app/"), "`scope` must be \"/\" with `apps`"),
        (
            "api",
            json!([{ "url": "https://vault.example.com/v1/" }]),
            "`api[0].url` is on the vault's own origin",
        ),
    ] {
        let mut changed = valid_vault_origin();
        changed[key] = value.clone();
        let error = parse_at(VAULT, &changed).unwrap_err();
        assert!(error.starts_with(&format!("strongroom.start: {message}")), "{key} {value}: {error}");
    }
}
