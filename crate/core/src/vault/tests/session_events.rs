use super::*;

/// Names and data of the session events since the last call.
fn session_events(vault: &mut Vault, now: Now) -> Vec<(String, Value)> {
    let text = vault.session_events(now);
    let events = text.split_terminator("\n\n").map(|event| {
        let (name, data) = event.split_once("\ndata: ").unwrap();
        (name.strip_prefix("event: ").unwrap().to_owned(), serde_json::from_str(data).unwrap())
    });
    events.collect()
}

fn event(name: &str, data: Value) -> (String, Value) {
    (name.to_owned(), data)
}

#[test]
fn a_sign_in_is_reported_once_with_its_duration() {
    let mut vault = fresh(config());
    assert_eq!(session_events(&mut vault, at(0)), []);
    let login = login(&mut vault, "", at(0));
    let exchange = exchange(&mut vault, &login, at(MINUTE));
    let tokens = tokens_for(&login, token_response());
    vault.end_exchange(exchange, Some(&ok(&tokens)), at(MINUTE + 120));
    assert_eq!(session_events(&mut vault, at(MINUTE + 120)), [event("signin", json!({ "duration": 120 }))]);
    assert_eq!(session_events(&mut vault, at(2 * MINUTE)), []);
    sign_in(&mut vault, token_response(), at(3 * MINUTE));
    assert_eq!(session_events(&mut vault, at(3 * MINUTE)), [event("signin", json!({ "duration": 0 }))]);
}

#[test]
fn a_renewal_is_reported_with_its_duration_or_as_an_error() {
    let mut vault = signed_in(at(0));
    session_events(&mut vault, at(0));
    let (_, renewal) = forced_renewal(&mut vault, at(SECOND));
    vault.complete_renewal(&renewal, Some(&ok(&rotated(2))), at(SECOND + 35));
    assert_eq!(session_events(&mut vault, at(2 * SECOND)), [event("renewed", json!({ "duration": 35 }))]);
    renew(&mut vault, None, at(MINUTE));
    let [(name, error)] = &session_events(&mut vault, at(MINUTE))[..] else { panic!("one thing happened") };
    assert_eq!((name.as_str(), &error["code"]), ("error", &json!("token_endpoint_unreachable")));
    assert_eq!(session_events(&mut vault, at(MINUTE)), [], "an error is reported once");
}

#[test]
fn a_recovered_session_is_reported_with_the_time_it_was_lost() {
    let vault = signed_in(at(0));
    let mut next = restarted(&vault, 1);
    assert_eq!(session_events(&mut next, at(SECOND)), [], "lost is not over");
    next.respond_as_keeper(&copy_of(&vault, at(0)), at(SECOND + 8));
    assert_eq!(session_events(&mut next, at(SECOND + 8)), [event("recovered", json!({ "duration": 8 }))]);
    assert_eq!(session_events(&mut next, at(MINUTE)), []);
}

#[test]
fn a_sign_in_during_a_recovery_is_reported_as_signin() {
    let mut next = restarted(&signed_in(at(0)), 0);
    assert_eq!(session_events(&mut next, at(0)), []);
    sign_in(&mut next, token_response(), at(MINUTE));
    assert_eq!(session_events(&mut next, at(MINUTE)), [event("signin", json!({ "duration": 0 }))]);
}

#[test]
fn the_end_of_a_session_is_reported_for_every_cause() {
    let mut vault = signed_in(at(0));
    session_events(&mut vault, at(0));
    vault.sign_out();
    let over = event("signout", json!({}));
    assert_eq!(session_events(&mut vault, at(1)), vec![over.clone()]);
    assert_eq!(session_events(&mut vault, at(2)), []);

    let mut vault = signed_in(at(0));
    session_events(&mut vault, at(0));
    refuse_renewal(&mut vault, at(MINUTE));
    let events = session_events(&mut vault, at(MINUTE));
    assert_eq!((&events[0], events[1].0.as_str()), (&over, "error"));

    let mut lost = restarted(&signed_in(at(0)), 1);
    session_events(&mut lost, at(1));
    lost.sign_out();
    assert_eq!(session_events(&mut lost, at(2)), [over]);
}

#[test]
fn session_events_hold_no_token() {
    let mut vault = signed_in(at(0));
    let mut events = vault.session_events(at(0));
    renew(&mut vault, Some(&ok(&rotated(2))), at(1));
    events += &vault.session_events(at(1));
    vault.sign_out();
    events += &vault.session_events(at(2));
    for secret in ["access.token", "refresh-", "eyJ", "ada"] {
        assert!(!events.contains(secret), "{events}");
    }
}
