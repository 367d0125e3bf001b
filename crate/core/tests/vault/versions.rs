//! Draining for a new version of the script.

use super::{Form, NOTES, World};
use strongroom_core::frames::Frame;
use strongroom_core::vault::Version;
use strongroom_invariants::world::Slow;

fn with_page_and_keeper() -> (World, strongroom_core::vault::FetchId, strongroom_core::vault::FetchId) {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    let (page, keeper) = (world.open_events(), world.keeper_comes("keeper"));
    world.read(page);
    world.frames(keeper);
    (world, page, keeper)
}

fn installs(world: &mut World) {
    world.version(Version::Installing);
    world.version(Version::Installed);
}

#[test]
fn every_stream_ends_once_a_new_version_is_installed() {
    let (mut world, page, keeper) = with_page_and_keeper();
    world.version(Version::Installing);
    assert!(world.is_open(page) && world.is_open(keeper));
    world.version(Version::Installed);
    assert!(!world.is_open(page) && !world.is_open(keeper));
    assert_eq!(world.frames(keeper), [], "a keeper does not forget what the new version needs");
    assert_eq!(world.session()["worker"]["keepers"], 0);
}

#[test]
fn draining_waits_for_a_renewal_and_sends_its_tokens_to_keepers() {
    let (mut world, page, keeper) = with_page_and_keeper();
    let asked = world.refresh();
    installs(&mut world);
    assert!(world.is_open(page) && world.is_open(keeper));
    let renewed = world.renew();
    assert!(world.response(asked).body.contains("authenticated"));
    assert!(!world.is_open(page) && !world.is_open(keeper));
    assert!(String::from_utf8(world.copy(keeper)).unwrap().contains(&renewed.access));
    assert!(world.read(page).contains("renewed"));
}

#[test]
fn draining_waits_for_a_copy_that_is_being_sealed() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    world.slow = vec![Slow::Seals];
    let keeper = world.keeper_comes("keeper");
    installs(&mut world);
    assert!(world.is_open(keeper));
    world.release();
    assert!(!world.is_open(keeper));
    assert!(matches!(world.frames(keeper).last(), Some(Frame::Copy(_))));
}

#[test]
fn a_stream_opened_while_draining_gets_the_state_and_ends() {
    let (mut world, tokens) = World::signed_in();
    world.has_keeper("keeper");
    installs(&mut world);
    let page = world.open_events();
    assert!(world.read(page).contains("authenticated") && !world.is_open(page));
    let keeper = world.keeper_comes("keeper");
    assert!(String::from_utf8(world.copy(keeper)).unwrap().contains(&tokens.access));
    assert!(!world.is_open(keeper));
}

#[test]
fn api_requests_are_completed_while_draining() {
    let (mut world, tokens) = World::signed_in();
    installs(&mut world);
    let notes = world.fetch(NOTES);
    world.api_responds(notes, 401);
    let renewed = world.renew();
    assert_eq!(world.sent(notes), [tokens.bearer(), renewed.bearer()]);
}

#[test]
fn draining_does_not_wait_for_a_sign_in_under_way() {
    let mut world = World::new();
    let login = world.begin_login();
    assert!(world.is_extended(login.fetch));
    installs(&mut world);
    assert!(!world.is_extended(login.fetch));
    let other = world.begin_login();
    assert!(!world.is_extended(other.fetch));
}

#[test]
fn draining_ends_if_the_new_version_is_discarded() {
    let (mut world, _, _) = with_page_and_keeper();
    installs(&mut world);
    world.version(Version::Redundant);
    let (page, keeper) = (world.open_events(), world.keeper_comes("keeper"));
    world.sign_out();
    assert!(world.read(page).contains("anonymous"));
    assert_eq!(world.frames(keeper).last(), Some(&Frame::Forget));
    world.pass(10_000);
    assert_eq!(world.kept_alive, 0);
}

/// If the browser stops a waiting version and it is not running when it becomes active, it gets no requests.
#[test]
fn a_waiting_version_is_kept_alive_every_two_seconds() {
    let mut world = World::new();
    world.fetch("/auth/session");
    installs(&mut world);
    world.pass(1_999);
    assert_eq!(world.kept_alive, 0);
    world.pass(1);
    assert_eq!(world.kept_alive, 1);
    world.pass(300_000);
    assert_eq!(world.kept_alive, 151);
    world.version(Version::Activating);
    world.pass(300_000);
    assert_eq!(world.kept_alive, 151);
}

#[test]
fn a_worker_without_requests_keeps_a_waiting_version_alive() {
    let mut world = World::new();
    installs(&mut world);
    world.pass(2_000);
    assert_eq!(world.kept_alive, 1);
}

/// Chromium does not stop this worker a second time on its own.
#[test]
fn a_version_that_waited_before_this_worker_started_gets_a_take_over_request() {
    let mut world = World::new();
    installs(&mut world);
    assert_eq!(world.asked_to_take_over, 0, "this worker saw it being installed");
    world.worker_dies();
    world.version(Version::Installed);
    assert_eq!(world.asked_to_take_over, 1);
}

#[test]
fn the_new_version_gets_the_session_from_a_keeper() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    let sent = world.fetch(NOTES);
    installs(&mut world);
    world.api_responds(sent, 200);
    world.worker_dies();
    let notes = world.fetch(NOTES);
    world.pass(1_500);
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    assert_eq!(world.went_out().iter().filter(|it| *it == "renewal").count(), 0);
}

#[test]
fn a_sign_out_while_draining_reaches_every_keeper() {
    let (mut world, _, _) = with_page_and_keeper();
    installs(&mut world);
    world.sign_out();
    let keeper = world.keeper_comes("keeper");
    assert_eq!(world.frames(keeper).last(), Some(&Frame::Forget));
    assert!(!world.is_open(keeper));
    assert_eq!(world.hint(), None);
    assert_eq!(world.forms(), [] as [Form; 0]);
}
