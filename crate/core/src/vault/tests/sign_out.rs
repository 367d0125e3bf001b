use super::*;

fn assert_signed_out(vault: &mut Vault) {
    assert_eq!(status_of(vault), "anonymous");
    assert_eq!(error_code(vault), Value::Null);
    assert_eq!(request(vault, at(MINUTE)).1, "anonymous");
    assert!(vault.renewal(true, at(MINUTE)).is_none());
    assert!(
        vault.is_anonymous() && vault.is_decided() && vault.wanted_copy().is_none() && !vault.is_renewing()
    );
    assert_eq!((vault.session_hint(), vault.copy(at(MINUTE)), vault.generation()), (None, None, None));
}

/// Every outcome of a token request.
fn responses(good: &str) -> [Option<TokenResponse<'_>>; 4] {
    [Some(ok(good)), Some(refusal()), Some(status(503, "")), None]
}

#[test]
fn sign_out_drops_the_tokens_and_revokes() {
    let mut vault = signed_in(at(0));
    let revocation = vault.sign_out().unwrap();
    assert_signed_out(&mut vault);
    assert_eq!(revocation.url.as_str(), "https://auth.example.com/oauth2/revoke");
    assert_eq!(revocation.body.expose(), "client_id=client&token=refresh-1");
    assert_eq!(
        vault.logout_location(&vault.config().origin),
        "https://auth.example.com/logout?client_id=client&logout_uri=https%3A%2F%2Fapp.example.com%2F&post_logout_redirect_uri=https%3A%2F%2Fapp.example.com%2F"
    );
    assert!(vault.sign_out().is_none(), "nothing is left to revoke");
}

#[test]
fn sign_out_clears_the_error_of_the_session() {
    let mut vault = signed_in(at(0));
    renew(&mut vault, None, at(0));
    assert_eq!(error_code(&vault), "token_endpoint_unreachable");
    vault.sign_out();
    assert_signed_out(&mut vault);
}

#[test]
fn sign_out_revokes_a_session_that_was_handed_over() {
    let first = signed_in(at(0));
    let mut second = restarted(&first, 1);
    second.respond_as_keeper(&copy_of(&first, at(0)), at(0));
    assert!(second.sign_out().unwrap().body.expose().ends_with("&token=refresh-1"));
}

#[test]
fn sign_out_works_without_refresh_token_or_revocation_endpoint() {
    let mut nowhere = config();
    nowhere.provider.revocation_endpoint = None;
    nowhere.provider.logout_endpoint = None;
    for mut vault in [
        signed_in_with(config(), without_refresh_token(), at(0)),
        signed_in_with(nowhere.clone(), token_response(), at(0)),
    ] {
        assert!(vault.sign_out().is_none());
        assert_signed_out(&mut vault);
    }
    let vault = signed_in_with(nowhere, token_response(), at(0));
    let location = vault.logout_location(&vault.config().origin);
    assert_eq!(location, "https://app.example.com/");
}

#[test]
fn a_failed_revocation_is_an_error_until_it_succeeds_or_the_next_sign_in() {
    let mut vault = signed_in(at(0));
    vault.sign_out();
    vault.revocation_ended(vault.generation, false);
    assert_eq!((status_of(&vault).as_str(), error_code(&vault)), ("anonymous", json!("revocation_failed")));
    vault.revocation_ended(vault.generation, true);
    assert_signed_out(&mut vault);

    vault.revocation_ended(vault.generation, false);
    sign_in(&mut vault, token_response(), at(0));
    assert_eq!(error_code(&vault), Value::Null);
    vault.revocation_ended(vault.generation, false);
    assert_eq!(error_code(&vault), Value::Null, "it is not the next user's concern");

    vault.sign_out();
    let cancelled = login(&mut vault, "", at(0));
    refuse(&mut vault, &cancelled, "access_denied", at(0));
    vault.revocation_ended(vault.generation, true);
    assert_eq!(error_of_returning(&mut vault, at(0)), "access_denied", "only its own error goes away");
}

#[test]
fn a_renewal_that_ends_after_sign_out_is_dropped() {
    for response in responses(&rotated(2)) {
        let mut vault = signed_in(at(0));
        let (_, renewal) = forced_renewal(&mut vault, at(0));
        vault.sign_out();
        vault.complete_renewal(&renewal, response.as_ref(), at(SECOND));
        assert_signed_out(&mut vault);
    }
}

#[test]
fn sign_out_after_a_renewal_revokes_the_new_refresh_token() {
    let mut vault = signed_in(at(0));
    renew(&mut vault, Some(&ok(&rotated(2))), at(0));
    assert!(vault.sign_out().unwrap().body.expose().ends_with("&token=refresh-2"));
    assert_signed_out(&mut vault);
}

#[test]
fn an_exchange_that_ends_after_sign_out_is_dropped() {
    let begun_in: [fn() -> Vault; 3] =
        [|| fresh(config()), || signed_in(at(0)), || restarted(&signed_in(at(0)), 0)];
    for begun_in in begun_in {
        let login_in = |vault: &mut Vault| login(vault, "returnTo=/notes", at(1));
        for response in responses(&tokens_for(&login_in(&mut begun_in()), token_response())) {
            let mut vault = begun_in();
            let login = login_in(&mut vault);
            let exchange = exchange(&mut vault, &login, at(1));
            vault.sign_out();
            let return_to = vault.end_exchange(exchange, response.as_ref(), at(2));
            assert_eq!(return_to.as_str(), "/notes");
            assert_signed_out(&mut vault);
        }
    }
}

#[test]
fn sign_out_after_an_exchange_revokes_the_new_tokens() {
    let mut vault = fresh(config());
    let login = login(&mut vault, "", at(0));
    let exchange = exchange(&mut vault, &login, at(0));
    vault.end_exchange(exchange, Some(&ok(&tokens_for(&login, token_response()))), at(0));
    assert!(vault.sign_out().is_some());
    assert_signed_out(&mut vault);
}

#[test]
fn requests_begun_before_sign_out_do_not_affect_the_next_user() {
    let good = rotated(9);
    for response in responses(&good) {
        let mut vault = signed_in(at(0));
        let (_, renewal) = forced_renewal(&mut vault, at(0));
        let login = login(&mut vault, "", at(1));
        let exchange = exchange(&mut vault, &login, at(1));
        vault.sign_out();
        sign_in(&mut vault, bobs(), at(2));
        let before = session(&vault);

        vault.complete_renewal(&renewal, response.as_ref(), at(3));
        let late = tokens_for(&login, token_response());
        let late =
            if response.is_some_and(|response| response.status == 200) { Some(ok(&late)) } else { None };
        vault.end_exchange(exchange, late.as_ref(), at(3));
        assert_eq!(session(&vault), before);
        assert_eq!(gets(&vault, at(3)), "Bearer access.of.bob");
    }
}

#[test]
fn a_second_sign_out_keeps_the_user_signed_out() {
    let mut vault = signed_in(at(0));
    vault.sign_out();
    vault.sign_out();
    assert_signed_out(&mut vault);
    sign_in(&mut vault, token_response(), at(0));
    assert_eq!(gets(&vault, at(0)), "Bearer access.token.1");
}
