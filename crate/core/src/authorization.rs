//! The authorization request, RFC 6749 section 4.1.1 with RFC 7636 and OpenID Connect Core 3.1.2.1.

use crate::config::Config;
use crate::form;
use crate::pkce::{CodeVerifier, Random, base64url};
use crate::problem::{INVALID_RETURN_TO, Problem, REPEATED_PARAMETER};
use crate::return_to::ReturnTo;
use crate::secret::{Nonce, State};
use crate::time::Now;
use crate::transaction::{Kind, Secrets, StoredTransaction, Transaction, storage_key};

/// Random bytes for one authorization request: state, nonce, code verifier.
pub type Randomness = [Random; 3];

impl State {
    /// 43 characters of 256 random bits.
    pub(crate) fn from_random([state, ..]: &Randomness) -> Self {
        Self::new(base64url(state))
    }
}

/// A request to the login endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRequest {
    return_to: ReturnTo,
    kind: Kind,
    is_for_frame: bool,
    passed_on: Vec<(&'static str, String)>,
}

/// Parameters that are passed on to the authorization server; all others are ignored. Of the parameters that
/// Cognito documents, the list omits those that the vault sets, and `resource`, which like `scope` decides
/// what the tokens may be used for.
const PASSED_ON: [&str; 7] =
    ["prompt", "login_hint", "identity_provider", "idp_identifier", "lang", "acr_values", "max_age"];

impl LoginRequest {
    /// Parses the query of the login endpoint.
    ///
    /// # Errors
    ///
    /// `invalid_return_to` if `returnTo` is not a path of this origin, `invalid_request` if a parameter is
    /// given twice.
    pub fn parse(query: &str, config: &Config) -> Result<Self, Problem> {
        let mut return_to = None;
        let mut kind = Kind::User;
        let mut is_for_frame = false;
        let mut passed_on: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in form::pairs(query) {
            match name.as_str() {
                "returnTo" if return_to.is_none() => {
                    let path = ReturnTo::parse_or_shorten(&value, &config.root());
                    return_to = Some(path.ok_or(INVALID_RETURN_TO)?);
                }
                "returnTo" => return Err(REPEATED_PARAMETER),
                "silent" if value == "1" => kind = Kind::Silent,
                "silent" if config.is_vault_origin() && value == "frame" => {
                    kind = Kind::Silent;
                    is_for_frame = true;
                }
                "again" if value == "1" && kind == Kind::User => kind = Kind::Again,
                other => {
                    let Some(name) = PASSED_ON.into_iter().find(|known| *known == other) else { continue };
                    if passed_on.iter().any(|(given, _)| *given == name) {
                        return Err(REPEATED_PARAMETER);
                    }
                    passed_on.push((name, value));
                }
            }
        }
        if kind == Kind::Silent {
            // A link on another site could name a user, an age or an authentication level for which the
            // authorization server refuses the request. That would end the session that is being recovered.
            passed_on = vec![("prompt", "none".to_owned())];
        } else if passed_on.iter().any(|(name, value)| *name == "prompt" && value == "none") {
            // Cognito forwards to a named identity provider despite `prompt=none`, and that provider may show
            // a page.
            passed_on.retain(|(name, _)| !matches!(*name, "identity_provider" | "idp_identifier"));
        }
        Ok(Self { return_to: return_to.unwrap_or_else(|| config.root()), kind, is_for_frame, passed_on })
    }

    /// The login path that repeats a sign-in whose transaction was lost. It has no `prompt` and no identity
    /// provider: the authorization server has just signed the user in and need not ask again.
    pub(crate) fn again(return_to: &ReturnTo, config: &Config) -> Option<ReturnTo> {
        let query = form::text(&[("again", "1"), ("returnTo", return_to.as_str())]);
        ReturnTo::parse(&[&config.base_path, "/login?", &query].concat())
    }

    /// Whether the page client began it for a lost session.
    pub(crate) fn is_silent(&self) -> bool {
        self.kind == Kind::Silent
    }

    /// Whether only the vault's frame may perform it: the page asks before it navigates.
    pub(crate) fn is_for_frame(&self) -> bool {
        cfg!(feature = "vault-origin") && self.is_for_frame
    }

    /// What to store of this sign-in, which begins now.
    pub(crate) fn to_stored(&self, now: Now) -> StoredTransaction {
        StoredTransaction { return_to: self.return_to.clone(), kind: self.kind, started: now.wall }
    }
}

/// The URL of the authorization request, and the transaction that its response must match. `recovers` is the
/// ID of the session to recover, if there is one.
pub(crate) fn authorization_request(
    config: &Config,
    request: &LoginRequest,
    state: &State,
    recovers: Option<String>,
    randomness: &Randomness,
    now: Now,
) -> (String, Transaction) {
    let [_, nonce, verifier] = randomness;
    let (nonce, verifier) = (Nonce::new(base64url(nonce)), CodeVerifier::from_random(verifier));
    let endpoint = &config.provider.authorization_endpoint;
    let separator = if endpoint.query().is_empty() { "?" } else { "&" };
    let scopes: Vec<&str> = config.scopes.iter().map(String::as_str).collect();
    let (scope, redirect_uri) = (scopes.join(" "), config.redirect_uri());
    let challenge = verifier.challenge();
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", &config.provider.client_id),
        ("redirect_uri", &redirect_uri),
        ("scope", &scope),
        ("state", state.expose()),
        ("nonce", nonce.expose()),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    pairs.extend(request.passed_on.iter().map(|(name, value)| (*name, value.as_str())));
    let query = form::text(&pairs);
    let url = [endpoint.as_str(), separator, &query].concat();
    let transaction = Transaction {
        key: storage_key(state),
        stored: request.to_stored(now),
        secrets: Some(Secrets { nonce, verifier, recovers, begun: now }),
    };
    (url, transaction)
}

#[cfg(test)]
mod tests {
    use super::{LoginRequest, Randomness, authorization_request};
    use crate::config::tests::config;
    use crate::secret::State;
    use crate::time::Now;
    use crate::transaction::{Transaction, storage_key};
    use std::collections::HashMap;

    const NOW: Now = Now { monotonic: 0, wall: 1_000 };
    const RANDOM: Randomness = [[1; 32], [2; 32], [3; 32]];

    fn begin(request: &LoginRequest) -> (String, Transaction) {
        authorization_request(&config(), request, &State::from_random(&RANDOM), None, &RANDOM, NOW)
    }

    fn parameters(query: &str) -> HashMap<String, String> {
        let request = LoginRequest::parse(query, &config()).unwrap();
        let (url, _) = begin(&request);
        let url = url::Url::parse(&url).unwrap();
        assert_eq!(url.path(), "/oauth2/authorize");
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let map: HashMap<_, _> = pairs.iter().cloned().collect();
        assert_eq!(pairs.len(), map.len(), "no parameter twice");
        map
    }

    #[test]
    fn an_authorization_request_has_state_nonce_and_code_challenge() {
        let request = LoginRequest::parse("returnTo=%2Fnotes%3Fa%3D1", &config()).unwrap();
        let (url, transaction) = begin(&request);
        let secrets = transaction.secrets.unwrap();
        let asked = parameters("");
        assert_eq!(asked["response_type"], "code");
        assert_eq!(asked["client_id"], "client");
        assert_eq!(asked["redirect_uri"], "https://app.example.com/auth/callback");
        assert_eq!(asked["scope"], "openid email api/read");
        assert_eq!(storage_key(&State::new(asked["state"].clone())), transaction.key);
        assert_eq!(asked["nonce"], secrets.nonce.expose());
        assert_eq!(asked["code_challenge"], secrets.verifier.challenge());
        assert_eq!(asked["code_challenge_method"], "S256");
        assert!(!url.contains(secrets.verifier.expose()));
        assert_eq!(transaction.stored.return_to.as_str(), "/notes?a=1");
        assert_eq!(transaction.stored.started, 1_000);
    }

    #[test]
    fn only_known_parameters_are_passed_to_the_authorization_server() {
        let asked = parameters(
            "prompt=login&login_hint=ada%40example.com&lang=de&acr_values=urn%3Amfa&max_age=300&resource=https://evil.example&identity_provider=Google&redirect_uri=https://evil.example&client_id=evil&scope=all",
        );
        assert_eq!(asked["prompt"], "login");
        assert_eq!(asked["login_hint"], "ada@example.com");
        assert_eq!(asked["identity_provider"], "Google");
        assert_eq!((asked["acr_values"].as_str(), asked["max_age"].as_str()), ("urn:mfa", "300"));
        assert!(!asked.contains_key("resource"));
        assert_eq!(asked["redirect_uri"], "https://app.example.com/auth/callback");
        assert_eq!(asked["client_id"], "client");
        assert_eq!(asked["scope"], "openid email api/read");
    }

    #[test]
    fn a_silent_request_has_only_prompt_none() {
        let asked = parameters(
            "silent=1&prompt=login&identity_provider=Google&idp_identifier=x&login_hint=eve&max_age=0&acr_values=x&lang=de",
        );
        assert_eq!(asked["prompt"], "none");
        assert_eq!(asked.len(), parameters("prompt=none").len(), "nothing else: {asked:?}");
    }

    #[test]
    fn a_request_with_prompt_none_names_no_identity_provider() {
        let asked = parameters("prompt=none&identity_provider=Google&idp_identifier=x&login_hint=ada");
        assert_eq!((asked["prompt"].as_str(), asked["login_hint"].as_str()), ("none", "ada"));
        assert!(!asked.contains_key("identity_provider") && !asked.contains_key("idp_identifier"));
    }

    /// With `silent`, the request may run in a frame. `again` must not make it show a form there.
    #[test]
    fn other_parameters_cannot_make_a_silent_request_interactive() {
        for query in ["silent=1&again=1", "again=1&silent=1", "silent=1&silent=0", "silent=0&silent=1"] {
            assert_eq!(parameters(query)["prompt"], "none", "{query}");
        }
    }

    #[test]
    fn invalid_login_parameters_are_refused() {
        for (query, code) in [
            ("returnTo=https://evil.example", "invalid_return_to"),
            ("returnTo=%2F%2Fevil.example", "invalid_return_to"),
            ("returnTo=%2F%09%2Fevil.example", "invalid_return_to"),
            ("returnTo=", "invalid_return_to"),
            ("returnTo=/a&returnTo=/b", "invalid_request"),
            ("prompt=login&prompt=none", "invalid_request"),
        ] {
            assert_eq!(LoginRequest::parse(query, &config()).unwrap_err().code(), code, "{query}");
        }
    }
}
