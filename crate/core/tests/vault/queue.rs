//! API requests that are queued during a recovery or a renewal.

use super::{Form, LIFETIME, NOTES, Request, World, config};
use strongroom_core::config::{Config, Unauthenticated};
use strongroom_core::vault::FetchId;

/// How long a request may be queued, in milliseconds.
const QUEUE_TIME: u64 = 10_000;
/// How long a new worker waits for its keepers, in milliseconds.
const KEEPER_TIMEOUT: u64 = 4_000;
const KIB: usize = 1_024;

/// A new worker after the one with the session died.
fn recovering() -> World {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    world.went_out();
    world
}

/// Every state in which requests are queued until something changes.
fn waiting(unauthenticated: Unauthenticated) -> [(&'static str, World); 3] {
    let signed_in = || {
        let mut world = World::with(with_all_apis(unauthenticated));
        world.sign_in();
        world
    };
    let [mut lost, mut handed_over, mut renewing] = [signed_in(), signed_in(), signed_in()];
    lost.worker_dies();
    handed_over.has_keeper("keeper");
    handed_over.worker_dies();
    renewing.pass(LIFETIME);
    let mut worlds = [("recovering", lost), ("waiting for a keeper", handed_over), ("renewing", renewing)];
    for (_, world) in &mut worlds {
        world.went_out();
    }
    worlds
}

fn fetch_many(world: &mut World, count: usize) -> Vec<FetchId> {
    (0..count).map(|_| world.fetch(NOTES)).collect()
}

fn all_pending(world: &World, fetches: &[FetchId]) -> bool {
    fetches.iter().all(|fetch| world.is_pending(*fetch))
}

#[test]
fn requests_that_started_the_worker_get_the_token_from_a_keeper() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    let waiting = fetch_many(&mut world, 3);
    world.keeper_comes("keeper");
    assert!(all_pending(&world, &waiting));
    world.went_out();
    world.give_back("keeper", &copy);
    assert_eq!(world.went_out(), vec![format!("{NOTES} with {}", tokens.bearer()); 3]);
}

#[test]
fn requests_queued_during_a_silent_sign_in_are_sent_in_order() {
    let mut world = recovering();
    let waiting: Vec<_> = (0..300).map(|n| world.fetch(&format!("{NOTES}/{n}"))).collect();
    assert!(all_pending(&world, &waiting));
    assert!(world.went_out().is_empty());
    let tokens = world.sign_in_silently();
    let expected: Vec<_> = (0..300).map(|n| format!("{NOTES}/{n} with {}", tokens.bearer())).collect();
    assert_eq!(world.went_out()[1..], expected);
}

#[test]
fn a_refused_silent_sign_in_empties_the_queue() {
    let mut world = recovering();
    let waiting = world.fetch(NOTES);
    let login = world.login("silent=1");
    world.come_back_refused(&login, "login_required");
    assert_eq!(world.got(waiting), "passed");
}

#[test]
fn a_sign_out_empties_the_queue() {
    let mut world = recovering();
    let waiting = world.fetch(NOTES);
    world.begin_sign_out();
    assert_eq!(world.got(waiting), "passed");
}

#[test]
fn queued_requests_are_routed_as_signed_out_when_the_session_ends() {
    for (unauthenticated, got) in
        [(Unauthenticated::Pass, "passed"), (Unauthenticated::Reject, "401 unauthenticated")]
    {
        for (name, mut world) in waiting(unauthenticated) {
            let waiting = world.fetch(NOTES);
            assert!(world.is_pending(waiting), "{name}");
            world.pass(KEEPER_TIMEOUT);
            world.begin_sign_out();
            assert_eq!(world.got(waiting), got, "{name}");
        }
    }
}

fn with_all_apis(unauthenticated: Unauthenticated) -> Config {
    let mut config = config();
    for api in &mut config.apis {
        api.unauthenticated = unauthenticated;
    }
    config
}

#[test]
fn a_queued_request_gets_503_after_ten_seconds() {
    for unauthenticated in [Unauthenticated::Pass, Unauthenticated::Reject] {
        for (name, mut world) in waiting(unauthenticated) {
            let waiting = fetch_many(&mut world, 100);
            world.pass(QUEUE_TIME - 1);
            assert!(all_pending(&world, &waiting), "{name}");
            world.pass(1);
            for fetch in &waiting {
                assert_eq!(world.got(*fetch), "503 token_unavailable", "{name}");
                assert_eq!(world.header(*fetch, "retry-after"), "5", "{name}");
            }
            assert!(!world.went_out().iter().any(|line| line.starts_with(NOTES)), "{name}");
        }
    }
}

#[test]
fn other_events_do_not_extend_the_ten_seconds_in_the_queue() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.worker_dies();
    let first = world.fetch(NOTES);
    world.pass(KEEPER_TIMEOUT);
    let second = world.fetch(NOTES);
    world.keeper_comes("keeper");
    world.status();
    world.pass(QUEUE_TIME - KEEPER_TIMEOUT - 1);
    assert!(world.is_pending(first));
    world.pass(1);
    assert_eq!(world.got(first), "503 token_unavailable");
    assert!(world.is_pending(second));
    world.pass(KEEPER_TIMEOUT - 1);
    assert!(world.is_pending(second));
    world.pass(1);
    assert_eq!(world.got(second), "503 token_unavailable");
}

/// The monotonic clock may stop during sleep.
#[test]
fn sleep_counts_towards_the_ten_seconds_in_the_queue() {
    let mut world = recovering();
    let waiting = world.fetch(NOTES);
    world.now.wall += 60_000;
    world.status();
    world.begin_login();
    world.pass(QUEUE_TIME);
    assert_eq!(world.got(waiting), "503 token_unavailable");
}

#[test]
fn a_full_queue_refuses_new_requests_and_keeps_queued_ones() {
    let headers = || Request { header_size: KIB * KIB, ..Request::get(NOTES) };
    let url = || Request::get(&format!("{NOTES}?{}", "a".repeat(KIB * KIB)));
    for large in [headers as fn() -> Request, url] {
        let mut world = recovering();
        let waiting: Vec<_> = (0..15).map(|_| world.request(large())).collect();
        let refused = world.request(large());
        assert_eq!(world.got(refused), "503 queue_full");
        assert_eq!(world.header(refused, "retry-after"), "1");
        let small = world.fetch(NOTES);
        assert!(all_pending(&world, &waiting) && world.is_pending(small));
        assert!(world.went_out().is_empty());
    }
}

#[test]
fn a_queued_request_with_a_body_counts_64_kib_more() {
    for (method, count) in [("GET", 4_095), ("POST", 240), ("DELETE", 240)] {
        let mut world = recovering();
        let request = || Request { method, header_size: 1, url: NOTES.to_owned(), ..Request::get(NOTES) };
        let mut held = 0;
        while held < 5_000 {
            let fetch = world.request(request());
            if !world.is_pending(fetch) {
                assert_eq!(world.got(fetch), "503 queue_full");
                break;
            }
            held += 1;
        }
        assert!(held <= count && held > count - 60, "{method}: {held}");
    }
}

#[test]
fn finished_requests_free_their_space_in_the_queue() {
    let mut world = recovering();
    let large = || Request { header_size: 4 * KIB * KIB - 5 * KIB, ..Request::get(NOTES) };
    for _ in 0..3 {
        let waiting: Vec<_> = (0..4).map(|_| world.request(large())).collect();
        let refused = world.request(large());
        assert_eq!(world.got(refused), "503 queue_full");
        assert!(all_pending(&world, &waiting));
        world.pass(QUEUE_TIME);
        assert!(!world.is_pending(waiting[3]));
    }
}

#[test]
fn waiting_endpoint_requests_take_at_most_4_mib() {
    for (path, held) in [("/auth/session", 1_024), (&*format!("/auth/events?{}", "a".repeat(100_000)), 40)] {
        let mut world = World::new();
        world.slow = vec![strongroom_invariants::world::Slow::Reads];
        let waiting: Vec<_> = (0..held).map(|_| world.fetch(path)).collect();
        assert!(all_pending(&world, &waiting), "{path:.20}");
        let refused = world.fetch(path);
        assert_eq!(world.got(refused), "503 queue_full", "{path:.20}");
    }
}

/// A refusal would be a document whose URL has the code.
#[test]
fn a_callback_that_finds_the_queue_full_gets_no_document() {
    let mut world = World::new();
    world.slow = vec![strongroom_invariants::world::Slow::Reads];
    for _ in 0..1_024 {
        world.fetch("/auth/session");
    }
    let callback = world.navigate("/auth/callback?code=c&state=attack");
    assert_eq!(world.redirect(callback), (204, ""));
}

#[test]
fn pages_get_no_status_until_the_keeper_timeout() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.worker_dies();
    let session = world.fetch("/auth/session");
    let events = world.fetch("/auth/events");
    world.pass(KEEPER_TIMEOUT - 1);
    assert!(world.is_pending(session) && world.is_pending(events));
    world.pass(1);
    assert_eq!(world.got(events), "a stream");
    assert!(world.response(session).body.contains(r#""status":"recovering""#));
    assert!(world.read(events).contains(r#""status":"recovering""#));
}

#[test]
fn the_worker_does_not_wait_for_a_keeper_without_a_copy() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.worker_dies();
    let session = world.fetch("/auth/session");
    world.keeper_comes("keeper");
    assert!(world.is_pending(session));
    let given = world.give_back("keeper", b"");
    assert_eq!(world.got(given), "204");
    assert!(world.response(session).body.contains(r#""status":"recovering""#));
}

#[test]
fn without_keepers_the_worker_waits_for_none() {
    let mut world = recovering();
    assert_eq!(world.status(), "recovering");
}

#[test]
fn while_the_token_endpoint_is_unreachable_requests_wait_for_the_next_attempt() {
    let (mut world, _) = World::signed_in();
    world.pass(super::LIFETIME);
    let waiting = world.fetch(NOTES);
    world.server_is_unreachable(Form::Renewal);
    assert!(world.is_pending(waiting));
    let pause = world.next_timer().unwrap();
    assert!((500..=1_000).contains(&pause), "{pause}");
    world.pass(pause);
    let tokens = world.renew();
    assert_eq!(world.sent(waiting), [tokens.bearer()]);
}

#[test]
fn a_timed_out_request_gets_retry_after_from_the_renewal_pause() {
    let (mut world, _) = World::signed_in();
    world.pass(super::LIFETIME);
    let mut waiting = world.fetch(NOTES);
    for _ in 0..10 {
        while world.is_pending(waiting) {
            if world.forms().contains(&Form::Renewal) {
                world.server_is_unreachable(Form::Renewal);
            }
            world.pass(100);
        }
        assert_eq!(world.got(waiting), "503 token_unavailable");
        let seconds: u64 = world.header(waiting, "retry-after").parse().unwrap();
        assert!((5..=60).contains(&seconds), "{seconds}");
        waiting = world.fetch(NOTES);
    }
}

/// Ada's page has sent a note, which is queued. Another user signs in, in another tab, without a sign-out in between.
#[test]
fn a_queued_request_is_never_sent_with_the_next_users_token() {
    let waiting_for_a_renewal = || {
        let (mut world, _) = World::signed_in();
        world.pass(LIFETIME);
        world
    };
    for (name, world) in [
        ("while the session is lost", recovering as fn() -> World),
        ("while the token is renewed", waiting_for_a_renewal),
    ] {
        let mut world = world();
        let (note, read) = (world.request(Request::note()), world.fetch(NOTES));
        let login = world.begin_login();
        assert!(all_pending(&world, &[note, read]), "{name}");
        let bob = world.finish(&login, "bob-1");
        for fetch in [note, read] {
            assert_eq!((world.got(fetch).as_str(), world.sent(fetch).len()), ("passed", 0), "{name}");
        }
        let next = world.fetch(NOTES);
        assert_eq!(world.sent(next), [bob.bearer()], "{name}");
    }
}

#[test]
fn a_queued_request_is_sent_when_the_same_user_signs_in_again() {
    let mut world = recovering();
    let waiting = world.request(Request::note());
    let ada = world.sign_in();
    assert_eq!(world.sent(waiting), [ada.bearer()]);
}
