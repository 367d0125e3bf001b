//! Errors as the page sees them: a stable code and a sentence.

use crate::json::{self, Json};
use std::rc::Rc;

/// An error: a stable code for programs, and a description for people. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Own(Code, &'static str),
    /// The authorization server's own code (RFC 6749 section 4.1.2.1) and description.
    Foreign(Rc<(String, String)>),
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// Every error code of the vault's own. They are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All of them.
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
    /// An ID token cannot be trusted.
    InvalidIdToken = "invalid_id_token",
    /// An authorization response names another issuer.
    InvalidIssuer = "invalid_issuer",
    /// A parameter of the login endpoint was given twice.
    InvalidRequest = "invalid_request",
    /// `returnTo` is not a path of the app.
    InvalidReturnTo = "invalid_return_to",
    /// An authorization response answers nothing that this browser began.
    InvalidState = "invalid_state",
    /// A token response cannot be trusted.
    InvalidTokenResponse = "invalid_token_response",
    /// The authorization server knows another user by now.
    LoginRequired = "login_required",
    /// The endpoint does not take this method.
    MethodNotAllowed = "method_not_allowed",
    /// Only a keeper may ask for this.
    NotAKeeper = "not_a_keeper",
    /// There is no such endpoint.
    NotFound = "not_found",
    /// The browser refused what a sign-in needs.
    PlatformFailed = "platform_failed",
    /// Queued requests take up all the memory there is for them.
    QueueFull = "queue_full",
    /// The API redirects, and redirects are not followed.
    RedirectRefused = "redirect_refused",
    /// The refresh token could not be revoked.
    RevocationFailed = "revocation_failed",
    /// The session has ended, and there is no refresh token.
    SessionExpired = "session_expired",
    /// Every copy of the session is gone, and it is not to be recovered.
    SessionLost = "session_lost",
    /// The token endpoint responded with an error of its own.
    TokenEndpointError = "token_endpoint_error",
    /// A page's request to the token endpoint or the revocation endpoint.
    TokenEndpointRefused = "token_endpoint_refused",
    /// The token endpoint could not be reached.
    TokenEndpointUnreachable = "token_endpoint_unreachable",
    /// There was no access token in time.
    TokenUnavailable = "token_unavailable",
    /// One keeper too many.
    TooManyKeepers = "too_many_keepers",
    /// Nobody is signed in.
    Unauthenticated = "unauthenticated",
    /// A keeper's copy was sealed for another worker.
    WrongSeal = "wrong_seal",
}

impl Problem {
    /// A problem of the vault's own.
    #[must_use]
    pub const fn new(code: Code, description: &'static str) -> Self {
        Self(Kind::Own(code, description))
    }

    /// Stable, `snake_case`.
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

    /// The JSON text of an object with both.
    pub(crate) fn to_json(&self) -> String {
        json::object(&[("code", Json::Text(self.code())), ("description", Json::Text(self.description()))])
    }

    /// A problem told by the authorization server. Its texts are foreign, and anybody can write a link with others. The code
    /// keeps the characters of codes. The description, which RFC 6749 limits to ASCII and servers write in the user's
    /// language, keeps what can be seen: no quotes, no control characters, nothing that reorders or hides text, and no more
    /// than a sentence or two.
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

/// Whether a character of a foreign text may be shown.
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
    fn every_code_is_documented_and_no_two_are_the_same() {
        let page = include_str!("../../../docs/errors.md");
        for code in Code::ALL {
            assert!(page.contains(&format!("`{}`", code.as_str())), "docs/errors.md lacks {}", code.as_str());
            let same = Code::ALL.iter().filter(|other| other.as_str() == code.as_str()).count();
            assert_eq!(same, 1, "{}", code.as_str());
        }
    }

    #[test]
    fn foreign_texts_are_cut_down_to_what_the_rfc_allows() {
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
    fn a_description_of_which_nothing_is_left_becomes_a_sentence() {
        for text in [None, Some(""), Some("  "), Some("\u{202e}\u{200b} \"\"")] {
            let problem = Problem::from_authorization_server("x", text);
            assert_eq!(problem.description(), "The authorization server gave no description.", "{text:?}");
        }
    }
}
