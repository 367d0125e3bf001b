//! Replays: which refused requests are sent again, how, and for which user.

use super::{Form, NOTES, Request, World};
use strongroom_core::vault::{Body, FetchId, Outcome};

/// The API refuses `request` once. Returns how the body was sent with the replay, if there was one.
fn refused_once(request: Request) -> Option<Body> {
    let (mut world, old) = World::signed_in();
    let fetch = world.request(request);
    world.api_responds(fetch, 401);
    let renewed = world.renew();
    if world.sent(fetch).len() == 1 {
        assert_eq!(world.got(fetch), "401 from the API");
        return None;
    }
    assert_eq!(world.sent(fetch), [old.bearer(), renewed.bearer()]);
    world.api_responds(fetch, 201);
    assert_eq!(world.got(fetch), "201 from the API");
    Some(world.outgoing(fetch).body)
}

#[test]
fn a_request_with_a_small_text_body_is_replayed() {
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "application/problem+json",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "text/plain",
        "text/x-note",
    ] {
        for length in [1, 65_536] {
            let request = Request { content_type, body: vec![1; length], ..Request::note() };
            assert_eq!(refused_once(request), Some(Body::Held), "{content_type} {length}");
        }
    }
}

#[test]
fn a_replayable_body_is_copied_while_it_streams() {
    let (mut world, _) = World::signed_in();
    for (content_type, body) in [("text/plain", Body::StreamAndHold), ("image/png", Body::Stream)] {
        let fetch = world.request(Request { content_type, ..Request::note() });
        assert_eq!(world.outgoing(fetch).body, body, "{content_type}");
    }
}

#[test]
fn a_request_without_a_body_is_replayed() {
    for method in ["GET", "HEAD", "OPTIONS", "DELETE", "POST", "PUT"] {
        assert_eq!(refused_once(Request { method, ..Request::get(NOTES) }), Some(Body::Stream), "{method}");
    }
}

#[test]
fn a_request_with_a_large_body_is_not_replayed() {
    for length in [65_537, 1_048_576] {
        assert_eq!(refused_once(Request { body: vec![1; length], ..Request::note() }), None, "{length}");
    }
}

#[test]
fn an_upload_is_not_replayed() {
    for content_type in
        ["application/octet-stream", "image/png", "multipart/form-data; boundary=x", "application/jsonlines"]
    {
        assert_eq!(refused_once(Request { content_type, ..Request::note() }), None, "{content_type}");
    }
}

#[test]
fn a_replay_that_the_platform_refuses_returns_the_401() {
    let (mut world, _) = World::signed_in();
    let fetch = world.request(Request { content_type: "", ..Request::note() });
    world.api_responds(fetch, 401);
    world.renew();
    world.api_has(fetch, Outcome::NotSent);
    assert_eq!(world.got(fetch), "401 from the API");
}

#[test]
fn the_page_gets_a_second_401() {
    let (mut world, _) = World::signed_in();
    let notes = world.fetch(NOTES);
    world.api_responds(notes, 401);
    world.renew();
    world.api_responds(notes, 401);
    assert_eq!((world.got(notes).as_str(), world.sent(notes).len()), ("401 from the API", 2));
    assert_eq!(world.forms(), []);
}

#[test]
fn other_statuses_cause_no_renewal() {
    for status in [200, 204, 304, 400, 403, 404, 407, 429, 500, 503] {
        let (mut world, _) = World::signed_in();
        let notes = world.fetch(NOTES);
        world.api_responds(notes, status);
        assert_eq!(world.got(notes), format!("{status} from the API"));
        assert_eq!(world.forms(), [], "{status}");
    }
}

#[test]
fn concurrent_refusals_cause_one_renewal() {
    let (mut world, _) = World::signed_in();
    let notes: Vec<_> = (0..20).map(|_| world.fetch(NOTES)).collect();
    for fetch in &notes {
        world.api_responds(*fetch, 401);
    }
    assert_eq!(world.forms(), [Form::Renewal]);
    let renewed = world.renew();
    for fetch in &notes {
        assert_eq!(world.sent(*fetch).last(), Some(&renewed.bearer().as_str()));
    }
}

#[test]
fn a_request_refused_after_a_renewal_is_replayed_at_once() {
    let (mut world, old) = World::signed_in();
    let notes = world.fetch(NOTES);
    let renewed = world.refresh_and_renew();
    world.api_responds(notes, 401);
    assert_eq!(world.sent(notes), [old.bearer(), renewed.bearer()]);
    assert_eq!(world.forms(), []);
}

#[test]
fn without_new_tokens_the_page_gets_the_401_and_the_session_stays() {
    for status in [None, Some(500)] {
        let (mut world, _) = World::signed_in();
        let notes = world.fetch(NOTES);
        world.api_responds(notes, 401);
        match status {
            None => world.server_is_unreachable(Form::Renewal),
            Some(status) => world.server_responds(Form::Renewal, status, ""),
        }
        assert_eq!((world.got(notes).as_str(), world.sent(notes).len()), ("401 from the API", 1));
        assert_eq!(world.status(), "authenticated");
    }
}

#[test]
fn if_the_server_has_ended_the_session_the_page_gets_the_401() {
    let (mut world, _) = World::signed_in();
    world.status();
    let notes = world.fetch(NOTES);
    world.api_responds(notes, 401);
    world.refuse_renewal();
    assert_eq!(world.got(notes), "401 from the API");
    assert_eq!((world.status().as_str(), world.error().as_str()), ("anonymous", "invalid_grant"));
}

/// A page made the request for the user who was signed in at the time.
#[test]
fn a_refused_request_is_never_replayed_for_another_user() {
    for ends in ["sign-out", "another user", "another user without sign-out", "the same user again"] {
        let (mut world, _) = World::signed_in();
        let notes = world.fetch(NOTES);
        match ends {
            "sign-out" => drop(world.sign_out()),
            "another user" => {
                world.sign_out();
                world.sign_in_as("bob-1");
            }
            "another user without sign-out" => drop(world.sign_in_as("bob-1")),
            _ => drop(world.sign_in()),
        }
        world.api_responds(notes, 401);
        assert_eq!((world.got(notes).as_str(), world.sent(notes).len()), ("401 from the API", 1), "{ends}");
        assert!(!world.forms().contains(&Form::Renewal), "{ends}");
    }
}

#[test]
fn a_request_waiting_for_a_renewal_is_never_replayed_for_another_user() {
    let (mut world, _) = World::signed_in();
    let notes = world.fetch(NOTES);
    world.api_responds(notes, 401);
    assert!(world.is_pending(notes));
    world.sign_in_as("bob-1");
    assert_eq!((world.got(notes).as_str(), world.sent(notes).len()), ("401 from the API", 1));
}

#[test]
fn a_request_is_not_replayed_if_its_user_changes_while_its_body_is_completed() {
    let (mut world, _) = World::signed_in();
    let note = world.request(Request::note());
    world.api_responds(note, 401);
    world.slow = vec![strongroom_invariants::world::Slow::Bodies];
    world.renew();
    world.sign_in_as("bob-1");
    world.release();
    assert_eq!((world.got(note).as_str(), world.sent(note).len()), ("401 from the API", 1));
}

#[test]
fn a_replay_waits_until_the_body_is_complete() {
    let (mut world, old) = World::signed_in();
    let note = world.request(Request::note());
    world.api_responds(note, 401);
    world.slow = vec![strongroom_invariants::world::Slow::Bodies];
    let first = world.renew();
    assert_eq!(world.sent(note), [old.bearer()]);
    let second = world.refresh_and_renew();
    world.release();
    assert_eq!(world.sent(note), [old.bearer(), second.bearer()], "with the newest token, not {first:?}");
}

fn refuse_fifty(world: &mut World, together: bool) -> usize {
    let mut fetches: Vec<FetchId> = Vec::new();
    let mut renewals = 0;
    for _ in 0..50 {
        fetches.push(world.fetch(NOTES));
        if !together {
            renewals += refuse(world, &std::mem::take(&mut fetches));
        }
    }
    renewals + refuse(world, &fetches)
}

/// The API refuses every attempt, and the token endpoint renews each time.
fn refuse(world: &mut World, fetches: &[FetchId]) -> usize {
    let mut renewals = 0;
    for _attempt in 0..2 {
        for fetch in fetches {
            if world.is_pending(*fetch) {
                world.api_responds(*fetch, 401);
            }
        }
        while world.forms().contains(&Form::Renewal) {
            world.renew();
            renewals += 1;
        }
    }
    for fetch in fetches {
        assert_eq!(world.got(*fetch), "401 from the API");
    }
    renewals
}

#[test]
fn an_api_that_always_returns_401_causes_one_renewal() {
    for together in [true, false] {
        let (mut world, _) = World::signed_in();
        assert_eq!(refuse_fifty(&mut world, together), 1, "{together}");
    }
}

#[test]
fn renewals_caused_by_401_back_off() {
    let (mut world, _) = World::signed_in();
    let mut minutes = Vec::new();
    for minute in 0..20 {
        if refuse_fifty(&mut world, false) > 0 {
            minutes.push(minute);
        }
        world.pass(60_000);
    }
    assert_eq!(minutes, [0, 1, 3, 7, 15]);
}

#[test]
fn a_forced_renewal_resets_the_pause_after_refusals() {
    let (mut world, _) = World::signed_in();
    assert_eq!(refuse_fifty(&mut world, false), 1);
    world.refresh_and_renew();
    assert_eq!(refuse_fifty(&mut world, false), 1);
}
