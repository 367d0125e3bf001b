//! The hand-over of copies, and the session hint, which a page can write.

use crate::Outcome;
use crate::fixture::{
    Access, NOW, access, after, fresh_worker, good_claims, jwt, opened, read_json, signed_in_worker,
    snapshot, worker_with_hint,
};
use crate::world::{Form, World};
use serde_json::{Value, json};
use strongroom_core::frames::KeptCopy;
use strongroom_core::session::Session;
use strongroom_core::token::TokenResponse;

/// Input: a copy. It is also tried as a session hint.
#[must_use]
pub fn handover(data: &[u8]) -> Outcome {
    check_storage(&String::from_utf8_lossy(data));
    let Some(value) = read_json(data) else { return Outcome::Refused };
    let session = Session::from_copy(data, NOW);
    check_keeper(data, session.as_ref());
    check_restoring(data, &value);
    let Some(session) = session else { return Outcome::Refused };
    assert_eq!(value["format"], 1, "another format is dropped");
    check_copy(&session, &value);
    check_life(data, &session);
    Outcome::Accepted
}

/// The copy of a copy is identical, except for its age.
fn check_copy(session: &Session, value: &Value) {
    let copy = session.copy(NOW);
    let again = Session::from_copy(copy.expose().as_bytes(), NOW).expect("a copy can be read");
    assert_eq!(again.copy(NOW), copy);
    let copied = opened(copy.expose());
    for name in ["format", "id", "serial", "access", "idToken", "subject", "user", "lifetime", "age"] {
        assert_eq!(copied[name], value[name], "{name}");
    }
    assert_eq!(copied["refresh"].as_str(), value["refresh"].as_str());
    let held = opened(session.copy(after(5_000)).expose());
    let age = value["age"].as_u64().expect("an age");
    assert_eq!(held["age"].as_u64(), Some(age.saturating_add(5_000)));
    assert!(!session.supersedes(&again) && !again.supersedes(session), "nothing is newer than itself");
}

/// A keeper never replaces its copy with an older one, and "forget" wipes it.
fn check_keeper(data: &[u8], session: Option<&Session>) {
    let own = signed_in_worker().fresh_copy().expect("a session has a copy");
    let mut keeper = KeptCopy::default();
    assert_eq!(keeper.keep(own.as_bytes(), NOW), Some(false), "there was nothing before");
    let own_is_newer = keeper.keep(data, NOW) == Some(true);
    let offered = keeper.offer(NOW);
    match session {
        Some(session) if !own_is_newer => assert_eq!(offered, session.copy(NOW)),
        _ => assert_eq!(offered.expose(), own),
    }
    if own_is_newer {
        let (own, sent) =
            (opened(&own), opened(session.expect("only a session is older").copy(NOW).expose()));
        assert!(own["id"] == sent["id"] && own["serial"].as_u64() > sent["serial"].as_u64());
    }
    keeper.forget();
    assert!(keeper.offer(NOW).expose().is_empty());
}

/// Only a copy of the lost session is restored. A worker whose user is signed out accepts none.
fn check_restoring(data: &[u8], value: &Value) {
    let mut anonymous = fresh_worker();
    anonymous.hand_over(data);
    assert_eq!(snapshot(&mut anonymous)["status"], "anonymous");
    assert_eq!(anonymous.fresh_copy(), None);

    let mut current = signed_in_worker();
    let hint = current.hint().expect("a session leaves a hint");
    let (id, serial) = hint.split_once(':').expect("an ID and a number");
    let mut lost = worker_with_hint(&hint);
    lost.hand_over(data);
    if lost.fresh_copy().is_some() {
        assert_eq!((value["format"].as_u64(), value["id"].as_str()), (Some(1), Some(id)));
    } else {
        assert_eq!(snapshot(&mut lost)["status"], "recovering");
        assert_eq!(lost.hint().as_ref(), Some(&hint), "what was lost is not forgotten");
    }

    let before = current.fresh_copy();
    current.hand_over(data);
    if current.fresh_copy() != before {
        assert_eq!(value["id"].as_str(), Some(id));
        assert!(value["serial"].as_u64() > serial.parse().ok(), "only newer tokens replace those there are");
    }
}

/// Any session that is handed over can be used, aged, renewed and ended.
fn check_life(data: &[u8], session: &Session) {
    let restored = || {
        let mut worker = worker_with_hint(&session.session_hint());
        worker.hand_over(data);
        worker
    };
    let mut worker = restored();
    let Some(copy) = worker.fresh_copy() else { return };
    assert_eq!(worker.hint().as_deref(), Some(session.session_hint().as_str()));
    let copy = opened(&copy);
    let number = |name: &str| copy[name].as_u64().expect("a number");
    for held in [0, 1_000, 3_600_000, u64::MAX / 2] {
        let mut worker = restored();
        worker.wait(held, 0);
        let left = number("lifetime").saturating_sub(number("age").saturating_add(held));
        let is_good = left > 2_000.min(number("lifetime") / 10);
        match access(&mut worker) {
            Access::Bearer(_) => assert!(is_good, "longer than it lives: {held} ms"),
            Access::Waits => assert!(!is_good || worker.forms().len() == 1, "for no reason: {held} ms"),
            Access::Anonymous => panic!("a request goes out without a token"),
        }
    }
    let before = worker.fresh_copy();
    worker.refresh();
    if worker.forms().contains(&Form::Renewal) {
        let mut claims = good_claims();
        claims["sub"] = copy["subject"].clone();
        let id_token = jwt(claims.to_string().as_bytes());
        let body = json!({ "access_token": "new", "token_type": "Bearer", "id_token": id_token }).to_string();
        worker.respond(&TokenResponse { status: 200, body: body.as_bytes() });
        if copy["subject"] != "" {
            let serial = |copy: Option<String>| copy.and_then(|copy| opened(&copy)["serial"].as_u64());
            assert!(serial(worker.fresh_copy()) > serial(before), "a renewal counts");
        }
    }
    worker.begin_sign_out();
    assert!(worker.fresh_copy().is_none() && worker.hint().is_none());
}

/// A forged session hint only makes the worker wait for a session that no keeper has.
fn check_storage(text: &str) {
    let mut worker = World::with_row(Some(text.to_owned()));
    worker.has_keeper("keeper");
    assert_eq!(worker.fresh_copy(), None);

    let mut worker = worker_with_hint(text);
    assert_eq!(worker.fresh_copy(), None);
    worker.hand_over(b"");
    let Some(kept) = worker.hint() else {
        assert_eq!(snapshot(&mut worker)["status"], "anonymous");
        return;
    };
    assert_eq!(snapshot(&mut worker)["status"], "recovering");
    assert_eq!(kept.split_once(':').map(|(id, _)| id), text.split_once(':').map(|(id, _)| id));
    let mut next = worker_with_hint(&kept);
    next.hand_over(b"");
    assert_eq!(next.hint(), Some(kept), "what is written is what is read");
}
