//! Sign-in, from the authorization request to the session.

use super::{Form, LIFETIME, NOTES, Request, TOKEN_ENDPOINT, World, config};
use serde_json::Value;
use strongroom_core::config::{Config, Recovery};
use strongroom_invariants::world::Slow;

#[test]
fn a_user_signs_in_uses_the_api_and_signs_out() {
    let mut world = World::new();
    let login = world.login("returnTo=%2Fnotes%3Ftab%3D2");
    let location = world.redirect(login.fetch).1;
    assert!(location.starts_with("https://auth.example.com/oauth2/authorize?"), "{location}");
    assert_eq!(login.asked["redirect_uri"], "https://app.example.com/auth/callback");
    assert_eq!(login.asked["code_challenge_method"], "S256");
    let row: Value = serde_json::from_str(world.row.as_ref().unwrap()).unwrap();
    assert_eq!(row["transactions"][0][1], format!("user {} /notes?tab=2", world.now.wall));
    assert_eq!(row["transactions"][0][2], world.now.wall + 600_000);

    let callback = world.come_back(&login);
    let form = world.form(Form::Exchange);
    assert_eq!((form["grant_type"].as_str(), form["code"].as_str()), ("authorization_code", "the-code"));
    assert_eq!((form["client_id"].as_str(), form["code_verifier"].len()), ("client", 43));
    assert_eq!(form["redirect_uri"], "https://app.example.com/auth/callback");
    let tokens = world.exchange(&login, "ada-1");
    assert_eq!(world.redirect(callback), (303, "/notes?tab=2"));

    let session = world.session();
    assert_eq!(session["status"], "authenticated");
    assert_eq!(session["user"]["sub"], "ada-1");
    assert_eq!(session["expiresAt"], world.now.wall + LIFETIME);

    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    world.api_responds(notes, 200);
    assert_eq!(world.got(notes), "200 from the API");

    let sign_out = world.begin_sign_out();
    let form = world.form(Form::Revocation);
    assert_eq!((&form["token"], form["client_id"].as_str()), (&tokens.refresh, "client"));
    world.server_responds(Form::Revocation, 200, "");
    assert!(world.response(sign_out).body.contains("logout_uri=https%3A%2F%2Fapp.example.com%2F"));
    assert_eq!(world.status(), "anonymous");
    let notes = world.fetch(NOTES);
    assert_eq!(world.got(notes), "passed");
}

#[test]
fn a_sign_in_whose_worker_died_is_begun_again_and_exchanges_no_code() {
    let mut world = World::new();
    let login = world.begin_login();
    world.worker_dies();
    let callback = world.come_back(&login);
    let (status, location) = world.redirect(callback);
    assert_eq!((status, location), (200, "/auth/login?again=1&amp;returnTo=%2Fnotes"));
    let again = world.login("again=1&returnTo=%2Fnotes");
    assert_ne!(again.asked["code_challenge"], login.asked["code_challenge"]);
    assert_eq!(world.forms(), []);
    let callback = world.come_back(&again);
    world.exchange(&again, "ada-1");
    assert_eq!(world.redirect(callback), (303, "/notes"));
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn a_sign_in_is_begun_again_only_once() {
    let mut world = World::new();
    let login = world.login("again=1&returnTo=%2Fnotes");
    world.worker_dies();
    let callback = world.come_back(&login);
    assert_eq!(world.redirect(callback), (200, "/notes"));
    assert_eq!(world.error(), "invalid_state");
}

#[test]
fn the_worker_is_kept_alive_until_the_user_returns() {
    let mut world = World::new();
    let login = world.begin_login();
    world.pass(200_000);
    assert!(world.is_extended(login.fetch));
    world.come_back_refused(&login, "access_denied");
    assert!(!world.is_extended(login.fetch));
}

#[test]
fn the_worker_is_kept_alive_for_a_sign_in_for_four_and_a_half_minutes() {
    let mut world = World::new();
    let login = world.begin_login();
    world.pass(269_999);
    assert!(world.is_extended(login.fetch));
    world.pass(1);
    assert!(!world.is_extended(login.fetch));
}

#[test]
fn a_clock_set_back_does_not_keep_the_worker_alive_longer() {
    let mut world = World::new();
    let login = world.begin_login();
    world.now.wall -= 3_600_000;
    world.pass(270_000);
    assert!(!world.is_extended(login.fetch));
}

#[test]
fn a_sign_in_expires_after_ten_minutes() {
    for (ms, is_taken) in [(599_999, true), (600_000, false)] {
        let mut world = World::new();
        let login = world.begin_login();
        world.pass(ms);
        let callback = world.come_back(&login);
        assert_eq!(world.forms().contains(&Form::Exchange), is_taken, "{ms}");
        if !is_taken {
            assert_eq!(world.redirect(callback), (303, "/notes"));
            assert_eq!(world.error(), "invalid_state");
        }
    }
}

#[test]
fn a_callback_is_accepted_once() {
    let mut world = World::new();
    let login = world.begin_login();
    world.come_back(&login);
    world.server_is_unreachable(Form::Exchange);
    assert_eq!(world.error(), "token_endpoint_unreachable");
    let again = world.come_back(&login);
    assert_eq!(world.redirect(again), (200, "/"));
    assert_eq!(world.error(), "invalid_state");
    assert_eq!(world.went_out(), ["exchange"], "the code went out once");
}

/// Script of the app can ask the authorization server for a response in the fragment. A browser would keep it in the URL that
/// a redirect leads to.
#[test]
fn a_response_in_the_fragment_of_the_callback_reaches_no_page_of_the_app() {
    for (mut world, scope) in [
        (World::new(), "/"),
        (World::signed_in().0, "/"),
        (World::with(Config { scope: "/app/".to_owned(), ..config() }), "/app/"),
    ] {
        world.begin_login();
        for path in ["/auth/callback#code=c&state=attack", "/auth/callback", "/auth/callback?error=x#code=c"]
        {
            let callback = world.navigate(path);
            assert_eq!(world.redirect(callback), (200, scope), "{path}");
        }
    }
}

/// Script can let the browser follow so many redirects that it refuses the callback's. The browser's error page then keeps
/// the URL in the tab's history, with a code for script's own code verifier. Script can also store a transaction, so only
/// secrets in memory prove that the authorization request was the vault's.
#[test]
fn a_callback_with_a_code_that_may_be_scripts_is_not_redirected() {
    for is_chromium in [true, false] {
        let mut world = World::with(Config { is_chromium, ..config() });
        let used = world.begin_login();
        world.finish(&used, "ada-1");
        let lost = world.begin_login();
        world.worker_dies();
        for state in ["attack", &used.state, &lost.state] {
            let callback = world.navigate(&format!("/auth/callback?code=c&state={state}"));
            let response = world.response(callback);
            assert_eq!((response.status, world.header(callback, "location")), (200, ""), "{state}");
            // Before it leaves for a page that may never load.
            let script = response.body.split("<script>").nth(1).expect("a script");
            assert!(script.starts_with("history.replaceState(0,0,\"?\");location.replace("), "{script}");
            // Browsers refuse a page with an opener policy and a sandbox, whether its own or that of a popup.
            let has_sandbox =
                world.header(callback, "content-security-policy").contains("sandbox allow-scripts");
            let has_opener_policy = world.header(callback, "cross-origin-opener-policy") == "same-origin";
            assert_eq!((has_sandbox, has_opener_policy), (is_chromium, !is_chromium), "{state}");
        }
    }
}

#[test]
fn a_callback_with_an_unknown_state_does_not_affect_a_session() {
    let (mut world, tokens) = World::signed_in();
    for query in ["code=stolen&state=unknown", "code=a", "error=access_denied&state=unknown", ""] {
        let callback = world.navigate(&format!("/auth/callback?{query}"));
        assert_eq!(world.redirect(callback), (200, "/"), "{query}");
        assert_eq!((world.status().as_str(), world.error().as_str()), ("authenticated", ""), "{query}");
    }
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
}

#[test]
fn an_error_of_the_authorization_server_is_reported_and_nothing_is_exchanged() {
    let mut world = World::new();
    let login = world.begin_login();
    let callback = world.come_back_refused(&login, "access_denied");
    assert_eq!(world.redirect(callback), (303, "/notes"));
    assert_eq!(world.error(), "access_denied");
    assert!(world.went_out().is_empty());
}

#[test]
fn a_callback_from_another_issuer_is_refused() {
    let mut world = World::new();
    let login = world.begin_login();
    world.navigate(&format!("/auth/callback?code=c&state={}&iss=https%3A%2F%2Fevil.example", login.state));
    assert_eq!((world.error().as_str(), world.forms().len()), ("invalid_issuer", 0));
}

#[test]
fn an_id_token_for_another_sign_in_is_refused() {
    let mut world = World::new();
    let login = world.begin_login();
    world.come_back(&login);
    let tokens = world.issue("ada-1", "another nonce");
    world.server_responds(Form::Exchange, 200, &tokens.body);
    assert_eq!(world.status(), "anonymous");
    let mut world = World::new();
    let login = world.begin_login();
    world.come_back(&login);
    let tokens = world.issue("ada-1", "another nonce");
    world.server_responds(Form::Exchange, 200, &tokens.body);
    assert_eq!(world.error(), "invalid_id_token");
}

#[test]
fn several_tabs_sign_in_at_once() {
    let mut world = World::new();
    let logins: Vec<_> = (0..16).map(|_| world.begin_login()).collect();
    for login in logins.iter().rev() {
        let tokens = world.finish(login, "ada-1");
        let notes = world.fetch(NOTES);
        assert_eq!(world.sent(notes), [tokens.bearer()]);
        assert_eq!(world.error(), "");
    }
}

#[test]
fn over_sixteen_sign_ins_the_oldest_are_dropped() {
    let mut world = World::new();
    let logins: Vec<_> = (0..100).map(|_| world.begin_login()).collect();
    let callback = world.come_back(&logins[83]);
    assert_eq!(world.redirect(callback), (200, "/"));
    assert_eq!(world.error(), "invalid_state");
    world.finish(&logins[84], "ada-1");
    world.finish(&logins[99], "ada-1");
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn many_sign_ins_keep_the_worker_alive_for_a_bounded_number_of_events() {
    let mut world = World::new();
    let logins: Vec<_> = (0..100).map(|_| world.begin_login()).collect();
    let extended = logins.iter().filter(|login| world.is_extended(login.fetch)).count();
    assert!((1..=16).contains(&extended), "{extended}");
    assert!(world.is_extended(logins[99].fetch));
}

/// A write may take as long as the storage of the browser is blocked.
#[test]
fn many_callbacks_during_a_write_keep_the_worker_alive_with_one_event() {
    let mut world = World::new();
    world.status();
    world.slow = vec![strongroom_invariants::world::Slow::Writes];
    world.begin_login();
    let callbacks: Vec<_> = (0..30).map(|_| world.navigate("/auth/callback?x=y")).collect();
    let extended: Vec<_> = callbacks.iter().filter(|fetch| world.is_extended(**fetch)).collect();
    assert_eq!(extended, [callbacks.last().unwrap()]);
    world.release();
    assert!(!callbacks.iter().any(|fetch| world.is_extended(*fetch)));
}

#[test]
fn a_login_with_a_return_to_of_another_origin_is_refused() {
    let mut world = World::new();
    for return_to in ["https://evil.example/", "//evil.example", "/%5Cevil.example", "/.//evil.example"] {
        let login = world.navigate(&format!("/auth/login?returnTo={return_to}"));
        assert_eq!(world.response(login).status, 400, "{return_to}");
        assert!(world.response(login).body.contains("<code>invalid_return_to</code>"), "{return_to}");
    }
}

#[test]
fn without_random_bytes_a_sign_in_fails() {
    let mut world = World::new();
    world.has_web_crypto = false;
    let login = world.navigate("/auth/login");
    assert_eq!(world.response(login).status, 503);
    assert!(world.response(login).body.contains("<code>platform_failed</code>"));
}

#[test]
fn a_lost_session_is_recovered_by_a_silent_sign_in() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    assert_eq!(world.status(), "recovering");
    let login = world.login("silent=1&returnTo=%2Fnotes");
    assert_eq!(login.asked["prompt"], "none");
    let callback = world.come_back(&login);
    let tokens = world.exchange(&login, "ada-1");
    assert_eq!(world.redirect(callback), (303, "/notes"));
    assert_eq!(world.status(), "authenticated");
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
}

#[test]
fn an_unneeded_silent_sign_in_gets_204() {
    for is_signed_in in [false, true] {
        let mut world = World::new();
        if is_signed_in {
            world.sign_in();
        }
        let before = world.session();
        let login = world.navigate("/auth/login?silent=1&returnTo=%2Fnotes");
        assert_eq!(world.got(login), "204");
        assert_eq!(world.probes, [""; 0]);
        assert_eq!(world.session(), before);
    }
}

#[test]
fn a_tab_waits_for_another_tabs_silent_sign_in_and_gets_204() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    let first = world.login("silent=1&returnTo=%2F");
    let other = world.navigate("/auth/login?silent=1&returnTo=%2Fnotes");
    assert!(world.is_pending(other));
    world.finish(&first, "ada-1");
    assert_eq!(world.got(other), "204");
}

#[test]
fn another_tab_starts_a_silent_sign_in_after_ten_seconds() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    world.login("silent=1&returnTo=%2F");
    let other = world.navigate("/auth/login?silent=1&returnTo=%2Fnotes");
    world.pass(9_999);
    assert!(world.is_pending(other));
    world.pass(1);
    let login = world.authorization_request(other);
    world.finish(&login, "ada-1");
    assert_eq!(world.status(), "authenticated");
}

/// The page would end up on the browser's error page.
#[test]
fn a_silent_sign_in_does_not_redirect_to_an_unreachable_server() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    world.is_server_there = false;
    let login = world.navigate("/auth/login?silent=1&returnTo=%2Fnotes");
    assert_eq!(world.got(login), "204");
    assert_eq!(world.status(), "recovering");
    assert_eq!(world.probes, [TOKEN_ENDPOINT]);
}

#[test]
fn a_users_sign_in_does_not_wait_for_a_probe() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    world.slow = vec![Slow::Probes];
    let login = world.begin_login();
    assert!(!login.asked.contains_key("prompt"));
    assert_eq!(world.probes, [""; 0]);
}

#[test]
fn a_refused_silent_sign_in_ends_the_session_with_its_error() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    let login = world.login("silent=1");
    world.come_back_refused(&login, "login_required");
    let session = world.session();
    assert_eq!(
        (&session["status"], &session["error"]["code"]),
        (&"anonymous".into(), &"login_required".into())
    );
    assert_eq!(world.hint(), None);
}

#[test]
fn a_silent_sign_in_at_a_temporarily_unavailable_server_keeps_recovering() {
    for error in ["temporarily_unavailable", "server_error"] {
        let (mut world, _) = World::signed_in();
        world.worker_dies();
        let login = world.login("silent=1");
        world.come_back_refused(&login, error);
        assert_eq!((world.status().as_str(), world.error().as_str()), ("recovering", error));
    }
}

#[test]
fn a_silent_sign_in_of_another_user_recovers_nothing() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    let login = world.login("silent=1");
    world.finish(&login, "bob-1");
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "login_required"));
}

#[test]
fn a_silent_sign_in_that_lost_its_worker_recovers_nothing() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    let login = world.login("silent=1&returnTo=%2Fnotes");
    world.worker_dies();
    let callback = world.come_back(&login);
    assert_eq!(world.redirect(callback), (200, "/notes"));
    assert_eq!((world.status().as_str(), world.forms().len()), ("recovering", 0));
}

#[test]
fn without_recovery_a_lost_session_ends() {
    let mut world = World::with(Config { recovery: Recovery::None, ..config() });
    world.sign_in();
    world.worker_dies();
    let session = world.session();
    assert_eq!(
        (&session["status"], &session["error"]["code"]),
        (&"anonymous".into(), &"session_lost".into())
    );
    assert_eq!(world.hint(), None);
}

/// A page that can read a frame's URL or history must not find a code there.
#[test]
fn a_callback_in_a_frame_gets_no_document_and_exchanges_nothing() {
    let mut world = World::new();
    let login = world.begin_login();
    for destination in ["iframe", "frame", "embed", "object"] {
        let open = |url: String| Request { destination, ..Request::navigation(&url) };
        let callback = world.request(open(format!("/auth/callback?code=c&state={}", login.state)));
        assert_eq!(world.redirect(callback), (204, ""), "{destination}");
        assert_eq!(world.forms(), [], "{destination}");
        for path in ["/auth/login", "/auth/login?silent=1"] {
            let framed = world.request(open(path.to_owned()));
            assert_eq!(world.response(framed).status, 405, "{destination}");
        }
    }
    world.finish(&login, "ada-1");
    assert_eq!(world.status(), "authenticated", "the sign-in itself goes on");
}

/// A page can block storage, so the redirect does not wait for it; the worker stays alive until the write
/// ends.
#[test]
fn a_sign_in_does_not_wait_for_storage_but_the_worker_does() {
    let mut world = World::new();
    world.slow = vec![Slow::Writes];
    let login = world.begin_login();
    let callback = world.come_back(&login);
    world.exchange(&login, "ada-1");
    assert_eq!(world.redirect(callback), (303, "/notes"));
    assert!(world.is_extended(callback));
    world.release();
    assert!(!world.is_extended(callback));
    assert!(world.hint().is_some());
}

#[test]
fn a_sign_in_overtaken_by_a_sign_out_is_dropped() {
    let (mut world, _) = World::signed_in();
    let login = world.begin_login();
    let callback = world.come_back(&login);
    world.sign_out();
    world.exchange(&login, "ada-1");
    assert_eq!(world.redirect(callback), (303, "/notes"));
    assert_eq!(world.status(), "anonymous");
    let notes = world.fetch(NOTES);
    assert_eq!(world.got(notes), "passed");
}

#[test]
fn a_sign_in_replaces_an_existing_session() {
    let (mut world, _) = World::signed_in();
    let bob = world.sign_in_as("bob-1");
    assert_eq!(world.session()["user"]["sub"], "bob-1");
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [bob.bearer()]);
}
