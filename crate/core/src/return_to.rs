//! Where the user goes after sign-in: always a path of this origin.

use crate::form::percent_encode;

/// A same-origin path with query and fragment, in visible ASCII. No browser resolves it to another origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(String);

/// Maximum length, in bytes. The path goes into storage and may go into a query.
const MAX_LENGTH: usize = 2_048;

impl ReturnTo {
    /// Parses a `returnTo` parameter.
    ///
    /// Refuses paths that do not start with `/`; `//host` and `/\host`, which browsers resolve to another
    /// host; a backslash in the path, which browsers turn into `/`; control characters and white space, which
    /// browsers remove before they resolve a URL (`/\t/host`); dot segments, since `/.//host` resolves to
    /// `//host`; and paths longer than 2,048 bytes.
    ///
    /// Non-ASCII characters are percent-encoded, as in a browser's address bar, because a header carries
    /// bytes.
    pub fn parse(text: &str) -> Option<Self> {
        encoded(text).filter(|path| path.len() <= MAX_LENGTH).map(Self)
    }

    /// Parses the URL of a page. If it is too long, returns its path, or `root` if the path is too long as
    /// well.
    pub fn parse_or_shorten(text: &str, root: &Self) -> Option<Self> {
        let whole = encoded(text)?;
        let path = whole.split(['?', '#']).next().unwrap_or_default();
        let fitting = [whole.as_str(), path].into_iter().find(|it| it.len() <= MAX_LENGTH);
        Some(fitting.map_or_else(|| root.clone(), |it| Self(it.to_owned())))
    }

    /// The app's root from the configuration, as a browser serialised it.
    pub(crate) fn of_scope(scope: &str) -> Self {
        Self(scope.to_owned())
    }

    /// The path for a `Location` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Encodes `text` in visible ASCII if it is a path of this origin.
fn encoded(text: &str) -> Option<String> {
    let rest = text.strip_prefix('/')?;
    let path_end = text.find(['?', '#']).unwrap_or(text.len());
    let path = text.get(..path_end).unwrap_or_default();
    let refused = text.chars().any(|c| c.is_control() || c.is_whitespace())
        || path.contains('\\')
        || rest.starts_with('/')
        || path.split('/').any(is_dot_segment);
    if refused {
        return None;
    }
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            // Allowed in a query or fragment, refused in a path.
            b'\\' => percent_encode(byte, &mut encoded),
            b'!'..=b'~' => encoded.push(char::from(byte)),
            _ => percent_encode(byte, &mut encoded),
        }
    }
    Some(encoded)
}

/// `.` or `..`, also if percent-encoded as the URL standard allows.
fn is_dot_segment(segment: &str) -> bool {
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
            "/a\\b",
            "/日本語/..//evil.example",
            "http:evil.example",
            "/x\r\nSet-Cookie: a=b",
        ] {
            assert_eq!(ReturnTo::parse(attack), None, "{attack:?}");
        }
        assert_eq!(ReturnTo::parse(&format!("/{}", "a".repeat(4_000))), None);
    }

    #[test]
    fn paths_of_the_app_are_kept_unchanged() {
        for path in [
            "/",
            "/notes",
            "/notes/1?tab=a&b=//c#d",
            "/a//b",
            "/.well-known/x",
            "/...",
            "/a?x=https://b.example/",
        ] {
            assert_eq!(ReturnTo::parse(path).unwrap().as_str(), path);
        }
    }

    /// A browser reads the bytes of `ü` in `Location` as two other characters; Chromium ignores the header.
    #[test]
    fn non_ascii_characters_of_a_path_are_percent_encoded() {
        for (path, encoded) in [
            ("/grüße", "/gr%C3%BC%C3%9Fe"),
            ("/notes/日本語?q=é#ñ", "/notes/%E6%97%A5%E6%9C%AC%E8%AA%9E?q=%C3%A9#%C3%B1"),
            ("/a%20b/%C3%BC", "/a%20b/%C3%BC"),
            // A page's URL may have a backslash in its query or fragment.
            ("/search?q=a\\b#c\\d", "/search?q=a%5Cb#c%5Cd"),
        ] {
            let parsed = ReturnTo::parse(path).unwrap();
            assert_eq!(parsed.as_str(), encoded);
            assert_eq!(ReturnTo::parse(encoded), Some(parsed), "again, out of storage");
        }
    }

    #[test]
    fn a_page_whose_url_is_too_long_falls_back_to_its_path_and_then_to_the_root() {
        let root = ReturnTo::parse("/app/").unwrap();
        let long = "a".repeat(3_000);
        let umlauts = "ü".repeat(500);
        for (text, expected) in [
            ("/notes?q=1".to_owned(), "/notes?q=1"),
            (format!("/notes?q={long}"), "/notes"),
            (format!("/notes#{long}"), "/notes"),
            (format!("/notes?q={umlauts}"), "/notes"),
            (format!("/{long}?q=1"), "/app/"),
        ] {
            let parsed = ReturnTo::parse_or_shorten(&text, &root).unwrap();
            assert_eq!(parsed.as_str(), expected, "{text}");
        }
        for attack in
            [format!("//evil.example/{long}"), format!("/\\evil.example/{long}"), format!("/a/..//{long}")]
        {
            assert_eq!(ReturnTo::parse_or_shorten(&attack, &root), None, "{attack}");
        }
    }

    proptest! {
        /// Other bytes in a header are misread, or end the header.
        #[test]
        fn an_accepted_return_to_is_visible_ascii(text in r"/(\PC|[/?#\\%.]){0,12}", long in any::<bool>()) {
            let text = if long { text.clone() + "?" + &text.repeat(400) } else { text };
            if let Some(path) = ReturnTo::parse_or_shorten(&text, &ReturnTo("/".to_owned())) {
                prop_assert!(path.as_str().bytes().all(|b| b.is_ascii_graphic()), "{:?}", path);
                prop_assert_eq!(ReturnTo::parse(path.as_str()), Some(path), "it survives storage");
            }
        }

        #[test]
        fn an_accepted_return_to_resolves_to_the_apps_origin(text in r"[/\\.:@%2eE?#a-z \t\n]{0,12}") {
            if let Some(path) = ReturnTo::parse(&text) {
                let base = url::Url::parse("https://app.example/deep/page").unwrap();
                prop_assert_eq!(base.join(path.as_str()).unwrap().origin(), base.origin());
            }
        }
    }
}
