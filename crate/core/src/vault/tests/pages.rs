//! The notices of single pages.

use super::*;
use crate::problem::Problem;

/// The error and `signIn` of a page.
fn notice(vault: &Vault, client_id: &str) -> (Value, Value) {
    let session = session_of_page(vault, client_id);
    (session["error"]["code"].clone(), session["signIn"].clone())
}

fn new_page(vault: &mut Vault, client_id: &str, now: Now) -> (Value, Value) {
    vault.meet(client_id, "", now);
    notice(vault, client_id)
}

fn recovering(now: Now) -> Vault {
    restarted(&signed_in(now), 0)
}

fn cancelled(mut vault: Vault) -> Vault {
    let login = login(&mut vault, "", at(1));
    refuse(&mut vault, &login, "access_denied", at(1));
    vault
}

fn silent_sign_in_ends(mut vault: Vault, error: &str) -> Vault {
    let login = begin_login(&mut vault, "silent=1", at(1)).unwrap();
    refuse(&mut vault, &login, error, at(1));
    vault
}

fn foreign_link(mut vault: Vault) -> Vault {
    respond(&mut vault, "code=abc&state=x", None, at(1));
    vault
}

fn signed_out(mut vault: Vault) -> Vault {
    vault.sign_out();
    vault
}

fn renewal_ends(mut vault: Vault, response: Option<&TokenResponse<'_>>) -> Vault {
    renew(&mut vault, response, at(1));
    vault
}

/// For every way in which a sign-in or session ends: the notices of the page that was open, of the page that
/// returns, and of a page that is loaded later.
#[test]
#[allow(clippy::too_many_lines, reason = "one table")]
fn each_page_gets_the_notice_that_concerns_it() {
    let nobody = || fresh(config());
    let ada = || signed_in(at(0));
    let no_recovery = || {
        let mut vault = Vault::new(config_with(Recovery::None), at(0));
        vault.know_page(PAGE);
        vault.begin_with(ada().session_hint().as_deref(), client_ids(0), at(0));
        vault
    };
    let unrevoked = || {
        let mut vault = signed_out(ada());
        vault.revocation_ended(vault.generation, false);
        vault
    };
    let revoked_later = || {
        let mut vault = unrevoked();
        vault.revocation_ended(vault.generation, true);
        vault
    };
    let back = || {
        let mut vault = cancelled(signed_out(ada()));
        sign_in(&mut vault, token_response(), at(1));
        vault
    };
    let begun_again = || {
        let mut vault = cancelled(nobody());
        login(&mut vault, "", at(2));
        vault
    };
    let none = (None, None);
    let [start, offer, silent] = ["start", "offer", "silent"].map(|step| (None, Some(step)));
    let rows = vec![
        ("nobody signs in", nobody(), "anonymous", start, start, start),
        ("signed in", ada(), "authenticated", none, none, none),
        ("lost", recovering(at(0)), "recovering", silent, silent, silent),
        ("signed out", signed_out(ada()), "anonymous", offer, start, start),
        ("signed out while lost", signed_out(recovering(at(0))), "anonymous", offer, start, start),
        ("signed out by nobody", signed_out(nobody()), "anonymous", offer, start, start),
        ("unrevoked", unrevoked(), "anonymous", (Some("revocation_failed"), Some("offer")), start, start),
        ("revoked later", revoked_later(), "anonymous", offer, start, start),
        ("cancelled", cancelled(nobody()), "anonymous", start, (Some("access_denied"), Some("offer")), start),
        (
            "cancelled after sign-out",
            cancelled(signed_out(ada())),
            "anonymous",
            offer,
            (Some("access_denied"), Some("offer")),
            start,
        ),
        (
            "cancelled while signed in",
            cancelled(ada()),
            "authenticated",
            none,
            (Some("access_denied"), None),
            none,
        ),
        (
            "cancelled while lost",
            cancelled(recovering(at(0))),
            "recovering",
            silent,
            (Some("access_denied"), Some("silent")),
            silent,
        ),
        ("cancelled, signed in again", back(), "authenticated", none, none, none),
        ("cancelled, begun again", begun_again(), "anonymous", start, start, start),
        (
            "a link of another site",
            foreign_link(nobody()),
            "anonymous",
            start,
            (Some("invalid_state"), Some("offer")),
            start,
        ),
        ("the same, signed in", foreign_link(ada()), "authenticated", none, none, none),
        ("the same, lost", foreign_link(recovering(at(0))), "recovering", silent, silent, silent),
        (
            "refused",
            renewal_ends(ada(), Some(&refusal())),
            "anonymous",
            (Some("invalid_grant"), Some("start")),
            start,
            start,
        ),
        (
            "unreachable",
            renewal_ends(ada(), None),
            "authenticated",
            (Some("token_endpoint_unreachable"), None),
            (Some("token_endpoint_unreachable"), None),
            (Some("token_endpoint_unreachable"), None),
        ),
        ("reachable again", renewal_ends_well_after_a_failure(), "authenticated", none, none, none),
        ("no recovery", no_recovery(), "anonymous", (Some("session_lost"), Some("start")), start, start),
        (
            "the server wants to see the user",
            silent_sign_in_ends(recovering(at(0)), "login_required"),
            "anonymous",
            (Some("login_required"), Some("start")),
            (Some("login_required"), Some("start")),
            (Some("login_required"), Some("start")),
        ),
        (
            "the server is unavailable",
            silent_sign_in_ends(recovering(at(0)), "server_error"),
            "recovering",
            (Some("server_error"), Some("silent")),
            (Some("server_error"), Some("silent")),
            (Some("server_error"), Some("silent")),
        ),
    ];
    for (name, mut vault, status, open, returning, later) in rows {
        for (page, client_id, (error, sign_in)) in
            [("open", PAGE, open), ("returning", "returning", returning), ("later", "later", later)]
        {
            let expected = (json!(error), json!(sign_in));
            for again in 0..3 {
                assert_eq!(new_page(&mut vault, client_id, at(2)), expected, "{name}: {page} page, {again}");
            }
        }
        assert_eq!(status_of(&vault), status, "{name}");
    }
}

fn renewal_ends_well_after_a_failure() -> Vault {
    let mut vault = renewal_ends(signed_in(at(0)), None);
    renew(&mut vault, Some(&ok(&rotated(2))), at(MINUTE));
    vault
}

#[test]
fn a_page_that_reconnects_to_a_new_worker_keeps_its_sign_in_offer() {
    for (query, sign_in) in [
        ("signIn=offer", "offer"),
        ("signIn=null", "offer"),
        ("signIn=", "offer"),
        ("signIn=start", "start"),
        ("", "start"),
        ("x=y", "start"),
    ] {
        let mut vault = Vault::new(config(), at(0));
        vault.begin_with(None, client_ids(0), at(0));
        vault.meet("page", query, at(0));
        assert_eq!(notice(&vault, "page"), (Value::Null, json!(sign_in)), "{query}");
    }
}

#[test]
fn the_sign_in_parameter_of_a_known_page_is_ignored() {
    let mut vault = signed_out(signed_in(at(0)));
    vault.meet(PAGE, "signIn=start", at(1));
    assert_eq!(notice(&vault, PAGE), (Value::Null, json!("offer")));
    let mut vault = signed_in(at(0));
    vault.meet("reconnected", "signIn=offer", at(1));
    assert_eq!(notice(&vault, "reconnected"), (Value::Null, Value::Null));
}

#[test]
fn a_reconnecting_page_does_not_take_the_error_of_a_returning_page() {
    let mut vault = cancelled(fresh(config()));
    vault.meet(PAGE, "", at(1));
    vault.meet("an old page", "signIn=start", at(1));
    assert_eq!(notice(&vault, "an old page"), (Value::Null, json!("start")));
    assert_eq!(new_page(&mut vault, "returning", at(1)), (json!("access_denied"), json!("offer")));
}

#[test]
fn an_old_refusal_of_a_silent_sign_in_concerns_no_page() {
    let mut vault = silent_sign_in_ends(recovering(at(0)), "login_required");
    assert_eq!(new_page(&mut vault, "soon", at(MINUTE)).0, "login_required");
    assert_eq!(new_page(&mut vault, "later", at(MINUTE + SECOND)), (Value::Null, json!("start")));
    let mut vault = silent_sign_in_ends(recovering(at(0)), "login_required");
    begin_login(&mut vault, "", at(2)).unwrap();
    assert_eq!(new_page(&mut vault, "signing in", at(3)), (Value::Null, json!("start")));
}

#[test]
fn an_error_is_a_session_event_on_the_pages_it_concerns() {
    let event = |problem: &Problem| format!("event: error\ndata: {}\n\n", problem.to_json());
    let denied = Problem::from_authorization_server("access_denied", None);
    let mut vault = cancelled(fresh(config()));
    assert_eq!(vault.session_events(at(1)), "", "no open page has it");
    assert_eq!(vault.meet(PAGE, "", at(1)), "");
    assert_eq!(vault.meet("returning", "", at(1)), event(&denied));
    assert_eq!(vault.meet("returning", "", at(1)), "", "once");

    let mut vault = signed_in(at(0));
    vault.session_events(at(0));
    refuse_renewal(&mut vault, at(1));
    assert!(vault.session_events(at(1)).contains("event: error\ndata: {\"code\":\"invalid_grant\""));
    assert_eq!(vault.session_events(at(1)), "");
}
