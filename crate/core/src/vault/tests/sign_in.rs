use super::*;
use crate::return_to::ReturnTo;
use crate::transaction::LIFETIME;

#[test]
fn nobody_is_signed_in_at_first() {
    let vault = fresh(config());
    assert_eq!(
        session(&vault),
        json!({
            "status": "anonymous",
            "user": null,
            "expiresAt": null,
            "renewsAt": null,
            "error": null,
            "worker": null,
        })
    );
    assert_eq!(vault.access(0, at(0)), Access::Anonymous);
}

#[test]
fn sign_in_holds_the_tokens_and_shows_the_claims() {
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
            "worker": null,
        })
    );
    assert_eq!(gets(&vault, at(MINUTE)), "Bearer access.token.1");
    let Access::Bearer(id_token) = vault.access(1, at(MINUTE)) else { panic!("api[1] gets a token") };
    assert!(id_token.expose().starts_with("Bearer eyJ"), "api[1] wants the ID token");
    assert_eq!(vault.access(2, at(MINUTE)), Access::Anonymous, "there is no api[2]");
    assert!(!format!("{vault:?}").contains("access.token.1"));
}

#[test]
fn the_session_shows_what_the_platform_knows_of_the_worker() {
    let shown: Value =
        serde_json::from_str(&fresh(config()).snapshot(Json::Raw(r#"{"startedAt":7,"keepers":1}"#))).unwrap();
    assert_eq!(shown["worker"], json!({ "startedAt": 7, "keepers": 1 }));
}

#[test]
fn a_response_that_matches_no_transaction_changes_nothing_but_the_error() {
    let good = login(&mut fresh(config()), "returnTo=/notes", at(0));
    let answered = format!("code=CODE&state={}", good.state);
    let rows: [(&str, &str, Option<&[u8]>, Now); 5] = [
        ("unknown or replayed", &answered, None, at(MINUTE)),
        ("another state", "code=CODE&state=other", Some(&good.sealed), at(MINUTE)),
        ("no state", "code=CODE", Some(&good.sealed), at(MINUTE)),
        ("broken seal", &answered, Some(b"junk"), at(MINUTE)),
        ("no response at all", "x=y", Some(&good.sealed), at(MINUTE)),
    ];
    for (name, query, sealed, now) in rows {
        let recovering = restarted(&signed_in(at(0)), 0);
        for (before, mut vault) in [("authenticated", signed_in(at(0))), ("recovering", recovering)] {
            match respond(&mut vault, query, sealed, now) {
                CallbackOutcome::Ended(return_to) => assert_eq!(return_to.as_str(), "/", "{name}"),
                CallbackOutcome::Exchange(..) => panic!("{name} was taken"),
            }
            assert_eq!(error_code(&vault), "invalid_state", "{name}");
            assert_eq!(status_of(&vault), before, "{name}");
        }
    }
}

#[test]
fn a_cancelled_sign_in_goes_back_and_says_so() {
    let mut vault = fresh(config());
    let login = login(&mut vault, "returnTo=/notes", at(0));
    let query = format!("error=access_denied&error_description=User+cancelled&state={}", login.state);
    match respond(&mut vault, &query, Some(&login.sealed), at(MINUTE)) {
        CallbackOutcome::Ended(return_to) => assert_eq!(return_to.as_str(), "/notes"),
        CallbackOutcome::Exchange(..) => panic!("there is no code"),
    }
    assert_eq!(session(&vault)["error"], json!({ "code": "access_denied", "description": "User cancelled" }));
}

#[test]
fn a_cancelled_sign_in_leaves_the_session_there_is() {
    let mut vault = signed_in(at(0));
    let login = login(&mut vault, "", at(MINUTE));
    refuse(&mut vault, &login, "access_denied", at(2 * MINUTE));
    assert_eq!(error_code(&vault), "access_denied");
    assert_eq!(gets(&vault, at(2 * MINUTE)), "Bearer access.token.1");
}

#[test]
fn a_response_of_another_issuer_is_a_mix_up() {
    let mut vault = fresh(config());
    let login = login(&mut vault, "", at(0));
    let query = format!("code=CODE&state={}&iss=https%3A%2F%2Fevil.example", login.state);
    assert!(matches!(respond(&mut vault, &query, Some(&login.sealed), at(1)), CallbackOutcome::Ended(_)));
    assert_eq!(error_code(&vault), "invalid_issuer");
}

#[test]
fn a_failed_exchange_keeps_nothing_and_the_next_one_works() {
    let mut foreign = token_response();
    foreign["id_token"] = json!(jwt(&claims()));
    let foreign = foreign.to_string();
    let rows: [(Option<TokenResponse<'_>>, &str); 4] = [
        (None, "token_endpoint_unreachable"),
        (Some(status(500, "")), "token_endpoint_error"),
        (Some(status(400, "{\"error\":\"invalid_grant\"}")), "invalid_grant"),
        (Some(ok(&foreign)), "invalid_id_token"),
    ];
    for (response, code) in rows {
        let mut vault = fresh(config());
        let failing_login = login(&mut vault, "", at(0));
        let failing = exchange(&mut vault, &failing_login, at(1));
        vault.complete_exchange(failing, response.as_ref(), at(2));
        assert_eq!(status_of(&vault), "anonymous");
        assert_eq!(error_code(&vault), code);
        sign_in(&mut vault, token_response(), at(3));
        assert_eq!(status_of(&vault), "authenticated");
        assert_eq!(error_code(&vault), Value::Null);
    }
}

#[test]
fn several_sign_ins_begun_in_several_tabs_all_end_well() {
    let mut vault = fresh(config());
    let logins: Vec<_> = (0..5).map(|tab| login(&mut vault, "returnTo=/notes", at(tab))).collect();
    for (tab, login) in logins.iter().enumerate().rev() {
        let exchange = exchange(&mut vault, login, at(MINUTE));
        let mut response = token_response();
        response["access_token"] = json!(format!("access.of.tab.{tab}"));
        let return_to =
            vault.complete_exchange(exchange, Some(&ok(&tokens_for(login, response))), at(MINUTE));
        assert_eq!(return_to.as_str(), "/notes");
        assert_eq!(gets(&vault, at(MINUTE)), format!("Bearer access.of.tab.{tab}"));
        assert_eq!(error_code(&vault), Value::Null);
    }
}

#[test]
fn a_sign_in_goes_on_in_the_worker_after_the_one_that_began_it() {
    let mut first = fresh(config());
    let login = login(&mut first, "returnTo=/notes", at(0));
    let mut second = restarted(&first, 0);
    // A new worker has a new monotonic clock: only the wall clock tells how long the user took.
    let now = Now { monotonic: 5, wall: at(LIFETIME - 1).wall };
    let exchange = exchange(&mut second, &login, now);
    second.complete_exchange(exchange, Some(&ok(&tokens_for(&login, token_response()))), now);
    assert_eq!(gets(&second, now), "Bearer access.token.1");
}

#[test]
fn a_sign_in_that_takes_too_long_is_dropped_and_keeps_where_the_user_wanted_to_go() {
    for (name, now) in [
        ("ten minutes", at(LIFETIME)),
        ("a day", at(DAY)),
        ("the wall clock was set back", Now { monotonic: 1, wall: at(0).wall - 1 }),
    ] {
        for query in ["code=CODE", "error=access_denied"] {
            let mut vault = signed_in(at(0));
            let login = login(&mut vault, "returnTo=/notes", at(0));
            let query = format!("{query}&state={}", login.state);
            match respond(&mut vault, &query, Some(&login.sealed), now) {
                CallbackOutcome::Ended(return_to) => assert_eq!(return_to.as_str(), "/notes", "{name}"),
                CallbackOutcome::Exchange(..) => panic!("{name}: the code was taken"),
            }
            assert_eq!(error_code(&vault), "invalid_state", "{name}");
            assert_eq!(status_of(&vault), "authenticated", "{name}");
        }
    }
}

#[test]
fn the_url_with_the_code_is_always_left_behind() {
    let root = ReturnTo::root();
    let top = CallbackOutcome::answer(&root, false, &config());
    assert_eq!((top.status, top.headers[0].1.as_str()), (303, "/"));
    let framed = CallbackOutcome::answer(&root, true, &config());
    assert_eq!((framed.status, framed.headers[0].1.as_str()), (303, "/auth/callback"));
}
