//! Where the user goes after sign-in: a path of this origin and nothing else.

/// A same-origin path with query and fragment. Cannot leave the origin, however a browser resolves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

/// Longer paths are refused: what comes back from sign-in is a place in the app, not a payload.
const MAX_LENGTH: usize = 2_048;

impl ReturnTo {
    /// Parses a `returnTo` parameter.
    ///
    /// Refused: anything that does not start with one `/`; `//host` and `/\host`, which browsers read as another
    /// host; any backslash, since browsers turn it into `/`; control characters and white space, which browsers
    /// drop before they resolve (`/\t/host`). Dot segments are refused too: `/.//host` resolves to `//host`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        let refused = text.len() > MAX_LENGTH
            || text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\')
            || rest.starts_with('/')
            || path.split('/').any(is_dot_segment);
        (!refused).then(|| Self(text.to_owned()))
    }

    /// The app's root.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The path as a `Location` header carries it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `.` or `..`, also percent-encoded as the URL standard reads them.
pub(crate) fn is_dot_segment(segment: &str) -> bool {
    let mut rest = segment;
    let mut dots = 0;
    while let Some(after) = [".", "%2e", "%2E"].into_iter().find_map(|dot| rest.strip_prefix(dot)) {
        rest = after;
        dots += 1;
    }
    rest.is_empty() && matches!(dots, 1 | 2)
}

#[cfg(test)]
mod tests {
    use super::ReturnTo;
    use proptest::prelude::*;

    #[test]
    fn open_redirects_are_refused() {
        for attack in [
            "",
            "https://evil.example",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            " //evil.example",
            "/ /evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "evil.example",
            "./x",
            "../x",
            "/.//evil.example",
            "/..//evil.example",
            "/a/..//evil.example",
            "/%2e//evil.example",
            "/%2E%2e//evil.example",
            "/.%2e//evil.example",
            "/x\u{0}",
            "/x\u{7f}",
            "/\u{a0}/evil.example",
            "/a\\..\\\\evil.example",
            "http:evil.example",
            "/x\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(ReturnTo::parse(attack), None, "{attack:?}");
        }
        assert_eq!(ReturnTo::parse(&format!("/{}", "a".repeat(4_000))), None);
    }

    #[test]
    fn paths_of_the_app_are_kept_whole() {
        for path in [
            "/",
            "/notes",
            "/notes/1?tab=a&b=//c#d",
            "/a//b",
            "/grüße",
            "/.well-known/x",
            "/...",
            "/a?x=https://b.example/",
        ] {
            assert_eq!(ReturnTo::parse(path).unwrap().as_str(), path);
        }
    }

    proptest! {
        /// Whatever is accepted resolves to the app's own origin.
        #[test]
        fn what_is_accepted_stays_on_the_origin(text in r"[/\\.:@%2eE?#a-z \t\n]{0,12}") {
            if let Some(path) = ReturnTo::parse(&text) {
                let base = url::Url::parse("https://app.example/deep/page").unwrap();
                prop_assert_eq!(base.join(path.as_str()).unwrap().origin(), base.origin());
            }
        }
    }
}
