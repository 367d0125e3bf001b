use super::*;
use crate::frames::KeptCopy;
use proptest::prelude::*;

/// A new worker that has received the session of `vault`.
fn handed_over(vault: &Vault, now: Now) -> Vault {
    let mut next = restarted(vault, 1);
    next.respond_as_keeper(&copy_of(vault, now), now);
    next
}

#[test]
fn a_copy_holds_the_whole_session() {
    let mut first = signed_in(at(0));
    let second = handed_over(&first, at(MINUTE));
    for token in [TokenKind::Access, TokenKind::Id] {
        assert_eq!(second.access(token, at(MINUTE)), first.access(token, at(MINUTE)));
    }
    assert_eq!(second.session_hint(), first.session_hint());
    assert_eq!(session(&second), session(&first), "pages see no difference");
    let mut third = handed_over(&second, at(2 * MINUTE));
    let (form, _) = forced_renewal(&mut third, at(2 * MINUTE));
    assert_eq!(form.body, forced_renewal(&mut first, at(2 * MINUTE)).0.body);
}

#[test]
fn a_renewal_after_a_hand_over_must_not_change_the_user() {
    let mut vault = handed_over(&signed_in(at(0)), at(0));
    let mut id_claims = claims();
    id_claims["sub"] = json!("mallory");
    let mut response: Value = serde_json::from_str(&rotated(2)).unwrap();
    response["id_token"] = json!(jwt(&id_claims));
    renew(&mut vault, Some(&ok(&response.to_string())), at(0));
    assert_eq!((status_of(&vault).as_str(), error_code(&vault)), ("anonymous", json!("invalid_id_token")));
}

#[test]
fn a_copy_exists_only_while_signed_in() {
    let mut signed_out = signed_in(at(0));
    signed_out.sign_out();
    let signed_in = signed_in(at(0));
    for vault in [
        Vault::new(config(), at(0)),
        fresh(config()),
        restarted(&signed_in, 1),
        restarted(&signed_in, 0),
        signed_out,
    ] {
        assert_eq!(vault.copy(at(0)), None);
    }
    assert!(signed_in.copy(at(0)).is_some());
}

#[test]
fn the_session_hint_holds_no_secret() {
    let vault = signed_in(at(0));
    let session_hint = vault.session_hint().unwrap();
    let copy = opened(&vault.copy(at(0)).unwrap());
    for secret in ["access", "idToken", "refresh"] {
        assert!(!copy[secret].as_str().unwrap().contains(&session_hint), "{secret}");
    }
    assert!(!session_hint.contains("ada"));
}

#[test]
fn a_copy_prints_as_redacted() {
    let printed = format!("{:?}", signed_in(at(0)).copy(at(0)));
    assert_eq!(printed, "Some([redacted])");
}

#[test]
fn a_token_that_expires_in_a_keeper_is_not_sent() {
    let first = signed_in(at(0));
    for (now, attached) in [(at(SPENT - 1), true), (at(SPENT), false), (at(3 * DAY), false)] {
        let mut vault = restarted(&first, 1);
        let keeper = keeper_with(&copy_of(&first, at(0)), now);
        vault.respond_as_keeper(keeper.offer(now).expose().as_bytes(), now);
        assert_eq!(matches!(vault.access(TokenKind::Access, now), Access::Bearer(_)), attached, "{now:?}");
        assert!(vault.renewal(false, now).is_some(), "the session goes on with the refresh token");
    }
}

#[test]
fn hand_overs_do_not_change_the_snapshot() {
    let mut vault = signed_in(at(0));
    let before = session(&vault);
    for minute in 1..90 {
        vault = handed_over(&vault, at(minute * MINUTE));
        assert_eq!(session(&vault), before, "after {minute} minutes");
    }
}

/// How long one worker or keeper holds the session.
#[derive(Debug, Clone)]
struct Held {
    by_a_keeper: bool,
    awake: u64,
    asleep: u64,
    /// Each worker and keeper has a monotonic clock that starts with it.
    monotonic_start: u64,
    wall_set_forward: u64,
}

fn held() -> impl Strategy<Value = Held> {
    (any::<bool>(), 0..20 * MINUTE, 0..20 * MINUTE, 0..DAY, prop_oneof![4 => Just(0), 1 => 0..DAY]).prop_map(
        |(by_a_keeper, awake, asleep, monotonic_start, wall_set_forward)| Held {
            by_a_keeper,
            awake,
            asleep,
            monotonic_start,
            wall_set_forward,
        },
    )
}

proptest! {
    /// Through any chain of hand-overs, the copy's age is at least the time that has passed.
    #[test]
    fn hand_overs_never_make_a_token_younger(chain in prop::collection::vec(held(), 1..12)) {
        let first = signed_in(at(0));
        let mut copy = copy_of(&first, at(0));
        let (mut wall, mut passed) = (at(0).wall, 0);
        for held in chain {
            let begin = Now { monotonic: held.monotonic_start, wall };
            wall += held.awake + held.asleep + held.wall_set_forward;
            passed += held.awake + held.asleep;
            let end = Now { monotonic: begin.monotonic + held.awake, wall };
            copy = if held.by_a_keeper {
                let mut keeper = KeptCopy::default();
                keeper.keep(&copy, begin);
                keeper.offer(end).expose().as_bytes().to_vec()
            } else {
                let mut vault = restarted(&first, 1);
                vault.respond_as_keeper(&copy, begin);
                let attached = matches!(vault.access(TokenKind::Access, end), Access::Bearer(_));
                prop_assert!(!attached || passed < HOUR, "attached after {passed} ms");
                copy_of(&vault, end)
            };
            let age = serde_json::from_slice::<Value>(&copy).unwrap()["age"].as_u64().unwrap();
            prop_assert!(age >= passed, "{age} < {passed}");
        }
    }

    /// A wall clock that is set back does not subtract from the time that workers and keepers were awake.
    #[test]
    fn a_wall_clock_set_back_makes_no_token_younger(
        chain in prop::collection::vec((0..20 * MINUTE, 0..DAY), 1..12),
    ) {
        let mut keeper = KeptCopy::default();
        let mut now = at(DAY);
        let signed_in_at = now.monotonic;
        keeper.keep(&copy_of(&signed_in(now), now), now);
        for (awake, set_back) in chain {
            now = Now { monotonic: now.monotonic + awake, wall: now.wall + awake - set_back };
            let copy = keeper.offer(now);
            prop_assert!(opened(&copy)["age"].as_u64().unwrap() >= now.monotonic - signed_in_at);
            keeper = KeptCopy::default();
            keeper.keep(copy.expose().as_bytes(), now);
        }
    }

    #[test]
    fn an_arbitrary_copy_signs_nobody_in(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut vault = restarted(&signed_in(at(0)), 1);
        vault.respond_as_keeper(&bytes, at(0));
        prop_assert_eq!(status_of(&vault), "recovering");
        let mut keeper = KeptCopy::default();
        prop_assert_eq!(keeper.keep(&bytes, at(0)), None);
        prop_assert_eq!(keeper.offer(at(0)), SessionCopy::new(String::new()));
    }
}

/// The keeper's tab was in the back-forward cache during the sign-out, and script in a page has restored the
/// session hint.
#[test]
fn a_frozen_keepers_copy_does_not_restore_a_session_after_sign_out() {
    let first = signed_in(at(0));
    let keeper = keeper_with(&copy_of(&first, at(0)), at(SECOND));
    for (response, then) in [(Some(refusal()), "anonymous"), (None, "wait"), (Some(status(503, "")), "wait")]
    {
        let mut vault = restarted(&first, 1);
        let now = at(2 * MINUTE);
        vault.respond_as_keeper(keeper.offer(now).expose().as_bytes(), now);
        assert!(
            !matches!(vault.access(TokenKind::Access, now), Access::Bearer(_)),
            "nothing is sent before it is renewed"
        );
        renew(&mut vault, response.as_ref(), now);
        assert!(gets(&vault, now).starts_with(then), "{then}");
    }
    let without = signed_in_with(config(), without_refresh_token(), at(0));
    let keeper = keeper_with(&copy_of(&without, at(0)), at(SECOND));
    let mut vault = restarted(&without, 1);
    vault.respond_as_keeper(keeper.offer(at(2 * MINUTE)).expose().as_bytes(), at(2 * MINUTE));
    assert_eq!(vault.generation(), None, "what cannot be renewed is not taken");
}
