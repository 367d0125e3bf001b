//! Storage as hostile input: script of the page can write anything there, delete it, block it and make it fail.

use super::world::Slow;
use super::{NOTES, World};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A worker that finds `row` in storage.
fn world_with(row: &str) -> World {
    let mut world = World::new();
    world.row = Some(row.to_owned());
    world
}

fn assert_a_user_can_sign_in_and_out(world: &mut World, name: &str) {
    world.pass(0);
    let login = world.navigate("/auth/login?returnTo=%2Fnotes");
    world.pass(5_000);
    let login = world.authorization_request(login);
    let tokens = world.finish(&login, "ada-1");
    assert_eq!(world.status(), "authenticated", "{name}");
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()], "{name}");
    world.api_answers(notes, 200);
    world.sign_out();
    assert_eq!(world.status(), "anonymous", "{name}");
}

/// What this worker would store.
fn row_of(world: &World) -> Value {
    serde_json::from_str(world.row.as_ref().unwrap()).unwrap()
}

#[test]
fn junk_in_storage_prevents_no_sign_in() {
    let many: Vec<_> = (0..50_000).map(|n| json!([n.to_string(), "user 1 /notes", 1])).collect();
    let seventeen: Vec<_> = (0..17).map(|n| json!([n.to_string(), "user 1 /", 1])).collect();
    for row in [
        "",
        "null",
        "7",
        "\"text\"",
        "[]",
        "{}",
        "{\"transactions\":[]}",
        "{\"transactions\":{}}",
        "{\"transactions\":null,\"hint\":\"a.b:1\"}",
        "{\"transactions\":[],\"hint\":7}",
        "{\"transactions\":[],\"hint\":null}",
        "{\"transactions\":[],\"hint\":\"\"}",
        "{\"transactions\":[],\"hint\":\"no hint\"}",
        "{\"transactions\":[],\"hint\":\"a.b:1\"}",
        "{\"transactions\":[],\"hint\":\"a.b:4294967295\"}",
        "{\"transactions\":[],\"hint\":\"a.b:18446744073709551615\"}",
        "{\"transactions\":[[]]}",
        "{\"transactions\":[[1,2,3]]}",
        "{\"transactions\":[[\"a\",\"b\"]]}",
        "{\"transactions\":[[\"a\",\"b\",\"c\"]]}",
        "{\"transactions\":[[\"a\",\"b\",-1]]}",
        "{\"transactions\":[[\"a\",\"b\",1,2]]}",
        "{\"transactions\":[[\"a\",\"b\",18446744073709551615]]}",
        "{\"transactions\":[[\"a\",\"b\",1e999]]}",
        "{\"__proto__\":{\"transactions\":[]}}",
        &json!({ "transactions": many }).to_string(),
        &json!({ "transactions": seventeen }).to_string(),
        &json!({ "transactions": [], "hint": "a".repeat(10_000_000) }).to_string(),
        &json!({ "transactions": [["a", "x".repeat(200_000), 1]] }).to_string(),
        &"[".repeat(100_000),
        &"x".repeat(1_000_000),
    ] {
        let mut world = world_with(row);
        assert_a_user_can_sign_in_and_out(&mut world, &row.chars().take(60).collect::<String>());
        assert!(world.row.as_ref().unwrap().len() < 10_000, "the junk has been overwritten: {row:.60}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_storage_prevents_no_sign_in(row in prop_oneof![
        any::<String>(),
        "\\PC*",
        r#"[\[\]{}",:0-9a-z.\\ -]{0,80}"#,
        (any::<String>(), ".*", any::<u64>()).prop_map(|(hint, transaction, expires_at)| {
            json!({ "hint": hint, "transactions": [["key", transaction, expires_at]] }).to_string()
        }),
        ("[a-zA-Z0-9._-]{0,140}", any::<u64>(), any::<i64>()).prop_map(|(id, serial, expires_at)| {
            json!({ "hint": format!("{id}:{serial}"), "transactions": [["key", "user 1 /", expires_at]] }).to_string()
        }),
        prop::collection::vec((any::<String>(), any::<String>(), any::<u64>()), 0..20)
            .prop_map(|rows| json!({ "transactions": rows }).to_string()),
    ]) {
        assert_a_user_can_sign_in_and_out(&mut world_with(&row), &row);
    }
}

#[test]
fn a_row_that_is_no_row_is_overwritten_before_the_next_worker_reads_it() {
    for row in ["junk", "{\"transactions\":7}", &"x".repeat(200_000)] {
        let mut world = world_with(row);
        assert_eq!(world.status(), "anonymous");
        assert_eq!(row_of(&world), json!({ "transactions": [] }));
    }
}

#[test]
fn a_row_of_the_greatest_length_is_read_and_a_longer_one_is_not() {
    for (length, is_read) in [(131_072, true), (131_073, false)] {
        let row = |padding: usize| {
            json!({ "hint": "a.b:1", "transactions": [["k", "x".repeat(padding), 1]] }).to_string()
        };
        let row = row(length - row(0).len());
        assert_eq!(row.len(), length);
        let mut world = world_with(&row);
        assert_eq!(world.status(), if is_read { "recovering" } else { "anonymous" });
    }
}

#[test]
fn a_hint_that_no_session_left_counts_as_none_and_is_deleted() {
    for hint in ["", "a.b", "a.b:x", "a.b:4294967296", "<script>:1", &"a".repeat(129)] {
        let mut world = world_with(&json!({ "hint": hint, "transactions": [] }).to_string());
        assert_eq!(world.status(), "anonymous", "{hint}");
        assert_eq!(world.hint(), None, "{hint}");
    }
}

#[test]
fn a_hint_that_a_page_wrote_brings_no_session_and_no_token() {
    let mut world = world_with(&json!({ "hint": "a.b:1", "transactions": [] }).to_string());
    let notes = world.fetch(NOTES);
    assert_eq!(world.status(), "recovering");
    world.pass(10_000);
    assert_eq!(world.got(notes), "503 token_unavailable");
    world.sign_in_silently();
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "login_required"));
}

/// It names another page of the app at the worst, and a sign-in that is begun again.
#[test]
fn a_stored_transaction_that_a_page_wrote_leads_to_no_other_origin_and_exchanges_no_code() {
    let key = crate::transaction::storage_key(&crate::secret::State::new("forged".to_owned()));
    let started = World::new().now.wall;
    for (transaction, location) in [
        (format!("user {started} /notes"), "/auth/login?again=1&returnTo=%2Fnotes"),
        (format!("again {started} /notes"), "/notes"),
        (format!("silent {started} /notes"), "/notes"),
        (format!("user {started} //evil.example"), "/"),
        (format!("user {started} https://evil.example/"), "/"),
        (format!("user {} /notes", started + 1), "/notes"),
        (format!("user {} /notes", started - 600_000), "/notes"),
        ("user".to_owned(), "/"),
        (String::new(), "/"),
    ] {
        let row = json!({ "transactions": [[key, transaction, u64::MAX]] });
        let mut world = world_with(&row.to_string());
        let callback = world.navigate("/auth/callback?code=c&state=forged");
        assert_eq!(world.redirect(callback), (303, location), "{transaction}");
        assert_eq!(world.forms(), [], "{transaction}");
    }
}

#[test]
fn a_stored_transaction_serves_once() {
    let mut world = World::new();
    let login = world.begin_login();
    world.worker_dies();
    world.come_back(&login);
    assert_eq!(row_of(&world), json!({ "transactions": [] }));
    world.worker_dies();
    let callback = world.come_back(&login);
    assert_eq!(world.redirect(callback), (303, "/"));
}

#[test]
fn stored_transactions_are_kept_apart_and_the_oldest_of_seventeen_gives_way() {
    let mut world = World::new();
    let logins: Vec<_> = (0..17).map(|n| world.login(&format!("returnTo=%2F{n}"))).collect();
    world.worker_dies();
    for (number, login) in logins.iter().enumerate() {
        let callback = world.come_back(login);
        let location = world.redirect(callback).1;
        if number == 0 {
            assert_eq!(location, "/");
        } else {
            assert_eq!(location, format!("/auth/login?again=1&returnTo=%2F{number}"));
        }
    }
}

#[test]
fn a_stored_transaction_that_has_expired_makes_room() {
    let mut world = World::new();
    world.begin_login();
    world.pass(600_000);
    world.begin_login();
    assert_eq!(row_of(&world)["transactions"].as_array().unwrap().len(), 1);
}

#[test]
fn reading_that_fails_for_a_moment_is_tried_again() {
    for failures in 1..=2 {
        let (mut world, _) = World::signed_in();
        world.worker_dies();
        let before = world.reads;
        world.read_errors = vec!["UnknownError"; failures].into();
        let session = world.fetch("/auth/session");
        assert!(world.is_pending(session));
        world.pass(250 * failures as u64);
        assert!(world.response(session).body.contains("recovering"), "{failures}");
        assert_eq!(world.reads - before, failures + 1);
    }
}

#[test]
fn reading_is_tried_three_times_and_no_more() {
    let mut world = World::new();
    world.read_errors = vec!["UnknownError"; 10].into();
    let session = world.fetch("/auth/session");
    world.pass(500);
    assert!(world.response(session).body.contains("anonymous"));
    assert_eq!(world.reads, 3);
    assert_a_user_can_sign_in_and_out(&mut world, "after three failures");
}

#[test]
fn errors_that_will_not_pass_are_not_tried_again() {
    for name in ["NotFoundError", "TimeoutError"] {
        let mut world = World::new();
        world.read_errors = vec![name].into();
        assert_eq!(world.status(), "anonymous", "{name}");
        assert_eq!(world.reads, 1, "{name}");
    }
}

#[test]
fn every_error_of_reading_and_writing_lets_users_sign_in_and_out() {
    for name in [
        "AbortError",
        "ConstraintError",
        "DataError",
        "InvalidStateError",
        "NotFoundError",
        "QuotaExceededError",
        "SecurityError",
        "TimeoutError",
        "UnknownError",
        "VersionError",
        "",
        "not the name of an error",
    ] {
        let mut world = World::new();
        world.read_errors = vec![name; 10].into();
        world.write_errors = vec![name; 100].into();
        assert_a_user_can_sign_in_and_out(&mut world, name);
    }
}

/// A page can hold a transaction open.
#[test]
fn reading_that_never_ends_is_given_up_after_a_second() {
    let mut world = World::new();
    world.slow = vec![Slow::Reads];
    let login = world.navigate("/auth/login");
    let notes = world.fetch(NOTES);
    world.pass(999);
    assert!(world.is_pending(login) && world.is_pending(notes));
    world.pass(1);
    assert_eq!(world.got(notes), "passed");
    let login = world.authorization_request(login);
    world.finish(&login, "ada-1");
    world.release();
    assert_eq!(world.status(), "authenticated", "what is read late changes nothing");
}

#[test]
fn what_is_read_too_late_does_not_come_back() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    world.slow = vec![Slow::Reads];
    world.fetch("/auth/session");
    world.pass(1_000);
    assert_eq!(world.status(), "anonymous");
    world.release();
    assert_eq!(world.status(), "anonymous");
}

#[test]
fn a_write_that_is_refused_is_tried_with_a_new_database() {
    let (mut world, _) = World::signed_in();
    world.writes.clear();
    world.write_errors = vec!["NotFoundError"].into();
    world.sign_out();
    assert_eq!(world.writes, [false, true]);
    assert_eq!(world.hint(), None);
}

#[test]
fn a_write_that_times_out_is_not_tried_with_a_new_database() {
    let (mut world, _) = World::signed_in();
    world.writes.clear();
    world.write_errors = vec!["TimeoutError"].into();
    let sign_out = world.begin_sign_out();
    assert_eq!(world.writes, [false]);
    assert!(world.forms().contains(&super::Form::Revocation), "the sign-out goes on");
    assert!(world.is_pending(sign_out));
}

#[test]
fn what_could_not_be_stored_is_stored_with_the_next_change() {
    let mut world = World::new();
    world.fetch("/auth/session");
    world.write_errors = vec!["UnknownError"; 10].into();
    world.sign_in();
    assert_eq!(world.row, None);
    world.write_errors.clear();
    let refresh = world.request(super::Request::post("/auth/refresh"));
    world.renew();
    assert!(!world.is_pending(refresh));
    assert!(world.hint().is_some_and(|hint| hint.ends_with(":1")));
}

#[test]
fn storage_that_refuses_every_write_costs_a_session_its_recovery_and_not_its_life() {
    let (mut world, _) = World::signed_in();
    world.write_errors = vec!["QuotaExceededError"; 1_000].into();
    world.sign_out();
    let tokens = world.sign_in();
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    assert!(world.writes.len() < 30, "{} writes", world.writes.len());
}

#[test]
fn changes_while_a_write_is_under_way_share_the_next_one() {
    let mut world = World::new();
    world.fetch("/auth/session");
    world.slow = vec![Slow::Writes];
    for _ in 0..10 {
        world.begin_login();
    }
    world.writes.clear();
    world.release();
    assert_eq!(world.writes, [false, false]);
    assert_eq!(row_of(&world)["transactions"].as_array().unwrap().len(), 10);
}

/// What is stored in the end is what is true in the end.
#[test]
fn a_hint_that_was_slow_to_be_written_does_not_come_after_its_removal() {
    let mut world = World::new();
    world.fetch("/auth/session");
    world.slow = vec![Slow::Writes];
    world.sign_in();
    let sign_out = world.begin_sign_out();
    assert!(world.is_pending(sign_out));
    world.release();
    assert_eq!(world.hint(), None);
}

#[test]
fn a_version_that_serves_nothing_reads_no_storage() {
    let mut world = World::new();
    world.fetch("https://app.example.com/index.html");
    world.navigate("/");
    world.version(super::super::Version::Installing);
    world.pass(60_000);
    assert_eq!(world.reads, 0);
    world.fetch("/auth/session");
    assert_eq!(world.reads, 1);
}

#[test]
fn storage_is_read_once() {
    let (mut world, _) = World::signed_in();
    for _ in 0..3 {
        let fetch = world.fetch(NOTES);
        world.api_answers(fetch, 200);
        world.status();
    }
    assert_eq!(world.reads, 1);
}
