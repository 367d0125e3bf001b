//! The responses of the worker's endpoints.

use crate::config::Config;
use crate::decimal::decimal;
use crate::json;
use crate::problem::{Code, Problem};
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

impl Response {
    /// 200 with a JSON body.
    #[must_use]
    pub fn json(body: String) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/json".to_owned())],
            body,
            refusal: None,
        }
    }

    /// 302 to the authorization server.
    #[must_use]
    pub fn found(location: String) -> Self {
        Self { status: 302, headers: vec![("location", location)], body: String::new(), refusal: None }
    }

    /// 303 to a page of the app. The URL with the authorization code never becomes a document's URL.
    #[must_use]
    pub fn see_other(location: &ReturnTo) -> Self {
        Self {
            status: 303,
            headers: vec![("location", location.as_str().to_owned())],
            body: String::new(),
            refusal: None,
        }
    }

    /// 303 to the host's page for a sign-in that cannot be completed. A browser keeps the fragment of the old
    /// URL, which may hold an authorization response, unless the new URL has one; so this one does.
    #[must_use]
    pub fn unfinished(config: &Config) -> Self {
        let location = [&config.base_path, "/unfinished#unfinished"].concat();
        Self { status: 303, headers: vec![("location", location)], body: String::new(), refusal: None }
    }

    /// Problem details (RFC 9457) with the stable `code` as an extension member.
    #[must_use]
    pub fn problem(status: u16, problem: &Problem) -> Self {
        let body = json::object(&[
            ("type", "about:blank".into()),
            ("status", u64::from(status).into()),
            ("code", problem.code().into()),
            ("detail", problem.description().into()),
        ]);
        Self {
            status,
            headers: vec![("content-type", "application/problem+json".to_owned())],
            body,
            refusal: Some(problem.clone()),
        }
    }

    /// For a navigation, turns a refusal into an HTML page with a link to the app's root. Firefox shows its
    /// own error page instead of problem details.
    #[must_use]
    pub fn for_navigation(mut self, config: &Config) -> Self {
        if let Some(problem) = self.refusal.take() {
            self.headers.retain(|(name, _)| *name != "content-type");
            self.headers.push(("content-type", "text/html; charset=utf-8".to_owned()));
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

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: String::new(), refusal: None }
    }

    /// 403 for a client that is not a keeper.
    #[must_use]
    pub fn not_a_keeper() -> Self {
        let problem = Problem::new(Code::NotAKeeper, "Only the vault's keepers may use this endpoint.");
        Self::problem(403, &problem)
    }

    /// 429 over the limit of keepers.
    #[must_use]
    pub fn too_many_keepers() -> Self {
        Self::problem(
            429,
            &Problem::new(
                Code::TooManyKeepers,
                "The limit of keepers is reached. Close other tabs of this app.",
            ),
        )
    }

    /// 409: the keeper sealed its copy for an earlier worker.
    #[must_use]
    pub fn wrong_seal() -> Self {
        Self::problem(409, &Problem::new(Code::WrongSeal, "This copy was sealed for another worker."))
    }

    /// 404 for an unknown path under `basePath`.
    #[must_use]
    pub fn not_found() -> Self {
        let problem = Problem::new(Code::NotFound, "The vault has no such endpoint.");
        Self::problem(404, &problem)
    }

    /// 405; `method` is the allowed method.
    #[must_use]
    pub fn method_not_allowed(method: &str) -> Self {
        let mut response = Self::problem(405, &METHOD_NOT_ALLOWED);
        response.headers.push(("allow", method.to_owned()));
        response
    }

    /// 503: the browser refused a `WebCrypto` operation that sign-in needs.
    #[must_use]
    pub fn platform_failed() -> Self {
        let problem = Problem::new(
            Code::PlatformFailed,
            "The browser refused WebCrypto, which sign-in needs. Open the app over https in a current browser.",
        );
        Self::problem(503, &problem)
    }

    /// 403 for a page's request to the token endpoint or the revocation endpoint.
    #[must_use]
    pub fn token_endpoint_refused() -> Self {
        Self::problem(
            403,
            &Problem::new(
                Code::TokenEndpointRefused,
                "Only the vault may call the token endpoint and the revocation endpoint.",
            ),
        )
    }

    /// 502: the API redirects, and the configuration does not allow it.
    #[must_use]
    pub fn redirect_refused() -> Self {
        Self::problem(
            502,
            &Problem::new(
                Code::RedirectRefused,
                "The API redirects, which the configuration refuses. If the token may be sent to the target, set `redirect: \"follow\"`.",
            ),
        )
    }

    /// 503 for a queued request that got no token in time. `seconds` is the `Retry-After` value.
    #[must_use]
    pub fn token_unavailable(seconds: u64) -> Self {
        let problem = Problem::new(
            Code::TokenUnavailable,
            "The session is being renewed or recovered, and there was no access token in time. Try again later.",
        );
        Self::try_again(&problem, seconds)
    }

    /// 503: queued requests take up all the memory reserved for them.
    #[must_use]
    pub fn queue_full() -> Self {
        Self::try_again(
            &Problem::new(Code::QueueFull, "Too many requests are waiting for the session. Try again later."),
            1,
        )
    }

    fn try_again(problem: &Problem, seconds: u64) -> Self {
        let mut response = Self::problem(503, problem);
        response.headers.push(("retry-after", decimal(seconds)));
        response
    }

    /// 401 for an API request while the user is signed out and the configuration says `reject`.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::problem(
            401,
            &Problem::new(Code::Unauthenticated, "The user is signed out. Call login() first."),
        )
    }
}

const METHOD_NOT_ALLOWED: Problem =
    Problem::new(Code::MethodNotAllowed, "Navigate to `login` and `callback`; fetch the other endpoints.");

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
    use crate::problem::{Code, Problem};

    #[test]
    fn a_refused_navigation_gets_a_page_with_a_link_to_the_app() {
        let mut config = config();
        "/app/".clone_into(&mut config.scope);
        for response in [
            Response::method_not_allowed("GET"),
            Response::not_found(),
            Response::platform_failed(),
            Response::problem(400, &Problem::new(Code::NotFound, "<script>alert(\"1\")</script> & more")),
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
            Response::no_content(),
            Response::see_other(&config().root()),
            Response::found("https://a.example/".into()),
        ] {
            assert_eq!(response.clone().for_navigation(&config()), response);
        }
    }
}
