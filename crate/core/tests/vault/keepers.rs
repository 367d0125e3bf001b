//! `GET` and `POST /auth/keep`: which clients may get or send a copy, and what keepers are sent.

use super::{NOTES, Request, World};
use strongroom_core::frames::Frame;
use strongroom_core::pkce::base64url;
use strongroom_core::vault::{Client, FetchId};
use strongroom_invariants::world::Slow;

fn holds(copy: &[u8], token: &str) -> bool {
    String::from_utf8_lossy(copy).contains(token)
}

fn copies(frames: &[Frame]) -> usize {
    frames.iter().filter(|frame| matches!(frame, Frame::Copy(_))).count()
}

fn wanted(frames: &[Frame]) -> Option<&String> {
    match frames.first() {
        Some(Frame::Greeting { wanted, .. }) => wanted.as_ref(),
        other => panic!("{other:?}"),
    }
}

fn authorization(world: &mut World) -> String {
    let notes = world.fetch(NOTES);
    world.sent(notes)[0].to_owned()
}

fn assert_refused(world: &World, fetch: FetchId, name: &str) {
    assert_eq!(world.got(fetch), "403 not_a_keeper", "{name}");
}

#[test]
fn a_worker_of_the_same_script_is_admitted() {
    let (mut world, tokens) = World::signed_in();
    let url = world.vault.config().script.clone();
    for kind in ["sharedworker", "worker"] {
        world.clients.push(Client { id: kind.to_owned(), kind: kind.to_owned(), url: url.clone() });
        let stream = world.keeper_comes(kind);
        assert_eq!(world.got(stream), "a stream");
        let copy = world.copy(stream);
        for token in [&tokens.access, &tokens.id, &tokens.refresh] {
            assert!(holds(&copy, token), "{kind}");
        }
        let given = world.give_back(kind, &copy);
        assert_eq!(world.got(given), "204", "{kind}");
    }
}

#[test]
fn only_workers_of_the_same_script_are_admitted() {
    let (mut world, _) = World::signed_in();
    let script = world.vault.config().script.clone();
    for (id, kind, url) in [
        ("a page that gave itself the script's URL", "window", script.as_str()),
        ("a page", "window", "https://app.example.com/"),
        ("another shared worker", "sharedworker", "https://app.example.com/evil.js"),
        ("the script with a query", "sharedworker", "https://app.example.com/vault-worker.js?x"),
        ("the script with a fragment", "sharedworker", "https://app.example.com/vault-worker.js#x"),
        ("another origin", "worker", "https://evil.example/vault-worker.js"),
        ("a worker from a blob", "worker", "blob:https://app.example.com/0f8e"),
        ("a worker without a URL", "worker", ""),
        ("something else", "all", script.as_str()),
        ("an unknown kind", "", script.as_str()),
    ] {
        world.clients.push(Client { id: id.to_owned(), kind: kind.to_owned(), url: url.to_owned() });
    }
    let mut ids: Vec<_> = world.clients.iter().map(|client| client.id.clone()).collect();
    ids.extend(["a client that is gone".to_owned(), String::new()]);
    for id in &ids {
        let stream = world.keeper_comes(id);
        assert_refused(&world, stream, id);
        let given = world.give_back(id, br#"{ "format": 1 }"#);
        assert_refused(&world, given, id);
    }
    assert_eq!(world.session()["worker"]["keepers"], 0);
}

#[test]
fn a_keeper_must_send_a_complete_public_key() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    let key = base64url(&[4; 65]);
    for query in [
        "",
        "?",
        "?key=",
        &format!("?key={}", &key[..key.len() - 2]),
        &format!("?key={key}AA"),
        &format!("?key={key}&more"),
        &format!("?other=1&key={key}"),
        &format!("?key={}", "*".repeat(87)),
        &format!("?key={}", base64url(&[4; 64])),
    ] {
        let stream = world.request(Request::get(&format!("/auth/keep{query}")).of("keeper"));
        assert_refused(&world, stream, query);
    }
}

#[test]
fn without_web_crypto_keepers_are_refused() {
    let mut world = World::new();
    world.has_web_crypto = false;
    world.has_keeper("keeper");
    for _ in 0..2 {
        let stream = world.keeper_comes("keeper");
        assert_eq!(world.got(stream), "503 platform_failed");
    }
}

#[test]
fn a_keeper_gets_the_copy_and_a_forget_at_its_end() {
    let mut world = World::new();
    world.has_keeper("keeper");
    let keeper = world.keeper_comes("keeper");
    let greeting = Frame::Greeting { public_key: world.worker_key(), wanted: None };
    assert_eq!(world.frames(keeper), [greeting, Frame::Forget]);
    let tokens = world.sign_in();
    assert!(holds(&world.copy(keeper), &tokens.refresh));
    let renewed = world.refresh_and_renew();
    assert!(holds(&world.copy(keeper), &renewed.refresh));
    world.sign_out();
    assert_eq!(world.frames(keeper), [Frame::Forget]);
}

/// Sealing takes time. Meanwhile a relay would use the token of the session before.
#[test]
fn a_keeper_forgets_a_session_before_it_gets_the_next_one() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    let keeper = world.keeper_comes("keeper");
    assert_eq!(copies(&world.frames(keeper)), 1);
    world.sign_in();
    assert!(matches!(&world.frames(keeper)[..], [Frame::Forget, Frame::Copy(_)]));
    world.refresh_and_renew();
    assert!(matches!(&world.frames(keeper)[..], [Frame::Copy(_)]), "the same session");
}

/// The server refuses an outdated copy's refresh token, so the copy is of no use any more.
#[test]
fn a_keeper_forgets_a_session_that_is_being_recovered() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("old");
    let old = world.keeper_comes("old");
    let outdated = world.copy(old);
    world.refresh_and_renew();
    world.worker_dies();
    let old = world.keeper_comes("old");
    assert!(wanted(&world.frames(old)).is_some());
    world.give_back("old", &outdated);
    assert_eq!(copies(&world.frames(old)), 1);
    world.refresh();
    world.refuse_renewal();
    assert_eq!(world.status(), "recovering");
    assert_eq!(world.frames(old), [Frame::Forget]);
}

#[test]
fn a_keeper_gets_a_copy_only_when_the_tokens_change() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    let keeper = world.keeper_comes("keeper");
    world.frames(keeper);
    world.open_events();
    world.begin_login();
    let notes = world.fetch(NOTES);
    world.api_responds(notes, 200);
    world.pass(60_000);
    assert_eq!(world.frames(keeper), []);
}

#[test]
fn every_keeper_gets_renewed_tokens() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("one");
    world.has_keeper("other");
    let keepers = [world.keeper_comes("one"), world.keeper_comes("other")];
    let renewed = world.refresh_and_renew();
    for keeper in keepers {
        assert!(holds(&world.copy(keeper), &renewed.access));
    }
}

/// Sealing takes time, and the session may change in the meantime.
#[test]
fn a_copy_sealed_too_late_is_not_sent() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.slow = vec![Slow::Seals];
    let keeper = world.keeper_comes("keeper");
    world.sign_out();
    world.release();
    assert_eq!(copies(&world.frames(keeper)), 0);
    let bob = world.sign_in_as("bob-1");
    assert!(holds(&world.copy(keeper), &bob.access));
}

#[test]
fn a_copy_is_never_sent_after_a_newer_one() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.slow = vec![Slow::Seals];
    let keeper = world.keeper_comes("keeper");
    let renewed = world.refresh_and_renew();
    world.release();
    let frames = world.frames(keeper);
    assert_eq!(copies(&frames), 1);
    assert!(matches!(frames.last(), Some(Frame::Copy(copy)) if holds(copy, &renewed.access)));
}

#[test]
fn a_lost_session_is_restored_from_a_keeper() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    let keeper = world.keeper_comes("keeper");
    let frames = world.frames(keeper);
    let hint = world.hint().unwrap();
    assert_eq!(wanted(&frames).map(String::as_str), hint.strip_suffix(":0"));
    assert_eq!(copies(&frames), 0);
    assert!(!frames.contains(&Frame::Forget), "what it has is not lost yet");
    let given = world.give_back("keeper", &copy);
    assert_eq!(world.got(given), "204");
    assert_eq!(world.status(), "authenticated");
    assert_eq!(authorization(&mut world), tokens.bearer());
}

#[test]
fn a_copy_sealed_for_another_worker_is_refused() {
    let (mut world, _) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    let old = [vec![7; 65], world.worker_key(), copy].concat();
    world.worker_dies();
    world.keeper_comes("keeper");
    let given = world.give("keeper", old);
    assert_eq!(world.got(given), "409 wrong_seal");
    assert_eq!(world.status(), "");
}

#[test]
fn junk_from_a_keeper_is_refused() {
    let (mut world, _) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    world.keeper_comes("keeper");
    for junk in [&b""[..], b"junk", &[7; 64], &[7; 65], &[7; 66], &vec![0xff; 100_000]] {
        let given = world.give("keeper", junk.to_vec());
        assert_eq!(world.got(given), "409 wrong_seal", "{}", junk.len());
    }
    world.give_back("keeper", &copy);
    assert_eq!(world.status(), "authenticated");
}

/// Sealed by a keeper, but not a copy: another format, or truncated.
#[test]
fn an_invalid_copy_counts_as_none() {
    for junk in ["", "junk", "{}", r#"{"format":2}"#, r#"{"format":1}"#, "[]"] {
        let (mut world, _) = World::signed_in();
        world.has_keeper("keeper");
        world.worker_dies();
        let notes = world.fetch(NOTES);
        world.keeper_comes("keeper");
        let given = world.give_back("keeper", junk.as_bytes());
        assert_eq!(world.got(given), "204", "{junk}");
        assert_eq!(world.status(), "recovering", "{junk}");
        assert!(world.is_pending(notes));
    }
}

#[test]
fn a_copy_that_arrives_after_sign_out_is_dropped() {
    let (mut world, _) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.sign_out();
    let given = world.give_back("keeper", &copy);
    assert_eq!((world.got(given).as_str(), world.status().as_str()), ("204", "anonymous"));
    let notes = world.fetch(NOTES);
    assert_eq!(world.got(notes), "passed");
}

#[test]
fn a_copy_of_another_session_is_dropped() {
    let (mut world, _) = World::signed_in();
    let adas = world.copy_of_new_keeper("keeper");
    world.sign_out();
    world.worker_dies();
    world.give_back("keeper", &adas);
    assert_eq!(world.status(), "anonymous");
    let bob = world.sign_in_as("bob-1");
    world.give_back("keeper", &adas);
    assert_eq!(authorization(&mut world), bob.bearer());
    world.worker_dies();
    world.keeper_comes("keeper");
    world.give_back("keeper", &adas);
    assert_eq!(world.status(), "recovering", "it is not the session that was lost");
}

#[test]
fn the_newer_of_two_copies_is_kept() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("one");
    world.has_keeper("other");
    let stream = world.keeper_comes("one");
    let old = world.copy(stream);
    let renewed = world.refresh_and_renew();
    let new = world.copy(stream);
    for order in [[&old, &new], [&new, &old]] {
        world.worker_dies();
        world.keeper_comes("one");
        world.keeper_comes("other");
        world.give_back("one", order[0]);
        world.give_back("other", order[1]);
        assert_eq!(authorization(&mut world), renewed.bearer());
    }
}

#[test]
fn an_outdated_copy_is_used_after_the_keeper_timeout() {
    let (mut world, tokens) = World::signed_in();
    world.has_keeper("frozen");
    let old = world.copy_of_new_keeper("slept");
    world.refresh_and_renew();
    world.worker_dies();
    world.keeper_comes("slept");
    world.give_back("slept", &old);
    assert_eq!(world.status(), "", "another keeper may have a newer one");
    world.pass(4_000);
    assert_eq!(world.status(), "authenticated");
    assert_eq!(authorization(&mut world), tokens.bearer());
    assert!(world.hint().is_some_and(|hint| hint.ends_with(":1")), "the newest there was is remembered");
}

#[test]
fn after_an_outdated_copy_is_refused_the_session_can_still_be_recovered() {
    let (mut world, _) = World::signed_in();
    let old = world.copy_of_new_keeper("slept");
    world.refresh_and_renew();
    world.worker_dies();
    world.keeper_comes("slept");
    world.give_back("slept", &old);
    assert_eq!(world.status(), "authenticated");
    world.refresh();
    world.refuse_renewal();
    assert_eq!(world.status(), "recovering");
    world.give_back("slept", &old);
    assert_eq!(world.status(), "recovering", "the refused copy is worth nothing");
}

/// The keeper was frozen or the machine slept, so it may have missed a sign-out.
#[test]
fn a_copy_from_a_keeper_without_contact_is_renewed_before_use() {
    let (mut world, _) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    let mut keeper = strongroom_core::frames::KeptCopy::default();
    keeper.keep(&copy, world.now);
    world.worker_dies();
    world.pass(60_000);
    let offered = keeper.offer(world.now);
    let notes = world.fetch(NOTES);
    world.keeper_comes("keeper");
    world.give_back("keeper", offered.expose().as_bytes());
    assert!(world.is_pending(notes) && world.sent(notes).is_empty());
    let renewed = world.renew();
    assert_eq!(world.sent(notes), [renewed.bearer()]);
}

#[test]
fn a_keeper_that_reconnects_has_one_stream() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    let (first, second) = (world.keeper_comes("keeper"), world.keeper_comes("keeper"));
    assert!(!world.is_open(first) && world.is_open(second));
    assert_eq!(copies(&world.frames(second)), 1);
    assert_eq!(world.session()["worker"]["keepers"], 1);
}

#[test]
fn at_most_32_keepers_are_admitted() {
    let (mut world, _) = World::signed_in();
    let ids: Vec<_> = (0..33).map(|number| format!("keeper {number}")).collect();
    let mut streams = Vec::new();
    for id in &ids {
        world.has_keeper(id);
        streams.push(world.keeper_comes(id));
    }
    assert_eq!(world.got(streams[32]), "429 too_many_keepers");
    assert_eq!(world.session()["worker"]["keepers"], 32);
    let again = world.keeper_comes("keeper 31");
    assert_eq!(world.got(again), "a stream", "a keeper that is known takes no room");
    world.close(streams[0]);
    let last = world.keeper_comes("keeper 32");
    assert_eq!(world.got(last), "a stream");
    assert_eq!(world.session()["worker"]["keepers"], 32);
}

/// A page can start any number of workers with the vault's script.
#[test]
fn at_most_32_keepers_are_admitted_before_the_key_is_ready() {
    let mut world = World::new();
    world.slow = vec![Slow::Key];
    let mut streams = Vec::new();
    for number in 0..40 {
        let id = format!("keeper {number}");
        world.has_keeper(&id);
        streams.push(world.keeper_comes(&id));
    }
    world.release();
    let refused = streams.iter().filter(|stream| world.got(**stream) == "429 too_many_keepers").count();
    assert_eq!(refused, 8);
}

#[test]
fn a_keeper_is_greeted_only_after_storage_is_read() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.worker_dies();
    world.slow = vec![Slow::Reads];
    let keeper = world.keeper_comes("keeper");
    assert!(world.is_pending(keeper));
    world.release();
    assert!(wanted(&world.frames(keeper)).is_some());
}

#[test]
fn a_keeper_that_disconnects_before_its_copy_is_sealed_gets_nothing() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.slow = vec![Slow::Seals];
    let keeper = world.keeper_comes("keeper");
    world.close(keeper);
    world.release();
    assert_eq!(copies(&world.frames(keeper)), 0);
}
