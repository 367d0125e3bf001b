//! Sign-out, and events that arrive after it.

use super::{Form, NOTES, Request, World};
use strongroom_core::frames::Frame;
use strongroom_invariants::world::Slow;

#[test]
fn sign_out_deletes_the_session_hint() {
    let (mut world, _) = World::signed_in();
    assert!(world.hint().is_some());
    world.sign_out();
    assert_eq!(world.hint(), None);
    world.worker_dies();
    assert_eq!(world.status(), "anonymous");
}

#[test]
fn the_session_hint_is_deleted_before_revocation_and_response() {
    let (mut world, _) = World::signed_in();
    world.slow = vec![Slow::Writes];
    let sign_out = world.begin_sign_out();
    assert!(world.is_pending(sign_out));
    assert_eq!(world.forms(), []);
    assert_eq!(world.status(), "anonymous", "the session itself is gone at once");
    world.release();
    assert_eq!(world.hint(), None);
    assert_eq!(world.forms(), [Form::Revocation]);
    assert!(world.is_pending(sign_out));
    world.server_responds(Form::Revocation, 200, "");
    assert_eq!(world.got(sign_out), "200");
}

#[test]
fn pages_and_keepers_get_a_sign_out_before_the_revocation_response() {
    let (mut world, _) = World::signed_in();
    world.has_keeper("keeper");
    let keeper = world.keeper_comes("keeper");
    let page = world.open_events();
    world.read(page);
    world.frames(keeper);
    let sign_out = world.begin_sign_out();
    assert!(world.read(page).contains(r#""status":"anonymous""#));
    assert_eq!(world.frames(keeper), [Frame::Forget]);
    assert!(world.is_pending(sign_out));
}

#[test]
fn a_sign_out_without_a_session_revokes_nothing() {
    let mut world = World::new();
    let sign_out = world.begin_sign_out();
    assert_eq!(world.got(sign_out), "200");
    assert_eq!(world.went_out(), ["a sign-out for other vaults"]);
}

#[test]
fn a_failed_revocation_is_reported_and_the_user_is_signed_out() {
    for status in [None, Some(500), Some(400), Some(302)] {
        let (mut world, _) = World::signed_in();
        let sign_out = world.begin_sign_out();
        match status {
            None => world.server_is_unreachable(Form::Revocation),
            Some(status) => world.server_responds(Form::Revocation, status, ""),
        }
        assert_eq!(world.got(sign_out), "200", "{status:?}");
        assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "revocation_failed"));
    }
}

/// Once only: the worker must not keep the refresh token any longer.
#[test]
fn a_failed_revocation_is_retried_once_when_a_page_connects() {
    for is_there in [true, false] {
        let (mut world, tokens) = World::signed_in();
        world.begin_sign_out();
        world.server_is_unreachable(Form::Revocation);
        world.status();
        assert_eq!(world.forms(), [], "not for any other request");
        world.open_events();
        assert_eq!(world.form(Form::LateRevocation)["token"], tokens.refresh);
        if is_there {
            world.server_responds(Form::LateRevocation, 200, "");
        } else {
            world.server_is_unreachable(Form::LateRevocation);
        }
        assert_eq!(world.error(), if is_there { "" } else { "revocation_failed" });
        world.open_events();
        assert_eq!(world.forms(), []);
    }
}

#[test]
fn a_failed_revocation_is_not_retried_while_offline() {
    let (mut world, _) = World::signed_in();
    world.begin_sign_out();
    world.server_is_unreachable(Form::Revocation);
    world.request(Request { is_online: false, ..Request::get("/auth/events") });
    assert_eq!(world.forms(), []);
    world.open_events();
    assert_eq!(world.forms(), [Form::LateRevocation]);
}

#[test]
fn renewed_tokens_that_arrive_after_sign_out_are_dropped() {
    let (mut world, _) = World::signed_in();
    let refresh = world.refresh();
    world.sign_out();
    assert!(world.response(refresh).body.contains("anonymous"), "it waits for nothing any more");
    world.renew();
    assert_eq!(world.status(), "anonymous");
    let notes = world.fetch(NOTES);
    assert_eq!(world.got(notes), "passed");
    assert_eq!(world.hint(), None);
}

#[test]
fn renewed_tokens_that_arrive_after_another_users_sign_in_are_dropped() {
    let (mut world, _) = World::signed_in();
    world.refresh();
    world.sign_out();
    let bob = world.sign_in_as("bob-1");
    world.renew();
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [bob.bearer()]);
    assert_eq!(world.session()["user"]["sub"], "bob-1");
}

#[test]
fn a_renewal_refused_after_another_users_sign_in_does_not_end_their_session() {
    let (mut world, _) = World::signed_in();
    world.refresh();
    world.sign_out();
    world.sign_in_as("bob-1");
    world.refuse_renewal();
    assert_eq!((world.status().as_str(), world.error().as_str()), ("authenticated", ""));
}

#[test]
fn a_silent_sign_in_overtaken_by_a_sign_out_is_dropped() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    let login = world.login("silent=1");
    let callback = world.come_back(&login);
    world.sign_out();
    world.exchange(&login, "ada-1");
    assert_eq!(world.response(callback).status, 303);
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", ""));
}

#[test]
fn a_request_sent_before_a_sign_out_gets_its_response() {
    let (mut world, _) = World::signed_in();
    let notes = world.fetch(NOTES);
    world.sign_out();
    world.api_responds(notes, 200);
    assert_eq!(world.got(notes), "200 from the API");
}

#[test]
fn concurrent_sign_outs_both_succeed_and_revoke_once() {
    let (mut world, _) = World::signed_in();
    world.slow = vec![Slow::Writes];
    let (first, second) = (world.begin_sign_out(), world.begin_sign_out());
    world.release();
    assert_eq!(world.forms(), [Form::Revocation]);
    world.server_responds(Form::Revocation, 200, "");
    assert_eq!((world.got(first), world.got(second)), ("200".to_owned(), "200".to_owned()));
}

#[test]
fn after_a_sign_out_during_the_hand_over_copies_are_dropped() {
    let (mut world, _) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    let sign_out = world.begin_sign_out();
    assert!(world.is_pending(sign_out));
    let stream = world.keeper_comes("keeper");
    world.give_back("keeper", &copy);
    assert_eq!(world.status(), "anonymous");
    assert_eq!(world.frames(stream).last(), Some(&Frame::Forget));
    assert_eq!(world.forms(), [Form::Revocation]);
}

/// A frozen keeper may still have Ada's session, and the next sign-out revokes Bob's only.
#[test]
fn a_session_that_another_user_replaces_is_revoked() {
    let (mut world, ada) = World::signed_in();
    let bob = world.sign_in_as("bob-1");
    assert_eq!(world.form(Form::LateRevocation)["token"], ada.refresh);
    world.server_is_unreachable(Form::LateRevocation);
    assert_eq!((world.status().as_str(), world.error().as_str()), ("authenticated", ""), "nobody signed out");
    world.begin_sign_out();
    assert_eq!(world.form(Form::Revocation)["token"], bob.refresh);
}

/// An authorization server can choose when it responds.
#[test]
fn a_late_revocation_says_nothing_about_a_later_session() {
    let (mut world, _) = World::signed_in();
    world.sign_in_as("bob-1");
    world.begin_sign_out();
    world.server_is_unreachable(Form::Revocation);
    assert_eq!(world.error(), "revocation_failed");
    world.server_responds(Form::LateRevocation, 200, "");
    assert_eq!(world.error(), "revocation_failed", "it is Bob's token that is not revoked");

    let (mut world, _) = World::signed_in();
    world.sign_in_as("bob-1");
    world.open_events();
    world.refresh();
    world.refuse_renewal();
    world.server_is_unreachable(Form::LateRevocation);
    assert_eq!(world.error(), "invalid_grant", "nobody has signed out");
}

#[test]
fn a_failed_revocation_is_not_retried_during_the_same_users_next_session() {
    let (mut world, ada) = World::signed_in();
    world.begin_sign_out();
    world.server_is_unreachable(Form::Revocation);
    world.sign_in_as("ada-1");
    world.open_events();
    assert_eq!(world.forms(), []);
    world.sign_out();
    world.open_events();
    assert_eq!(world.form(Form::LateRevocation)["token"], ada.refresh);
}

/// Some servers revoke all tokens of a user at once, and so the new ones.
#[test]
fn a_session_that_the_same_user_replaces_is_not_revoked() {
    let (mut world, _) = World::signed_in();
    world.sign_in_as("ada-1");
    assert_eq!(world.forms(), []);
}

/// Script in a page can unregister a vault and keep it alive, with its keepers, for a frame that the next vault cannot
/// claim. The user then signs out of the next vault.
#[test]
fn a_sign_out_reaches_a_vault_that_script_has_unregistered() {
    let (mut next, _) = World::signed_in();
    next.went_out();
    next.begin_sign_out();
    assert_eq!(next.went_out()[0], "a sign-out for other vaults", "before anything that may fail");

    let (mut world, tokens) = World::signed_in();
    world.has_keeper("keeper");
    let keeper = world.keeper_comes("keeper");
    let page = world.open_events();
    world.frames(keeper);
    world.read(page);
    world.went_out();
    world.is_signed_out_elsewhere();
    assert_eq!(world.went_out(), ["laterevocation"], "it is not passed on");
    assert_eq!(world.form(Form::LateRevocation)["token"], tokens.refresh);
    assert_eq!(world.frames(keeper), [Frame::Forget]);
    assert!(world.read(page).contains(r#""status":"anonymous""#));
    assert_eq!(world.hint(), None);
    let notes = world.fetch(NOTES);
    assert_eq!((world.got(notes).as_str(), world.sent(notes).len()), ("passed", 0));
}

#[test]
fn exchanges_and_copies_after_a_sign_out_elsewhere_are_dropped() {
    let mut world = World::new();
    let login = world.begin_login();
    world.come_back(&login);
    world.is_signed_out_elsewhere();
    world.exchange(&login, "ada-1");
    assert_eq!(world.status(), "anonymous");

    let (mut world, _) = World::signed_in();
    let copy = world.copy_of_new_keeper("keeper");
    world.worker_dies();
    world.has_keeper("keeper");
    world.keeper_comes("keeper");
    world.is_signed_out_elsewhere();
    world.give_back("keeper", &copy);
    assert_eq!(world.status(), "anonymous");
}

/// It waits to become active.
#[test]
fn a_vault_that_has_not_begun_ignores_a_sign_out_elsewhere() {
    let (mut world, _) = World::signed_in();
    world.worker_dies();
    world.is_signed_out_elsewhere();
    assert_eq!(world.status(), "recovering");
}

/// The other vault has not deleted the session hint yet.
#[test]
fn after_a_sign_out_elsewhere_during_the_start_copies_are_dropped() {
    for slow in [Slow::Reads, Slow::Clients] {
        let (mut world, _) = World::signed_in();
        let copy = world.copy_of_new_keeper("keeper");
        world.worker_dies();
        world.slow = vec![slow];
        let notes = world.fetch(NOTES);
        world.is_signed_out_elsewhere();
        assert!(world.is_pending(notes), "{slow:?}");
        world.release();
        let keeper = world.keeper_comes("keeper");
        world.give_back("keeper", &copy);
        assert_eq!(world.got(notes), "passed", "{slow:?}");
        assert_eq!(world.status(), "anonymous", "{slow:?}");
        assert_eq!(world.frames(keeper).last(), Some(&Frame::Forget), "{slow:?}");
        assert_eq!(world.hint(), None, "{slow:?}");
    }
}

#[test]
fn a_failed_revocation_after_a_sign_out_elsewhere_is_reported() {
    let (mut world, _) = World::signed_in();
    let page = world.open_events();
    world.is_signed_out_elsewhere();
    world.read(page);
    world.server_is_unreachable(Form::LateRevocation);
    assert!(world.read(page).contains("revocation_failed"));
}

/// Each of them changes the stored row.
#[test]
fn a_flood_of_sign_ins_does_not_delay_a_sign_out() {
    let (mut world, _) = World::signed_in();
    world.slow = vec![Slow::Writes];
    world.begin_login();
    let sign_out = world.begin_sign_out();
    for _ in 0..2 {
        assert_eq!(world.forms(), []);
        world.begin_login();
        world.complete_write();
    }
    assert_eq!(world.hint(), None);
    world.server_responds(Form::Revocation, 200, "");
    assert_eq!(world.got(sign_out), "200");
}
