use super::{Next, Relayed, relayed};
use crate::config::Config;
use crate::config::tests::vault_origin;
use crate::frames::MEDIA_TYPE;
use crate::keeper::Event;
use crate::keeper::tests::Stage;
use crate::policy::{self, Request, Route};
use crate::session::tests::session;
use crate::vault_origin::app_of;

const APP: &str = "https://app.example.com";
const NOTES: &str = "https://api.example.com/v1/notes";

fn get(url: &str) -> Request<'_> {
    Request { url, method: "GET", mode: "cors", destination: "", redirect: "follow" }
}

impl Stage {
    fn relays(&mut self, config: &Config, app: &str, request: Request<'_>) -> Option<Relayed> {
        relayed(config, app, 0, request, &mut self.keeper, self.now)
    }

    /// How it sends a request of `user` to the API, once its body is there.
    fn sends_late(&mut self, user: u64) -> (String, bool) {
        let request = Request { method: "POST", ..get(NOTES) };
        let relayed = relayed(&vault_origin(), APP, user, request, &mut self.keeper, self.now).unwrap();
        (relayed.url, relayed.authorization.is_some())
    }

    /// The token with which it sends a request to the API.
    fn token(&mut self) -> Option<String> {
        let Relayed { url, authorization, .. } = self.relays(&vault_origin(), APP, get(NOTES)).unwrap();
        let mark = if authorization.is_some() { "" } else { "#vault" };
        assert_eq!(url, [NOTES, mark].concat());
        authorization.map(|authorization| authorization.expose().to_owned())
    }
}

fn is_relayed(app: &str, request: Request<'_>) -> bool {
    Stage::keeping(0).relays(&vault_origin(), app, request).is_some()
}

#[test]
fn the_relay_fetches_apis_and_five_endpoints() {
    let mut relay = Stage::connected(None);
    for (url, expected) in [
        ("https://api.example.com/v1/notes?a=1", "https://api.example.com/v1/notes?a=1#vault"),
        ("/session", "https://vault.example.com/auth/session?"),
        ("/events?signIn=start", "https://vault.example.com/auth/events?signIn=start"),
        ("/refresh", "https://vault.example.com/auth/refresh?"),
        (
            "/login?returnTo=%2Fnotes",
            "https://vault.example.com/auth/login?app=https%3A%2F%2Fapp.example.com&returnTo=%2Fnotes",
        ),
        ("/logout", "https://vault.example.com/auth/logout?app=https%3A%2F%2Fapp.example.com"),
    ] {
        let relayed = relay.relays(&vault_origin(), APP, get(url)).unwrap();
        assert_eq!((relayed.url.as_str(), relayed.authorization), (expected, None));
    }
}

#[test]
fn the_relay_is_no_proxy_for_other_urls() {
    for url in [
        "https://api.example.com/v2/notes",
        "https://api.example.com.evil.example/v1/",
        "https://api.example.com/v1/..;/admin",
        "https://auth.example.com/oauth2/token",
        "https://auth.example.com/oauth2/userInfo",
        "https://vault.example.com/auth/keep",
        "https://vault.example.com/vault-worker.js",
        "https://evil.example/#https://api.example.com/v1/",
        "/keep",
        "/keep?key=abc",
        "/redeem",
        "/callback?code=a&state=b",
        "/login.html",
        "/session/../keep",
        "/",
        "",
        "file:///etc/passwd",
    ] {
        assert!(!is_relayed(APP, get(url)), "{url}");
    }
    assert!(!is_relayed(APP, Request { mode: "navigate", destination: "document", ..get(NOTES) }));
    assert!(!is_relayed(APP, Request { destination: "script", mode: "no-cors", ..get(NOTES) }));
}

/// The table that the interceptor is tested with too.
#[test]
fn the_relay_fetches_what_the_interceptor_selects() {
    let table = include_str!("../../../../sw-shim/tests/interceptor/routes.txt");
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let [outcome, method, mode, destination, url] =
            *line.split_ascii_whitespace().collect::<Vec<_>>().as_slice()
        else {
            panic!("five columns: {line}")
        };
        let destination = if destination == "-" { "" } else { destination };
        // The interceptor names an endpoint by its path below the base path.
        let endpoint = url.strip_prefix("https://app.example.com/auth").filter(|rest| rest.starts_with('/'));
        let url = endpoint.unwrap_or(url);
        let request = Request { url, method, mode, destination, redirect: "follow" };
        match outcome {
            "relayed" => assert!(is_relayed(APP, request), "{line}"),
            "refused" | "passed" => assert!(!is_relayed(APP, request), "{line}"),
            // The interceptor responds.
            other => assert_eq!(other, "missing", "{line}"),
        }
    }
}

#[test]
fn an_app_that_is_not_listed_gets_nothing() {
    for app in
        ["https://evil.example", "https://app.example.com.evil.example", "http://app.example.com", "null", ""]
    {
        assert!(!is_relayed(app, get(NOTES)), "{app}");
        assert!(!is_relayed(app, get("/session")), "{app}");
    }
}

/// The relay names the app. A page's own `app` parameter must not replace it.
#[test]
fn a_second_app_parameter_is_refused() {
    let request = get("/login?app=https%3A%2F%2Fother.example.com&returnTo=%2F");
    let relayed = Stage::keeping(0).relays(&vault_origin(), APP, request).unwrap();
    let (_, query) = relayed.url.split_once('?').unwrap();
    assert_eq!(app_of(&vault_origin(), query).unwrap_err().code(), "invalid_app");
}

#[test]
fn a_relay_with_a_current_copy_attaches_the_token() {
    let url = "https://api.example.com/v1/notes?a=1";
    let relayed = Stage::keeping(0).relays(&vault_origin(), APP, get(url)).unwrap();
    assert_eq!(relayed.url, url);
    assert_eq!(relayed.authorization.unwrap().expose(), "Bearer access.token.1");
    assert!(relayed.stop_redirects, "the browser would send the token along");
}

/// A page could have its request sent twice otherwise, or past the service worker.
#[test]
fn a_pages_own_fragment_does_not_choose_the_way() {
    for fragment in ["#vault", "#", "#a#vault"] {
        let url = [NOTES, fragment].concat();
        let direct = Stage::keeping(0).relays(&vault_origin(), APP, get(&url)).unwrap();
        assert_eq!(direct.url, NOTES, "{fragment}");
        let via_vault = Stage::connected(None).relays(&vault_origin(), APP, get(&url)).unwrap();
        assert_eq!(via_vault.url, format!("{NOTES}#vault"), "{fragment}");
    }
}

#[test]
fn the_service_worker_handles_the_requests_that_the_relay_leaves_to_it() {
    let config = vault_origin();
    assert!(matches!(policy::route(&config, get(&format!("{NOTES}#vault"))), Route::Api(_)));
    assert_eq!(policy::route(&config, get(NOTES)), Route::Pass);
}

#[test]
fn a_relay_without_a_current_copy_leaves_the_request_to_the_service_worker() {
    type Happens = fn(&mut Stage);
    let cases: [(&str, Happens); 9] = [
        ("signed out", |relay| relay.forgets()),
        ("the service worker died", |relay| relay.happens(Event::Broken)),
        ("the stream has ended", |relay| relay.happens(Event::Ended)),
        ("the next copy is being opened", |relay| relay.is_sent(1)),
        ("the next copy cannot be opened", |relay| {
            relay.is_sent(1);
            relay.happens(Event::Opened(None));
        }),
        ("the next copy is of another version", |relay| {
            relay.is_sent(1);
            relay.happens(Event::Opened(Some(br#"{"format":2}"#.to_vec())));
        }),
        ("frozen for a minute", |relay| relay.advance(60_000)),
        ("a renewal is due", |relay| relay.pass(3_600_000)),
        ("another service worker has not confirmed the copy", |relay| {
            relay.happens(Event::Broken);
            relay.connects();
            relay.greets(None);
        }),
    ];
    for (case, happens) in cases {
        let mut relay = Stage::keeping(0);
        assert!(relay.token().is_some(), "{case}");
        happens(&mut relay);
        assert_eq!(relay.token(), None, "{case}");
    }
}

/// A copy of a session of this name, of another user than the [`session`]s of tests.
fn copy_of_bob(name: &str) -> Vec<u8> {
    let session = session(name, 0);
    let ends_like = &session.id()[session.id().len() - 8..];
    session.copy(Stage::keeping(0).now).expose().replace(ends_like, "hashofbo").into_bytes()
}

#[test]
fn a_body_that_arrives_after_the_next_user_has_signed_in_is_not_sent_as_that_user() {
    let mut relay = Stage::keeping(0);
    let ada = relay.keeper.user();
    let direct = (NOTES.to_owned(), true);
    assert_eq!(relay.sends_late(ada), direct, "the same session");
    relay.is_given(1);
    assert_eq!(relay.sends_late(ada), direct, "renewed");
    relay.is_sent(2);
    let only_ada = (format!("{NOTES}#vault{}", session("a", 0).id()), false);
    assert_eq!(relay.sends_late(ada), only_ada, "being renewed");
    relay.happens(Event::Opened(Some(copy_of_bob("b"))));
    let nobody = (format!("{NOTES}#vaultanonymous"), false);
    assert_eq!(relay.sends_late(ada), nobody, "another user");
    assert_eq!(relay.sends_late(relay.keeper.user()), direct);
    relay.forgets();
    assert_eq!(relay.sends_late(ada), nobody, "signed out");
    relay.is_given(0);
    assert_eq!(relay.sends_late(ada), direct, "the same user again");
}

/// The service worker may already have the next user's session.
#[test]
fn a_relay_without_a_current_copy_names_the_session_in_which_a_late_body_began() {
    type Happens = fn(&mut Stage);
    let cases: [(&str, Happens); 3] = [
        ("the service worker died", |relay| relay.happens(Event::Broken)),
        ("the stream has ended", |relay| relay.happens(Event::Ended)),
        ("frozen for a minute", |relay| relay.advance(60_000)),
    ];
    for (case, happens) in cases {
        let mut relay = Stage::keeping(0);
        let ada = relay.keeper.user();
        happens(&mut relay);
        let only_ada = (format!("{NOTES}#vault{}", session("a", 0).id()), false);
        assert_eq!(relay.sends_late(ada), only_ada, "{case}");
    }
}

#[test]
fn a_body_that_arrives_after_the_relays_first_copy_is_sent() {
    let mut relay = Stage::connected(None);
    let nobody = relay.keeper.user();
    relay.is_given(0);
    assert_eq!(relay.sends_late(nobody), (NOTES.to_owned(), true));
}

#[test]
fn a_copy_that_the_service_worker_has_missed_is_used_once_it_has_it() {
    let mut relay = Stage::keeping(5);
    relay.is_given(4);
    relay.offered();
    assert_eq!(relay.token(), None);
    relay.is_given(5);
    assert_eq!(relay.token().as_deref(), Some("Bearer renewed.4"));
}

/// A sign-out, or a renewal that changes what the user may do, must hold for the page's next request.
#[test]
fn a_request_that_may_change_the_session_casts_doubt_on_the_copy() {
    for (url, method) in [("/logout", "POST"), ("/refresh", "POST")] {
        let mut relay = Stage::keeping(0);
        let request = Request { method, ..get(url) };
        for _ in 0..2 {
            assert!(relay.relays(&vault_origin(), APP, request).unwrap().changes_session);
            assert_eq!(relay.token(), None, "{url}");
        }
        relay.happens(Event::Changed);
        relay.reconnects();
        relay.is_given(1);
        assert_eq!(relay.token(), None, "{url}: the second is under way");
        relay.happens(Event::Changed);
        relay.reconnects();
        assert_eq!(relay.token(), None, "{url}: not confirmed");
        relay.is_given(1);
        assert_eq!(relay.token().as_deref(), Some("Bearer renewed.0"), "{url}");
    }
}

/// The stream that is being opened may carry the copy from before the second sign-out or renewal.
#[test]
fn a_request_that_changes_the_session_while_a_stream_opens_casts_doubt_on_that_stream() {
    let mut relay = Stage::keeping(0);
    for _ in 0..2 {
        relay.relays(&vault_origin(), APP, Request { method: "POST", ..get("/logout") }).unwrap();
    }
    relay.happens(Event::Changed);
    relay.take();
    relay.happens(Event::Changed);
    relay.happens(Event::Response(Some(MEDIA_TYPE)));
    assert_eq!(relay.token(), None);
    relay.reconnects();
    relay.is_given(0);
    assert!(relay.token().is_some(), "the second stream is of a later time");
}

#[test]
fn a_refused_token_is_the_service_workers_and_a_redirect_is_refused() {
    let direct = Stage::keeping(0).relays(&vault_origin(), APP, get(NOTES)).unwrap();
    let ask_vault = Next::AskVault([NOTES, "#vault", session("a", 0).id()].concat());
    assert_eq!(direct.next(401), ask_vault, "in this session only");
    for status in [200, 204, 304, 400, 403, 404, 500] {
        assert_eq!(direct.next(status), Next::Deliver, "{status}");
    }
    let Next::Respond(response) = direct.next(0) else { panic!("a redirect") };
    assert_eq!(response.status, 502);
    assert!(response.body.contains("redirect_refused"), "{}", response.body);
    let via_vault = Stage::connected(None).relays(&vault_origin(), APP, get(NOTES)).unwrap();
    assert_eq!([0, 401].map(|status| via_vault.next(status)), [Next::Deliver, Next::Deliver]);
}

/// The browser follows redirects by default, and would send the token along.
#[test]
fn a_message_without_a_redirect_mode_does_not_make_the_token_follow_a_redirect() {
    for (redirect, stops) in
        [("follow", true), ("undefined", true), ("", true), ("error", false), ("manual", false)]
    {
        let relayed =
            Stage::keeping(0).relays(&vault_origin(), APP, Request { redirect, ..get(NOTES) }).unwrap();
        assert!(relayed.authorization.is_some());
        assert_eq!(relayed.stop_redirects, stops, "{redirect}");
    }
}
