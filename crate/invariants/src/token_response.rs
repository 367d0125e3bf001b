//! A token response is accepted as a whole or refused as a whole.

use crate::Outcome;
use crate::fixture::{
    Access, NOW, SESSION_CLAIMS, SUBJECT, access, assert_is_presentable, begin_exchange, fresh_worker,
    good_claims, jwt, nonce, opened, read_json, return_to, signed_in_worker, snapshot,
};
use crate::id_token_claims::should_be_taken;
use crate::return_to::assert_stays_in_the_app;
use crate::world::{Form, World};
use serde_json::Value;
use strongroom_core::claims::Expected;
use strongroom_core::pkce::from_base64url;
use strongroom_core::session::Session;
use strongroom_core::token::{MAX_RESPONSE_BYTES, TokenResponse};

/// The first line is the status if it is a number. The rest is the body, in which `ID_TOKEN` is replaced by a
/// valid ID token.
#[must_use]
pub fn token_response(data: &[u8]) -> Outcome {
    let (status, body) = with_status(data);
    let good = jwt(good_claims().to_string().as_bytes());
    let body = String::from_utf8_lossy(body).replace("ID_TOKEN", &good);
    if body.len() > MAX_RESPONSE_BYTES as usize || !is_comparable(body.as_bytes()) {
        return Outcome::Refused;
    }
    let response = TokenResponse { status, body: body.as_bytes() };
    let signed_in = validate_sign_in(&response);
    let renewed = validate_renewal(&response);
    Outcome::accepted_if(signed_in || renewed)
}

fn with_status(data: &[u8]) -> (u16, &[u8]) {
    let line = data.iter().position(|byte| *byte == b'\n');
    let status = line.and_then(|end| std::str::from_utf8(&data[..end]).ok()?.parse().ok().zip(Some(end)));
    status.map_or((200, data), |(status, end)| (status, &data[end + 1..]))
}

/// Whether `serde_json` can represent the response.
fn is_comparable(body: &[u8]) -> bool {
    let payload = |value: &Value| {
        let payload = value["id_token"].as_str()?.split('.').nth(1)?;
        from_base64url(payload)
    };
    read_json(body).is_some_and(|value| payload(&value).is_none_or(|payload| read_json(&payload).is_some()))
}

fn validate_sign_in(response: &TokenResponse<'_>) -> bool {
    let mut worker = fresh_worker();
    let callback = begin_exchange(&mut worker);
    worker.respond(response);
    assert_stays_in_the_app(&return_to(&worker, callback));
    let signed_in = worker.fresh_copy().is_some();
    assert_eq!(signed_in, should_be_kept(response, Expected::Nonce(&nonce())), "{response:?}");
    if signed_in {
        assert_holds(&mut worker, response);
    } else {
        assert_holds_nothing(&mut worker, response);
    }
    signed_in
}

fn validate_renewal(response: &TokenResponse<'_>) -> bool {
    let mut worker = signed_in_worker();
    let before = worker.fresh_copy();
    worker.refresh();
    assert!(worker.forms().contains(&Form::Renewal), "a renewal that is wanted begins");
    worker.respond(response);
    let after = worker.fresh_copy();
    let renewed = after.is_some() && after != before;
    assert_eq!(renewed, should_be_kept(response, Expected::Subject(SUBJECT)), "{response:?}");
    if renewed {
        assert_holds(&mut worker, response);
        assert_eq!(snapshot(&mut worker)["user"]["sub"], SUBJECT, "the user does not change");
    } else if after.is_some() {
        assert_is_presentable(&snapshot(&mut worker)["error"]);
    } else {
        assert_holds_nothing(&mut worker, response);
    }
    renewed
}

/// An independent implementation of RFC 6749 section 5.1, RFC 6750 section 2.1 and `OpenID` Connect Core
/// 3.1.3.7.
fn should_be_kept(response: &TokenResponse<'_>, expected: Expected<'_>) -> bool {
    let Ok(body) = serde_json::from_slice::<Value>(response.body) else { return false };
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let id_token_is_good = match (text("id_token"), expected) {
        ("", Expected::Subject(_)) => true,
        (token, _) => claims_in(token).is_some_and(|claims| should_be_taken(&claims, expected)),
    };
    response.status == 200
        && is_bearer_token(text("access_token"))
        && text("token_type").eq_ignore_ascii_case("bearer")
        && id_token_is_good
}

fn is_bearer_token(token: &str) -> bool {
    !token.is_empty() && token.chars().all(|c| c.is_ascii_alphanumeric() || "-._~+/=".contains(c))
}

fn claims_in(token: &str) -> Option<Value> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { return None };
    let header_safe =
        [header, payload, signature].iter().all(|part| part.is_empty() || is_bearer_token(part));
    let claims: Value = serde_json::from_slice(&from_base64url(payload)?).ok()?;
    (header_safe && claims.is_object()).then_some(claims)
}

/// The vault has the response's tokens for the API and the keepers, and pages see none of them.
fn assert_holds(worker: &mut World, response: &TokenResponse<'_>) {
    let body: Value = serde_json::from_slice(response.body).expect("JSON");
    let copy = worker.fresh_copy().expect("a session has a copy");
    assert!(Session::from_copy(copy.as_bytes(), NOW).is_some(), "a keeper can read it");
    let copy = opened(&copy);
    let header = |name: &str| ["Bearer ", body[name].as_str().unwrap_or_default()].concat();
    assert_eq!(copy["access"], header("access_token"));
    assert_eq!(access(worker), Access::Bearer(header("access_token")));
    if body["id_token"].as_str().is_some_and(|token| !token.is_empty()) {
        assert_eq!(copy["idToken"], header("id_token"));
    }
    match body["refresh_token"].as_str() {
        Some(token) if !token.is_empty() => assert_eq!(copy["refresh"], token),
        _ => assert!(copy["refresh"].is_null() || copy["refresh"] == "refresh-1"),
    }
    let lifetime = copy["lifetime"].as_u64().expect("a lifetime");
    assert!((1_000..=30 * 86_400 * 1_000).contains(&lifetime), "{lifetime}");

    let shown = snapshot(worker);
    assert_eq!((&shown["status"], &shown["error"]), (&"authenticated".into(), &Value::Null));
    let user = shown["user"].as_object().expect("a user");
    assert!(user.keys().all(|name| SESSION_CLAIMS.contains(&name.as_str())), "{user:?}");
}

/// The user is signed out, and the vault kept nothing of the response: not for the API, keepers, storage or a
/// revocation.
fn assert_holds_nothing(worker: &mut World, response: &TokenResponse<'_>) {
    assert_eq!(access(worker), Access::Anonymous);
    assert!(worker.fresh_copy().is_none() && worker.hint().is_none());
    let shown = snapshot(worker);
    assert_eq!((&shown["status"], &shown["user"]), (&"anonymous".into(), &Value::Null));
    assert_is_presentable(&shown["error"]);
    // The text of an error comes from the server and may be anything.
    if response.status == 200
        && let Ok(body) = serde_json::from_slice::<Value>(response.body)
    {
        for name in ["access_token", "id_token", "refresh_token"] {
            let token = body[name].as_str().unwrap_or_default();
            assert!(token.len() < 20 || !shown.to_string().contains(token), "{name} is told");
        }
    }
    worker.begin_sign_out();
    assert_eq!(worker.forms().len(), 0, "nothing is left to revoke");
}
