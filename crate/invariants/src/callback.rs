//! The authorization response and its stored transaction.

use crate::Outcome;
use crate::fixture::{
    Callback, ISSUER, Login, ORIGIN, TOKEN_ENDPOINT, assert_is_presentable, fresh_worker, login, pairs,
    respond, serialised, snapshot, state, verifier,
};
use crate::return_to::assert_stays_in_the_app;
use crate::world::World;
use serde_json::json;
use strongroom_core::return_to::ReturnTo;
use strongroom_core::secret::State;
use strongroom_core::transaction::storage_key;
use strongroom_core::vault::FormRequest;

/// The first line is the query of the redirection endpoint. A second line, if there is one, replaces the
/// stored transaction that a new worker reads: script in a page can write to storage.
#[must_use]
pub fn callback(data: &[u8]) -> Outcome {
    let (query, forged) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], Some(String::from_utf8_lossy(&data[end + 1..]))),
        None => (data, None),
    };
    let query = serialised("/auth/callback", &String::from_utf8_lossy(query));
    let query = query.query().unwrap_or_default();
    refuses_unknown_responses(query);
    takes_no_code_without_secrets(query, forged.as_deref());

    let mut worker = fresh_worker();
    assert!(matches!(login(&mut worker, "returnTo=%2Fnotes"), Login::Redirected(..)));
    let outcome = match respond(&mut worker, query) {
        Callback::Exchange(_, form) => {
            assert_takes_one_code_of_this_sign_in(query, &form);
            assert!(snapshot(&mut worker)["error"].is_null());
            Outcome::Accepted
        }
        Callback::Ended(return_to) => {
            assert_ended(query, &mut worker, &return_to);
            Outcome::Refused
        }
    };
    assert!(worker.fresh_copy().is_none() && worker.hint().is_none(), "a response alone signs nobody in");
    outcome
}

/// With any stored transaction, a worker that did not begin the sign-in must not exchange its code: it has no
/// code verifier.
fn takes_no_code_without_secrets(query: &str, forged: Option<&str>) {
    let mut gone = fresh_worker();
    assert!(matches!(login(&mut gone, "returnTo=%2Fnotes"), Login::Redirected(..)));
    let mut rows = vec![gone.row.clone()];
    if let Some(forged) = forged {
        let entry = json!([storage_key(&State::new(state())), forged, 1_800_000_000_000_u64]);
        rows.push(Some(json!({ "transactions": [entry] }).to_string()));
        rows.push(Some(forged.to_owned()));
    }
    for row in rows {
        let mut worker = World::with_row(row);
        match respond(&mut worker, query) {
            Callback::Exchange(..) => panic!("a code was taken for no sign-in: {query}"),
            Callback::Ended(return_to) => assert_ended(query, &mut worker, &return_to),
        }
    }
}

fn refuses_unknown_responses(query: &str) {
    let mut worker = fresh_worker();
    match respond(&mut worker, query) {
        Callback::Ended(return_to) => assert_eq!(return_to.as_str(), "/"),
        outcome @ Callback::Exchange(..) => panic!("a code was taken for no sign-in: {query}: {outcome:?}"),
    }
    assert_eq!(snapshot(&mut worker)["error"]["code"], "invalid_state");
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

fn assert_ended(query: &str, worker: &mut World, return_to: &ReturnTo) {
    assert_stays_in_the_app(return_to);
    let snapshot = snapshot(worker);
    assert_eq!(snapshot["status"], "anonymous");
    // A silent sign-in reports no error if no session is lost.
    if snapshot["error"].is_null() {
        return;
    }
    assert_is_presentable(&snapshot["error"]);
    let response = pairs(query);
    // The text of an error comes from the server and may be anything.
    if !response.contains_key("error") {
        for code in response.get("code").into_iter().flatten().filter(|code| code.len() > 20) {
            assert!(!snapshot.to_string().contains(code.as_str()), "the code is told: {query}");
        }
    }
}
