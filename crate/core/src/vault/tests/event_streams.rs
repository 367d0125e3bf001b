//! `GET /auth/events`: what pages learn, and which page learns what.

use super::{Form, NOTES, Request, World, config};
use crate::config::Config;
use crate::vault::FetchId;

/// The event stream of the page with this client ID.
fn open_by(world: &mut World, client_id: &str) -> FetchId {
    world.request(Request::get("/auth/events").of(client_id))
}

#[test]
fn a_page_is_told_at_once_and_at_each_change() {
    let mut world = World::new();
    let page = world.open_events();
    assert!(world.read(page).starts_with(
        r#"event: session
data: {"status":"anonymous""#
    ));
    world.sign_in();
    let told = world.read(page);
    assert!(told.starts_with(
        r#"event: session
data: {"status":"authenticated""#
    ));
    assert!(told.contains("ada@example.com") && told.contains("\n\nevent: signin\ndata: {\"duration\":0}"));
    world.sign_out();
    assert!(world.read(page).contains(r#""status":"anonymous""#));
}

#[test]
fn a_page_is_told_nothing_twice() {
    let (mut world, _) = World::signed_in();
    let page = world.open_events();
    world.read(page);
    for _ in 0..3 {
        let notes = world.fetch(NOTES);
        world.api_answers(notes, 200);
        world.status();
        world.pass(60_000);
    }
    assert_eq!(world.read(page), "");
}

#[test]
fn every_page_is_told_of_renewed_tokens_and_of_trouble() {
    let (mut world, _) = World::signed_in();
    let pages = [open_by(&mut world, "one"), open_by(&mut world, "other")];
    for page in pages {
        world.read(page);
    }
    world.pass(1_000);
    world.request(Request::post("/auth/refresh"));
    world.server_is_unreachable(Form::Renewal);
    for page in pages {
        assert!(world.read(page).contains("event: error\ndata: {\"code\":\"token_endpoint_unreachable\""));
    }
    world.pass(1_000);
    world.request(Request::post("/auth/refresh"));
    world.renew();
    for page in pages {
        let told = world.read(page);
        assert!(told.contains(r#""error":null"#) && told.contains("event: renewed"), "{told}");
    }
}

/// The page that signs in is away while it happens.
#[test]
fn what_happened_while_there_was_no_page_is_told_to_the_next_one_alone() {
    let (mut world, _) = World::signed_in();
    let (first, second) = (world.open_events(), world.open_events());
    assert!(world.read(first).contains("\n\nevent: signin\ndata: {\"duration\":"));
    assert!(!world.read(second).contains("signin"));
}

#[test]
fn the_console_is_told_what_happens_if_the_configuration_says_so() {
    for debug in [false, true] {
        let mut world = World::with(Config { debug, ..config() });
        world.sign_in();
        world.sign_out();
        let log = world.log.concat();
        assert_eq!(log.contains("event: signin") && log.contains("event: signout"), debug);
        assert_eq!(log.is_empty(), !debug, "{log}");
        assert!(!log.contains("ada"), "{log}");
    }
}

#[test]
fn the_error_of_a_sign_in_goes_to_the_page_that_comes_back_and_to_no_other() {
    let mut world = World::new();
    let open = open_by(&mut world, "open");
    assert!(world.read(open).contains(r#""error":null,"signIn":"start""#));
    let login = world.begin_login();
    world.come_back_refused(&login, "access_denied");
    for attempt in 0..2 {
        let returning = open_by(&mut world, "returning");
        let told = world.read(returning);
        assert!(told.contains(r#""error":{"code":"access_denied""#), "{told}");
        assert!(told.contains(r#""signIn":"offer""#), "{told}");
        assert_eq!(told.contains("event: error"), attempt == 0, "an app is told once: {told}");
    }
    let later = open_by(&mut world, "later");
    assert!(world.read(later).contains(r#""error":null,"signIn":"start""#));
    assert_eq!(world.read(open), "");
}

#[test]
fn a_page_that_comes_later_than_a_minute_learns_nothing_of_a_failed_sign_in() {
    for (ms, is_told) in [(59_999, true), (60_000, false)] {
        let mut world = World::new();
        let login = world.begin_login();
        world.come_back_refused(&login, "access_denied");
        world.pass(ms);
        assert_eq!(world.error() == "access_denied", is_told, "{ms}");
    }
}

#[test]
fn after_a_sign_out_an_open_page_offers_the_sign_in_and_a_new_one_may_start_it() {
    let (mut world, _) = World::signed_in();
    let open = open_by(&mut world, "open");
    world.read(open);
    world.sign_out();
    assert!(world.read(open).contains(r#""signIn":"offer""#));
    let new = open_by(&mut world, "new");
    assert!(world.read(new).contains(r#""signIn":"start""#));
}

#[test]
fn a_page_that_reconnects_to_a_new_worker_keeps_its_offer() {
    let (mut world, _) = World::signed_in();
    world.sign_out();
    world.worker_dies();
    let page = world.request(Request::get("/auth/events?signIn=offer").of("open"));
    assert!(world.read(page).contains(r#""signIn":"offer""#));
    let page = world.request(Request::get("/auth/events?signIn=start").of("other"));
    assert!(world.read(page).contains(r#""signIn":"start""#));
}

#[test]
fn a_session_that_ends_is_reported_to_the_pages_that_are_open_then_and_to_no_later_one() {
    let (mut world, _) = World::signed_in();
    let open = open_by(&mut world, "open");
    world.read(open);
    world.request(Request::post("/auth/refresh"));
    world.server_answers(Form::Renewal, 400, r#"{ "error": "invalid_grant" }"#);
    let told = world.read(open);
    assert!(told.contains(r#""error":{"code":"invalid_grant""#) && told.contains("event: signout"), "{told}");
    let later = open_by(&mut world, "later");
    assert!(world.read(later).contains(r#""error":null,"signIn":"start""#));
}

/// Otherwise the app would send the user back and forth without end.
#[test]
fn a_second_session_in_a_row_that_ends_at_once_makes_pages_offer_the_sign_in() {
    let mut world = World::new();
    let page = open_by(&mut world, "open");
    for expected in ["start", "offer"] {
        world.sign_in();
        world.request(Request::post("/auth/refresh").of("open"));
        world.server_answers(Form::Renewal, 400, r#"{ "error": "invalid_grant" }"#);
        assert!(world.read(page).contains(&format!(r#""signIn":"{expected}""#)), "{expected}");
    }
}

#[test]
fn a_page_that_is_gone_is_forgotten() {
    let mut world = World::new();
    let (gone, staying) = (world.open_events(), world.open_events());
    world.close(gone);
    world.sign_in();
    assert!(world.read(staying).contains("authenticated"));
}

#[test]
fn of_more_than_256_streams_the_oldest_ends() {
    let mut world = World::new();
    let streams: Vec<_> = (0..257).map(|_| world.open_events()).collect();
    assert!(!world.is_open(streams[0]));
    assert!(streams[1..].iter().all(|stream| world.is_open(*stream)));
    world.sign_in();
    assert!(world.read(streams[1]).contains("authenticated"));
}

/// A page can open frames without end, and each is a client.
#[test]
fn of_more_than_256_pages_the_one_that_has_not_asked_for_longest_is_forgotten() {
    let (mut world, _) = World::signed_in();
    world.request(Request::get("/auth/session").of("first"));
    world.request(Request::get("/auth/session").of("second"));
    for number in 0..254 {
        world.request(Request::get("/auth/session").of(&format!("other {number}")));
    }
    world.request(Request::get("/auth/session").of("first"));
    world.request(Request::get("/auth/session").of("one too many"));
    world.request(Request::post("/auth/logout").of("one too many"));
    for (client_id, sign_in) in [("first", "offer"), ("second", "start")] {
        let session = world.request(Request::get("/auth/session").of(client_id));
        assert!(world.response(session).body.contains(&format!(r#""signIn":"{sign_in}""#)), "{client_id}");
    }
}

#[test]
fn pages_see_how_many_keepers_are_connected() {
    let mut world = World::new();
    let page = world.open_events();
    assert!(world.read(page).contains(r#""keepers":0"#));
    world.has_keeper("keeper");
    world.keeper_comes("keeper");
    assert!(world.read(page).contains(r#""keepers":1"#));
}
