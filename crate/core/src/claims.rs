//! ID token claims, validated as in OpenID Connect Core 3.1.3.7. The token comes directly from the token
//! endpoint over TLS, so the client need not check its signature (step 6).

use crate::config::Config;
use crate::json::{self, Json, Value};
use crate::pkce::from_base64url;
use crate::problem::{Problem, invalid_id_token as refused};

/// Validated claims.
#[derive(Debug, PartialEq, Eq)]
pub struct Claims(Value);

/// What a new ID token must match.
#[derive(Debug, Clone, Copy)]
pub enum Expected<'a> {
    /// The nonce of the authorization request.
    Nonce(&'a str),
    /// After a refresh: the `sub` of the user who signed in (OpenID Connect Core 12.2).
    Subject(&'a str),
}

impl Claims {
    /// Decodes `id_token` and validates its claims.
    ///
    /// # Errors
    ///
    /// `invalid_id_token`, which names the invalid claim.
    pub fn validate(id_token: &str, config: &Config, expected: Expected<'_>) -> Result<Self, Problem> {
        let claims = Self(decode(id_token).ok_or(refused("The ID token is not a JWT."))?);
        if !claims.text("iss").is_some_and(|issuer| config.provider.has_issuer(issuer)) {
            return Err(refused("The ID token's `iss` is not the configured issuer."));
        }
        if !claims.is_for(&config.provider.client_id) {
            return Err(refused("The ID token's `aud` is not the configured client ID."));
        }
        // Cognito only: an access token in place of the ID token has `access` here. Other providers omit the
        // claim.
        if claims.0.get("token_use").is_some_and(|token_use| token_use.as_str() != Some("id")) {
            return Err(refused("The ID token's `token_use` is not \"id\"."));
        }
        if claims.subject().is_empty() {
            return Err(refused("The ID token has no `sub`."));
        }
        if claims.lifetime().is_none() {
            return Err(refused("The ID token's `exp` is not after its `iat`."));
        }
        match expected {
            Expected::Nonce(nonce) if claims.text("nonce") != Some(nonce) => {
                Err(refused("The ID token's `nonce` is not the one that was sent."))
            }
            Expected::Subject(subject) if claims.subject() != subject => {
                Err(refused("The ID token's `sub` is not the user who signed in."))
            }
            _ => Ok(claims),
        }
    }

    /// `sub`.
    pub fn subject(&self) -> &str {
        self.text("sub").unwrap_or_default()
    }

    /// Seconds from `iat` to `exp`. Both are by the server's clock, so a wrong local clock does not matter.
    pub fn lifetime(&self) -> Option<u64> {
        let seconds = |name| self.0.get(name).and_then(Value::whole);
        seconds("exp")?.checked_sub(seconds("iat")?).filter(|lifetime| *lifetime > 0)
    }

    /// The claims a page may see, as a JSON object.
    pub fn visible(&self, names: &[String]) -> String {
        let mut visible = Vec::new();
        for name in names {
            if let Some(value) = self.0.get(name) {
                visible.push((name.as_str(), Json::Value(value)));
            }
        }
        json::object(&visible)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// Steps 3 to 5: the client ID is the only audience, or one of several and also the authorized party.
    fn is_for(&self, client_id: &str) -> bool {
        match self.0.get("aud") {
            Some(Value::String(audience)) => audience == client_id,
            Some(Value::Array(audiences)) => {
                audiences.iter().any(|audience| audience.as_str() == Some(client_id))
                    && (audiences.len() == 1 || self.text("azp") == Some(client_id))
            }
            _ => false,
        }
    }
}

fn decode(jwt: &str) -> Option<Value> {
    let mut parts = jwt.split('.');
    let (Some(_header), Some(payload), Some(_signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    json::parse(&from_base64url(payload)?).filter(|claims| matches!(claims, Value::Object(_)))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Claims, Expected};
    use crate::config::tests::config;
    use crate::pkce::base64url;
    use serde_json::{Value, json};

    pub(crate) fn claims() -> Value {
        json!({
            "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
            "aud": "client",
            "token_use": "id",
            "sub": "ada-1",
            "email": "ada@example.com",
            "phone_number": "+49",
            "cognito:groups": ["writers"],
            "nonce": "nonce",
            "iat": 1_700_000_000,
            "exp": 1_700_003_600,
        })
    }

    pub(crate) fn jwt(claims: &Value) -> String {
        [&base64url(b"{\"alg\":\"RS256\"}"), ".", &base64url(claims.to_string().as_bytes()), ".c2ln"].concat()
    }

    fn validate(name: &str, value: Value, expected: Expected<'_>) -> Result<Claims, String> {
        let mut claims = claims();
        claims[name] = value;
        Claims::validate(&jwt(&claims), &config(), expected).map_err(|problem| {
            assert_eq!(problem.code(), "invalid_id_token");
            problem.description().to_owned()
        })
    }

    #[test]
    fn only_the_configured_claims_of_an_id_token_are_visible() {
        let claims = validate("extra", json!(1), Expected::Nonce("nonce")).unwrap();
        assert_eq!(claims.subject(), "ada-1");
        assert_eq!(claims.lifetime(), Some(3_600));
        assert_eq!(
            claims.visible(&config().session_claims),
            r#"{"sub":"ada-1","email":"ada@example.com","cognito:groups":["writers"]}"#
        );
    }

    #[test]
    fn an_id_token_with_a_wrong_claim_is_refused() {
        let rows = [
            ("iss", json!("https://evil.example"), "`iss`"),
            ("iss", json!("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI/"), "`iss`"),
            (
                "iss",
                json!("https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Another"),
                "`iss`",
            ),
            (
                "iss",
                json!("https://issuer-cognito-idp.us-east-1.amazonaws.com/eu-central-1_AbCdEfGhI"),
                "`iss`",
            ),
            ("iss", json!(null), "`iss`"),
            ("aud", json!("other"), "`aud`"),
            ("aud", json!(null), "`aud`"),
            ("aud", json!([]), "`aud`"),
            ("aud", json!(["client", "other"]), "`aud`"),
            ("token_use", json!("access"), "`token_use`"),
            ("token_use", json!(7), "`token_use`"),
            ("sub", json!(null), "`sub`"),
            ("sub", json!(""), "`sub`"),
            ("exp", json!(1_700_000_000), "`exp`"),
            ("exp", json!(1), "`exp`"),
            ("exp", json!("1700003600"), "`exp`"),
            ("exp", json!(null), "`exp`"),
            ("iat", json!(null), "`exp`"),
            ("nonce", json!("replayed"), "`nonce`"),
            ("nonce", json!(null), "`nonce`"),
        ];
        for (name, value, message) in rows {
            let description = validate(name, value.clone(), Expected::Nonce("nonce"))
                .expect_err(&format!("{name} = {value}"));
            assert!(description.contains(message), "{name} = {value}: {description}");
        }
    }

    #[test]
    fn both_issuers_of_a_user_pool_are_accepted() {
        let updated = json!("https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI");
        assert!(validate("iss", updated.clone(), Expected::Nonce("nonce")).is_ok());
        assert!(validate("iss", updated, Expected::Subject("ada-1")).is_ok());
    }

    /// RFC 7519 section 2: a `NumericDate` may have a fraction. Cognito's `acr` and `amr` are ignored.
    #[test]
    fn id_token_dates_may_have_a_fraction() {
        for (name, value) in [
            ("exp", json!(1_700_003_600.75)),
            ("iat", json!(1_700_000_000.25)),
            ("exp", json!(1.700_003_6e9)),
        ] {
            let claims = validate(name, value, Expected::Nonce("nonce")).unwrap();
            assert_eq!(claims.lifetime(), Some(3_600), "{name}");
        }
        assert!(validate("amr", json!(["pwd", "mfa"]), Expected::Nonce("nonce")).is_ok());
        assert!(validate("exp", json!(1_700_000_000.9), Expected::Nonce("nonce")).is_err(), "not a second");
    }

    #[test]
    fn several_audiences_require_an_authorized_party() {
        assert!(validate("aud", json!(["client"]), Expected::Nonce("nonce")).is_ok());
        let mut several = claims();
        several["aud"] = json!(["client", "other"]);
        several["azp"] = json!("client");
        assert!(Claims::validate(&jwt(&several), &config(), Expected::Nonce("nonce")).is_ok());
    }

    #[test]
    fn a_renewal_must_not_change_the_user() {
        assert!(validate("nonce", json!(null), Expected::Subject("ada-1")).is_ok());
        assert!(validate("sub", json!("mallory"), Expected::Subject("ada-1")).unwrap_err().contains("`sub`"));
    }

    #[test]
    fn a_malformed_jwt_is_refused() {
        for token in ["", "a.b", "a.b.c.d", "a.!!!.c", "a.bm90IGpzb24.c", "a.W10.c"] {
            assert!(Claims::validate(token, &config(), Expected::Nonce("nonce")).is_err(), "{token}");
        }
    }
}
