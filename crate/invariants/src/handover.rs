//! The session's copy in a keeper's hands and back, and the marker that anybody can write into storage.

use crate::Outcome;
use crate::fixture::{
    NOW, after, config, good_claims, jwt, lost_vault, opened, read_json, signed_in_vault, snapshot,
};
use serde_json::{Value, json};
use strongroom_core::keep::Keeper;
use strongroom_core::session::Session;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{Access, Vault};

/// The bytes are a copy; they are also tried as a marker.
#[must_use]
pub fn handover(data: &[u8]) -> Outcome {
    check_marker(&String::from_utf8_lossy(data));
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

/// A copy of a copy is the same, and older by as much as it was held.
fn check_copy(session: &Session, value: &Value) {
    let copy = session.copy(NOW);
    let again = Session::from_copy(copy.expose().as_bytes(), NOW).expect("a copy can be read");
    assert_eq!(again.copy(NOW), copy);
    let copied = opened(&copy);
    for name in ["format", "id", "serial", "access", "idToken", "subject", "user", "lifetime", "age"] {
        assert_eq!(copied[name], value[name], "{name}");
    }
    assert_eq!(copied["refresh"].as_str(), value["refresh"].as_str());
    let held = opened(&session.copy(after(5_000)));
    let age = value["age"].as_u64().expect("an age");
    assert_eq!(held["age"].as_u64(), Some(age.saturating_add(5_000)));
    assert!(!session.supersedes(&again) && !again.supersedes(session), "nothing is newer than itself");
}

/// A keeper's copy never gets older, and is gone when it is told to forget.
fn check_keeper(data: &[u8], session: Option<&Session>) {
    let own = signed_in_vault().copy(NOW).expect("a session has a copy");
    let mut keeper = Keeper::default();
    assert!(!keeper.keep(own.expose().as_bytes(), NOW), "there was nothing before");
    let own_is_newer = keeper.keep(data, NOW);
    let offered = keeper.offer(NOW);
    match session {
        Some(session) if !own_is_newer => assert_eq!(offered, session.copy(NOW)),
        _ => assert_eq!(offered, own),
    }
    if own_is_newer {
        let (own, sent) = (opened(&own), opened(&session.expect("only a session is older").copy(NOW)));
        assert!(own["id"] == sent["id"] && own["serial"].as_u64() > sent["serial"].as_u64());
    }
    keeper.forget();
    assert!(keeper.offer(NOW).expose().is_empty());
}

/// Only the session that was lost comes back, and a worker that nobody is signed in at takes none at all.
fn check_restoring(data: &[u8], value: &Value) {
    let mut anonymous = Vault::new(config());
    anonymous.begin(None, Vec::new());
    anonymous.restore("keeper", data, NOW);
    assert!(anonymous.is_anonymous());

    let gone = signed_in_vault();
    let marker = gone.marker().expect("a session has a marker");
    let (id, serial) = marker.split_once(':').expect("an ID and a number");
    let mut vault = lost_vault(&gone);
    vault.restore("keeper", data, NOW);
    if vault.token_mark().is_some() {
        assert_eq!((value["format"].as_u64(), value["id"].as_str()), (Some(1), Some(id)));
    } else {
        assert_eq!(snapshot(&mut vault)["status"], "recovering");
        assert_eq!(vault.marker().as_deref(), Some(marker.as_str()), "what was lost is not forgotten");
    }

    let mut current = signed_in_vault();
    let (before, copy) = (current.token_mark(), current.copy(NOW));
    current.restore("keeper", data, NOW);
    if current.token_mark() != before || current.copy(NOW) != copy {
        assert_eq!(value["id"].as_str(), Some(id));
        assert!(value["serial"].as_u64() > serial.parse().ok(), "only newer tokens replace those there are");
    }
}

/// A worker can live with whatever session it was handed: use it, let it age, renew it, end it.
fn check_life(data: &[u8], session: &Session) {
    let mut vault = Vault::new(config());
    vault.begin(Some(&session.marker()), vec!["keeper".to_owned()]);
    vault.restore("keeper", data, NOW);
    if vault.token_mark().is_none() {
        return;
    }
    assert_eq!(vault.marker().as_deref(), Some(session.marker().as_str()));
    let copy = opened(&vault.copy(NOW).expect("a session has a copy"));
    let number = |name: &str| copy[name].as_u64().expect("a number");
    for held in [0, 1_000, 3_600_000, u64::MAX / 2] {
        let left = number("lifetime").saturating_sub(number("age").saturating_add(held));
        let served = matches!(vault.access(0, after_long(held)), Access::Bearer(_));
        assert_eq!(served, left > 2_000.min(number("lifetime") / 10), "no longer than it lives: {held} ms");
    }
    let _ = snapshot(&mut vault);
    let before = vault.token_mark();
    if let Some((_, renewal)) = vault.renewal(true, NOW) {
        let mut claims = good_claims();
        claims["sub"] = copy["subject"].clone();
        let id_token = jwt(claims.to_string().as_bytes());
        let body = json!({ "access_token": "new", "token_type": "Bearer", "id_token": id_token }).to_string();
        vault.complete_renewal(&renewal, Some(&TokenResponse { status: 200, body: body.as_bytes() }), NOW);
        if copy["subject"] != "" {
            assert!(before.is_some_and(|mark| vault.is_renewed_since(mark)), "a renewal counts");
        }
    }
    vault.sign_out();
    assert!(vault.is_anonymous() && vault.copy(NOW).is_none());
}

fn after_long(milliseconds: u64) -> strongroom_core::time::Now {
    strongroom_core::time::Now { monotonic: milliseconds, wall: NOW.wall }
}

/// A marker says which session was lost. Script can write another; then a session that nobody has is waited for.
fn check_marker(marker: &str) {
    let mut vault = Vault::new(config());
    vault.begin(Some(marker), vec!["keeper".to_owned()]);
    assert!(vault.token_mark().is_none() && vault.copy(NOW).is_none());
    let Some(kept) = vault.marker() else {
        assert!(vault.is_anonymous());
        return;
    };
    assert_eq!(snapshot(&mut vault)["status"], "recovering");
    assert_eq!(kept.split_once(':').map(|(id, _)| id), marker.split_once(':').map(|(id, _)| id));
    let mut next = Vault::new(config());
    next.begin(Some(&kept), vec!["keeper".to_owned()]);
    assert_eq!(next.marker(), Some(kept), "what is written is what is read");
}
