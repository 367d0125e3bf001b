//! Token requests and token responses, RFC 6749 sections 4.1.3, 5 and 6.

use crate::claims::{Claims, Expected};
use crate::config::Config;
use crate::form;
use crate::json::{self, Value};
use crate::problem::{Problem, TEMPORARILY_UNAVAILABLE, invalid_token_response as invalid};
use crate::secret::{AccessToken, AuthorizationCode, CodeVerifier, Form, IdToken, Nonce, RefreshToken};
use crate::url::HttpUrl;

/// A response of the token endpoint.
#[derive(Debug)]
pub struct TokenResponse<'a> {
    /// HTTP status.
    pub status: u16,
    /// The body, not larger than [`MAX_RESPONSE_BYTES`].
    pub body: &'a [u8],
}

/// Maximum size of a token response. For a larger one, the caller passes an empty body.
pub const MAX_RESPONSE_BYTES: u32 = 128 * 1_024;

/// Why a token response gives no tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenError {
    /// The server is unreachable or temporarily unavailable: the same request may succeed later.
    Transient(Problem),
    /// The server refused the request, or its response is not trustworthy.
    Final(Problem),
}

/// Validated tokens.
#[derive(Debug)]
pub struct Tokens {
    pub(crate) access_token: AccessToken,
    /// A refresh response may omit it (OpenID Connect Core 12.2).
    pub(crate) id_token: Option<(IdToken, Claims)>,
    pub(crate) refresh_token: Option<RefreshToken>,
    /// In milliseconds.
    pub(crate) lifetime: u64,
}

/// Lifetime of an access token whose response gives none, in seconds.
const DEFAULT_LIFETIME: u64 = 3_600;

/// Upper limit for a lifetime, in seconds. Cognito's longest is one day.
pub(crate) const LONGEST_LIFETIME: u64 = 30 * 86_400;

/// A form to post to the token endpoint or the revocation endpoint.
#[derive(Debug, Clone)]
pub struct FormRequest {
    /// The endpoint's URL.
    pub url: HttpUrl,
    /// `application/x-www-form-urlencoded`.
    pub body: Form,
}

/// The access token request, RFC 6749 section 4.1.3 with RFC 7636 section 4.5.
pub(crate) fn code_request(
    config: &Config,
    code: &AuthorizationCode,
    verifier: &CodeVerifier,
) -> FormRequest {
    let redirect_uri = config.redirect_uri();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("client_id", &config.provider.client_id),
        ("redirect_uri", &redirect_uri),
        ("code", code.expose()),
        ("code_verifier", verifier.expose()),
    ];
    form_request(&config.provider.token_endpoint, &pairs)
}

/// The refresh request, RFC 6749 section 6.
pub(crate) fn refresh_request(config: &Config, refresh_token: &RefreshToken) -> FormRequest {
    let pairs = [
        ("grant_type", "refresh_token"),
        ("client_id", &config.provider.client_id),
        ("refresh_token", refresh_token.expose()),
    ];
    form_request(&config.provider.token_endpoint, &pairs)
}

/// The revocation request, RFC 7009 section 2.1, if there is a revocation endpoint.
pub(crate) fn revocation_request(config: &Config, refresh_token: &RefreshToken) -> Option<FormRequest> {
    let pairs = [("client_id", config.provider.client_id.as_str()), ("token", refresh_token.expose())];
    Some(form_request(config.provider.revocation_endpoint.as_ref()?, &pairs))
}

fn form_request(url: &HttpUrl, pairs: &[(&str, &str)]) -> FormRequest {
    FormRequest { url: url.clone(), body: Form::new(form::text(pairs)) }
}

impl Tokens {
    /// Validates a token response. If any part is invalid, nothing of it is used.
    ///
    /// # Errors
    ///
    /// [`TokenError`]: the server's own error code, `token_endpoint_error`, `invalid_token_response` or
    /// `invalid_id_token`.
    pub fn validate(
        response: &TokenResponse<'_>,
        config: &Config,
        expected: Expected<'_>,
    ) -> Result<Self, TokenError> {
        match (response.status, json::parse(response.body)) {
            (200, Some(value)) => Self::from_json(&value, config, expected).map_err(TokenError::Final),
            // A proxy's page or a truncated response: the server may have succeeded and may send a valid
            // response later.
            (200, None) => Err(TokenError::Transient(invalid("The token response is not JSON."))),
            (400..=499, Some(value)) => Err(error_response(&value)),
            _ => Err(TokenError::Transient(TEMPORARILY_UNAVAILABLE)),
        }
    }

    /// Validates the token response of a sign-in, which must have an ID token.
    ///
    /// # Errors
    ///
    /// See [`Tokens::validate`].
    pub(crate) fn validate_sign_in(
        response: &TokenResponse<'_>,
        config: &Config,
        nonce: &Nonce,
    ) -> Result<(Self, IdToken, Claims), TokenError> {
        let mut tokens = Self::validate(response, config, Expected::Nonce(nonce.expose()))?;
        let id_token = tokens.id_token.take();
        let (id_token, claims) = id_token.ok_or(TokenError::Final(NO_ID_TOKEN))?;
        Ok((tokens, id_token, claims))
    }

    fn from_json(value: &Value, config: &Config, expected: Expected<'_>) -> Result<Self, Problem> {
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let access_token =
            text("access_token").ok_or(invalid("The token response has no `access_token`."))?;
        if !is_header_safe(access_token) {
            return Err(invalid("The `access_token` has characters that a bearer token cannot have."));
        }
        if !text("token_type").is_some_and(|token_type| token_type.eq_ignore_ascii_case("bearer")) {
            return Err(invalid("The token response's `token_type` is not \"Bearer\"."));
        }
        let id_token = match (text("id_token"), expected) {
            (Some(jwt), _) if is_header_safe(jwt) => {
                Some((IdToken::new(jwt.to_owned()), Claims::validate(jwt, config, expected)?))
            }
            (None, Expected::Subject(_)) => None,
            _ => return Err(NO_ID_TOKEN),
        };
        let from_claims = id_token.as_ref().and_then(|(_, claims)| claims.lifetime());
        let lifetime = value
            .get("expires_in")
            .and_then(Value::whole)
            .filter(|seconds| *seconds > 0)
            .or(from_claims)
            .unwrap_or(DEFAULT_LIFETIME);
        Ok(Self {
            access_token: AccessToken::new(access_token.to_owned()),
            id_token,
            refresh_token: text("refresh_token").map(|token| RefreshToken::new(token.to_owned())),
            lifetime: lifetime.min(LONGEST_LIFETIME) * 1_000,
        })
    }
}

/// An error response (RFC 6749 section 5.2). `temporarily_unavailable` and rate limits are transient.
fn error_response(value: &Value) -> TokenError {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    match text("error") {
        None | Some("temporarily_unavailable" | "server_error" | "slow_down") => {
            TokenError::Transient(TEMPORARILY_UNAVAILABLE)
        }
        Some(code) => TokenError::Final(Problem::from_authorization_server(code, text("error_description"))),
    }
}

pub(crate) const NO_ID_TOKEN: Problem = invalid("The token response has no `id_token`.");

/// `b64token` of RFC 6750 section 2.1, the only characters allowed in an `Authorization` header.
fn is_header_safe(token: &str) -> bool {
    token.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{TokenError, TokenResponse, Tokens, code_request, revocation_request};
    use crate::claims::Expected;
    use crate::claims::tests::{claims, jwt};
    use crate::config::tests::config;
    use crate::secret::{AuthorizationCode, CodeVerifier, RefreshToken};
    use serde_json::{Value, json};

    pub(crate) fn token_response() -> Value {
        json!({
            "access_token": "access.token.1",
            "id_token": jwt(&claims()),
            "refresh_token": "refresh-1",
            "token_type": "Bearer",
            "expires_in": 3_600,
        })
    }

    fn validate(status: u16, body: &str) -> Result<Tokens, TokenError> {
        Tokens::validate(
            &TokenResponse { status, body: body.as_bytes() },
            &config(),
            Expected::Nonce("nonce"),
        )
    }

    fn with(name: &str, value: Value) -> String {
        let mut response = token_response();
        response[name] = value;
        response.to_string()
    }

    #[test]
    fn a_valid_token_response_is_accepted() {
        let tokens = validate(200, &token_response().to_string()).unwrap();
        assert_eq!(tokens.access_token.expose(), "access.token.1");
        assert_eq!(tokens.refresh_token.unwrap().expose(), "refresh-1");
        assert_eq!(tokens.id_token.unwrap().1.subject(), "ada-1");
        assert_eq!(tokens.lifetime, 3_600_000);
        assert!(validate(200, &with("token_type", json!("bearer"))).is_ok());
        assert!(validate(200, &with("refresh_token", json!(null))).unwrap().refresh_token.is_none());
    }

    #[test]
    fn a_missing_lifetime_is_taken_from_the_id_token() {
        assert_eq!(validate(200, &with("expires_in", json!(null))).unwrap().lifetime, 3_600_000);
        assert_eq!(validate(200, &with("expires_in", json!(u64::MAX))).unwrap().lifetime, 30 * 86_400_000);
    }

    #[test]
    fn an_invalid_token_response_is_refused() {
        let junk = "x".repeat(1_000_000);
        let truncated = &token_response().to_string()[..200];
        let mut wrong_issuer = claims();
        wrong_issuer["iss"] = json!("https://evil.example");
        let rows = [
            (200, "<html>It works!</html>", "invalid_token_response"),
            (200, truncated, "invalid_token_response"),
            (200, &junk, "invalid_token_response"),
            (200, "", "invalid_token_response"),
            (200, "[]", "invalid_token_response"),
            (200, "{\"__proto__\":{\"access_token\":\"a\"}}", "invalid_token_response"),
            (200, &with("access_token", json!(null)), "invalid_token_response"),
            (200, &with("access_token", json!("")), "invalid_token_response"),
            (200, &with("access_token", json!({})), "invalid_token_response"),
            (200, &with("access_token", json!("a\r\nX-Evil: 1")), "invalid_token_response"),
            (200, &with("access_token", json!("a b")), "invalid_token_response"),
            (200, &with("token_type", json!("DPoP")), "invalid_token_response"),
            (200, &with("token_type", json!(null)), "invalid_token_response"),
            (200, &with("id_token", json!(null)), "invalid_token_response"),
            (200, &with("id_token", json!("a.b.c\n")), "invalid_token_response"),
            (200, &with("id_token", json!("a.b.c")), "invalid_id_token"),
            (200, &with("id_token", json!(jwt(&wrong_issuer))), "invalid_id_token"),
            (400, "{\"error\":\"invalid_grant\"}", "invalid_grant"),
            (401, "{\"error\":\"invalid_client\"}", "invalid_client"),
        ];
        for (status, body, code) in rows {
            match validate(status, body) {
                Err(TokenError::Final(problem) | TokenError::Transient(problem)) => {
                    assert_eq!(problem.code(), code, "{status} {body:.80}");
                }
                other => panic!("{status} {body:.80}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_temporarily_unavailable_server_is_a_transient_error() {
        for (status, body) in [
            (500, "{\"error\":\"invalid_grant\"}"),
            (503, "<html>"),
            (429, "{\"message\":\"Too many requests\"}"),
            (400, "<html>"),
            (400, "{\"error\":\"temporarily_unavailable\"}"),
            (302, ""),
            (204, ""),
        ] {
            assert!(matches!(validate(status, body), Err(TokenError::Transient(_))), "{status} {body}");
        }
    }

    #[test]
    fn token_requests_are_form_encoded() {
        let (code, verifier) =
            (AuthorizationCode::new("a+b&c".into()), CodeVerifier::new("ver~ifier".into()));
        assert_eq!(
            code_request(&config(), &code, &verifier).body.expose(),
            "grant_type=authorization_code&client_id=client&redirect_uri=https%3A%2F%2Fapp.example.com%2Fauth%2Fcallback&code=a%2Bb%26c&code_verifier=ver%7Eifier"
        );
        assert_eq!(
            revocation_request(&config(), &RefreshToken::new("a+b&c".into())).unwrap().body.expose(),
            "client_id=client&token=a%2Bb%26c"
        );
    }

    #[test]
    fn debug_output_holds_no_token() {
        let printed = format!("{:?}", validate(200, &token_response().to_string()).unwrap());
        assert!(
            !printed.contains("access.token.1") && !printed.contains("refresh-1") && !printed.contains("eyJ"),
            "{printed}"
        );
    }
}
