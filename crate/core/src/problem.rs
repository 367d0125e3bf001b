//! Errors as pages see them: a stable code and a description.

use crate::json::{self, Json};
use std::rc::Rc;

/// An error: a stable code for programs and a description for people. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Code and description of an error of the vault.
    Own(&'static str, &'static str),
    /// The authorization server's code (RFC 6749 section 4.1.2.1) and description.
    Foreign(Rc<(String, String)>),
}

/// The vault's own errors. Their codes are stable.
macro_rules! problems {
    ($($name:ident = $code:literal, $description:literal;)*) => {
        $(pub(crate) const $name: Problem = Problem::new($code, $description);)*

        #[cfg(test)]
        const ALL: &[Problem] = &[$($name,)* invalid_id_token(""), invalid_token_response("")];
    };
}

problems! {
    ANOTHER_USER = "login_required", "The session was lost, and another user is signed in at the authorization server. Sign in again.";
    INTERRUPTED = "invalid_grant", "The refresh token was refused. If the browser stopped the worker during a renewal, give refresh-token rotation a grace period. Sign in again.";
    INVALID_APP = "invalid_app", "The sign-in names no app, or one that is not in `apps`. Add the app's origin to `apps` in the vault's worker script.";
    INVALID_RESPONSE = "invalid_response", "This is not an authorization response of the callback page.";
    INVALID_RETURN_TO = "invalid_return_to", "`returnTo` must be a path of this app, such as \"/notes?tab=2\".";
    INVALID_STATE = "invalid_state", "This sign-in is unknown, was already used, or took longer than ten minutes. Sign in again.";
    METHOD_NOT_ALLOWED = "method_not_allowed", "Navigate to `login` and `callback`; fetch the other endpoints.";
    MIXED_UP = "invalid_issuer", "The authorization response names another issuer than the configured one. Sign in again.";
    NOT_A_KEEPER = "not_a_keeper", "Only the vault's keepers may use this endpoint.";
    NOT_FOUND = "not_found", "The vault has no such endpoint.";
    PLATFORM_FAILED = "platform_failed", "The browser refused WebCrypto, which sign-in needs. Open the app over https in a current browser.";
    QUEUE_FULL = "queue_full", "Too many requests are waiting for the session. Try again later.";
    REDIRECT_REFUSED = "redirect_refused", "The API redirects, which the configuration refuses. If the token may be sent to the target, set `redirect: \"follow\"`.";
    REPEATED_PARAMETER = "invalid_request", "A parameter occurs twice. Pass each parameter once.";
    RESPONSE_TOO_LONG = "response_too_long", "The authorization code is too long for the cookie that carries it to the vault. Configure the authorization server to issue shorter codes.";
    REVOCATION_FAILED = "revocation_failed", "You are signed out of this app, but the refresh token could not be revoked.";
    SESSION_EXPIRED = "session_expired", "The session has ended, and there is no refresh token. Sign in again.";
    SESSION_LOST = "session_lost", "The session was lost, and `recovery` is \"none\". Sign in again.";
    TEMPORARILY_UNAVAILABLE = "token_endpoint_error", "The token endpoint responded with an error. Try again in a moment.";
    TOKEN_ENDPOINT_REFUSED = "token_endpoint_refused", "Only the vault may call the token endpoint and the revocation endpoint.";
    TOKEN_UNAVAILABLE = "token_unavailable", "The session is being renewed or recovered, and there was no access token in time. Try again later.";
    TOO_MANY_KEEPERS = "too_many_keepers", "The limit of keepers is reached. Close other tabs of this app.";
    UNAUTHENTICATED = "unauthenticated", "The user is signed out. Call login() first.";
    UNREACHABLE = "token_endpoint_unreachable", "The token endpoint could not be reached. Check the network, its URL and its CORS headers.";
    WRONG_SEAL = "wrong_seal", "This copy was sealed for another worker.";
}

/// An ID token is not trustworthy.
pub(crate) const fn invalid_id_token(description: &'static str) -> Problem {
    Problem::new("invalid_id_token", description)
}

/// A token response is not trustworthy.
pub(crate) const fn invalid_token_response(description: &'static str) -> Problem {
    Problem::new("invalid_token_response", description)
}

impl Problem {
    /// An error of the vault.
    pub const fn new(code: &'static str, description: &'static str) -> Self {
        Self(Kind::Own(code, description))
    }

    /// The stable code in `snake_case`.
    pub fn code(&self) -> &str {
        match &self.0 {
            Kind::Own(code, _) => code,
            Kind::Foreign(texts) => &texts.0,
        }
    }

    /// One or two sentences: what happened and what to do.
    pub fn description(&self) -> &str {
        match &self.0 {
            Kind::Own(_, description) => description,
            Kind::Foreign(texts) => &texts.1,
        }
    }

    /// A JSON object with `code` and `description`.
    pub(crate) fn to_json(&self) -> String {
        json::object(&[("code", Json::Text(self.code())), ("description", Json::Text(self.description()))])
    }

    /// An error that the authorization server returned. Its texts are untrusted, since anyone can make a link
    /// with an error response. The code keeps only the characters of error codes. RFC 6749 limits the
    /// description to ASCII, but servers write it in the user's language; it keeps visible characters, at
    /// most 300, without quotes, control characters, and characters that reorder or hide text.
    pub fn from_authorization_server(code: &str, description: Option<&str>) -> Self {
        let mut code: String = code
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
            .take(64)
            .collect();
        let mut description: String =
            description.unwrap_or_default().chars().filter(|c| is_presentable(*c)).take(300).collect();
        if description.trim().is_empty() {
            "The authorization server gave no description.".clone_into(&mut description);
        }
        if code.is_empty() {
            "authorization_failed".clone_into(&mut code);
        }
        Self(Kind::Foreign(Rc::new((code, description))))
    }
}

/// Whether a character of an untrusted text may be shown.
fn is_presentable(c: char) -> bool {
    let hidden = matches!(
        c,
        '"' | '\\'
            | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            // Private use, variation selectors, presentation marks, tags.
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
            | '\u{e0000}'..
    );
    !hidden && !c.is_control()
}

#[cfg(test)]
mod tests {
    use super::{ALL, Problem};

    #[test]
    fn error_codes_are_documented_and_unique() {
        let page = include_str!("../../../docs/errors.md");
        for code in ALL.iter().map(Problem::code) {
            assert!(page.contains(&format!("`{code}`")), "docs/errors.md lacks {code}");
            assert_eq!(ALL.iter().filter(|other| other.code() == code).count(), 1, "{code}");
        }
    }

    #[test]
    fn texts_of_the_authorization_server_are_sanitized() {
        let problem = Problem::from_authorization_server("access_denied<script>", Some("no\u{0}\r\n\"way\\"));
        assert_eq!(problem.code(), "access_deniedscript");
        assert_eq!(problem.description(), "noway");
        for hidden in [
            "\u{202e}",
            "\u{2066}",
            "\u{200b}",
            "\u{feff}",
            "\u{e0041}",
            "\u{ad}",
            "\u{85}",
            "\u{1b}",
            "\u{2028}",
        ] {
            let problem = Problem::from_authorization_server("x", Some(&["a", hidden, "b"].concat()));
            assert_eq!(problem.description(), "ab", "{hidden:?}");
        }
        assert_eq!(Problem::from_authorization_server("\u{1F512}", None).code(), "authorization_failed");
        assert_eq!(
            Problem::from_authorization_server("x", Some(&"y".repeat(9_000))).description().len(),
            300
        );
    }

    #[test]
    fn descriptions_in_the_users_language_are_shown() {
        for text in ["ユーザーが見つかりません。", "Anmeldung für Grüße fehlgeschlagen.", "تم رفض الوصول"]
        {
            assert_eq!(Problem::from_authorization_server("x", Some(text)).description(), text);
        }
        let long = Problem::from_authorization_server("x", Some(&"日".repeat(9_000)));
        let long = long.description();
        assert_eq!(long.chars().count(), 300);
    }

    #[test]
    fn an_empty_error_description_is_replaced_by_a_default() {
        for text in [None, Some(""), Some("  "), Some("\u{202e}\u{200b} \"\"")] {
            let problem = Problem::from_authorization_server("x", text);
            assert_eq!(problem.description(), "The authorization server gave no description.", "{text:?}");
        }
    }
}
