//! Durable sessions: `remember: "device"`.

use super::{Form, LIFETIME, NOTES, OWN_API, Tokens, World, config};
use proptest::prelude::*;
use serde_json::{Value, json};
use strongroom_core::config::{Config, Recovery};
use strongroom_core::frames::Frame;
use strongroom_invariants::world::Slow;

const MINUTE: u64 = 60_000;
const DAY: u64 = 86_400_000;
const DAYS: u64 = 30 * DAY;

fn remembering() -> Config {
    Config { remember_for: Some(DAYS), ..config() }
}

fn signed_in() -> (World, Tokens) {
    let mut world = World::with(remembering());
    let tokens = world.sign_in();
    (world, tokens)
}

/// A browser that was closed while Ada was signed in.
fn reopened() -> (World, Tokens) {
    let (mut world, tokens) = signed_in();
    world.browser_restarts();
    (world, tokens)
}

/// The session in the device copy.
fn stored(world: &World) -> Value {
    device_copy(world)["session"].clone()
}

fn device_copy(world: &World) -> Value {
    serde_json::from_slice(world.device_copy.as_ref().expect("there is a device copy")).unwrap()
}

/// Changes the device copy.
fn forge(world: &mut World, change: impl Fn(&mut Value)) {
    let mut copy = device_copy(world);
    change(&mut copy);
    world.device_copy = Some(copy.to_string().into_bytes());
}

/// The next worker does not use the device copy, and deletes it.
fn assert_unused(world: &mut World, status: &str, name: &str) {
    let notes = world.fetch(NOTES);
    assert_eq!(world.status(), status, "{name}");
    assert_eq!(world.forms(), [], "{name}: nothing is renewed");
    assert_eq!(world.device_copy, None, "{name}");
    assert!(world.sent(notes).is_empty(), "{name}");
}

/// The next worker restores the session from the device copy.
fn assert_restored(world: &mut World, tokens: &Tokens, name: &str) {
    world.fetch(NOTES);
    assert_eq!(world.status(), "authenticated", "{name}");
    assert_eq!(world.form(Form::Renewal)["refresh_token"], tokens.refresh, "{name}");
}

#[test]
fn after_a_browser_restart_the_user_is_signed_in_before_the_first_response() {
    let (mut world, ada) = reopened();
    world.went_out();
    let notes = world.fetch(NOTES);
    let session = world.session();
    assert_eq!((&session["status"], &session["user"]["sub"]), (&json!("authenticated"), &json!("ada-1")));
    assert!(world.is_pending(notes), "its access token was not stored");
    assert_eq!(world.form(Form::Renewal)["refresh_token"], ada.refresh);
    let renewed = world.renew();
    assert_eq!(world.sent(notes), [renewed.bearer()]);
    world.api_responds(notes, 200);
    assert_eq!(world.went_out(), ["renewal".to_owned(), format!("{NOTES} with {}", renewed.bearer())]);
}

#[test]
fn a_restored_session_is_reported_as_recovered() {
    let (mut world, _) = reopened();
    let page = world.open_events();
    let events = world.read(page);
    assert!(events.contains("event: recovered\n") && !events.contains("event: signin\n"), "{events}");
}

#[test]
fn a_restored_session_causes_one_renewal_for_all_requests() {
    let (mut world, _) = reopened();
    let requests = [NOTES, NOTES, OWN_API].map(|url| world.fetch(url));
    assert_eq!(world.forms(), [Form::Renewal]);
    let renewed = world.renew();
    let id_token = format!("Bearer {}", renewed.id);
    for (request, sent) in requests.into_iter().zip([renewed.bearer(), renewed.bearer(), id_token]) {
        assert_eq!(world.sent(request), [sent]);
    }
}

/// It would be sent without a token.
#[test]
fn a_restored_session_ends_if_an_api_takes_the_id_token_and_the_renewal_brings_none() {
    for takes_id_token in [true, false] {
        let mut config = remembering();
        config.apis.truncate(if takes_id_token { 2 } else { 1 });
        let mut world = World::with(config);
        world.sign_in();
        world.browser_restarts();
        let notes = world.fetch(NOTES);
        let mut renewed: Value = serde_json::from_str(&world.issue("ada-1", "").body).unwrap();
        renewed["id_token"].take();
        world.server_responds(Form::Renewal, 200, &renewed.to_string());
        assert_eq!(world.sent(notes).is_empty(), takes_id_token);
        assert_eq!(world.error(), if takes_id_token { "invalid_token_response" } else { "" });
        assert_eq!(world.device_copy.is_none(), takes_id_token);
    }
}

#[test]
fn a_device_copy_has_the_refresh_token_and_no_other_token() {
    let (world, ada) = signed_in();
    let text = device_copy(&world).to_string();
    assert!(text.contains(&ada.refresh));
    for absent in [&ada.access, &ada.id, "Bearer", "phone_number"] {
        assert!(!text.contains(absent), "{absent} in {text}");
    }
}

#[test]
fn each_renewal_replaces_the_device_copy() {
    let (mut world, _) = signed_in();
    let renewed = world.refresh_and_renew();
    assert_eq!(
        (stored(&world)["refresh"].as_str(), &stored(&world)["serial"]),
        (Some(&*renewed.refresh), &json!(1))
    );
    world.browser_restarts();
    assert_restored(&mut world, &renewed, "renewed");
}

#[test]
fn a_session_without_a_refresh_token_is_not_stored() {
    let mut world = World::with(remembering());
    let login = world.begin_login();
    world.come_back(&login);
    let tokens = world.issue_with("ada-1", &login.asked["nonce"], None, LIFETIME);
    world.server_responds(Form::Exchange, 200, &tokens.body);
    assert_eq!((world.status().as_str(), &world.device_copy), ("authenticated", &None));
}

#[test]
fn without_recovery_by_the_server_a_session_is_restored_too() {
    let mut world = World::with(Config { recovery: Recovery::None, ..remembering() });
    let ada = world.sign_in();
    world.browser_restarts();
    assert_restored(&mut world, &ada, "recovery none");
}

/// The browser stops a worker while no tab is open, or the keeper has crashed.
#[test]
fn a_worker_without_keepers_restores_the_session() {
    let (mut world, ada) = signed_in();
    world.worker_dies();
    assert_restored(&mut world, &ada, "no keeper");
}

/// Its copy has an access token.
#[test]
fn a_keepers_copy_is_preferred() {
    let (mut world, ada) = signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    let notes = world.fetch(NOTES);
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_eq!((world.sent(notes), world.forms()), (vec![ada.bearer().as_str()], vec![]));
    assert_eq!(stored(&world)["refresh"], json!(ada.refresh));
}

/// The tabs that the browser restores have new keepers.
#[test]
fn a_new_keepers_empty_response_ends_the_wait() {
    let (mut world, ada) = signed_in();
    world.browser_restarts();
    world.has_keeper("keeper");
    let notes = world.fetch(NOTES);
    assert_eq!(world.forms(), []);
    world.keeper_comes("keeper");
    world.give_back("keeper", b"");
    assert!(world.is_pending(notes));
    assert_restored(&mut world, &ada, "a keeper without a copy");
}

#[test]
fn a_silent_keeper_delays_the_device_copy_by_four_seconds() {
    let (mut world, ada) = signed_in();
    world.has_keeper("frozen");
    world.worker_dies();
    world.fetch(NOTES);
    world.pass(3_999);
    assert_eq!((world.forms(), world.device_copy.is_some()), (vec![], true), "the next worker may need it");
    world.pass(1);
    assert_restored(&mut world, &ada, "a frozen keeper");
}

/// The keeper was frozen during the renewal.
#[test]
fn an_outdated_keepers_copy_does_not_replace_the_device_copy() {
    let (mut world, _) = signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    let renewed = world.refresh_and_renew();
    world.worker_dies();
    world.fetch(NOTES);
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_restored(&mut world, &renewed, "the device copy is newer");
}

#[test]
fn a_keeper_gets_the_restored_session_and_returns_it_until_the_same_end() {
    let (mut world, _) = signed_in();
    let began = stored(&world)["began"].clone();
    world.browser_restarts();
    world.status();
    for _ in 0..3 {
        world.pass(3_600_000);
        let copy = world.copy_of_new_keeper("keeper");
        world.worker_dies();
        let notes = world.fetch(NOTES);
        world.keeper_comes("keeper");
        world.give_back("keeper", &copy);
        let renewed = world.renew();
        assert_eq!(world.sent(notes), [renewed.bearer()]);
        assert_eq!(stored(&world)["began"], began);
    }
}

/// Storage refused the copy of the last renewal, or the browser crashed before.
#[test]
fn an_outdated_device_copy_that_is_refused_leads_to_the_server() {
    let (mut world, ada) = signed_in();
    let outdated = world.device_copy.clone();
    world.refresh_and_renew();
    world.device_copy = outdated;
    world.browser_restarts();
    assert_restored(&mut world, &ada, "outdated");
    world.refuse_renewal();
    assert_eq!((world.status().as_str(), &world.device_copy), ("recovering", &None));
}

#[test]
fn in_the_mode_memory_nothing_is_stored() {
    let (mut world, _) = World::signed_in();
    assert_eq!(world.device_copy, None);
    world.worker_dies();
    assert_eq!(world.status(), "recovering");
    world.sign_in_silently();
    world.sign_out();
    assert_eq!(world.device_copy, None);
}

/// It is not even opened.
#[test]
fn a_device_copy_from_an_earlier_configuration_is_deleted_at_the_start() {
    for has_hint in [true, false] {
        let (mut world, _) = reopened();
        world.deploy(config());
        if !has_hint {
            world.row = None;
        }
        assert_unused(&mut world, if has_hint { "recovering" } else { "anonymous" }, "memory");
    }
}

#[test]
fn a_session_from_before_is_stored_once_the_configuration_remembers() {
    let (mut world, ada) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.deploy(remembering());
    world.fetch(NOTES);
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    world.browser_restarts();
    assert_restored(&mut world, &ada, "from a keeper");
}

#[test]
fn a_sign_out_deletes_the_device_copy_before_revocation_and_response() {
    let (mut world, ada) = signed_in();
    world.slow = vec![Slow::Writes];
    let sign_out = world.begin_sign_out();
    assert!(world.is_pending(sign_out) && world.device_copy.is_some());
    assert_eq!(world.forms(), []);
    world.release();
    assert_eq!(world.device_copy, None);
    assert_eq!(world.form(Form::Revocation)["token"], ada.refresh);
    world.server_responds(Form::Revocation, 200, "");
    assert_eq!(world.got(sign_out), "200");
    world.browser_restarts();
    assert_unused(&mut world, "anonymous", "signed out");
}

#[test]
fn a_copy_that_is_being_written_does_not_survive_a_sign_out() {
    let mut world = World::with(remembering());
    world.status();
    world.slow = vec![Slow::Writes];
    world.sign_in();
    let sign_out = world.begin_sign_out();
    world.complete_write();
    assert!(world.is_pending(sign_out));
    world.release();
    assert_eq!(world.device_copy, None);
}

#[test]
fn a_renewal_that_arrives_after_a_sign_out_stores_nothing() {
    let (mut world, _) = signed_in();
    world.refresh();
    world.sign_out();
    world.renew();
    assert_eq!((world.status().as_str(), &world.device_copy), ("anonymous", &None));
}

#[test]
fn the_first_request_after_a_browser_restart_may_be_a_sign_out() {
    let (mut world, ada) = reopened();
    world.begin_sign_out();
    assert_eq!(world.form(Form::Revocation)["token"], ada.refresh);
    assert_eq!((world.status().as_str(), &world.device_copy), ("anonymous", &None));
}

#[test]
fn a_sign_out_elsewhere_deletes_the_device_copy() {
    let (mut world, ada) = signed_in();
    world.is_signed_out_elsewhere();
    assert_eq!(world.form(Form::LateRevocation)["token"], ada.refresh);
    assert_eq!(world.device_copy, None);

    for slow in [Slow::Reads, Slow::Clients] {
        let (mut world, _) = reopened();
        world.slow = vec![slow];
        world.has_keeper("keeper");
        let notes = world.fetch(NOTES);
        world.is_signed_out_elsewhere();
        world.release();
        assert_eq!(world.got(notes), "passed", "{slow:?}");
        assert_unused(&mut world, "anonymous", &format!("{slow:?}"));
        let keeper = world.keeper_comes("keeper");
        assert_eq!(world.frames(keeper).last(), Some(&Frame::Forget), "{slow:?}");
    }
}

/// As long as there is a row, the next worker knows of it; and the sign-out is not held up.
#[test]
fn a_sign_out_that_storage_refuses_is_repeated_at_the_next_change() {
    let (mut world, _) = signed_in();
    world.write_errors = vec!["UnknownError", "UnknownError"].into();
    let sign_out = world.begin_sign_out();
    assert_eq!(world.forms(), [Form::Revocation]);
    world.server_responds(Form::Revocation, 200, "");
    assert_eq!(world.got(sign_out), "200");
    world.open_events();
    world.begin_login();
    assert_eq!(world.device_copy, None);
}

/// The next worker would restore the session if the refresh token could not be revoked either.
#[test]
fn a_sign_out_that_storage_refuses_is_repeated_until_it_succeeds() {
    let (mut world, _) = signed_in();
    world.write_errors = vec!["TimeoutError"; 8].into();
    world.begin_sign_out();
    world.server_is_unreachable(Form::Revocation);
    assert!(world.device_copy.is_some());
    world.pass(60_000);
    assert_eq!(world.device_copy, None);
}

/// It could not be read, so the vault cannot know that there is one.
#[test]
fn a_sign_out_deletes_a_device_copy_that_was_not_read() {
    let (mut world, _) = reopened();
    world.read_errors = vec!["UnknownError"; 3].into();
    world.fetch("/auth/session");
    world.pass(500);
    assert_eq!(world.status(), "anonymous");
    assert!(world.device_copy.is_some(), "the next worker may be able to read it");
    world.sign_out();
    assert_eq!(world.device_copy, None);
}

#[test]
fn another_users_sign_in_replaces_the_device_copy() {
    let (mut world, ada) = signed_in();
    let bob = world.sign_in_as("bob-1");
    assert_eq!(world.form(Form::LateRevocation)["token"], ada.refresh);
    assert_eq!(stored(&world)["refresh"].as_str(), Some(&*bob.refresh));
    world.browser_restarts();
    world.fetch(NOTES);
    assert_eq!(world.session()["user"]["sub"], "bob-1");
}

#[test]
fn a_device_copy_is_good_until_the_configured_time_after_the_sign_in() {
    let (mut world, ada) = reopened();
    world.wait(0, (DAYS - 1).cast_signed());
    assert_restored(&mut world, &ada, "a millisecond before");
    let (mut world, _) = reopened();
    world.wait(0, DAYS.cast_signed());
    assert_unused(&mut world, "recovering", "over");
}

#[test]
fn renewals_do_not_extend_it() {
    let (mut world, _) = signed_in();
    for _ in 0..29 {
        world.pass(DAYS / 30);
        world.refresh_and_renew();
        world.browser_restarts();
        assert_eq!(world.status(), "authenticated");
    }
    world.wait(0, (DAYS / 30).cast_signed());
    world.browser_restarts();
    assert_unused(&mut world, "recovering", "renewed 29 times");
}

/// In memory, the session lives as long as the authorization server renews it.
#[test]
fn the_first_renewal_after_its_end_deletes_it_and_the_open_tab_goes_on() {
    let (mut world, _) = signed_in();
    world.pass(DAYS + MINUTE);
    let notes = world.fetch(NOTES);
    let renewed = world.renew();
    assert_eq!(world.sent(notes), [renewed.bearer()]);
    assert_eq!(world.device_copy, None);
}

#[test]
fn a_silent_sign_in_begins_it_anew() {
    let (mut world, _) = reopened();
    world.wait(0, DAYS.cast_signed());
    world.status();
    let again = world.sign_in_silently();
    world.browser_restarts();
    world.wait(0, (DAYS - 1).cast_signed());
    assert_restored(&mut world, &again, "a new sign-in");
}

#[test]
fn a_clock_set_back_by_more_than_five_minutes_makes_it_useless() {
    for (by, is_good) in [(5 * MINUTE, true), (5 * MINUTE + 1, false), (DAY, false)] {
        let (mut world, ada) = reopened();
        world.wait(0, -by.cast_signed());
        if is_good {
            assert_restored(&mut world, &ada, &format!("{by}"));
        } else {
            assert_unused(&mut world, "recovering", &format!("{by}"));
        }
    }
}

/// The sign-in may be long ago, and the copy new.
#[test]
fn a_clock_set_back_to_before_the_last_renewal_makes_it_useless() {
    let (mut world, _) = signed_in();
    world.pass(DAY);
    world.refresh_and_renew();
    world.wait(0, -(DAY / 2).cast_signed());
    world.browser_restarts();
    assert_unused(&mut world, "recovering", "before the renewal");
}

/// The clock was wrong at the sign-in and has been corrected: the session would live too long.
#[test]
fn a_session_from_the_future_is_not_stored() {
    let (mut world, _) = signed_in();
    world.wait(3_600_000, -(DAY.cast_signed()));
    world.refresh_and_renew();
    assert_eq!(world.device_copy, None);
}

#[test]
fn times_of_any_size_are_handled_without_overflow() {
    for (began, written) in [(u64::MAX, 0), (0, u64::MAX), (u64::MAX, u64::MAX), (0, 0)] {
        let (mut world, _) = reopened();
        forge(&mut world, |copy| {
            copy["session"]["began"] = json!(began);
            copy["written"] = json!(written);
        });
        assert_unused(&mut world, "recovering", &format!("{began} {written}"));
    }
    let mut world = World::with(remembering());
    world.wait(0, i64::MAX);
    world.sign_in();
    world.browser_restarts();
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn a_refused_renewal_ends_the_session_and_deletes_the_device_copy() {
    let (mut world, _) = reopened();
    let notes = world.fetch(NOTES);
    world.refuse_renewal();
    assert_eq!(world.got(notes), "passed");
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "invalid_grant"));
    assert_eq!((world.hint(), &world.device_copy), (None, &None));
    world.browser_restarts();
    assert_unused(&mut world, "anonymous", "refused");
}

#[test]
fn a_failed_renewal_keeps_the_device_copy() {
    for status in [None, Some(503), Some(429)] {
        let (mut world, ada) = reopened();
        let notes = world.fetch(NOTES);
        match status {
            None => world.server_is_unreachable(Form::Renewal),
            Some(status) => world.server_responds(Form::Renewal, status, ""),
        }
        assert!(world.is_pending(notes), "{status:?}");
        assert_eq!(world.status(), "authenticated", "{status:?}");
        world.browser_restarts();
        assert_restored(&mut world, &ada, &format!("{status:?}"));
    }
}

#[test]
fn deleted_storage_signs_the_user_out() {
    let (mut world, _) = reopened();
    (world.row, world.device_copy) = (None, None);
    assert_unused(&mut world, "anonymous", "everything");
    let (mut world, _) = reopened();
    world.device_copy = None;
    assert_unused(&mut world, "recovering", "the copy");
    let (mut world, _) = reopened();
    world.row = None;
    assert_unused(&mut world, "anonymous", "the row");
}

/// The browser deletes the keys of an origin, or the profile was copied without them.
#[test]
fn a_lost_key_leads_to_the_server_and_a_new_copy() {
    let (mut world, _) = reopened();
    world.is_key_lost = true;
    assert_unused(&mut world, "recovering", "the key");
    world.is_key_lost = false;
    let again = world.sign_in_silently();
    world.browser_restarts();
    assert_restored(&mut world, &again, "a new key");
}

#[test]
fn a_copy_of_another_session_than_the_hints_is_deleted() {
    let (ada, _) = signed_in();
    let mut world = World::with(remembering());
    world.begin_login();
    world.sign_in_as("bob-1");
    world.device_copy.clone_from(&ada.device_copy);
    world.browser_restarts();
    assert_unused(&mut world, "recovering", "Ada's");
}

/// Each browser profile has its own sign-in.
#[test]
fn two_profiles_do_not_affect_each_other() {
    let ((mut one, of_one), (mut other, _)) = (signed_in(), signed_in());
    other.sign_out();
    one.browser_restarts();
    assert_restored(&mut one, &of_one, "signed out in the other profile");
    other.browser_restarts();
    assert_unused(&mut other, "anonymous", "signed in in the other profile");
    let mut new = World::with(remembering());
    assert_unused(&mut new, "anonymous", "a third profile");
}

/// The row is smaller, and may still fit.
#[test]
fn on_a_full_disk_the_session_lives_in_memory_only() {
    for (room, status) in [(300, "recovering"), (0, "anonymous")] {
        let mut world = World::with(remembering());
        world.room = room;
        let ada = world.sign_in();
        let notes = world.fetch(NOTES);
        assert_eq!(world.sent(notes), [ada.bearer()]);
        world.api_responds(notes, 200);
        assert_eq!((world.hint().is_some(), &world.device_copy), (room > 0, &None));
        assert!(world.writes.len() <= 6, "{} writes", world.writes.len());
        world.browser_restarts();
        assert_unused(&mut world, status, status);
        world.sign_in();
        world.sign_out();
    }
}

/// It would restore Ada's session.
#[test]
fn a_copy_that_cannot_be_replaced_is_deleted() {
    for room in [300, 0] {
        let (mut world, _) = signed_in();
        world.room = room;
        world.sign_in_as("bob-1");
        assert_eq!(world.device_copy, None);
    }
}

#[test]
fn after_a_full_disk_the_next_renewal_stores_a_copy() {
    let mut world = World::with(remembering());
    world.room = 300;
    world.sign_in();
    assert_eq!(world.device_copy, None);
    world.room = usize::MAX;
    let renewed = world.refresh_and_renew();
    world.browser_restarts();
    assert_restored(&mut world, &renewed, "after the renewal");
}

/// The refresh token goes to no other server and serves no other client, and new scopes need a sign-in.
#[test]
fn a_copy_for_another_authorization_server_client_or_scope_is_not_used() {
    let other = |change: fn(&mut Config)| {
        let mut config = remembering();
        change(&mut config);
        config
    };
    for (name, config, is_good) in [
        ("the same", remembering(), true),
        ("a longer time", other(|config| config.remember_for = Some(2 * DAYS)), true),
        ("a shorter time", other(|config| config.remember_for = Some(1)), false),
        ("another client", other(|config| config.provider.client_id.push('2')), false),
        ("another scope", other(|config| config.scopes.push("api/write".to_owned())), false),
        (
            "another server",
            other(|config| config.provider.token_endpoint = config.provider.authorization_endpoint.clone()),
            false,
        ),
    ] {
        let (mut world, _) = reopened();
        world.deploy(config);
        world.wait(1_000, 1_000);
        assert_eq!(world.status(), if is_good { "authenticated" } else { "recovering" }, "{name}");
        assert_eq!(world.device_copy.is_some(), is_good, "{name}");
    }
}

/// The members of a device copy.
const MEMBERS: [&str; 14] = [
    "/grant",
    "/written",
    "/session",
    "/session/format",
    "/session/id",
    "/session/serial",
    "/session/access",
    "/session/idToken",
    "/session/refresh",
    "/session/subject",
    "/session/user",
    "/session/lifetime",
    "/session/age",
    "/session/began",
];

fn forge_member(world: &mut World, pointer: &str, value: &Value) {
    forge(world, |copy| copy.pointer_mut(pointer).expect("there is such a member").clone_from(value));
}

#[test]
fn a_malformed_copy_is_deleted() {
    let number_or_null = [json!(7), Value::Null];
    let wrong = MEMBERS.map(|pointer| match pointer {
        "/written" | "/session/began" => (pointer, vec![json!("yesterday"), Value::Null]),
        "/session/serial" => (pointer, vec![json!(-1), json!(4_294_967_296_u64), Value::Null]),
        "/session/lifetime" => (pointer, vec![json!(u64::MAX), Value::Null]),
        "/session/age" => (pointer, vec![json!("x"), Value::Null]),
        "/session/id" => (pointer, vec![json!("another"), Value::Null]),
        // It is what pages see, and it may be anything.
        "/session/user" => (pointer, Vec::new()),
        _ => (pointer, number_or_null.to_vec()),
    });
    for (pointer, values) in wrong {
        for value in values {
            let (mut world, _) = reopened();
            forge_member(&mut world, pointer, &value);
            assert_unused(&mut world, "recovering", &format!("{pointer}: {value}"));
        }
    }
}

/// Only a renewal brings one.
#[test]
fn an_access_token_in_a_device_copy_is_not_used() {
    let (mut world, ada) = reopened();
    forge_member(&mut world, "/session/access", &json!("Bearer forged"));
    forge_member(&mut world, "/session/lifetime", &json!(3_600_000));
    assert_restored(&mut world, &ada, "with an access token");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_user_can_sign_in_and_out_with_any_device_copy(
        copy in prop::collection::vec(any::<u8>(), 0..200),
        member in prop::sample::select(MEMBERS.to_vec()),
        value in prop_oneof![
            any::<u64>().prop_map(|number| json!(number)),
            any::<String>().prop_map(|text| json!(text)),
            Just(Value::Null),
        ],
        is_junk: bool,
    ) {
        let (mut world, _) = reopened();
        if is_junk {
            world.device_copy = Some(copy);
        } else {
            forge_member(&mut world, member, &value);
        }
        world.fetch(NOTES);
        if world.forms().contains(&Form::Renewal) {
            world.refuse_renewal();
        }
        world.sign_in();
        world.sign_out();
        prop_assert_eq!((world.status(), &world.device_copy), ("anonymous".to_owned(), &None));
    }
}
