//! The ID token: which claims are accepted, and which ones a page sees.

use crate::Outcome;
use crate::fixture::{CLIENT_ID, ISSUER, SESSION_CLAIMS, SUBJECT, config, jwt, nonce, read_json};
use serde_json::Value;
use strongroom_core::claims::{Claims, Expected};

/// Input: the payload of a JWT. It is also tried as the JWT.
#[must_use]
pub fn id_token_claims(data: &[u8]) -> Outcome {
    let config = config();
    let nonce = nonce();
    let Some(payload) = read_json(data) else { return Outcome::Refused };
    let token = jwt(data);
    let mut accepted = false;
    for expected in [Expected::Nonce(&nonce), Expected::Subject(SUBJECT)] {
        let validated = Claims::validate(&token, &config, expected);
        let should = should_be_taken(&payload, expected);
        // The core refuses a date with an exponent, but `serde_json` does not keep how a number was written.
        let has_exponent =
            data.windows(2).any(|pair| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E'));
        assert!(validated.is_ok() == should || (has_exponent && should), "{payload} for {expected:?}");
        match validated {
            Ok(claims) => {
                accepted = true;
                assert_shows_the_session_claims_only(&claims, &payload);
            }
            Err(problem) => assert_eq!(problem.code(), "invalid_id_token"),
        }
    }
    if let Ok(raw) = std::str::from_utf8(data) {
        let validated = Claims::validate(raw, &config, Expected::Nonce(&nonce));
        assert!(validated.is_err() || raw.split('.').count() == 3, "{raw} is no JWT");
        accepted |= validated.is_ok();
    }
    Outcome::accepted_if(accepted)
}

/// An independent implementation of `OpenID` Connect Core 3.1.3.7 and 12.2, and of Cognito's `token_use`.
pub(crate) fn should_be_taken(payload: &Value, expected: Expected<'_>) -> bool {
    // RFC 7519 section 2 allows a fraction, which is ignored here. `serde_json` writes large and small
    // numbers with an exponent.
    let number = |name: &str| {
        let text = payload[name].as_number()?.to_string();
        text.split('.').next()?.parse::<u64>().ok().filter(|_| !text.contains('e'))
    };
    let audiences: Vec<_> = match &payload["aud"] {
        Value::Array(audiences) => audiences.iter().collect(),
        audience => vec![audience],
    };
    let authorized_party = audiences.len() == 1 || payload["azp"] == CLIENT_ID;
    payload["iss"] == ISSUER
        && audiences.iter().any(|audience| **audience == CLIENT_ID)
        && authorized_party
        && payload.get("token_use").is_none_or(|token_use| token_use == "id")
        && payload["sub"].as_str().is_some_and(|subject| !subject.is_empty())
        && number("exp").zip(number("iat")).is_some_and(|(exp, iat)| exp > iat)
        && match expected {
            Expected::Nonce(nonce) => payload["nonce"] == nonce,
            Expected::Subject(subject) => payload["sub"] == subject,
        }
}

fn assert_shows_the_session_claims_only(claims: &Claims, payload: &Value) {
    assert_eq!(payload["sub"], claims.subject());
    let visible = claims.visible(&SESSION_CLAIMS.map(str::to_owned));
    let visible = read_json(visible.as_bytes()).expect("it could be read before");
    for (name, value) in visible.as_object().expect("an object") {
        assert!(SESSION_CLAIMS.contains(&name.as_str()), "{name} is shown");
        assert_eq!(*value, payload[name]);
    }
    let shown = SESSION_CLAIMS.iter().filter(|name| payload.get(**name).is_some()).count();
    assert_eq!(visible.as_object().map(serde_json::Map::len), Some(shown));
}
