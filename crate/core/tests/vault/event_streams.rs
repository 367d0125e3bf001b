//! `GET /auth/events`: what each page gets.

use super::{Form, NOTES, Request, World, config};
use strongroom_core::config::Config;
use strongroom_core::vault::FetchId;

/// The event stream of the page with this client ID.
fn open_by(world: &mut World, client_id: &str) -> FetchId {
    world.request(Request::get("/auth/events").of(client_id))
}

#[test]
fn a_page_gets_the_session_at_once_and_after_each_change() {
    let mut world = World::new();
    let page = world.open_events();
    assert!(world.read(page).starts_with(
        r#"event: session
data: {"status":"anonymous""#
    ));
    world.sign_in();
    let received = world.read(page);
    assert!(received.starts_with(
        r#"event: session
data: {"status":"authenticated""#
    ));
    assert!(
        received.contains("ada@example.com")
            && received.contains("\n\nevent: signin\ndata: {\"duration\":0}")
    );
    world.sign_out();
    assert!(world.read(page).contains(r#""status":"anonymous""#));
}

#[test]
fn a_page_gets_no_snapshot_twice() {
    let (mut world, _) = World::signed_in();
    let page = world.open_events();
    world.read(page);
    for _ in 0..3 {
        let notes = world.fetch(NOTES);
        world.api_responds(notes, 200);
        world.status();
        world.pass(60_000);
    }
    assert_eq!(world.read(page), "");
}

#[test]
fn every_page_gets_renewals_and_errors() {
    let (mut world, _) = World::signed_in();
    let pages = [open_by(&mut world, "one"), open_by(&mut world, "other")];
    for page in pages {
        world.read(page);
    }
    world.pass(1_000);
    world.refresh();
    world.server_is_unreachable(Form::Renewal);
    for page in pages {
        assert!(world.read(page).contains("event: error\ndata: {\"code\":\"token_endpoint_unreachable\""));
    }
    world.pass(1_000);
    world.refresh_and_renew();
    for page in pages {
        let received = world.read(page);
        assert!(received.contains(r#""error":null"#) && received.contains("event: renewed"), "{received}");
    }
}

/// The page that signs in is not open during the exchange.
#[test]
fn session_events_without_an_open_page_go_to_the_next_page_only() {
    let (mut world, _) = World::signed_in();
    let (first, second) = (world.open_events(), world.open_events());
    assert!(world.read(first).contains("\n\nevent: signin\ndata: {\"duration\":"));
    assert!(!world.read(second).contains("signin"));
}

#[test]
fn session_events_are_logged_if_configured() {
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
fn the_error_of_a_sign_in_goes_only_to_the_returning_page() {
    let mut world = World::new();
    let open = open_by(&mut world, "open");
    assert!(world.read(open).contains(r#""error":null,"signIn":"start""#));
    let login = world.begin_login();
    world.come_back_refused(&login, "access_denied");
    for attempt in 0..2 {
        let returning = open_by(&mut world, "returning");
        let received = world.read(returning);
        assert!(received.contains(r#""error":{"code":"access_denied""#), "{received}");
        assert!(received.contains(r#""signIn":"offer""#), "{received}");
        assert_eq!(received.contains("event: error"), attempt == 0, "the error is reported once: {received}");
    }
    let later = open_by(&mut world, "later");
    assert!(world.read(later).contains(r#""error":null,"signIn":"start""#));
    assert_eq!(world.read(open), "");
}

#[test]
fn the_error_of_a_sign_in_is_dropped_after_one_minute() {
    for (ms, is_told) in [(59_999, true), (60_000, false)] {
        let mut world = World::new();
        let login = world.begin_login();
        world.come_back_refused(&login, "access_denied");
        world.pass(ms);
        assert_eq!(world.error() == "access_denied", is_told, "{ms}");
    }
}

#[test]
fn after_a_sign_out_open_pages_offer_the_sign_in_and_new_pages_start_it() {
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
fn the_end_of_a_session_is_reported_to_open_pages_only() {
    let (mut world, _) = World::signed_in();
    let open = open_by(&mut world, "open");
    world.read(open);
    world.refresh();
    world.refuse_renewal();
    let received = world.read(open);
    assert!(
        received.contains(r#""error":{"code":"invalid_grant""#) && received.contains("event: signout"),
        "{received}"
    );
    let later = open_by(&mut world, "later");
    assert!(world.read(later).contains(r#""error":null,"signIn":"start""#));
}

/// Otherwise the app would redirect in a loop.
#[test]
fn after_two_short_sessions_pages_offer_the_sign_in() {
    let mut world = World::new();
    let page = open_by(&mut world, "open");
    for (seconds, expected) in [(1, "start"), (1, "offer"), (1, "offer"), (60, "start")] {
        world.sign_in();
        world.pass(seconds * 1_000);
        world.request(Request::post("/auth/refresh").of("open"));
        world.refuse_renewal();
        let received = world.read(page);
        let (_, last) = received.rsplit_once("\"signIn\":").unwrap();
        assert!(last.starts_with(&format!("\"{expected}\"")), "after {seconds} s: {received}");
    }
}

#[test]
fn a_closed_event_stream_gets_no_more_events() {
    let mut world = World::new();
    let (gone, staying) = (world.open_events(), world.open_events());
    world.close(gone);
    world.sign_in();
    assert!(world.read(staying).contains("authenticated"));
}

#[test]
fn over_256_event_streams_the_oldest_ends() {
    let mut world = World::new();
    let streams: Vec<_> = (0..257).map(|_| world.open_events()).collect();
    assert!(!world.is_open(streams[0]));
    assert!(streams[1..].iter().all(|stream| world.is_open(*stream)));
    world.sign_in();
    assert!(world.read(streams[1]).contains("authenticated"));
}

/// A page can open any number of frames, and each is a client.
#[test]
fn over_256_pages_the_least_recent_is_forgotten() {
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
fn the_snapshot_shows_the_number_of_connected_keepers() {
    let mut world = World::new();
    let page = world.open_events();
    assert!(world.read(page).contains(r#""keepers":0"#));
    world.has_keeper("keeper");
    world.keeper_comes("keeper");
    assert!(world.read(page).contains(r#""keepers":1"#));
}
