//! Storage as hostile input: script in a page can write any value, delete it, block it and make it fail.

use super::{NOTES, World};
use proptest::prelude::*;
use serde_json::{Value, json};
use strongroom_invariants::world::Slow;

/// A worker with `row` in storage.
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
    world.api_responds(notes, 200);
    world.sign_out();
    assert_eq!(world.status(), "anonymous", "{name}");
}

/// The row that this worker would store.
fn row_of(world: &World) -> Value {
    serde_json::from_str(world.row.as_ref().unwrap()).unwrap()
}

#[test]
fn sign_in_works_with_junk_in_storage() {
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
    fn sign_in_works_with_any_text_in_storage(row in prop_oneof![
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
fn an_invalid_row_is_overwritten() {
    for row in ["junk", "{\"transactions\":7}", &"x".repeat(200_000)] {
        let mut world = world_with(row);
        assert_eq!(world.status(), "anonymous");
        assert_eq!(row_of(&world), json!({ "transactions": [] }));
    }
}

#[test]
fn a_row_over_the_maximum_length_is_ignored() {
    for (length, is_read) in [(131_072, true), (131_073, false)] {
        let row = |padding: usize| {
            json!({ "hint": "a.b:1", "transactions": [], "x": "x".repeat(padding) }).to_string()
        };
        let row = row(length - row(0).len());
        assert_eq!(row.len(), length);
        let mut world = world_with(&row);
        assert_eq!(world.status(), if is_read { "recovering" } else { "anonymous" });
    }
}

#[test]
fn an_invalid_session_hint_is_ignored_and_deleted() {
    for hint in ["", "a.b", "a.b:x", "a.b:4294967296", "<script>:1", &"a".repeat(129)] {
        let mut world = world_with(&json!({ "hint": hint, "transactions": [] }).to_string());
        assert_eq!(world.status(), "anonymous", "{hint}");
        assert_eq!(world.hint(), None, "{hint}");
    }
}

#[test]
fn a_forged_session_hint_restores_no_session() {
    let mut world = world_with(&json!({ "hint": "a.b:1", "transactions": [] }).to_string());
    let notes = world.fetch(NOTES);
    assert_eq!(world.status(), "recovering");
    world.pass(10_000);
    assert_eq!(world.got(notes), "503 token_unavailable");
    world.sign_in_silently();
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "login_required"));
}

/// At worst, it leads to another page of the app and to a sign-in that is begun again.
#[test]
fn a_forged_stored_transaction_leads_to_no_other_origin_and_exchanges_no_code() {
    let key =
        strongroom_core::transaction::storage_key(&strongroom_core::secret::State::new("forged".to_owned()));
    let started = World::new().now.wall;
    for (transaction, location) in [
        (format!("user {started} /notes"), "/auth/login?again=1&amp;returnTo=%2Fnotes"),
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
        assert_eq!(world.redirect(callback), (200, location), "{transaction}");
        assert_eq!(world.forms(), [], "{transaction}");
    }
}

/// They never expire and fill the row up to the maximum length that the next worker accepts.
#[test]
fn forged_stored_transactions_do_not_displace_those_of_a_sign_in() {
    let row = |key: &str, transaction: &str, count: usize| {
        let rows: Vec<_> =
            (0..count).map(|n| json!([format!("{n:02}{key}"), transaction, u64::MAX])).collect();
        json!({ "transactions": rows }).to_string()
    };
    let key = "k".repeat(41);
    for (name, row) in [
        ("no transactions", row(&key, &"x".repeat(8_650), 15)),
        ("with longer pages", row(&key, &format!("user 1 /{}", "x".repeat(8_640)), 15)),
        ("with longer times", row(&key, &format!("user {}1 /", "0".repeat(8_640)), 15)),
        ("with longer keys", row(&"k".repeat(8_680), "user 1 /", 15)),
        ("the longest there are", row(&key, &format!("user 1 /{}", "x".repeat(2_047)), 16)),
        ("longer ones in JSON", row(&key, &format!("user 1 /{}", "\"".repeat(2_047)), 16)),
    ] {
        assert!(row.len() <= 131_072, "{name}: {}", row.len());
        let mut world = world_with(&row);
        let login = world.login(&format!("returnTo=%2F{}", "n".repeat(1_000)));
        world.worker_dies();
        let callback = world.come_back(&login);
        assert!(world.redirect(callback).1.starts_with("/auth/login?again=1&amp;returnTo=%2Fnnn"), "{name}");
    }
}

#[test]
fn a_stored_transaction_is_used_once() {
    let mut world = World::new();
    let login = world.begin_login();
    world.worker_dies();
    world.come_back(&login);
    assert_eq!(row_of(&world), json!({ "transactions": [] }));
    world.worker_dies();
    let callback = world.come_back(&login);
    assert_eq!(world.redirect(callback), (200, "/"));
}

#[test]
fn over_sixteen_stored_transactions_the_oldest_is_dropped() {
    let mut world = World::new();
    let logins: Vec<_> = (0..17).map(|n| world.login(&format!("returnTo=%2F{n}"))).collect();
    world.worker_dies();
    for (number, login) in logins.iter().enumerate() {
        let callback = world.come_back(login);
        let location = world.redirect(callback).1;
        if number == 0 {
            assert_eq!(location, "/");
        } else {
            assert_eq!(location, format!("/auth/login?again=1&amp;returnTo=%2F{number}"));
        }
    }
}

#[test]
fn an_expired_stored_transaction_is_dropped_first() {
    let mut world = World::new();
    world.begin_login();
    world.pass(600_000);
    world.begin_login();
    assert_eq!(row_of(&world)["transactions"].as_array().unwrap().len(), 1);
}

#[test]
fn a_temporarily_failed_read_is_retried() {
    for failures in 1..=2 {
        let (mut world, _) = World::signed_in();
        world.worker_dies();
        let before = world.reads;
        world.read_errors = vec!["UnknownError", "TimeoutError"][..failures].to_vec().into();
        let session = world.fetch("/auth/session");
        assert!(world.is_pending(session));
        world.pass(250 * failures as u64);
        assert!(world.response(session).body.contains("recovering"), "{failures}");
        assert_eq!(world.reads - before, failures + 1);
    }
}

#[test]
fn reading_is_tried_three_times() {
    let mut world = World::new();
    world.read_errors = vec!["UnknownError"; 10].into();
    let session = world.fetch("/auth/session");
    world.pass(500);
    assert!(world.response(session).body.contains("anonymous"));
    assert_eq!(world.reads, 3);
    assert_a_user_can_sign_in_and_out(&mut world, "after three failures");
}

#[test]
fn a_permanently_failed_read_is_not_retried() {
    let mut world = World::new();
    world.read_errors = vec!["NotFoundError"].into();
    assert_eq!(world.status(), "anonymous");
    assert_eq!(world.reads, 1);
}

#[test]
fn sign_in_and_out_work_despite_every_storage_error() {
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

/// The machine is busy, and the browser slow to read.
#[test]
fn an_unread_session_hint_does_not_mean_signed_out() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    world.slow = vec![Slow::Reads];
    let notes = world.fetch(NOTES);
    let session = world.fetch("/auth/session");
    world.pass(3_999);
    assert!(world.is_pending(notes) && world.is_pending(session));
    world.release();
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    assert!(world.response(session).body.contains("authenticated"));
}

/// A page can block a read with an open transaction.
#[test]
fn a_blocked_read_times_out_after_four_seconds() {
    let mut world = World::new();
    world.slow = vec![Slow::Reads];
    let notes = world.fetch(NOTES);
    let session = world.fetch("/auth/session");
    world.pass(3_999);
    assert!(world.is_pending(notes) && world.is_pending(session));
    world.pass(1);
    assert_eq!(world.got(notes), "passed");
    assert!(world.response(session).body.contains("anonymous"));
}

#[test]
fn a_sign_in_waits_one_second_for_a_blocked_read() {
    for delay in [0, 500, 3_000] {
        let mut world = World::new();
        world.slow = vec![Slow::Reads];
        world.fetch(NOTES);
        world.pass(delay);
        let login = world.navigate("/auth/login");
        let left = 1_000_u64.saturating_sub(delay).max(1);
        world.pass(left - 1);
        assert!(world.is_pending(login), "{delay}");
        world.pass(1);
        let login = world.authorization_request(login);
        world.finish(&login, "ada-1");
        world.release();
        assert_eq!(world.status(), "authenticated", "what is read late changes nothing");
    }
}

#[test]
fn a_row_read_after_the_timeout_is_ignored() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    world.slow = vec![Slow::Reads];
    world.fetch("/auth/session");
    world.pass(4_000);
    assert_eq!(world.status(), "anonymous");
    world.release();
    assert_eq!(world.status(), "anonymous");
}

/// A page can hold a transaction open until the read times out, and release it after the sign-out.
#[test]
fn a_sign_out_deletes_a_hint_that_was_not_read() {
    for elsewhere in [false, true] {
        let (mut world, _) = World::signed_in();
        world.worker_dies();
        world.slow = vec![Slow::Reads];
        world.fetch("/auth/session");
        if elsewhere {
            world.is_signed_out_elsewhere();
        }
        world.pass(4_000);
        world.slow.clear();
        if !elsewhere {
            world.sign_out();
        }
        assert_eq!(world.hint(), None, "elsewhere: {elsewhere}");
        world.worker_dies();
        assert_eq!(world.status(), "anonymous", "elsewhere: {elsewhere}");
    }
}

#[test]
fn a_refused_write_is_retried_with_a_new_database() {
    let (mut world, _) = World::signed_in();
    world.writes.clear();
    world.write_errors = vec!["NotFoundError"].into();
    world.sign_out();
    assert_eq!(world.writes, [false, true]);
    assert_eq!(world.hint(), None);
}

#[test]
fn a_timed_out_write_does_not_reset_the_database() {
    let (mut world, _) = World::signed_in();
    world.writes.clear();
    world.write_errors = vec!["TimeoutError"].into();
    let sign_out = world.begin_sign_out();
    assert_eq!(world.writes, [false]);
    assert!(world.forms().contains(&super::Form::Revocation), "the sign-out goes on");
    assert!(world.is_pending(sign_out));
}

#[test]
fn a_failed_write_is_retried_with_the_next_change() {
    let mut world = World::new();
    world.fetch("/auth/session");
    world.write_errors = vec!["UnknownError"; 10].into();
    world.sign_in();
    assert_eq!(world.row, None);
    world.write_errors.clear();
    let refresh = world.refresh();
    world.renew();
    assert!(!world.is_pending(refresh));
    assert!(world.hint().is_some_and(|hint| hint.ends_with(":1")));
}

#[test]
fn a_session_works_without_writable_storage() {
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

/// In the end, storage has the final state.
#[test]
fn a_slow_write_of_the_hint_is_followed_by_its_deletion() {
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
fn a_worker_without_requests_does_not_read_storage() {
    let mut world = World::new();
    world.fetch("https://app.example.com/index.html");
    world.navigate("/");
    world.version(strongroom_core::vault::Version::Installing);
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
        world.api_responds(fetch, 200);
        world.status();
    }
    assert_eq!(world.reads, 1);
}
