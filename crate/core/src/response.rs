//! The responses of the worker's endpoints.

use crate::config::Config;
use crate::json;
use crate::problem::Problem;
use crate::return_to::ReturnTo;

/// A response that the worker makes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names and values, without [`COMMON_HEADERS`].
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: String,
    /// The error, if the request is refused.
    pub refusal: Option<Problem>,
}

/// Headers of every response: not stored, not sniffed, and inert if opened as a document.
pub const COMMON_HEADERS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

const HTML: &str = "text/html; charset=utf-8";

impl Response {
    /// 200 with a JSON body.
    pub fn json(body: String) -> Self {
        Self { headers: vec![("content-type", "application/json".to_owned())], body, ..Self::empty(200) }
    }

    /// 302 to the authorization server.
    pub fn found(location: String) -> Self {
        Self { headers: vec![("location", location)], ..Self::empty(302) }
    }

    /// 303 to a page of the app. The URL with the authorization code never becomes a document's URL, unless the browser has
    /// followed so many redirects that it refuses this one. Only for a response to a request that script cannot have made.
    pub fn see_other(location: &ReturnTo) -> Self {
        Self { status: 303, ..Self::found(location.as_str().to_owned()) }
    }

    /// A page that removes its URL, which may have an authorization code for script of the app, from the tab's history,
    /// and goes to a page of the app. Not a redirect: script can let the browser follow so many before that it refuses
    /// this one, and its error page keeps the URL.
    ///
    /// A window that navigates the page before its script has run must gain nothing. In Chromium the sandbox gives the page an
    /// opaque origin, and script of the app sees no entry of another origin in the tab's history. Elsewhere it would see the
    /// URL, so the opener policy separates the page from all other windows. Chromium must not get that policy: in a popup
    /// with a sandbox it would show its error page instead.
    pub fn replaced_by(location: &ReturnTo, is_chromium: bool) -> Self {
        let policy = if is_chromium {
            "default-src 'unsafe-inline'; sandbox allow-scripts"
        } else {
            "default-src 'unsafe-inline'"
        };
        let mut headers =
            vec![("content-type", HTML.to_owned()), ("content-security-policy", policy.to_owned())];
        if !is_chromium {
            headers.push(("cross-origin-opener-policy", "same-origin".to_owned()));
        }
        Self {
            headers,
            body: [
                "<a id=a href=\"",
                &escaped(location.as_str()),
                "\"></a><script>history.replaceState(0,0,\"?\");location.replace(a)</script>",
            ]
            .concat(),
            ..Self::empty(200)
        }
    }

    /// A response without a body, such as 204.
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new(), refusal: None }
    }

    /// Problem details (RFC 9457) with the stable `code` as an extension member.
    pub fn problem(status: u16, problem: &Problem) -> Self {
        let body = json::object(&[
            ("type", "about:blank".into()),
            ("status", u64::from(status).into()),
            ("code", problem.code().into()),
            ("detail", problem.description().into()),
        ]);
        Self {
            headers: vec![("content-type", "application/problem+json".to_owned())],
            body,
            refusal: Some(problem.clone()),
            ..Self::empty(status)
        }
    }

    /// A refusal with one more header.
    pub(crate) fn problem_with(status: u16, problem: &Problem, name: &'static str, value: String) -> Self {
        let mut response = Self::problem(status, problem);
        response.headers.push((name, value));
        response
    }

    /// For a navigation, turns a refusal into an HTML page with a link to the app's root. Firefox shows its
    /// own error page instead of problem details.
    pub(crate) fn for_navigation(mut self, config: &Config) -> Self {
        if let Some(problem) = self.refusal.take() {
            self.headers.retain(|(name, _)| *name != "content-type");
            self.headers.push(("content-type", HTML.to_owned()));
            self.body = [
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
                 content=\"width=device-width\"><title>Sign-in cannot continue here</title><h1>Sign-in cannot continue here</h1><p>",
                &escaped(problem.description()),
                "</p><p><code>",
                &escaped(problem.code()),
                "</code></p><p><a href=\"",
                &escaped(config.root().as_str()),
                "\">Back to the app</a></p></html>",
            ]
            .concat();
        }
        self
    }
}

/// Escapes `text` for HTML text and attribute values.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::Response;
    use crate::config::tests::config;
    use crate::problem::{METHOD_NOT_ALLOWED, NOT_FOUND, PLATFORM_FAILED, Problem};

    #[test]
    fn a_refused_navigation_gets_a_page_with_a_link_to_the_app() {
        let mut config = config();
        "/app/".clone_into(&mut config.scope);
        for response in [
            Response::problem_with(405, &METHOD_NOT_ALLOWED, "allow", "GET".to_owned()),
            Response::problem(404, &NOT_FOUND),
            Response::problem(503, &PLATFORM_FAILED),
            Response::problem(400, &Problem::new("code", "<script>alert(\"1\")</script> & more")),
        ] {
            let status = response.status;
            let allowed = response.headers.iter().find(|(name, _)| *name == "allow").cloned();
            let page = response.for_navigation(&config);
            let types: Vec<_> = page.headers.iter().filter(|(name, _)| *name == "content-type").collect();
            assert_eq!(types, [&("content-type", "text/html; charset=utf-8".to_owned())]);
            assert_eq!(page.status, status);
            assert_eq!(page.headers.iter().find(|(name, _)| *name == "allow").cloned(), allowed);
            assert!(page.body.contains("<a href=\"/app/\">Back to the app</a>"), "{}", page.body);
            assert!(!page.body.contains("<script"), "{}", page.body);
        }
    }

    #[test]
    fn a_successful_response_is_unchanged_for_a_navigation() {
        for response in [
            Response::empty(204),
            Response::see_other(&config().root()),
            Response::found("https://a.example/".into()),
        ] {
            assert_eq!(response.clone().for_navigation(&config()), response);
        }
    }
}
