use super::*;
use crate::transaction::{LIFETIME, MOST};

#[test]
fn a_new_vault_is_signed_out() {
    let vault = fresh(config());
    assert_eq!(
        session(&vault),
        json!({
            "status": "anonymous",
            "user": null,
            "expiresAt": null,
            "renewsAt": null,
            "error": null,
            "signIn": "start",
            "worker": null,
        })
    );
    assert_eq!(vault.access(TokenKind::Access, at(0)), Access::Anonymous);
}

#[test]
fn a_sign_in_keeps_the_tokens_and_shows_the_claims() {
    let vault = signed_in(at(0));
    let mut shown = session(&vault);
    assert!(shown.as_object_mut().unwrap().remove("renewsAt").is_some_and(|time| time.is_u64()));
    assert_eq!(
        shown,
        json!({
            "status": "authenticated",
            "user": { "sub": "ada-1", "email": "ada@example.com", "cognito:groups": ["writers"] },
            "expiresAt": at(HOUR).wall,
            "error": null,
            "signIn": null,
            "worker": null,
        })
    );
    assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.token.1");
    let Access::Bearer(id_token) = vault.access(TokenKind::Id, at(MINUTE)) else {
        panic!("api[1] gets a token")
    };
    assert!(id_token.expose().starts_with("Bearer eyJ"), "api[1] wants the ID token");
    assert!(!format!("{vault:?}").contains("access.token.1"));
}

#[test]
fn an_authorization_response_with_an_unknown_state_does_not_affect_a_session() {
    let good = login(&mut fresh(config()), "returnTo=/notes", at(0));
    let response = format!("code=CODE&state={}", good.state);
    let rows: [(&str, &str, Option<&str>, Now); 6] = [
        ("unknown or replayed", &response, None, at(MINUTE)),
        ("another state", "code=CODE&state=other", None, at(MINUTE)),
        ("an error with another state", "error=access_denied&state=other", None, at(MINUTE)),
        ("no state", "code=CODE", Some(&good.stored), at(MINUTE)),
        ("a malformed stored transaction", &response, Some("junk"), at(MINUTE)),
        ("no response at all", "x=y", Some(&good.stored), at(MINUTE)),
    ];
    for (name, query, stored, now) in rows {
        for (before, mut vault) in [
            ("authenticated", signed_in(at(0))),
            ("recovering", restarted(&signed_in(at(0)), 0)),
            ("anonymous", fresh(config())),
        ] {
            let open = session(&vault);
            match respond(&mut vault, query, stored, now) {
                CallbackOutcome::Ended(return_to) => assert_eq!(return_to.as_str(), "/", "{name}"),
                outcome @ CallbackOutcome::Exchange => panic!("{name} was taken: {outcome:?}"),
            }
            assert_eq!(session(&vault), open, "{name}, {before}: the open page");
            let returning = session_of_new_page(&mut vault, now);
            assert_eq!(returning["status"], before, "{name}");
            let error = if before == "anonymous" { json!("invalid_state") } else { Value::Null };
            assert_eq!(returning["error"]["code"], error, "{name}, {before}");
            assert!(!vault.session_events(now).contains("event: error"), "{name}, {before}");
        }
    }
}

#[test]
fn a_cancelled_sign_in_returns_with_an_error() {
    let mut vault = fresh(config());
    let login = login(&mut vault, "returnTo=/notes", at(0));
    let query = format!("error=access_denied&error_description=User+cancelled&state={}", login.state);
    match respond(&mut vault, &query, Some(&login.stored), at(MINUTE)) {
        CallbackOutcome::Ended(return_to) => assert_eq!(return_to.as_str(), "/notes"),
        outcome @ CallbackOutcome::Exchange => panic!("there is no code: {outcome:?}"),
    }
    assert_eq!(
        session_of_new_page(&mut vault, at(MINUTE))["error"],
        json!({ "code": "access_denied", "description": "User cancelled" })
    );
}

#[test]
fn a_cancelled_sign_in_keeps_an_existing_session() {
    let mut vault = signed_in(at(0));
    let login = login(&mut vault, "", at(MINUTE));
    refuse(&mut vault, &login, "access_denied", at(2 * MINUTE));
    assert_eq!(error_code(&vault), Value::Null);
    assert_eq!(error_of_returning(&mut vault, at(2 * MINUTE)), "access_denied");
    assert_eq!(gets(&vault, at(2 * MINUTE)), "Bearer access.token.1");
}

#[test]
fn after_a_failed_exchange_the_next_sign_in_succeeds() {
    let mut foreign = token_response();
    foreign["id_token"] = json!(jwt(&claims()));
    let foreign = foreign.to_string();
    let rows: [(Option<TokenResponse<'_>>, &str); 4] = [
        (None, "token_endpoint_unreachable"),
        (Some(status(500, "")), "token_endpoint_error"),
        (Some(refusal()), "invalid_grant"),
        (Some(ok(&foreign)), "invalid_id_token"),
    ];
    for (response, code) in rows {
        let mut vault = fresh(config());
        let failing_login = login(&mut vault, "", at(0));
        let failing = exchange(&mut vault, &failing_login, at(1));
        vault.end_exchange(failing, response.as_ref(), at(2));
        assert_eq!(status_of(&vault), "anonymous");
        assert_eq!(error_of_returning(&mut vault, at(2)), code);
        sign_in(&mut vault, token_response(), at(3));
        assert_eq!(status_of(&vault), "authenticated");
        assert_eq!(error_code(&vault), Value::Null);
    }
}

/// The worker that began a sign-in died, and its successor receives the response. Returns the new worker and
/// the redirect.
fn after_a_death(first: &Vault, login: &Login, now: Now) -> (Vault, String) {
    let mut second = restarted(first, 0);
    let query = format!("code=CODE&state={}", login.state);
    match respond(&mut second, &query, Some(&login.stored), now) {
        CallbackOutcome::Ended(place) => (second, place.as_str().to_owned()),
        outcome @ CallbackOutcome::Exchange => panic!("nobody has its secrets: {outcome:?}"),
    }
}

#[test]
fn a_sign_in_whose_worker_died_is_begun_again_and_keeps_its_return_to() {
    let mut first = fresh(config());
    let begun = login(&mut first, "returnTo=%2Fnotes%3Fa%3D1%26b%3D2&prompt=login&login_hint=ada", at(0));
    // A new worker has a new monotonic clock, so only the wall clock shows how long the user took.
    let now = Now { monotonic: 5, wall: at(LIFETIME - 1).wall };
    let (mut second, place) = after_a_death(&first, &begun, now);
    assert_eq!(place, "/auth/login?again=1&returnTo=%2Fnotes%3Fa%3D1%26b%3D2");
    assert_eq!(error_code(&second), Value::Null);
    let (_, query) = place.split_once('?').unwrap();
    let again = login(&mut second, query, now);
    let exchange = exchange(&mut second, &again, now);
    let tokens = tokens_for(&again, token_response());
    assert_eq!(second.end_exchange(exchange, Some(&ok(&tokens)), now).as_str(), "/notes?a=1&b=2");
    assert_eq!(gets(&second, now), "Bearer access.token.1");
}

#[test]
fn a_return_to_too_long_to_repeat_is_redirected_to() {
    let mut first = fresh(config());
    let long = format!("/{}", "~".repeat(2_000));
    let begun = login(&mut first, &format!("returnTo={long}"), at(0));
    let (mut second, place) = after_a_death(&first, &begun, at(1));
    assert_eq!(place, long);
    assert_eq!(error_of_returning(&mut second, at(1)), "invalid_state");
}

#[test]
fn a_sign_in_cancelled_after_the_worker_died_is_not_begun_again() {
    let mut first = fresh(config());
    let begun = login(&mut first, "returnTo=/notes", at(0));
    let mut second = restarted(&first, 0);
    let query = format!("error=access_denied&state={}", begun.state);
    let outcome = respond(&mut second, &query, Some(&begun.stored), at(1));
    assert!(matches!(outcome, CallbackOutcome::Ended(to) if to.as_str() == "/notes"));
    assert_eq!(error_of_returning(&mut second, at(1)), "access_denied");
}

#[test]
fn a_forged_stored_transaction_sends_no_code_to_the_token_endpoint() {
    let forged = login(&mut fresh(config()), "", at(0)).stored;
    let mut vault = signed_in(at(0));
    let outcome = respond(&mut vault, "code=ATTACKERS&state=forged", Some(&forged), at(1));
    assert!(matches!(outcome, CallbackOutcome::Ended(to) if to.as_str().starts_with("/auth/login?again=1&")));
    assert_eq!(gets(&vault, at(1)), "Bearer access.token.1");
}

#[test]
fn over_the_limit_the_oldest_sign_in_is_begun_again() {
    let mut vault = fresh(config());
    let logins: Vec<_> = (0..=MOST).map(|tab| login(&mut vault, "", at(tab as u64))).collect();
    assert_eq!(vault.transactions.len(), MOST);
    exchange(&mut vault, &logins[1], at(MINUTE));
    let query = format!("code=CODE&state={}", logins[0].state);
    let outcome = respond(&mut vault, &query, Some(&logins[0].stored), at(MINUTE));
    assert!(matches!(outcome, CallbackOutcome::Ended(to) if to.as_str().starts_with("/auth/login?again=1&")));
}

#[test]
fn a_stored_transaction_holds_no_secret() {
    let begun = login(&mut fresh(config()), "returnTo=/notes", at(0));
    assert_eq!(begun.stored, format!("user {} /notes", at(0).wall));
}

#[test]
fn an_expired_sign_in_is_dropped_and_keeps_its_return_to() {
    for (name, now) in [
        ("ten minutes", at(LIFETIME)),
        ("a day", at(DAY)),
        ("the wall clock was set back", Now { monotonic: 1, wall: at(0).wall - 1 }),
    ] {
        for query in ["code=CODE", "error=access_denied"] {
            let mut vault = signed_in(at(0));
            let login = login(&mut vault, "returnTo=/notes", at(0));
            let query = format!("{query}&state={}", login.state);
            match respond(&mut vault, &query, Some(&login.stored), now) {
                CallbackOutcome::Ended(return_to) => assert_eq!(return_to.as_str(), "/notes", "{name}"),
                outcome @ CallbackOutcome::Exchange => panic!("{name}: the code was taken: {outcome:?}"),
            }
            assert_eq!(
                session_of_new_page(&mut vault, now),
                session(&vault),
                "{name}: the session is untouched"
            );
            assert_eq!(status_of(&vault), "authenticated", "{name}");
        }
    }
}
