use super::{Completed, LONGEST_COOKIE, Login, Response, app_of, has_login_of_same_site, login_page};
use crate::config::Config;
use crate::config::tests::vault_origin;
use crate::form;
use crate::pkce::base64url;
use crate::secret::State;
use crate::time::Now;
use crate::transaction::storage_key;

const APP: &str = "https://app.example.com";
const NOW: Now = Now { monotonic: 0, wall: 1_000_000 };
const RANDOM: [[u8; 32]; 3] = [[1; 32], [2; 32], [3; 32]];

/// The vault has made this state.
fn state() -> State {
    State::from_random(&[[9; 32]; 3])
}

fn login(config: &Config, query: &str) -> Login {
    let page = login_page(config, &state(), query);
    let (_, query) = page.split_once('?').unwrap();
    Login::begin(config, query, Some(&RANDOM), NOW).unwrap()
}

/// The parameter `name` of a URL.
fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    form::pairs(query).find(|(other, _)| other == name).unwrap().1
}

/// The callback's query, with this parameter in addition to the state.
fn response_to(login: &Login, parameter_text: &str) -> String {
    format!("state={}&{parameter_text}", parameter(&login.location, "state"))
}

/// The authorization response in the cookie.
fn in_cookie(completed: &Completed) -> Response {
    Response::parse(&completed.cookie.as_ref().unwrap().value).unwrap()
}

#[test]
fn an_app_that_is_not_listed_signs_nobody_in() {
    let config = vault_origin();
    for app in
        ["https://evil.example", "https://app.example.com.evil.example", "http://app.example.com", "null", ""]
    {
        let query = form::text(&[("app", app), ("returnTo", "/")]);
        assert_eq!(app_of(&config, &query).unwrap_err().code(), "invalid_app", "{app}");
        let refused = Login::begin(&config, &query, Some(&RANDOM), NOW).unwrap_err();
        assert_eq!(refused.code(), "invalid_app", "{app}");
    }
}

#[test]
fn a_sign_in_goes_from_the_login_page_to_the_apps_page_by_way_of_the_cookie() {
    let config = vault_origin();
    let login = login(&config, "app=https%3A%2F%2Fapp.example.com&returnTo=%2Fnotes&login_hint=ada");
    assert_eq!(parameter(&login.location, "redirect_uri"), "https://vault.example.com/callback.html");
    assert_eq!(parameter(&login.location, "login_hint"), "ada");
    assert_eq!(parameter(&login.location, "state"), state().expose());
    assert_eq!(login.key, storage_key(&state()), "the key of the vault's stored transaction");
    let query = response_to(&login, "code=the-code");
    assert_eq!(Completed::key(&query).as_ref(), Some(&login.key));
    let completed = Completed::new(&config, &query, Some(&login.entry));
    assert_eq!(completed.location, "https://app.example.com/notes");
    let cookie = completed.cookie.as_ref().unwrap();
    let attributes = "; Max-Age=60; Path=/; SameSite=Strict; Secure";
    assert_eq!(cookie.text, format!("__Host-strongroom-{}={}{attributes}", login.key, cookie.value));
    let response = in_cookie(&completed);
    assert_eq!(response.result.unwrap().expose(), "the-code");
    assert_eq!(response.key, login.key);
    assert_eq!(response.verifier.challenge(), parameter(&login.location, "code_challenge"));
    assert_eq!(response.nonce.expose(), parameter(&login.location, "nonce"));
}

#[test]
fn a_refused_sign_in_reaches_the_vault_as_its_error() {
    let config = vault_origin();
    let login = login(&config, "app=https%3A%2F%2Fapp.example.com");
    let completed = Completed::new(&config, &response_to(&login, "error=access_denied"), Some(&login.entry));
    assert_eq!(in_cookie(&completed).result.unwrap_err().code(), "access_denied");
}

/// Login fixation: anybody can navigate a tab to the callback page with an authorization response of their own.
#[test]
fn a_response_to_a_sign_in_of_another_tab_or_browser_sets_no_cookie() {
    let config = vault_origin();
    let login = login(&config, "app=https%3A%2F%2Fapp.example.com&returnTo=%2Fnotes");
    let nothing = |query: &str, entry: Option<&str>| {
        let completed = Completed::new(&config, query, entry);
        assert_eq!(completed.cookie, None, "{query}");
        completed.location
    };
    assert_eq!(nothing("code=attackers&state=attackers", None), "https://app.example.com/");
    assert_eq!(nothing("code=attackers", Some(&login.entry)), "https://app.example.com/");
    assert_eq!(
        nothing(&response_to(&login, "code=a&code=b"), Some(&login.entry)),
        "https://app.example.com/"
    );
    assert_eq!(
        nothing(&response_to(&login, "code=a"), Some("https://evil.example n v /")),
        "https://app.example.com/"
    );
}

/// The vault would not accept the response. The user need not sign in to learn that.
#[test]
fn a_login_page_without_the_state_of_a_vault_begins_no_sign_in() {
    let config = vault_origin();
    for state in ["", "&state=", "&state=short", &format!("&state={}!", &state().expose()[1..])] {
        let query = format!("app=https%3A%2F%2Fapp.example.com{state}");
        let refused = Login::begin(&config, &query, Some(&RANDOM), NOW).unwrap_err();
        assert_eq!(refused.code(), "invalid_state", "{state}");
    }
}

#[test]
fn an_app_cannot_choose_the_state() {
    let config = vault_origin();
    let chosen = State::from_random(&[[8; 32]; 3]);
    let query = format!("app=https%3A%2F%2Fapp.example.com&state={}", chosen.expose());
    assert_eq!(parameter(&login(&config, &query).location, "state"), state().expose());
}

#[test]
fn a_response_of_another_issuer_is_refused_as_a_mix_up() {
    let config = vault_origin();
    let login = login(&config, "app=https%3A%2F%2Fapp.example.com");
    let query = response_to(&login, "code=a&iss=https%3A%2F%2Fevil.example");
    let completed = Completed::new(&config, &query, Some(&login.entry));
    assert_eq!(in_cookie(&completed).result.unwrap_err().code(), "invalid_issuer");
}

/// Cookie bomb: links to the login page with a long page to return to would make every request to this origin too long
/// for its host.
#[test]
fn a_long_page_to_return_to_makes_no_long_cookie() {
    let config = vault_origin();
    let path = format!("/{}", "a".repeat(2_047));
    let login = login(&config, &format!("app=https%3A%2F%2Fapp.example.com&returnTo={path}"));
    let completed = Completed::new(&config, &response_to(&login, "code=a"), Some(&login.entry));
    assert_eq!(completed.location, ["https://app.example.com", &path].concat());
    assert!(completed.cookie.unwrap().text.len() < 600);
}

/// Browsers drop a longer cookie without a word, and the app would start the next sign-in.
#[test]
fn a_code_that_fits_in_no_cookie_becomes_an_error() {
    let config = vault_origin();
    let login = login(&config, "app=https%3A%2F%2Fapp.example.com");
    let query = response_to(&login, &format!("code={}", "a".repeat(4_096)));
    let completed = Completed::new(&config, &query, Some(&login.entry));
    assert!(completed.cookie.as_ref().unwrap().text.len() < LONGEST_COOKIE);
    assert_eq!(in_cookie(&completed).result.unwrap_err().code(), "response_too_long");
}

#[test]
fn a_forged_cookie_value_is_refused() {
    for value in ["", "e30", "not base64url!", &base64url(b"{\"code\":\"a\"}"), &base64url(b"[]")] {
        assert!(Response::parse(value).is_none(), "{value}");
    }
}

#[test]
fn a_login_domain_below_what_app_and_vault_have_in_common_is_of_their_site() {
    for (vault, app, domain, is_same) in [
        ("https://vault.example.com", APP, "https://auth.example.com", true),
        ("https://vault.example.com", APP, "https://example.com", true),
        ("https://vault.app.example.com", "https://app.example.com", "https://auth.app.example.com", true),
        ("https://vault.example.com", APP, "https://pool.auth.eu-central-1.amazoncognito.com", false),
        ("https://vault.example.com", APP, "https://auth.notexample.com", false),
        ("https://vault.example.com", APP, "https://example.com.evil.example", false),
        ("https://vault.dev.example.com", "https://app.dev.example.com", "https://auth.example.com", false),
        (
            "http://vault.strongroom.localhost:1",
            "http://app.strongroom.localhost:2",
            "http://auth.strongroom.localhost:3",
            true,
        ),
        (
            "http://vault.strongroom.localhost:1",
            "http://app.strongroom.localhost:2",
            "https://auth.strongroom.localhost:3",
            false,
        ),
        ("http://127.0.0.1:1", "http://127.0.0.1:2", "http://127.0.0.1:3", false),
        ("http://[::1]:1", "http://[::1]:2", "http://[::1]:3", false),
        ("https://vault", "https://vault", "https://vault", false),
    ] {
        let mut config = vault_origin();
        config.origin = vault.to_owned();
        config.provider.authorization_endpoint =
            crate::url::HttpUrl::from_serialised(&format!("{domain}/oauth2/authorize")).unwrap();
        assert_eq!(has_login_of_same_site(&config, app), is_same, "{vault} {app} {domain}");
    }
}
