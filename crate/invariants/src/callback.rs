//! The authorization response, and what was stored for it.

use crate::Outcome;
use crate::fixture::{
    ISSUER, NOW, ORIGIN, TOKEN_ENDPOINT, assert_is_presentable, begin_sign_in, fresh_vault, pairs, respond,
    snapshot, state, verifier,
};
use crate::return_to::assert_stays_in_the_app;
use serde_json::Value;
use strongroom_core::return_to::ReturnTo;
use strongroom_core::vault::{CallbackOutcome, FormRequest, Vault};

/// The first line is the query of the redirection endpoint; if there is a second, it is what comes out of storage
/// in the place of what was stored: script in the page can write there.
#[must_use]
pub fn callback(data: &[u8]) -> Outcome {
    let (query, forged) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], Some(String::from_utf8_lossy(&data[end + 1..]))),
        None => (data, None),
    };
    let query = String::from_utf8_lossy(query);
    refuses_what_nothing_was_stored_for(&query);
    takes_no_code_without_secrets(&query, forged.as_deref());

    let mut vault = fresh_vault();
    let stored = begin_sign_in(&mut vault);
    let outcome = match respond(&mut vault, &query, Some(forged.as_deref().unwrap_or(&stored))) {
        CallbackOutcome::Exchange(request, _) => {
            assert_takes_one_code_of_this_sign_in(&query, &request);
            assert_eq!(snapshot(&mut vault)["error"], Value::Null);
            Outcome::Accepted
        }
        CallbackOutcome::Ended(return_to) => {
            assert_ended(&query, &mut vault, &return_to);
            Outcome::Refused
        }
    };
    assert!(vault.token_mark().is_none(), "a response alone signs nobody in");
    assert!(vault.copy(NOW).is_none());
    outcome
}

/// Whatever is in storage: a worker that did not begin the sign-in has no verifier for its code.
fn takes_no_code_without_secrets(query: &str, forged: Option<&str>) {
    let stored = begin_sign_in(&mut fresh_vault());
    let mut vault = fresh_vault();
    match respond(&mut vault, query, Some(forged.unwrap_or(&stored))) {
        CallbackOutcome::Exchange(..) => panic!("a code was taken for no sign-in: {query}"),
        CallbackOutcome::Ended(return_to) => assert_ended(query, &mut vault, &return_to),
    }
}

fn refuses_what_nothing_was_stored_for(query: &str) {
    let mut vault = fresh_vault();
    match respond(&mut vault, query, None) {
        CallbackOutcome::Ended(return_to) => assert_eq!(return_to.as_str(), "/"),
        outcome @ CallbackOutcome::Exchange(..) => {
            panic!("a code was taken for no sign-in: {query}: {outcome:?}")
        }
    }
    assert_eq!(snapshot(&mut vault)["error"]["code"], "invalid_state");
}

fn assert_takes_one_code_of_this_sign_in(query: &str, request: &FormRequest) {
    let response = pairs(query);
    let form = pairs(request.body.expose());
    assert_eq!(response["code"].len(), 1, "one code: {query}");
    assert!(
        !response["code"][0].is_empty() && !response.contains_key("error"),
        "a code, or an error: {query}"
    );
    assert_eq!(response["state"], [state()]);
    assert!(response.get("iss").is_none_or(|issuers| *issuers == [ISSUER]), "no other issuer's: {query}");
    assert_eq!(request.url.as_str(), TOKEN_ENDPOINT);
    assert_eq!(form["code"], response["code"]);
    assert_eq!(form["redirect_uri"], [[ORIGIN, "/auth/callback"].concat()]);
    assert_eq!(form.len(), 5);
    assert_eq!(form["code_verifier"], [verifier()]);
}

fn assert_ended(query: &str, vault: &mut Vault, return_to: &ReturnTo) {
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
