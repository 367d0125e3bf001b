//! Renewal near the access token's expiry, and forced by a page.

use super::{Form, LIFETIME, NOTES, Request, World, config};
use serde_json::json;
use strongroom_core::config::{Config, Recovery};

const SECOND: u64 = 1_000;

/// Signed in with an access token that has `left` milliseconds left.
fn signed_in_with(left: u64) -> (World, super::Tokens) {
    let (mut world, tokens) = World::signed_in();
    world.pass(LIFETIME - left);
    world.went_out();
    (world, tokens)
}

#[test]
fn in_the_last_minute_requests_wait_for_one_renewal() {
    for left in [60 * SECOND, SECOND, 0] {
        let (mut world, _) = signed_in_with(left);
        let waiting: Vec<_> = (0..20).map(|_| world.fetch(NOTES)).collect();
        assert_eq!(world.went_out(), ["renewal"], "{left}");
        let renewed = world.renew();
        assert_eq!(world.went_out(), vec![format!("{NOTES} with {}", renewed.bearer()); 20], "{left}");
        assert!(waiting.iter().all(|fetch| world.sent(*fetch).len() == 1));
    }
}

#[test]
fn in_the_last_fifth_requests_are_sent_at_once_and_begin_one_renewal() {
    let (mut world, old) = signed_in_with(LIFETIME / 10);
    let fetches: Vec<_> = (0..20).map(|_| world.fetch(NOTES)).collect();
    let mut expected = vec![format!("{NOTES} with {}", old.bearer()); 20];
    expected.insert(0, "renewal".to_owned());
    assert_eq!(world.went_out(), expected);
    let extended: Vec<_> = fetches.iter().filter(|fetch| world.is_extended(**fetch)).collect();
    assert_eq!(extended, [&fetches[0]], "the one that began it keeps the worker alive");
    let renewed = world.renew();
    assert!(!world.is_extended(fetches[0]));
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [renewed.bearer()]);
}

#[test]
fn before_the_last_fifth_or_without_requests_nothing_is_renewed() {
    let (mut world, tokens) = signed_in_with(LIFETIME / 5 + 1);
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    world.pass(LIFETIME);
    world.status();
    world.open_events();
    world.pass(LIFETIME);
    assert_eq!(world.forms(), []);
}

#[test]
fn background_renewals_start_in_the_first_half_of_the_last_fifth() {
    let mut begins = std::collections::BTreeSet::new();
    for number in 0..20 {
        let mut world = World::new();
        for _ in 0..number {
            world.issue("ada-1", "");
        }
        world.sign_in();
        world.pass(LIFETIME * 4 / 5 - 1);
        let mut left = LIFETIME / 5 + 1;
        while world.forms().is_empty() {
            let notes = world.fetch(NOTES);
            world.api_responds(notes, 200);
            world.pass(10 * SECOND);
            left -= 10 * SECOND;
        }
        assert!((LIFETIME / 10 - 20 * SECOND..=LIFETIME / 5).contains(&left), "{left}");
        begins.insert(left);
    }
    assert!(begins.len() >= 5, "{begins:?}");
}

#[test]
fn a_short_lived_token_is_not_renewed_at_every_request() {
    let mut world = World::new();
    let login = world.begin_login();
    world.come_back(&login);
    let tokens = world.issue("ada-1", &login.asked["nonce"]);
    let body = tokens.body.replace("\"expires_in\":3600", "\"expires_in\":60");
    world.server_responds(Form::Exchange, 200, &body);
    let notes = world.fetch(NOTES);
    assert_eq!((world.sent(notes).len(), world.forms().len()), (1, 0));
    world.pass(48 * SECOND - 1);
    let notes = world.fetch(NOTES);
    assert_eq!((world.sent(notes).len(), world.forms().len()), (1, 0));
    world.pass(1);
    let notes = world.fetch(NOTES);
    assert!(world.is_pending(notes) && world.sent(notes).is_empty(), "a fifth is left");
    assert_eq!(world.forms(), [Form::Renewal]);
}

#[test]
fn token_age_includes_sleep_and_ignores_a_clock_set_back() {
    let (mut world, _) = World::signed_in();
    world.now.wall += LIFETIME;
    world.fetch(NOTES);
    assert_eq!(world.forms(), [Form::Renewal], "the monotonic clock stood still");
    let (mut world, tokens) = World::signed_in();
    world.now.wall -= LIFETIME;
    world.pass(LIFETIME / 2);
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    world.pass(LIFETIME / 2);
    world.fetch(NOTES);
    assert_eq!(world.forms(), [Form::Renewal]);
}

#[test]
fn during_renewal_failures_a_valid_token_is_used_and_renewals_back_off() {
    for failure in [None, Some((503, "")), Some((429, r#"{ "error": "slow_down" }"#)), Some((200, "<html>"))]
    {
        let (mut world, old) = signed_in_with(50 * SECOND);
        let waiting = world.fetch(NOTES);
        match failure {
            None => world.server_is_unreachable(Form::Renewal),
            Some((status, body)) => world.server_responds(Form::Renewal, status, body),
        }
        assert_eq!(world.sent(waiting), [old.bearer()], "{failure:?}");
        let notes = world.fetch(NOTES);
        assert_eq!(world.sent(notes), [old.bearer()], "{failure:?}");
        assert_eq!(world.forms(), [], "{failure:?}");
        assert_eq!(world.status(), "authenticated");
        assert_ne!(world.error(), "");
        world.pass(SECOND);
        let notes = world.fetch(NOTES);
        let renewed = world.renew();
        assert_eq!(world.sent(notes), [renewed.bearer()]);
        assert_eq!(world.error(), "");
    }
}

#[test]
fn failed_renewals_back_off() {
    let (mut world, _) = signed_in_with(LIFETIME / 10);
    let mut attempts = Vec::new();
    for second in 0..300 {
        let notes = world.fetch(NOTES);
        if world.forms().contains(&Form::Renewal) {
            attempts.push(second);
            world.server_is_unreachable(Form::Renewal);
        }
        world.api_responds(notes, 200);
        world.pass(SECOND);
    }
    let pauses: Vec<_> = attempts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (pause, longest) in pauses.iter().zip([1, 2, 4, 8, 16, 32, 60, 60, 60]) {
        assert!((longest / 2..=longest).contains(pause), "{pauses:?}");
    }
    assert!(attempts.len() <= 14, "{attempts:?}");
}

/// A REST API's own 401 has no CORS headers: the browser reports a network error.
#[test]
fn near_expiry_a_failed_safe_request_is_replayed_with_a_new_token() {
    for method in ["GET", "HEAD", "OPTIONS"] {
        let (mut world, old) = signed_in_with(LIFETIME / 10);
        let notes = world.request(Request { method, ..Request::get(NOTES) });
        world.api_fails(notes);
        let renewed = world.renew();
        assert_eq!(world.sent(notes), [old.bearer(), renewed.bearer()], "{method}");
        world.api_responds(notes, 206);
        assert_eq!(world.got(notes), "206 from the API", "{method}");
    }
}

#[test]
fn a_failed_unsafe_request_is_not_replayed() {
    for request in [Request::note(), Request { method: "DELETE", ..Request::get(NOTES) }] {
        let (mut world, _) = signed_in_with(LIFETIME / 10);
        let note = world.request(request);
        world.api_fails(note);
        world.renew();
        assert_eq!((world.got(note).as_str(), world.sent(note).len()), ("network error", 1));
    }
}

#[test]
fn a_failure_far_from_expiry_is_not_a_refusal() {
    let (mut world, _) = signed_in_with(LIFETIME / 2);
    let notes = world.fetch(NOTES);
    world.api_fails(notes);
    assert_eq!((world.got(notes).as_str(), world.forms().len()), ("network error", 0));
}

#[test]
fn a_replay_that_fails_again_fails_for_the_page() {
    let (mut world, _) = signed_in_with(LIFETIME / 10);
    let notes = world.fetch(NOTES);
    world.api_fails(notes);
    world.renew();
    world.api_fails(notes);
    assert_eq!((world.got(notes).as_str(), world.sent(notes).len()), ("network error", 2));
}

#[test]
fn a_session_ended_by_the_server_ends_for_every_request() {
    let (mut world, _) = signed_in_with(SECOND);
    let waiting: Vec<_> = (0..5).map(|_| world.fetch(NOTES)).collect();
    world.status();
    world.refuse_renewal();
    for fetch in waiting {
        assert_eq!(world.got(fetch), "passed");
    }
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "invalid_grant"));
    assert_eq!(world.hint(), None);
}

#[test]
fn a_renewal_sends_the_newest_refresh_token_to_the_token_endpoint() {
    let (mut world, tokens) = World::signed_in();
    world.refresh();
    let form = world.form(Form::Renewal);
    assert_eq!((form["grant_type"].as_str(), form["client_id"].as_str()), ("refresh_token", "client"));
    assert_eq!(form["refresh_token"], tokens.refresh);
    let rotated = world.renew();
    world.refresh();
    assert_eq!(world.form(Form::Renewal)["refresh_token"], rotated.refresh);
    let without = json!({ "access_token": "x", "token_type": "Bearer", "expires_in": 3_600 }).to_string();
    world.server_responds(Form::Renewal, 200, &without);
    world.refresh();
    assert_eq!(
        world.form(Form::Renewal)["refresh_token"],
        rotated.refresh,
        "without rotation the old one stays"
    );
}

#[test]
fn a_renewal_with_tokens_of_another_user_ends_the_session() {
    let (mut world, _) = World::signed_in();
    world.refresh();
    let bobs = world.issue("bob-1", "");
    world.server_responds(Form::Renewal, 200, &bobs.body);
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "invalid_id_token"));
    assert_eq!(world.hint(), None);
    let notes = world.fetch(NOTES);
    assert_eq!(world.got(notes), "passed");
}

#[test]
fn a_page_may_force_a_renewal() {
    let (mut world, _) = World::signed_in();
    let asked = world.refresh();
    assert!(world.is_pending(asked));
    let renewed = world.renew();
    assert!(world.response(asked).body.contains(r#""status":"authenticated""#));
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [renewed.bearer()]);
}

#[test]
fn forced_renewals_wait_for_the_one_under_way() {
    let (mut world, _) = World::signed_in();
    let asked: Vec<_> = (0..5).map(|_| world.refresh()).collect();
    assert_eq!(world.forms(), [Form::Renewal]);
    assert!(asked.iter().all(|fetch| world.is_pending(*fetch)));
    world.renew();
    assert!(asked.iter().all(|fetch| world.response(*fetch).body.contains("authenticated")));
    assert_eq!(world.forms(), []);
}

#[test]
fn a_failed_forced_renewal_reports_its_error() {
    for (response, status, code) in [
        (None, "authenticated", "token_endpoint_unreachable"),
        (Some((503, "")), "authenticated", "token_endpoint_error"),
        (Some((400, r#"{ "error": "invalid_grant" }"#)), "anonymous", "invalid_grant"),
        (
            Some((200, r#"{ "access_token": "a", "token_type": "mac" }"#)),
            "anonymous",
            "invalid_token_response",
        ),
    ] {
        let (mut world, _) = World::signed_in();
        let asked = world.refresh();
        match response {
            None => world.server_is_unreachable(Form::Renewal),
            Some((status, body)) => world.server_responds(Form::Renewal, status, body),
        }
        let session: serde_json::Value = serde_json::from_str(&world.response(asked).body).unwrap();
        assert_eq!((&session["status"], &session["error"]["code"]), (&status.into(), &code.into()));
    }
}

#[test]
fn a_forced_renewal_while_signed_out_does_nothing() {
    let mut world = World::new();
    let asked = world.refresh();
    assert!(world.response(asked).body.contains(r#""status":"anonymous""#));
    assert_eq!(world.forms(), []);
}

/// Without a refresh token, the session cannot be renewed.
#[test]
fn a_session_without_a_refresh_token_ends_with_its_access_token() {
    for recovery in [Recovery::None, Recovery::Redirect] {
        let mut world = World::with(Config { recovery, ..config() });
        let login = world.begin_login();
        world.come_back(&login);
        let tokens = world.issue("ada-1", &login.asked["nonce"]);
        let body = tokens.body.replace("\"refresh_token\"", "\"other\"");
        world.server_responds(Form::Exchange, 200, &body);
        world.status();
        world.pass(LIFETIME - 3 * SECOND);
        let notes = world.fetch(NOTES);
        assert_eq!(world.sent(notes), [tokens.bearer()]);
        world.pass(3 * SECOND);
        let notes = world.fetch(NOTES);
        match recovery {
            Recovery::None => {
                assert_eq!(world.got(notes), "passed");
                assert_eq!(
                    (world.status().as_str(), world.error().as_str()),
                    ("anonymous", "session_expired")
                );
            }
            Recovery::Redirect => {
                assert!(world.is_pending(notes));
                assert_eq!(world.status(), "recovering");
                let tokens = world.sign_in_silently();
                assert_eq!(world.sent(notes), [tokens.bearer()]);
            }
        }
    }
}

#[test]
fn a_session_that_ends_after_a_401_ends_for_open_pages_at_once() {
    let mut world = World::with(Config { recovery: Recovery::None, ..config() });
    let login = world.begin_login();
    world.come_back(&login);
    let tokens = world.issue_with("ada-1", &login.asked["nonce"], None, LIFETIME);
    world.server_responds(Form::Exchange, 200, &tokens.body);
    let (events, notes) = (world.open_events(), world.fetch(NOTES));
    world.read(events);
    world.pass(LIFETIME);
    world.api_responds(notes, 401);
    assert!(world.read(events).contains("session_expired"));
}
