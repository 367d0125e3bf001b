use super::*;
use crate::frames::KeptCopy;
use std::collections::BTreeSet;

/// An age in the last fifth of an hour for any jitter, and before the last minute.
const BACKGROUND: u64 = HOUR - 5 * MINUTE;
const BLOCKING: u64 = HOUR - 30 * SECOND;

/// Every transient failure.
fn transient() -> [(&'static str, Option<TokenResponse<'static>>); 6] {
    [
        ("no response", None),
        ("server error", Some(status(500, "{\"error\":\"invalid_grant\"}"))),
        ("a proxy's page", Some(status(200, "<html>Sign in to the hotel's WLAN</html>"))),
        ("unavailable", Some(status(503, ""))),
        ("too many requests", Some(status(429, "{\"message\":\"Too many requests\"}"))),
        ("temporarily unavailable", Some(status(400, "{\"error\":\"temporarily_unavailable\"}"))),
    ]
}

#[test]
fn an_unused_session_is_never_renewed() {
    let mut vault = signed_in(at(0));
    let mut keeper = KeptCopy::default();
    for minutes in (0..24 * 60).step_by(10) {
        let now = at(minutes * MINUTE);
        keeper.keep(&copy_of(&vault, now), now);
        vault.respond_as_keeper(keeper.offer(now).expose().as_bytes(), now);
        let _ = (
            vault.snapshot(PAGE),
            vault.access(TokenKind::Access, now),
            vault.is_near_expiry(now),
            vault.session_hint(),
        );
        assert!(!vault.is_renewing(), "after {minutes} minutes");
    }
    assert!(vault.renewal(false, at(DAY)).is_some(), "the first request after all that renews it");
}

#[test]
fn a_request_renews_in_the_background_and_waits_only_near_expiry() {
    let old = "Bearer access.token.1";
    for (left, renews, gets) in [
        (HOUR, false, old),
        (HOUR / 2, false, old),
        (12 * MINUTE + 1, false, old),
        (6 * MINUTE, true, old),
        (MINUTE + 1, true, old),
        (MINUTE, true, WAIT),
        (1, true, WAIT),
        (0, true, WAIT),
    ] {
        let mut vault = signed_in(at(0));
        let (renewal, got) = request(&mut vault, at(HOUR - left));
        assert_eq!((renewal.is_some(), got.as_str()), (renews, gets), "{left} ms left");
        assert_eq!(vault.is_renewing(), renews);
    }
    let mut vault = signed_in(at(0));
    assert_eq!(request(&mut vault, at(3 * DAY)).1, WAIT, "long after its end");
}

#[test]
fn renewals_of_concurrent_sessions_are_spread_out() {
    let begins = |access_token: String| {
        let mut response = token_response();
        response["access_token"] = json!(access_token);
        let mut vault = signed_in_with(config(), response, at(0));
        let mut seconds = (0..).map(|second| second * SECOND);
        seconds.find(|ms| vault.renewal(false, at(*ms)).is_some()).unwrap()
    };
    let beginnings: BTreeSet<_> = (0..100).map(|user| begins(format!("access.of.user.{user}"))).collect();
    assert!(beginnings.len() > 50, "{beginnings:?}");
    assert!(*beginnings.first().unwrap() >= 48 * MINUTE, "in the last fifth");
    assert!(*beginnings.last().unwrap() <= 54 * MINUTE, "with time left");
}

#[test]
fn the_snapshot_shows_when_a_request_will_renew() {
    for lifetime in [1, 30, 300, 400, 600, 3_600, 86_400] {
        for user in 0..20 {
            let mut response = token_response();
            response["access_token"] = json!(format!("access.of.user.{user}"));
            response["expires_in"] = json!(lifetime);
            let mut vault = signed_in_with(config(), response, at(0));
            let renews_at = session(&vault)["renewsAt"].as_u64().unwrap() - at(0).wall;
            assert!(vault.renewal(false, at(renews_at - 1)).is_none(), "{lifetime} s");
            assert!(vault.renewal(false, at(renews_at)).is_some(), "{lifetime} s");
        }
    }
}

#[test]
fn a_token_without_lifetime_does_not_cause_a_renewal_loop() {
    let mut response: Value = serde_json::from_str(&rotated(2)).unwrap();
    response["expires_in"] = json!(0);
    let mut vault = signed_in(at(0));
    renew(&mut vault, Some(&ok(&response.to_string())), at(0));
    assert!(request(&mut vault, at(0)).0.is_none());
    let mut response = token_response();
    response["expires_in"] = json!(0);
    assert!(request(&mut signed_in_with(config(), response, at(0)), at(0)).0.is_none());
}

#[test]
fn the_snapshot_does_not_change_with_time_alone() {
    let mut vault = signed_in(at(0));
    let before = session(&vault);
    let (renewal, _) = request(&mut vault, at(BACKGROUND));
    assert_eq!(session(&vault), before, "nothing has come of the renewal yet");
    vault.complete_renewal(&renewal.unwrap(), Some(&ok(&rotated(2))), at(BACKGROUND));
    assert_eq!(session(&vault)["expiresAt"], at(BACKGROUND + HOUR).wall);
    assert_eq!(session(&vault)["user"], before["user"]);
}

#[test]
fn a_renewal_uses_the_newest_refresh_token() {
    for (sent, next) in [
        (json!("refresh-2"), "refresh-2"),
        (Value::Null, "refresh-1"),
        (json!(""), "refresh-1"),
        (json!(7), "refresh-1"),
    ] {
        let mut vault = signed_in(at(0));
        let (form, renewal) = forced_renewal(&mut vault, at(0));
        assert_eq!(form.url.as_str(), "https://auth.example.com/oauth2/token");
        assert_eq!(form.body.expose(), "grant_type=refresh_token&client_id=client&refresh_token=refresh-1");
        let mut response: Value = serde_json::from_str(&rotated(2)).unwrap();
        response["refresh_token"] = sent.clone();
        vault.complete_renewal(&renewal, Some(&ok(&response.to_string())), at(0));
        assert_eq!(gets(&vault, at(0)), "Bearer access.token.2");
        let (form, _) = forced_renewal(&mut vault, at(0));
        assert!(form.body.expose().ends_with(&format!("&refresh_token={next}")), "after {sent}");
        let revocation = vault.sign_out().unwrap();
        assert!(revocation.body.expose().ends_with(&format!("&token={next}")), "after {sent}");
    }
}

#[test]
fn only_a_new_id_token_changes_the_visible_claims() {
    let mut vault = signed_in(at(0));
    renew(&mut vault, Some(&ok(&rotated(2))), at(1));
    assert_eq!(session(&vault)["user"]["email"], "ada@example.com");
    assert_eq!(vault.access(TokenKind::Id, at(1)), signed_in(at(0)).access(TokenKind::Id, at(1)));

    let mut id_claims = claims();
    id_claims["email"] = json!("ada@new.example");
    id_claims["nonce"] = Value::Null;
    let id_token = jwt(&id_claims);
    let mut response: Value = serde_json::from_str(&rotated(3)).unwrap();
    response["id_token"] = json!(id_token);
    renew(&mut vault, Some(&ok(&response.to_string())), at(2));
    assert_eq!(session(&vault)["user"]["email"], "ada@new.example");
    assert_eq!(vault.access(TokenKind::Id, at(2)), Access::Bearer(&Authorization::bearer(&id_token)));
}

#[test]
fn a_refused_refresh_token_ends_the_session() {
    let mut token_of_another_type: Value = serde_json::from_str(&rotated(2)).unwrap();
    token_of_another_type["token_type"] = json!("DPoP");
    for (response, code) in [
        (refusal(), "invalid_grant"),
        (status(401, "{\"error\":\"invalid_client\"}"), "invalid_client"),
        (ok("{}"), "invalid_token_response"),
        (ok(&token_of_another_type.to_string()), "invalid_token_response"),
    ] {
        let mut vault = signed_in(at(0));
        renew(&mut vault, Some(&response), at(MINUTE));
        assert_eq!(error_code(&vault), code);
        assert_ended(&mut vault, at(MINUTE));
    }
}

fn assert_ended(vault: &mut Vault, now: Now) {
    assert_eq!(status_of(vault), "anonymous");
    assert_eq!(request(vault, now).1, "anonymous");
    assert!(
        vault.is_anonymous() && vault.is_decided() && vault.wanted_copy().is_none() && !vault.is_renewing()
    );
    assert_eq!((vault.session_hint(), vault.copy(now), vault.generation()), (None, None, None));
    assert!(vault.renewal(true, now).is_none());
}

#[test]
fn a_transient_failure_keeps_the_session_and_its_token_until_expiry() {
    for (name, response) in transient() {
        let mut vault = signed_in(at(0));
        renew(&mut vault, response.as_ref(), at(BLOCKING));
        assert_eq!(status_of(&vault), "authenticated", "{name}");
        assert!(error_code(&vault).as_str().is_some_and(|code| code.contains("token")), "{name}");
        for left in [30 * SECOND, 1] {
            assert_eq!(gets(&vault, at(SPENT - left)), "Bearer access.token.1", "{name}, {left} ms left");
        }
        let (renewal, _) = request(&mut vault, at(SPENT));
        assert_eq!(gets(&vault, at(SPENT)), WAIT, "{name}");
        vault.complete_renewal(&renewal.unwrap(), response.as_ref(), at(SPENT));
        assert!(
            gets(&vault, at(SPENT)).starts_with("wait "),
            "{name}: it is over, and the server is still unwell"
        );
        renew(&mut vault, Some(&ok(&rotated(2))), at(2 * HOUR));
        assert_eq!(gets(&vault, at(2 * HOUR)), "Bearer access.token.2", "{name}");
        assert_eq!(error_code(&vault), Value::Null, "{name}: it has passed");
    }
}

#[test]
fn failed_renewals_back_off_from_one_second_to_one_minute() {
    let mut vault = signed_in(at(0));
    let mut ms = 2 * HOUR;
    for longest in [1, 2, 4, 8, 16, 32, 60, 60, 60].map(|seconds| seconds * SECOND) {
        renew(&mut vault, None, at(ms));
        let pause: u64 = gets(&vault, at(ms)).strip_prefix("wait ").unwrap().parse().unwrap();
        assert!((longest / 2..=longest).contains(&pause), "{pause} of {longest}");
        assert!(vault.renewal(true, at(ms + pause - 1)).is_none(), "too early, even if somebody asks");
        ms += pause;
    }
    renew(&mut vault, Some(&ok(&rotated(2))), at(ms));
    renew(&mut vault, None, at(ms));
    assert!(vault.renewal(true, at(ms + SECOND)).is_some(), "a success makes the next pause short again");
}

#[test]
fn a_renewal_pause_ends_despite_a_clock_set_back_or_sleep() {
    for (name, monotonic, wall) in [("set back", 2_000, -86_400_000_i64), ("slept", 0, 3_600_000)] {
        let mut vault = signed_in(at(0));
        renew(&mut vault, None, at(MINUTE));
        let now = at(MINUTE);
        let now =
            Now { monotonic: now.monotonic + monotonic, wall: now.wall.checked_add_signed(wall).unwrap() };
        assert!(vault.renewal(true, now).is_some(), "{name}");
    }
}

#[test]
fn a_refresh_token_refused_after_a_worker_died_explains_the_grace_period() {
    const REFUSED: &str = "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid Refresh Token\"}";
    let explains = |vault: &Vault| {
        let error = session(vault)["error"].clone();
        assert_eq!(error["code"], "invalid_grant");
        error["description"].as_str().unwrap().contains("grace period")
    };
    let first = signed_in(at(0));
    let handed_over = || {
        let mut second = restarted(&first, 1);
        second.respond_as_keeper(&copy_of(&first, at(MINUTE)), at(MINUTE));
        second
    };

    let mut vault = handed_over();
    renew(&mut vault, Some(&status(400, REFUSED)), at(2 * MINUTE));
    assert!(explains(&vault));
    assert_ended(&mut vault, at(2 * MINUTE));

    let mut vault = handed_over();
    renew(&mut vault, None, at(2 * MINUTE));
    renew(&mut vault, Some(&status(400, REFUSED)), at(3 * MINUTE));
    assert!(explains(&vault), "an attempt that failed for the moment does not change what is likely");

    let mut vault = handed_over();
    renew(&mut vault, Some(&ok(&rotated(2))), at(2 * MINUTE));
    renew(&mut vault, Some(&status(400, REFUSED)), at(3 * MINUTE));
    assert!(!explains(&vault), "this worker renewed it before: the server has another reason");

    let mut vault = signed_in(at(0));
    renew(&mut vault, Some(&status(400, REFUSED)), at(2 * MINUTE));
    assert!(!explains(&vault), "no worker died");
    assert_eq!(session(&vault)["error"]["description"], "Invalid Refresh Token");
}

#[test]
fn the_lifetime_of_a_token_counts_from_its_receipt() {
    let start = Now { monotonic: 1_000, wall: 1_700_000_000_000 };
    let later = |monotonic: u64, wall: i64| Now {
        monotonic: start.monotonic + monotonic,
        wall: start.wall.checked_add_signed(wall).unwrap(),
    };
    let (half, hour, day) = (HOUR / 2, HOUR.cast_signed(), DAY.cast_signed());
    for (name, now, attached) in [
        ("both clocks go on", later(half, hour / 2), true),
        ("both clocks went on to the end", later(HOUR, hour), false),
        ("asleep for half of it", later(0, hour / 2), true),
        ("asleep for all of it", later(1, hour), false),
        ("set back a day", later(half, hour / 2 - day), true),
        ("set back a day, and the end has come", later(HOUR, hour - day), false),
        ("set forward a day: younger than it looks, but who could tell", later(half, hour / 2 + day), false),
    ] {
        let vault = signed_in(start);
        assert_eq!(vault.access(TokenKind::Access, now) != Access::Wait(0), attached, "{name}");
    }
    for (name, wall) in [("1970", 0), ("three days late", start.wall - 3 * DAY), ("far ahead", u64::MAX / 2)]
    {
        let started = Now { monotonic: 0, wall };
        let mut vault = signed_in(started);
        let after = |ms| Now { monotonic: ms, wall: wall + ms };
        assert_eq!(request(&mut vault, after(HOUR / 2)).1, "Bearer access.token.1", "{name}");
        assert!(!vault.is_renewing(), "{name}");
        assert_eq!(request(&mut vault, after(HOUR)).1, WAIT, "{name}");
    }
}

#[test]
fn a_clock_set_forward_causes_exactly_one_renewal() {
    let mut vault = signed_in(at(0));
    let forward = |ms| Now { monotonic: ms, wall: at(ms + DAY).wall };
    let (renewal, got) = request(&mut vault, forward(MINUTE));
    assert_eq!(got, WAIT);
    vault.complete_renewal(&renewal.unwrap(), Some(&ok(&rotated(2))), forward(MINUTE));
    for now in [forward(2 * MINUTE), forward(30 * MINUTE), at(40 * MINUTE)] {
        let (renewal, got) = request(&mut vault, now);
        assert_eq!((renewal.is_none(), got.as_str()), (true, "Bearer access.token.2"), "{now:?}");
    }
}

#[test]
fn without_a_refresh_token_the_session_ends_with_its_access_token() {
    for recovery in [Recovery::Redirect, Recovery::None] {
        let mut vault = signed_in_with(config_with(recovery), without_refresh_token(), at(0));
        assert!(vault.renewal(true, at(0)).is_none(), "there is nothing to renew with");
        for left in [10 * MINUTE, MINUTE, 1] {
            let (renewal, got) = request(&mut vault, at(SPENT - left));
            assert_eq!((renewal.is_none(), got.as_str()), (true, "Bearer access.token.1"), "{left} ms left");
        }
        let (renewal, got) = request(&mut vault, at(SPENT));
        assert!(renewal.is_none());
        if recovery == Recovery::None {
            assert_eq!((got.as_str(), error_code(&vault)), ("anonymous", json!("session_expired")));
            assert_ended(&mut vault, at(HOUR));
        } else {
            assert_eq!((got.as_str(), status_of(&vault).as_str()), (WAIT, "recovering"));
            assert!(vault.is_decided() && vault.session_hint().is_some());
        }
    }
}

/// The second API takes the ID token, which may expire before the access token.
#[test]
fn an_expired_id_token_is_not_sent() {
    let mut id_claims = claims();
    id_claims["exp"] = json!(1_700_000_000 + 300);
    id_claims["nonce"] = Value::Null;
    let mut response: Value = serde_json::from_str(&rotated(2)).unwrap();
    response["id_token"] = json!(jwt(&id_claims));
    let mut vault = signed_in(at(0));
    renew(&mut vault, Some(&ok(&response.to_string())), at(0));
    assert!(matches!(vault.access(TokenKind::Id, at(5 * MINUTE - LEEWAY - 1)), Access::Bearer(_)));
    assert!(matches!(vault.access(TokenKind::Id, at(5 * MINUTE - LEEWAY)), Access::Wait(_)));
    assert_eq!(session(&vault)["expiresAt"], at(5 * MINUTE).wall);

    let mut access_tokens_only = config();
    access_tokens_only.apis.truncate(1);
    let mut vault = signed_in_with(access_tokens_only, token_response(), at(0));
    renew(&mut vault, Some(&ok(&response.to_string())), at(0));
    assert_eq!(
        gets(&vault, at(SPENT - 1)),
        "Bearer access.token.2",
        "where no API wants it, it does not matter"
    );
}

#[test]
fn a_forced_renewal_happens_even_if_none_is_due() {
    let mut vault = signed_in(at(0));
    assert!(vault.renewal(false, at(MINUTE)).is_none());
    let (_, renewal) = forced_renewal(&mut vault, at(MINUTE));
    assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.token.1", "nobody waits for it");
    assert!(vault.renewal(true, at(MINUTE)).is_none(), "one at a time");
    vault.complete_renewal(&renewal, Some(&ok(&rotated(2))), at(MINUTE));
    assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.token.2");
    let recovering = restarted(&vault, 0);
    for mut vault in [Vault::new(config(), at(0)), fresh(config()), recovering] {
        assert!(vault.renewal(true, at(MINUTE)).is_none(), "there is nothing to renew");
    }
}

#[test]
fn a_refused_request_is_replayed_only_after_a_renewal_for_the_same_user() {
    let mut vault = signed_in(at(0));
    let first = vault.generation().unwrap();
    assert!(!vault.is_renewed_since(first), "it is the same token");
    renew(&mut vault, None, at(0));
    assert!(!vault.is_renewed_since(first), "the renewal failed");
    renew(&mut vault, Some(&ok(&rotated(2))), at(MINUTE));
    assert!(vault.is_renewed_since(first));
    let second = vault.generation().unwrap();
    assert!(!vault.is_renewed_since(second));
    vault.sign_out();
    assert!(!vault.is_renewed_since(first), "nobody is signed in");
    sign_in(&mut vault, token_response(), at(2 * MINUTE));
    for serial in 2..5 {
        renew(&mut vault, Some(&ok(&rotated(serial))), at(2 * MINUTE));
        assert!(
            !vault.is_renewed_since(first) && !vault.is_renewed_since(second),
            "another user may be here"
        );
    }
}

#[test]
fn a_refused_request_is_replayed_after_a_keeper_sent_newer_tokens() {
    let mut vault = signed_in(at(0));
    let mut ahead = restarted(&vault, 1);
    ahead.respond_as_keeper(&copy_of(&vault, at(0)), at(0));
    renew(&mut ahead, Some(&ok(&rotated(2))), at(0));
    let refused = vault.generation().unwrap();
    vault.respond_as_keeper(&copy_of(&ahead, at(0)), at(0));
    assert!(vault.is_renewed_since(refused));
}

#[test]
fn a_request_near_expiry_may_have_been_refused_for_it() {
    let vault = signed_in(at(0));
    assert!(!vault.is_near_expiry(at(HOUR / 2)));
    assert!(vault.is_near_expiry(at(BACKGROUND)) && vault.is_near_expiry(at(BLOCKING)));
    assert!(!fresh(config()).is_near_expiry(at(0)));
}

#[test]
fn a_renewal_response_for_replaced_tokens_is_dropped() {
    let refused = refusal();
    let good = rotated(9);
    for response in [Some(&ok(&good)), Some(&refused), None] {
        let mut vault = signed_in(at(0));
        let (_, late) = forced_renewal(&mut vault, at(MINUTE));
        sign_in(&mut vault, token_response(), at(2 * MINUTE));
        let before = session(&vault);
        let (_, current) = forced_renewal(&mut vault, at(3 * MINUTE));
        vault.complete_renewal(&late, response, at(3 * MINUTE));
        assert_eq!(session(&vault), before);
        assert_eq!(gets(&vault, at(3 * MINUTE)), "Bearer access.token.1");
        assert!(vault.is_renewing(), "the current one is still under way");
        vault.complete_renewal(&current, Some(&ok(&rotated(2))), at(3 * MINUTE));
        assert_eq!(gets(&vault, at(3 * MINUTE)), "Bearer access.token.2");
        vault.complete_renewal(&current, Some(&ok(&good)), at(3 * MINUTE));
        assert_eq!(gets(&vault, at(3 * MINUTE)), "Bearer access.token.2", "a response counts once");
    }
}
