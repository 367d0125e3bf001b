//! The authorization response, and what was sealed for it.

use crate::Outcome;
use crate::fixture::{
    ISSUER, NOW, ORIGIN, TOKEN_ENDPOINT, assert_is_presentable, begin_sign_in, fresh_vault, pairs, snapshot,
    state, verifier,
};
use crate::return_to::assert_stays_in_the_app;
use serde_json::Value;
use strongroom_core::callback::Callback;
use strongroom_core::return_to::ReturnTo;
use strongroom_core::vault::{CallbackOutcome, FormRequest, Vault};

/// The first line is the query of the redirection endpoint; if there is a second, it is what comes out of storage
/// in the place of what was sealed: script in the page can write there.
#[must_use]
pub fn callback(data: &[u8]) -> Outcome {
    let (query, stored) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], Some(&data[end + 1..])),
        None => (data, None),
    };
    let query = String::from_utf8_lossy(query);
    refuses_what_nothing_was_stored_for(&query);

    let mut vault = fresh_vault();
    let sealed = begin_sign_in(&mut vault);
    let stored = stored.unwrap_or(&sealed);
    let outcome = match vault.callback(Callback::parse(&query), Some(stored), NOW) {
        CallbackOutcome::Exchange(request, _) => {
            assert_takes_one_code_of_this_sign_in(&query, stored, &request, stored == sealed);
            assert_eq!(snapshot(&vault)["error"], Value::Null);
            Outcome::Accepted
        }
        CallbackOutcome::Ended(return_to) => {
            assert_ended(&query, &vault, &return_to);
            Outcome::Refused
        }
    };
    assert!(vault.token_mark().is_none(), "a response alone signs nobody in");
    assert!(vault.copy(NOW).is_none());
    outcome
}

fn refuses_what_nothing_was_stored_for(query: &str) {
    let mut vault = fresh_vault();
    match vault.callback(Callback::parse(query), None, NOW) {
        CallbackOutcome::Ended(return_to) => assert_eq!(return_to, ReturnTo::root()),
        CallbackOutcome::Exchange(..) => panic!("a code was taken for no sign-in: {query}"),
    }
    assert_eq!(snapshot(&vault)["error"]["code"], "invalid_state");
}

fn assert_takes_one_code_of_this_sign_in(query: &str, stored: &[u8], request: &FormRequest, genuine: bool) {
    let response = pairs(query);
    let form = pairs(request.body.expose());
    assert_eq!(response["code"].len(), 1, "one code: {query}");
    assert!(
        !response["code"][0].is_empty() && !response.contains_key("error"),
        "a code, or an error: {query}"
    );
    assert_eq!(response["state"].len(), 1, "one state: {query}");
    assert!(response.get("iss").is_none_or(|issuers| *issuers == [ISSUER]), "no other issuer's: {query}");
    let transaction: Value =
        serde_json::from_slice(stored).expect("only what is JSON is taken out of storage");
    assert_eq!(transaction["state"].as_str(), Some(response["state"][0].as_str()));
    assert_eq!(request.url.as_str(), TOKEN_ENDPOINT);
    assert_eq!(form["code"], response["code"]);
    assert_eq!(form["redirect_uri"], [[ORIGIN, "/auth/callback"].concat()]);
    assert_eq!(form.len(), 5);
    if genuine {
        assert_eq!(response["state"], [state()]);
        assert_eq!(form["code_verifier"], [verifier()]);
    }
}

fn assert_ended(query: &str, vault: &Vault, return_to: &ReturnTo) {
    assert_stays_in_the_app(return_to);
    let snapshot = snapshot(vault);
    assert_eq!(snapshot["status"], "anonymous");
    // Silent sign-ins end without a word where no session is lost.
    if snapshot["error"].is_null() {
        return;
    }
    assert_is_presentable(&snapshot["error"]);
    let response = pairs(query);
    // An error's text is the server's own, and may say anything.
    if !response.contains_key("error") {
        for code in response.get("code").into_iter().flatten().filter(|code| code.len() > 20) {
            assert!(!snapshot.to_string().contains(code.as_str()), "the code is told: {query}");
        }
    }
}
