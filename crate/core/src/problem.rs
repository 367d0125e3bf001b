//! Errors as the page sees them: a stable code and a sentence.

use crate::json::{self, Json};
use std::borrow::Cow;

/// An error with a stable `code` for programs and a `description` for people. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable, `snake_case`. An authorization server's own error code (RFC 6749 section 4.1.2.1) keeps its name.
    pub code: Cow<'static, str>,
    /// One or two sentences: what happened and what to do.
    pub description: Cow<'static, str>,
}

impl Problem {
    /// A problem of the vault's own.
    #[must_use]
    pub const fn new(code: &'static str, description: &'static str) -> Self {
        Self { code: Cow::Borrowed(code), description: Cow::Borrowed(description) }
    }

    /// The JSON text of an object with both.
    pub(crate) fn to_json(&self) -> String {
        json::object(&[("code", Json::Text(&self.code)), ("description", Json::Text(&self.description))])
    }

    /// A problem told by the authorization server. Its texts are foreign, and anybody can write a link with others. The code
    /// keeps the characters of codes. The description, which RFC 6749 limits to ASCII and servers write in the user's
    /// language, keeps what can be seen: no quotes, no control characters, nothing that reorders or hides text, and no more
    /// than a sentence or two.
    #[must_use]
    pub fn from_authorization_server(code: &str, description: Option<&str>) -> Self {
        let code: String = code
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
            .take(64)
            .collect();
        let description: String =
            description.unwrap_or_default().chars().filter(|c| is_presentable(*c)).take(300).collect();
        let description = if description.trim().is_empty() {
            Cow::Borrowed("The authorization server gave no description.")
        } else {
            Cow::Owned(description)
        };
        let code = if code.is_empty() { Cow::Borrowed("authorization_failed") } else { Cow::Owned(code) };
        Self { code, description }
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
    use super::Problem;

    #[test]
    fn foreign_texts_are_cut_down_to_what_the_rfc_allows() {
        let problem = Problem::from_authorization_server("access_denied<script>", Some("no\u{0}\r\n\"way\\"));
        assert_eq!(problem.code, "access_deniedscript");
        assert_eq!(problem.description, "noway");
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
            assert_eq!(problem.description, "ab", "{hidden:?}");
        }
        assert_eq!(Problem::from_authorization_server("\u{1F512}", None).code, "authorization_failed");
        assert_eq!(Problem::from_authorization_server("x", Some(&"y".repeat(9_000))).description.len(), 300);
    }

    #[test]
    fn descriptions_in_the_users_language_are_shown() {
        for text in ["ユーザーが見つかりません。", "Anmeldung für Grüße fehlgeschlagen.", "تم رفض الوصول"]
        {
            assert_eq!(Problem::from_authorization_server("x", Some(text)).description, text);
        }
        let long = Problem::from_authorization_server("x", Some(&"日".repeat(9_000))).description;
        assert_eq!(long.chars().count(), 300);
    }

    #[test]
    fn a_description_of_which_nothing_is_left_becomes_a_sentence() {
        for text in [None, Some(""), Some("  "), Some("\u{202e}\u{200b} \"\"")] {
            let problem = Problem::from_authorization_server("x", text);
            assert_eq!(problem.description, "The authorization server gave no description.", "{text:?}");
        }
    }
}
