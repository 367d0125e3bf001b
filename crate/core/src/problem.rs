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

    /// A problem told by the authorization server. Its texts are foreign: what RFC 6749 does not allow in them
    /// is dropped, and so is what is longer than a sentence or two.
    #[must_use]
    pub fn from_authorization_server(code: &str, description: Option<&str>) -> Self {
        let code: String = code
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
            .take(64)
            .collect();
        let description: String = description
            .unwrap_or("The authorization server gave no description.")
            .chars()
            .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
            .take(300)
            .collect();
        let code = if code.is_empty() { Cow::Borrowed("authorization_failed") } else { Cow::Owned(code) };
        Self { code, description: Cow::Owned(description) }
    }
}

#[cfg(test)]
mod tests {
    use super::Problem;

    #[test]
    fn foreign_texts_are_cut_down_to_what_the_rfc_allows() {
        let problem = Problem::from_authorization_server("access_denied<script>", Some("no\u{0}\r\n\"way\\"));
        assert_eq!(problem.code, "access_deniedscript");
        assert_eq!(problem.description, "noway");
        assert_eq!(Problem::from_authorization_server("\u{1F512}", None).code, "authorization_failed");
        assert_eq!(Problem::from_authorization_server("x", Some(&"y".repeat(9_000))).description.len(), 300);
    }
}
