//! Recovery of a session in a new worker, from a keeper or from the authorization server.

use super::{Form, LIFETIME, NOTES, Request, World, config};
use strongroom_core::config::{Config, Recovery};
use strongroom_core::frames::Frame;
use strongroom_core::vault::Client;
use strongroom_invariants::world::Slow;

#[test]
fn a_session_survives_many_workers_while_a_keeper_has_it() {
    let (mut world, tokens) = World::signed_in();
    let mut copy = world.copy_of_new_keeper("keeper");
    for _ in 0..5 {
        world.worker_dies();
        let notes = world.fetch(NOTES);
        assert!(world.is_pending(notes));
        let stream = world.keeper_comes("keeper");
        world.give_back("keeper", &copy);
        assert_eq!(world.sent(notes), [tokens.bearer()]);
        copy = world.copy(stream);
        assert_eq!(world.session()["worker"]["keepers"], 1);
    }
    world.sign_out();
    world.worker_dies();
    let keeper = world.keeper_comes("keeper");
    let greeting = Frame::Greeting { public_key: world.worker_key(), wanted: None };
    assert_eq!(world.frames(keeper), [greeting, Frame::Forget]);
}

/// A hand-over must not make a token look younger.
#[test]
fn a_hand_over_preserves_the_age_of_tokens() {
    let (mut world, _) = World::signed_in();
    let expires_at = world.session()["expiresAt"].clone();
    world.has_keeper("keeper");
    for _ in 0..3 {
        world.pass(LIFETIME / 4);
        let keeper = world.keeper_comes("keeper");
        let copy = world.copy(keeper);
        world.worker_dies();
        world.keeper_comes("keeper");
        world.give_back("keeper", &copy);
        assert_eq!(world.session()["expiresAt"], expires_at);
    }
    world.pass(LIFETIME / 4 - 60_000);
    let notes = world.fetch(NOTES);
    assert!(world.is_pending(notes) && world.sent(notes).is_empty());
    assert_eq!(world.forms(), [Form::Renewal]);
}

/// Keepers sleep with the machine. Without them the session would be lost.
#[test]
fn sleep_does_not_count_towards_the_four_seconds_of_keepers() {
    let mut world = World::with(Config { recovery: Recovery::None, ..config() });
    let tokens = world.sign_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    world.fetch("/auth/session");
    world.wait(0, 60_000);
    let notes = world.fetch(NOTES);
    world.pass(1_000);
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
}

#[test]
fn keepers_have_four_seconds_to_respond() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    let session = world.fetch("/auth/session");
    world.pass(4_000);
    assert!(world.response(session).body.contains(r#""status":"recovering""#));
    let stream = world.keeper_comes("keeper");
    assert!(matches!(&world.frames(stream)[0], Frame::Greeting { wanted: Some(_), .. }));
    world.give_back("keeper", &copy);
    assert_eq!(world.status(), "authenticated", "a late copy serves as well");
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
}

/// Only clients that the browser describes as keepers count: a page cannot delay a worker.
#[test]
fn the_worker_waits_only_for_keepers() {
    let (mut world, _) = World::signed_in();
    world.clients.push(Client {
        id: "page".into(),
        kind: "window".into(),
        url: world.vault.config().script.clone(),
    });
    world.clients.push(Client { id: "blob".into(), kind: "worker".into(), url: "blob:x".into() });
    world.worker_dies();
    assert_eq!(world.status(), "recovering");
}

#[test]
fn the_worker_stops_waiting_when_no_keeper_has_a_copy() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("one");
    world.has_keeper("other");
    world.worker_dies();
    let session = world.fetch("/auth/session");
    for id in ["one", "one", "other"] {
        assert!(world.is_pending(session));
        world.keeper_comes(id);
        world.give_back(id, b"");
    }
    assert!(!world.is_pending(session));
}

#[test]
fn a_page_that_was_open_before_the_worker_started_gets_session_lost() {
    let mut world = World::with(strongroom_core::config::Config {
        recovery: strongroom_core::config::Recovery::None,
        ..super::config()
    });
    world.sign_in();
    let page = world.open_events();
    world.read(page);
    world.worker_dies();
    let again = world.open_events();
    assert!(world.read(again).contains(r#""error":{"code":"session_lost""#));
}

/// A keeper's stream starts the worker, and the key is ready before the clients are listed.
#[test]
fn an_event_before_the_clients_are_listed_does_not_lose_the_session() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    world.slow = vec![Slow::Clients];
    let notes = world.fetch(NOTES);
    world.keeper_comes("keeper");
    world.release();
    assert!(world.hint().is_some());
    world.give_back("keeper", &copy);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
}

#[test]
fn a_worker_without_a_session_hint_does_not_wait_for_keepers() {
    let mut world = World::new();
    world.has_keeper("keeper");
    world.slow = vec![Slow::Clients];
    assert_eq!(world.status(), "anonymous");
}

#[test]
fn a_user_may_sign_in_during_a_recovery() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    let waiting = world.fetch(NOTES);
    let bob = world.sign_in_as("bob-1");
    assert_eq!(world.got(waiting), "passed", "it is not Bob's");
    let next = world.fetch(NOTES);
    assert_eq!(world.sent(next), [bob.bearer()]);
    let silent = world.navigate("/auth/login?silent=1");
    assert_eq!(world.got(silent), "204");
}

#[test]
fn a_recovered_session_is_reported_as_recovered() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    let page = world.open_events();
    world.read(page);
    world.pass(1_000);
    world.sign_in_silently();
    assert!(world.read(page).contains("event: recovered\ndata: {\"duration\":1000}"));
}

#[test]
fn after_a_worker_died_during_a_renewal_its_successor_renews_again() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.refresh();
    world.worker_dies();
    world.fetch("/auth/session");
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    let asked = world.refresh();
    assert_eq!(world.form(Form::Renewal)["refresh_token"], tokens.refresh);
    world.refuse_renewal();
    let session = &world.response(asked).body;
    assert!(session.contains("invalid_grant") && session.contains("grace period"), "{session}");
}

/// After a wasm trap, the instance's memory is not trusted. The shim passes requests without a response to a
/// new instance.
#[test]
fn after_a_crash_pending_requests_get_the_token_from_a_keeper() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    let notes = world.fetch(NOTES);
    let session = world.fetch("/auth/events");
    assert_eq!(world.sent(notes).len(), 1);
    world.worker_traps();
    assert!(!world.is_open(session), "the streams break");
    assert!(world.is_pending(notes));
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_eq!(world.sent(notes), [tokens.bearer(), tokens.bearer()]);
    world.api_responds(notes, 200);
    assert_eq!(world.got(notes), "200 from the API");
}

#[test]
fn after_a_crash_a_request_whose_body_was_read_fails() {
    for request in [Request::note(), Request { content_type: "image/png", ..Request::note() }] {
        let (mut world, _) = World::signed_in();
        let note = world.request(request);
        world.worker_traps();
        assert_eq!((world.got(note).as_str(), world.sent(note).len()), ("network error", 1));
    }
}

#[test]
fn after_a_crash_a_callback_under_way_is_begun_again() {
    let mut world = World::new();
    let login = world.begin_login();
    let callback = world.come_back(&login);
    assert!(world.is_pending(callback));
    world.worker_traps();
    assert_eq!(world.redirect(callback), (200, "/"));
    assert_eq!(world.forms(), [] as [Form; 0], "the code serves once");
}
