use super::super::state::KEEPER_TIMEOUT;
use super::*;
use crate::frames::KeptCopy;

/// A new worker that has lost Ada's session, with this many keepers.
fn recovering(keepers: usize) -> Vault {
    restarted(&signed_in(at(0)), keepers)
}

fn adas_copy() -> Vec<u8> {
    copy_of(&signed_in(at(0)), at(0))
}

fn silent_login(vault: &mut Vault, now: Now) -> Option<Login> {
    begin_login(vault, "silent=1&returnTo=/notes", now)
}

/// A worker without keepers, and the silent sign-in that it began.
fn signing_in_silently() -> (Vault, Login) {
    let mut vault = recovering(0);
    let login = silent_login(&mut vault, at(0)).expect("it is needed");
    (vault, login)
}

/// A late authorization response, which has no effect on the session.
fn ignore(vault: &mut Vault, login: &Login, response: &str, now: Now) {
    let query = format!("{response}&state={}", login.state);
    let outcome = respond(vault, &query, Some(&login.stored), now);
    assert!(matches!(outcome, CallbackOutcome::Ended(_)), "{response}: {outcome:?}");
}

/// The silent sign-in succeeds: the authorization server still has the user's session.
fn succeed(vault: &mut Vault, login: &Login, now: Now) {
    let exchange = exchange(vault, login, now);
    vault.end_exchange(exchange, Some(&ok(&tokens_for(login, token_response()))), now);
}

fn assert_recovering(vault: &Vault) {
    assert_eq!((status_of(vault).as_str(), gets(vault, at(MINUTE)).as_str()), ("recovering", WAIT));
    assert!(vault.is_decided() && vault.wanted_copy().is_some() && !vault.is_anonymous());
    assert_eq!(
        vault.session_hint(),
        signed_in(at(0)).session_hint(),
        "the worker after this one goes on with it"
    );
}

fn assert_anonymous(vault: &Vault) {
    assert_eq!((status_of(vault).as_str(), gets(vault, at(MINUTE)).as_str()), ("anonymous", "anonymous"));
    assert!(vault.is_decided() && vault.wanted_copy().is_none() && vault.is_anonymous());
    assert_eq!(vault.session_hint(), None, "the worker after this one knows of nothing");
}

fn assert_back(vault: &Vault) {
    assert_eq!(
        (status_of(vault).as_str(), gets(vault, at(MINUTE)).as_str()),
        ("authenticated", "Bearer access.token.1")
    );
    assert!(vault.is_decided() && vault.wanted_copy().is_none());
    assert_eq!(error_code(vault), Value::Null);
}

#[test]
fn a_starting_worker_queues_requests_and_reports_no_status() {
    let mut vault = Vault::new(config(), at(0));
    assert_eq!(request(&mut vault, at(0)).1, WAIT);
    assert!(!vault.is_decided() && !vault.is_anonymous(), "no keeper may be told to forget");
}

#[test]
fn without_a_session_hint_the_user_is_signed_out_despite_keepers() {
    for keepers in [0, 1, 20] {
        let mut vault = Vault::new(config(), at(0));
        vault.begin_with(None, client_ids(keepers), at(0));
        vault.respond_as_keeper(&adas_copy(), at(0));
        assert_anonymous(&vault);
        assert_eq!(error_code(&vault), Value::Null);
    }
}

#[test]
fn a_second_session_hint_is_ignored() {
    let mut vault = signed_in(at(0));
    vault.begin_with(None, client_ids(0), at(0));
    assert_back(&vault);
    let mut vault = fresh(config());
    vault.begin_with(signed_in(at(0)).session_hint().as_deref(), client_ids(3), at(0));
    assert_anonymous(&vault);
}

#[test]
fn a_lost_session_is_restored_by_the_first_keeper_that_has_it() {
    for empty_handed in 0..3 {
        let mut vault = recovering(3);
        for _ in 0..empty_handed {
            vault.respond_as_keeper(b"", at(0));
            assert!(!vault.is_decided(), "others have not responded yet");
            assert_eq!(gets(&vault, at(0)), WAIT);
        }
        vault.respond_as_keeper(&adas_copy(), at(0));
        assert_back(&vault);
        vault.respond_as_keeper(b"", at(0));
        vault.give_up_keepers();
        assert_back(&vault);
    }
}

#[test]
fn pages_get_no_status_until_the_keepers_respond_or_time_out() {
    let all_empty_handed = |vault: &mut Vault| {
        vault.respond_as_keeper(b"", at(0));
        assert!(!vault.is_decided());
        vault.respond_as_keeper(b"", at(0));
    };
    let out_of_patience = |vault: &mut Vault| vault.give_up_keepers();
    let ends: [&dyn Fn(&mut Vault); 2] = [&all_empty_handed, &out_of_patience];
    for end_wait in ends {
        let mut vault = recovering(2);
        assert!(!vault.is_decided() && vault.wanted_copy().is_some());
        assert_eq!(gets(&vault, at(KEEPER_TIMEOUT)), WAIT);
        end_wait(&mut vault);
        assert_recovering(&vault);
    }
}

#[test]
fn anything_but_a_copy_of_the_lost_session_is_refused_and_counts_as_a_response() {
    let whole = adas_copy();
    let changed = |name: &str, value: Value| {
        let mut copy: Value = serde_json::from_slice(&whole).unwrap();
        copy[name] = value;
        copy.to_string().into_bytes()
    };
    let without = |name: &str| {
        let mut copy: Value = serde_json::from_slice(&whole).unwrap();
        assert!(copy.as_object_mut().unwrap().remove(name).is_some(), "{name}");
        copy.to_string().into_bytes()
    };
    let mut rows = vec![
        ("another session's".to_owned(), copy_of(&signed_in(at(7)), at(7))),
        ("a later format".to_owned(), changed("format", json!(2))),
        ("an earlier format".to_owned(), changed("format", json!(0))),
        ("a format of another type".to_owned(), changed("format", json!("1"))),
        ("a negative age".to_owned(), changed("age", json!(-1))),
        ("an age that is no whole number".to_owned(), changed("age", json!(0.5))),
        ("an array".to_owned(), b"[]".to_vec()),
        ("not JSON".to_owned(), b"<html>".to_vec()),
        ("not text".to_owned(), vec![0xFF; 64]),
        ("cut short".to_owned(), whole[..whole.len() - 1].to_vec()),
    ];
    for name in ["format", "id", "serial", "access", "idToken", "subject", "user", "lifetime", "age"] {
        rows.push((format!("without {name}"), without(name)));
    }
    for (name, copy) in rows {
        let mut vault = recovering(2);
        vault.respond_as_keeper(&copy, at(0));
        assert_eq!(gets(&vault, at(0)), WAIT, "{name}");
        assert!(!vault.is_decided(), "{name}");
        vault.respond_as_keeper(&copy, at(0));
        assert_recovering(&vault);
        vault.respond_as_keeper(&copy, at(0));
        assert_recovering(&vault);
    }
}

#[test]
fn a_copy_without_a_refresh_token_is_accepted() {
    let first = signed_in_with(config(), without_refresh_token(), at(0));
    let mut vault = restarted(&first, 1);
    vault.respond_as_keeper(&copy_of(&first, at(0)), at(0));
    assert_back(&vault);
}

#[test]
fn only_newer_tokens_of_the_same_session_replace_the_current_ones() {
    let first = signed_in(at(0));
    let older = copy_of(&first, at(0));
    let mut second = restarted(&first, 1);
    second.respond_as_keeper(&older, at(0));
    renew(&mut second, Some(&ok(&rotated(2))), at(0));
    let same = copy_of(&second, at(0));
    let mut third = restarted(&second, 1);
    third.respond_as_keeper(&same, at(0));
    renew(&mut third, Some(&ok(&rotated(3))), at(0));
    let newer = copy_of(&third, at(0));
    let mut of_another_session = signed_in(at(7));
    for number in 4..9 {
        renew(&mut of_another_session, Some(&ok(&rotated(number))), at(7));
    }
    for (name, copy, then) in [
        ("older", older, "Bearer access.token.2"),
        ("the same", same, "Bearer access.token.2"),
        ("of another session", copy_of(&of_another_session, at(7)), "Bearer access.token.2"),
        ("empty", Vec::new(), "Bearer access.token.2"),
        ("newer", newer, "Bearer access.token.3"),
    ] {
        let mut vault = restarted(&second, 1);
        vault.respond_as_keeper(&copy_of(&second, at(0)), at(0));
        vault.respond_as_keeper(&copy, at(0));
        assert_eq!(gets(&vault, at(0)), then, "{name}");
    }
}

#[test]
fn newer_tokens_that_arrive_during_a_renewal_are_kept() {
    let first = signed_in(at(0));
    let mut ahead = restarted(&first, 1);
    ahead.respond_as_keeper(&copy_of(&first, at(0)), at(0));
    renew(&mut ahead, Some(&ok(&rotated(2))), at(0));
    for late in [Some(&ok(&rotated(9))), Some(&refusal()), None] {
        let mut vault = restarted(&first, 2);
        vault.respond_as_keeper(&copy_of(&first, at(0)), at(0));
        let (_, renewal) = forced_renewal(&mut vault, at(0));
        vault.respond_as_keeper(&copy_of(&ahead, at(0)), at(0));
        vault.complete_renewal(&renewal, late, at(0));
        assert_eq!(gets(&vault, at(0)), "Bearer access.token.2");
        assert_eq!(error_code(&vault), Value::Null);
    }
}

/// Ada's copy from before her session's only renewal, and the one from after it.
fn before_and_after_a_renewal() -> (Vault, Vec<u8>, Vec<u8>) {
    let mut vault = signed_in(at(0));
    let before = copy_of(&vault, at(0));
    renew(&mut vault, Some(&ok(&rotated(2))), at(MINUTE));
    let after = copy_of(&vault, at(MINUTE));
    (vault, before, after)
}

/// A new worker with this many keepers, one of which missed the renewal and has responded; and both copies.
fn with_an_outdated_copy(keepers: usize, now: Now) -> (Vault, Vec<u8>, Vec<u8>) {
    let (first, outdated, awake) = before_and_after_a_renewal();
    let mut vault = restarted(&first, keepers);
    vault.respond_as_keeper(&outdated, now);
    (vault, outdated, awake)
}

#[test]
fn an_outdated_copy_does_not_end_the_session() {
    let (mut vault, outdated, awake) = with_an_outdated_copy(2, at(HOUR));
    assert!(!vault.is_decided(), "another keeper may have the newer one");
    assert!(vault.renewal(true, at(HOUR)).is_none(), "its refresh token was used");
    assert_eq!(vault.session_hint(), before_and_after_a_renewal().0.session_hint());
    vault.respond_as_keeper(&awake, at(HOUR));
    assert_eq!(gets(&vault, at(HOUR)), "Bearer access.token.2");
    vault.respond_as_keeper(&outdated, at(HOUR));
    assert_eq!(gets(&vault, at(HOUR)), "Bearer access.token.2");
}

#[test]
fn an_outdated_copy_is_used_if_there_is_no_newer_one() {
    for last in [None, Some(&b""[..]), Some(b"junk")] {
        let (mut vault, outdated, _) = with_an_outdated_copy(2, at(MINUTE));
        vault.respond_as_keeper(last.unwrap_or(&outdated), at(MINUTE));
        assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.token.1", "all have responded");
    }
    let (mut vault, ..) = with_an_outdated_copy(2, at(MINUTE));
    vault.give_up_keepers();
    assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.token.1", "the others sleep");
}

#[test]
fn an_outdated_copy_stays_marked_as_outdated_after_another_restart() {
    let (second, outdated, awake) = with_an_outdated_copy(1, at(MINUTE));
    let mut third = restarted(&second, 2);
    third.respond_as_keeper(&outdated, at(HOUR));
    assert!(!third.is_decided(), "another keeper may have the newer one");
    third.respond_as_keeper(&awake, at(HOUR));
    assert_eq!(gets(&third, at(HOUR)), "Bearer access.token.2");
}

#[test]
fn the_newest_of_several_outdated_copies_is_used() {
    let (mut first, oldest, older) = before_and_after_a_renewal();
    renew(&mut first, Some(&ok(&rotated(3))), at(2 * MINUTE));
    for copies in [[&oldest, &older], [&older, &oldest]] {
        let mut vault = restarted(&first, 2);
        for copy in copies {
            vault.respond_as_keeper(copy, at(2 * MINUTE));
        }
        assert_eq!(gets(&vault, at(2 * MINUTE)), "Bearer access.token.2");
    }
}

#[test]
fn a_refused_outdated_copy_does_not_end_the_session() {
    let (mut vault, outdated, _) = with_an_outdated_copy(1, at(HOUR));
    refuse_renewal(&mut vault, at(HOUR));
    for _ in 0..3 {
        assert_eq!((status_of(&vault).as_str(), gets(&vault, at(HOUR)).as_str()), ("recovering", WAIT));
        vault.respond_as_keeper(&outdated, at(HOUR));
    }
    let login = silent_login(&mut vault, at(HOUR)).expect("it is needed");
    succeed(&mut vault, &login, at(HOUR));
    assert_eq!(gets(&vault, at(HOUR)), "Bearer access.token.1");
}

#[test]
fn a_newer_copy_restores_the_session_after_an_outdated_one_was_refused() {
    let (mut vault, _, awake) = with_an_outdated_copy(1, at(HOUR));
    refuse_renewal(&mut vault, at(HOUR));
    vault.respond_as_keeper(&awake, at(HOUR));
    assert_eq!(gets(&vault, at(HOUR)), "Bearer access.token.2");
}

#[test]
fn after_an_outdated_copy_is_renewed_a_refusal_ends_the_session() {
    let (mut vault, ..) = with_an_outdated_copy(1, at(HOUR));
    renew(&mut vault, Some(&ok(&rotated(3))), at(HOUR));
    refuse_renewal(&mut vault, at(HOUR));
    assert_anonymous(&vault);
}

#[test]
fn a_refusal_of_the_next_users_session_ends_it() {
    let (mut vault, ..) = with_an_outdated_copy(1, at(HOUR));
    vault.sign_out();
    sign_in(&mut vault, token_response(), at(HOUR));
    refuse_renewal(&mut vault, at(HOUR));
    assert_anonymous(&vault);
}

#[test]
fn a_new_tabs_keeper_does_not_count_as_the_response_of_another() {
    let first = signed_in(at(0));
    let mut vault = Vault::new(config_with(Recovery::None), at(0));
    vault.begin_with(first.session_hint().as_deref(), vec!["tab 1".to_owned(), "tab 2".to_owned()], at(0));
    for client_id in ["tab 3", "tab 1", "tab 3", "tab 1", ""] {
        vault.restore(client_id, b"", at(0));
        assert!(!vault.is_decided(), "tab 2 has not responded");
    }
    vault.restore("tab 2", &copy_of(&first, at(0)), at(0));
    assert_back(&vault);
}

#[test]
fn a_copy_from_a_new_tabs_keeper_is_accepted() {
    let first = signed_in(at(0));
    let mut vault = restarted(&first, 1);
    vault.restore("another", &copy_of(&first, at(0)), at(0));
    assert_back(&vault);
}

#[test]
fn an_outdated_copy_is_refused_after_sign_out() {
    let (mut vault, ..) = with_an_outdated_copy(2, at(MINUTE));
    vault.sign_out();
    vault.give_up_keepers();
    assert_anonymous(&vault);
}

#[test]
fn a_copy_newer_than_the_session_hint_is_accepted_at_once() {
    let before = signed_in(at(0));
    let (_, _, after) = before_and_after_a_renewal();
    let mut vault = restarted(&before, 2);
    vault.respond_as_keeper(&after, at(MINUTE));
    assert_eq!(
        gets(&vault, at(MINUTE)),
        "Bearer access.token.2",
        "the worker died before it could note the renewal"
    );
}

#[test]
fn without_keepers_the_session_is_recovered_from_the_authorization_server() {
    let mut vault = Vault::new(config(), at(0));
    vault.begin_with(signed_in(at(0)).session_hint().as_deref(), client_ids(0), at(0));
    assert_recovering(&vault);
    assert_eq!(error_code(&vault), Value::Null);
    let login = silent_login(&mut vault, at(SECOND)).expect("it is needed");
    assert_recovering(&vault);
    succeed(&mut vault, &login, at(MINUTE));
    assert_back(&vault);
    assert_ne!(vault.session_hint(), signed_in(at(0)).session_hint(), "it is a new session");
}

#[test]
fn a_late_copy_still_restores_the_session() {
    let mut vault = recovering(1);
    vault.give_up_keepers();
    let login = silent_login(&mut vault, at(0)).expect("it is needed");
    vault.respond_as_keeper(&adas_copy(), at(0));
    assert_back(&vault);
    refuse(&mut vault, &login, "login_required", at(SECOND));
    assert_back(&vault);
}

#[test]
fn a_recovered_session_has_no_error() {
    let mut vault = recovering(1);
    vault.give_up_keepers();
    let login = silent_login(&mut vault, at(0)).unwrap();
    let exchange = exchange(&mut vault, &login, at(SECOND));
    vault.end_exchange(exchange, None, at(2 * SECOND));
    assert_eq!(error_code(&vault), "token_endpoint_unreachable");
    vault.respond_as_keeper(&adas_copy(), at(2 * SECOND));
    assert_back(&vault);
}

#[test]
fn an_expired_copy_without_a_refresh_token_is_refused() {
    let first = signed_in_with(config(), without_refresh_token(), at(0));
    for (now, is_one) in [(at(SPENT - 1), true), (at(SPENT), false)] {
        let keeper = keeper_with(&copy_of(&first, at(0)), now);
        let mut vault = restarted(&first, 1);
        vault.respond_as_keeper(keeper.offer(now).expose().as_bytes(), now);
        assert_eq!(vault.wanted_copy().is_none(), is_one);
        assert!(vault.is_decided());
    }
}

#[test]
fn an_expired_session_without_a_refresh_token_is_recovered_once() {
    let mut vault = signed_in_with(config(), without_refresh_token(), at(0));
    let mut keeper = KeptCopy::default();
    keeper.keep(&copy_of(&vault, at(0)), at(0));
    assert_eq!(request(&mut vault, at(HOUR)).1, WAIT);
    assert!(silent_login(&mut vault, at(HOUR)).is_some());
    for second in 0..9 {
        let now = at(HOUR + second * SECOND);
        vault.respond_as_keeper(keeper.offer(now).expose().as_bytes(), now);
        assert_eq!(request(&mut vault, now).1, WAIT);
        assert_eq!(status_of(&vault), "recovering", "a keeper has only what is over");
        assert!(silent_login(&mut vault, now).is_none(), "one is under way");
    }
}

#[test]
fn one_silent_sign_in_recovers_the_session_for_all_tabs() {
    let mut vault = recovering(0);
    let tabs: Vec<_> = (0..20).filter_map(|tab| silent_login(&mut vault, at(tab))).collect();
    let [login] = tabs.as_slice() else { panic!("{} tabs asked", tabs.len()) };
    succeed(&mut vault, login, at(SECOND));
    assert!(silent_login(&mut vault, at(SECOND)).is_none(), "the session is back");
    assert_back(&vault);
}

#[test]
fn an_app_may_request_prompt_none_at_any_time() {
    for mut vault in [fresh(config()), recovering(0), signed_in(at(0))] {
        let login = login(&mut vault, "prompt=none", at(MINUTE));
        succeed(&mut vault, &login, at(MINUTE));
        assert_back(&vault);
    }
}

#[test]
fn a_silent_sign_in_never_delays_a_users_sign_in() {
    let mut vault = recovering(0);
    assert!(silent_login(&mut vault, at(0)).is_some());
    sign_in(&mut vault, token_response(), at(SECOND));
    assert_back(&vault);
    login(&mut vault, "", at(SECOND));
}

#[test]
fn login_required_ends_the_recovery_for_all_workers() {
    for error in ["login_required", "interaction_required", "consent_required", "account_selection_required"]
    {
        let (mut vault, login) = signing_in_silently();
        refuse(&mut vault, &login, error, at(SECOND));
        assert_anonymous(&vault);
        assert_eq!(error_code(&vault), error);
        vault.respond_as_keeper(&adas_copy(), at(SECOND));
        assert_anonymous(&vault);

        let next = restarted(&vault, 1);
        assert_anonymous(&next);
        assert_eq!(error_code(&next), Value::Null, "it is said once");
    }
}

#[test]
fn a_network_failure_during_a_silent_sign_in_does_not_end_the_recovery() {
    for response in [None, Some(&status(503, "")), Some(&ok("<html>"))] {
        let (mut vault, login) = signing_in_silently();
        let exchange = exchange(&mut vault, &login, at(SECOND));
        vault.end_exchange(exchange, response, at(2 * SECOND));
        assert_recovering(&vault);
        assert_ne!(error_code(&vault), Value::Null, "the page may say why it takes so long");
        let again = silent_login(&mut vault, at(MINUTE)).expect("another attempt");
        succeed(&mut vault, &again, at(MINUTE));
        assert_back(&vault);
    }
}

#[test]
fn a_temporarily_unavailable_authorization_server_does_not_end_the_recovery() {
    for error in ["temporarily_unavailable", "server_error"] {
        let (mut vault, login) = signing_in_silently();
        refuse(&mut vault, &login, error, at(SECOND));
        assert_recovering(&vault);
        assert_eq!(error_code(&vault), error);
        assert!(silent_login(&mut vault, at(MINUTE)).is_some(), "another attempt");
    }
}

#[test]
fn a_cancelled_sign_in_does_not_end_the_recovery() {
    for keepers in [0, 1] {
        let mut vault = recovering(keepers);
        let login = login(&mut vault, "", at(0));
        refuse(&mut vault, &login, "access_denied", at(SECOND));
        assert_eq!(gets(&vault, at(SECOND)), WAIT);
        vault.respond_as_keeper(&adas_copy(), at(SECOND));
        assert_back(&vault);
    }
}

#[test]
fn a_sign_in_that_fails_at_the_token_endpoint_does_not_end_the_recovery() {
    let mut vault = recovering(0);
    let login = login(&mut vault, "", at(0));
    let exchange = exchange(&mut vault, &login, at(SECOND));
    let response = refusal();
    vault.end_exchange(exchange, Some(&response), at(SECOND));
    assert_recovering(&vault);
    assert_eq!(error_of_returning(&mut vault, at(SECOND)), "invalid_grant");
}

#[test]
fn a_silent_sign_in_is_not_needed_if_no_session_was_lost() {
    let mut signed_out = signed_in(at(0));
    signed_out.sign_out();
    let (mut refused, login) = signing_in_silently();
    refuse(&mut refused, &login, "login_required", at(SECOND));
    for mut vault in [fresh(config()), signed_out, refused, signed_in(at(0))] {
        let before = session(&vault);
        assert!(silent_login(&mut vault, at(MINUTE)).is_none());
        assert_eq!(session(&vault), before);
    }
}

#[test]
fn a_silent_sign_in_begun_before_sign_out_signs_nobody_in() {
    let (mut vault, login) = signing_in_silently();
    vault.sign_out();
    let next_worker = restarted(&vault, 0);
    for mut vault in [vault, next_worker] {
        for response in ["code=CODE", "error=login_required"] {
            ignore(&mut vault, &login, response, at(1));
            assert_anonymous(&vault);
            assert_eq!(error_code(&vault), Value::Null);
        }
    }

    let (mut vault, login) = signing_in_silently();
    let exchange = exchange(&mut vault, &login, at(1));
    vault.sign_out();
    vault.end_exchange(exchange, Some(&ok(&tokens_for(&login, token_response()))), at(2));
    assert_anonymous(&vault);
}

#[test]
fn a_silent_sign_in_does_not_affect_an_existing_session() {
    for response in ["code=CODE", "error=login_required", "error=temporarily_unavailable"] {
        let (mut vault, login) = signing_in_silently();
        sign_in(&mut vault, bobs(), at(SECOND));
        ignore(&mut vault, &login, response, at(2 * SECOND));
        assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.of.bob");
        assert_eq!(error_code(&vault), Value::Null, "{response}");
    }

    for outcome in [Some(true), Some(false), None] {
        let (mut vault, login) = signing_in_silently();
        let good = tokens_for(&login, token_response());
        let response = outcome.map(|is_good| if is_good { ok(&good) } else { refusal() });
        let exchange = exchange(&mut vault, &login, at(1));
        sign_in(&mut vault, bobs(), at(SECOND));
        vault.end_exchange(exchange, response.as_ref(), at(2 * SECOND));
        assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.of.bob");
        assert_eq!(error_code(&vault), Value::Null);
    }
}

#[test]
fn a_silent_sign_in_recovers_only_the_session_it_began_for() {
    let (mut vault, login) = signing_in_silently();
    vault.sign_out();
    sign_in(&mut vault, bobs(), at(SECOND));
    for response in ["code=CODE", "error=login_required"] {
        let mut next = restarted(&vault, 1);
        ignore(&mut next, &login, response, at(2 * SECOND));
        next.respond_as_keeper(&copy_of(&vault, at(2 * SECOND)), at(2 * SECOND));
        assert_eq!(gets(&next, at(2 * SECOND)), "Bearer access.of.bob");
    }
}

#[test]
fn a_recovery_never_changes_the_user() {
    let (mut vault, login) = signing_in_silently();
    let mut bobs_claims = claims();
    bobs_claims["sub"] = json!("bob-1");
    bobs_claims["nonce"] = json!(login.nonce);
    let mut response = token_response();
    response["id_token"] = json!(jwt(&bobs_claims));
    let exchange = exchange(&mut vault, &login, at(SECOND));
    vault.end_exchange(exchange, Some(&ok(&response.to_string())), at(SECOND));
    assert_anonymous(&vault);
    assert_ne!(error_code(&vault), Value::Null);
}

#[test]
fn a_silent_sign_in_whose_worker_died_changes_nothing() {
    for response in ["code=CODE", "error=login_required"] {
        let (first, login) = signing_in_silently();
        let mut second = restarted(&first, 0);
        ignore(&mut second, &login, response, at(SECOND));
        assert_recovering(&second);
        assert_eq!(error_code(&second), Value::Null);
        let login = silent_login(&mut second, at(SECOND)).expect("another one may begin at once");
        succeed(&mut second, &login, at(2 * SECOND));
        assert_back(&second);
    }
}

#[test]
fn without_recovery_a_lost_session_ends_with_session_lost() {
    let began = |keepers| {
        let mut vault = Vault::new(config_with(Recovery::None), at(0));
        vault.know_page(PAGE);
        vault.begin_with(signed_in(at(0)).session_hint().as_deref(), client_ids(keepers), at(0));
        vault
    };
    let mut empty_handed = began(1);
    empty_handed.respond_as_keeper(b"", at(0));
    let mut out_of_patience = began(1);
    out_of_patience.give_up_keepers();
    for vault in [began(0), empty_handed, out_of_patience] {
        assert_anonymous(&vault);
        assert_eq!(error_code(&vault), "session_lost");
    }
    let mut healed = began(1);
    healed.respond_as_keeper(&adas_copy(), at(0));
    assert_back(&healed);
}

#[test]
fn a_sign_out_holds_in_every_phase() {
    let renewing = || {
        let mut vault = signed_in(at(0));
        forced_renewal(&mut vault, at(0));
        vault
    };
    let handed_over = || {
        let mut vault = recovering(1);
        vault.respond_as_keeper(&adas_copy(), at(0));
        vault
    };
    for (name, mut vault) in [
        ("starting", Vault::new(config(), at(0))),
        ("anonymous", fresh(config())),
        ("waiting for keepers", recovering(2)),
        ("recovering", recovering(0)),
        ("signing in silently", signing_in_silently().0),
        ("signed in", signed_in(at(0))),
        ("renewing", renewing()),
        ("handed over", handed_over()),
    ] {
        vault.sign_out();
        assert_anonymous(&vault);
        vault.begin_with(signed_in(at(0)).session_hint().as_deref(), client_ids(1), at(0));
        vault.respond_as_keeper(&adas_copy(), at(0));
        vault.give_up_keepers();
        assert_anonymous(&vault);
        assert_eq!(error_code(&vault), Value::Null, "{name}");
        let mut next = restarted(&vault, 1);
        next.respond_as_keeper(&adas_copy(), at(0));
        assert_anonymous(&next);
    }
}

#[test]
fn a_copy_from_before_the_last_sign_out_is_never_accepted() {
    let mut vault = signed_in(at(0));
    let old = copy_of(&vault, at(0));
    vault.sign_out();
    sign_in(&mut vault, bobs(), at(MINUTE));
    vault.respond_as_keeper(&old, at(MINUTE));
    assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.of.bob");
    let mut next = restarted(&vault, 1);
    next.respond_as_keeper(&old, at(MINUTE));
    assert_eq!(gets(&next, at(MINUTE)), WAIT, "it was asleep during both");
}
