//! A new version of the script waits, and this worker makes room.

use super::world::Slow;
use super::{Form, NOTES, Request, World};
use crate::keep::Frame;
use crate::vault::Version;

fn with_page_and_keeper() -> (World, crate::vault::FetchId, crate::vault::FetchId) {
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
fn a_renewal_under_way_is_finished_first_and_its_tokens_are_told() {
    let (mut world, page, keeper) = with_page_and_keeper();
    let asked = world.request(Request::post("/auth/refresh"));
    installs(&mut world);
    assert!(world.is_open(page) && world.is_open(keeper));
    let renewed = world.renew();
    assert!(world.response(asked).body.contains("authenticated"));
    assert!(!world.is_open(page) && !world.is_open(keeper));
    assert!(String::from_utf8(world.copy(keeper)).unwrap().contains(&renewed.access));
    assert!(world.read(page).contains("renewed"));
}

#[test]
fn what_is_being_sealed_is_told_before_the_stream_ends() {
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
fn a_stream_that_is_asked_for_meanwhile_says_what_there_is_and_ends() {
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
fn api_requests_are_served_to_the_end() {
    let (mut world, tokens) = World::signed_in();
    installs(&mut world);
    let notes = world.fetch(NOTES);
    world.api_answers(notes, 401);
    let renewed = world.renew();
    assert_eq!(world.sent(notes), [tokens.bearer(), renewed.bearer()]);
}

#[test]
fn a_new_version_does_not_wait_for_the_user_at_the_authorization_server() {
    let mut world = World::new();
    let login = world.begin_login();
    assert!(world.is_extended(login.fetch));
    installs(&mut world);
    assert!(!world.is_extended(login.fetch));
    let other = world.begin_login();
    assert!(!world.is_extended(other.fetch));
}

#[test]
fn a_version_that_does_not_come_after_all_lets_streams_be_open_again() {
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

/// A version that the browser stops as it waits, and that does not run when it becomes active, gets no requests.
#[test]
fn a_version_that_waits_is_kept_alive_every_two_seconds_until_it_takes_over() {
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
fn it_is_kept_alive_by_a_worker_that_has_served_nothing_too() {
    let mut world = World::new();
    installs(&mut world);
    world.pass(2_000);
    assert_eq!(world.kept_alive, 1);
}

/// Chromium does not end this worker a second time by itself.
#[test]
fn a_version_that_waited_before_this_worker_started_is_asked_to_take_over() {
    let mut world = World::new();
    installs(&mut world);
    assert_eq!(world.asked_to_take_over, 0, "this worker saw it being installed");
    world.worker_dies();
    world.version(Version::Installed);
    assert_eq!(world.asked_to_take_over, 1);
}

#[test]
fn the_session_passes_to_the_new_version_through_the_keeper() {
    let (mut world, tokens) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    let sent = world.fetch(NOTES);
    installs(&mut world);
    world.api_answers(sent, 200);
    world.worker_dies();
    let notes = world.fetch(NOTES);
    world.pass(1_500);
    world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    assert_eq!(world.went_out().iter().filter(|it| *it == "renewal").count(), 0);
}

#[test]
fn a_sign_out_while_a_version_waits_makes_every_keeper_forget() {
    let (mut world, _, _) = with_page_and_keeper();
    installs(&mut world);
    world.sign_out();
    let keeper = world.keeper_comes("keeper");
    assert_eq!(world.frames(keeper).last(), Some(&Frame::Forget));
    assert!(!world.is_open(keeper));
    assert_eq!(world.hint(), None);
    assert_eq!(world.forms(), [] as [Form; 0]);
}
