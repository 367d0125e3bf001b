//! URLs as serialised by a WHATWG parser.
//!
//! The core does not parse URLs that a person or a page wrote. The platform's parser does, so the URL that is
//! checked here is the one that is fetched. This module only splits the parser's output.

use crate::path::may_resolve_elsewhere;

/// An `http` or `https` URL without credentials, in serialised form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpUrl {
    href: String,
    origin_end: usize,
    path_end: usize,
}

impl HttpUrl {
    /// Splits `href`, which must be the output of a WHATWG URL parser. `None` for other schemes, and for URLs
    /// with `user:password@`, which serve only to disguise the host.
    pub fn from_serialised(href: &str) -> Option<Self> {
        let scheme = ["https://", "http://"].into_iter().find(|scheme| href.starts_with(scheme))?;
        let authority_and_path = href.get(scheme.len()..)?;
        let origin_end = scheme.len() + authority_and_path.find('/')?;
        let authority = href.get(scheme.len()..origin_end)?;
        let path_end = href.find(['?', '#']).unwrap_or(href.len());
        let whole =
            !authority.is_empty() && authority.bytes().all(|byte| byte != b'@') && path_end > origin_end;
        whole.then(|| Self { href: href.to_owned(), origin_end, path_end })
    }

    /// The whole URL.
    pub fn as_str(&self) -> &str {
        &self.href
    }

    /// Scheme, host and port, as the platform serialises an origin.
    pub fn origin(&self) -> &str {
        self.href.get(..self.origin_end).unwrap_or_default()
    }

    /// The path, starting with `/`, without query and fragment.
    pub fn path(&self) -> &str {
        self.href.get(self.origin_end..self.path_end).unwrap_or_default()
    }

    /// The query without `?`, without the fragment.
    pub fn query(&self) -> &str {
        let rest = self.href.get(self.path_end..).unwrap_or_default();
        let query = rest.split('#').next().unwrap_or_default();
        query.strip_prefix('?').unwrap_or_default()
    }

    /// Whether the host has only characters of host names and IP addresses. URL parsers also accept others,
    /// such as `*`.
    pub fn has_plain_host(&self) -> bool {
        let authority = self.origin().split('/').next_back().unwrap_or_default();
        authority
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':' | b'[' | b']'))
    }

    /// Whether there is a query or a fragment.
    pub fn has_query_or_fragment(&self) -> bool {
        self.path_end < self.href.len()
    }

    /// Same origin, and the same path or a path below it on a `/` boundary.
    ///
    /// False for a path that a server might resolve to a place outside, since the platform does not resolve
    /// such paths.
    pub fn contains(&self, other: &Self) -> bool {
        let base = self.path();
        let below = other
            .path()
            .strip_prefix(base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || base.ends_with('/'));
        self.origin() == other.origin() && below && !may_resolve_elsewhere(other.path())
    }

    /// `https`, or `http` on a loopback host, where no network attacker can listen.
    pub fn is_secure(&self) -> bool {
        let Some(authority) = self.origin().strip_prefix("http://") else { return true };
        let without_digits = authority.trim_end_matches(|c: char| c.is_ascii_digit());
        let host = without_digits.strip_suffix(':').unwrap_or(authority);
        host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_loopback_ipv4(host)
    }
}

/// The URL standard serialises every IPv4 address as four decimal numbers.
fn is_loopback_ipv4(host: &str) -> bool {
    host.starts_with("127.")
        && host.split('.').count() == 4
        && host.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::HttpUrl;
    use proptest::prelude::*;

    fn url(text: &str) -> HttpUrl {
        HttpUrl::from_serialised(url::Url::parse(text).unwrap().as_str()).unwrap()
    }

    #[test]
    fn a_url_is_split_into_its_parts() {
        let url = url("https://api.example.com:8443/v1/notes?q=/a#frag?x");
        assert_eq!(url.origin(), "https://api.example.com:8443");
        assert_eq!(url.path(), "/v1/notes");
        assert_eq!(url.query(), "q=/a");
        assert!(url.has_query_or_fragment());
    }

    #[test]
    fn urls_with_other_schemes_or_credentials_are_refused() {
        for href in [
            "ftp://a/",
            "blob:https://a/b",
            "data:text/plain,x",
            "https://user@a/",
            "https://user:pass@a/",
            "https:///x",
            "https://a",
            "",
            "/v1/",
        ] {
            assert_eq!(HttpUrl::from_serialised(href), None, "{href}");
        }
    }

    #[test]
    fn http_is_secure_on_loopback_only() {
        for secure in [
            "https://a.example/",
            "http://localhost/",
            "http://localhost:80/",
            "http://app.localhost:3000/",
            "http://127.0.0.1:5/",
            "http://[::1]:9/",
            "http://[::1]/",
        ] {
            assert!(url(secure).is_secure(), "{secure}");
        }
        for open in [
            "http://a.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://notlocalhost/",
            "http://[::2]/",
            "http://128.0.0.1/",
        ] {
            assert!(!url(open).is_secure(), "{open}");
        }
    }

    proptest! {
        #[test]
        fn url_parts_agree_with_the_url_crate(text in r"https?://[a-z.]{1,8}(:[0-9]{1,4})?(/[a-z%2F.]{0,4}){0,3}(\?[a-z/#?]{0,5})?(#[a-z?]{0,4})?") {
            if let Ok(oracle) = url::Url::parse(&text) {
                let ours = HttpUrl::from_serialised(oracle.as_str()).unwrap();
                prop_assert_eq!(ours.origin(), oracle.origin().ascii_serialization());
                prop_assert_eq!(ours.path(), oracle.path());
                prop_assert_eq!(ours.query(), oracle.query().unwrap_or_default());
            }
        }
    }
}
