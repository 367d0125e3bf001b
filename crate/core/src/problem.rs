//! Errors as pages see them: a stable code and a description.

use crate::json::{self, Json};
use std::rc::Rc;

/// An error: a stable code for programs and a description for people. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Own(Code, &'static str),
    /// The authorization server's code (RFC 6749 section 4.1.2.1) and description.
    Foreign(Rc<(String, String)>),
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The vault's own error codes. They are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as pages see it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// The refresh token was refused.
    InvalidGrant = "invalid_grant",
    /// An ID token is not trustworthy.
    InvalidIdToken = "invalid_id_token",
    /// An authorization response names another issuer.
    InvalidIssuer = "invalid_issuer",
    /// A parameter of the login endpoint was given twice.
    InvalidRequest = "invalid_request",
    /// `returnTo` is not a path of the app.
    InvalidReturnTo = "invalid_return_to",
    /// An authorization response matches no sign-in of this browser.
    InvalidState = "invalid_state",
    /// A token response is not trustworthy.
    InvalidTokenResponse = "invalid_token_response",
    /// The authorization server returned another user than the lost session's.
    LoginRequired = "login_required",
    /// The endpoint does not allow this method.
    MethodNotAllowed = "method_not_allowed",
    /// Only a keeper may call this endpoint.
    NotAKeeper = "not_a_keeper",
    /// There is no such endpoint.
    NotFound = "not_found",
    /// The browser refused a `WebCrypto` operation that sign-in needs.
    PlatformFailed = "platform_failed",
    /// Queued requests take up all the memory reserved for them.
    QueueFull = "queue_full",
    /// The API redirects, and redirects are not followed.
    RedirectRefused = "redirect_refused",
    /// The refresh token could not be revoked.
    RevocationFailed = "revocation_failed",
    /// The session has ended: its access token has expired, and there is no refresh token.
    SessionExpired = "session_expired",
    /// No keeper has the session, and the configuration disables recovery.
    SessionLost = "session_lost",
    /// The token endpoint responded with a server error.
    TokenEndpointError = "token_endpoint_error",
    /// A page called the token endpoint or the revocation endpoint.
    TokenEndpointRefused = "token_endpoint_refused",
    /// The token endpoint could not be reached.
    TokenEndpointUnreachable = "token_endpoint_unreachable",
    /// No access token was available in time.
    TokenUnavailable = "token_unavailable",
    /// The limit of keepers is reached.
    TooManyKeepers = "too_many_keepers",
    /// The user is signed out.
    Unauthenticated = "unauthenticated",
    /// A keeper's copy was sealed for another worker.
    WrongSeal = "wrong_seal",
}

impl Problem {
    /// An error of the vault.
    #[must_use]
    pub const fn new(code: Code, description: &'static str) -> Self {
        Self(Kind::Own(code, description))
    }

    /// The stable code in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &str {
        match &self.0 {
            Kind::Own(code, _) => code.as_str(),
            Kind::Foreign(texts) => &texts.0,
        }
    }

    /// One or two sentences: what happened and what to do.
    #[must_use]
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
    #[must_use]
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
    use super::{Code, Problem};

    #[test]
    fn error_codes_are_documented_and_unique() {
        let page = include_str!("../../../docs/errors.md");
        for code in Code::ALL {
            assert!(page.contains(&format!("`{}`", code.as_str())), "docs/errors.md lacks {}", code.as_str());
            let same = Code::ALL.iter().filter(|other| other.as_str() == code.as_str()).count();
            assert_eq!(same, 1, "{}", code.as_str());
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
