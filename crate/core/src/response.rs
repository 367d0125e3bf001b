//! What the worker's endpoints answer.

use crate::config::Config;
use crate::decimal::decimal;
use crate::json;
use crate::problem::{Code, Problem};
use crate::return_to::ReturnTo;

/// A response made here, not fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Header names and values; [`COMMON_HEADERS`] come on top.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for none.
    pub body: String,
    /// Why the request is refused.
    pub refusal: Option<Problem>,
}

/// Every answer has these: it is never stored, never sniffed, and as a document it can do nothing.
pub const COMMON_HEADERS: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

impl Response {
    /// 200 with a JSON text.
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

    /// 303 to a page of the app: the URL left behind never becomes a document's.
    #[must_use]
    pub fn see_other(location: &ReturnTo) -> Self {
        Self {
            status: 303,
            headers: vec![("location", location.as_str().to_owned())],
            body: String::new(),
            refusal: None,
        }
    }

    /// 303 to the page that the host sends for a sign-in that cannot be finished. The fragment is there because a browser
    /// keeps that of the URL it leaves, where an authorization response may be, unless the new one has its own.
    #[must_use]
    pub fn unfinished(config: &Config) -> Self {
        let location = [&config.base_path, "/unfinished#unfinished"].concat();
        Self { status: 303, headers: vec![("location", location)], body: String::new(), refusal: None }
    }

    /// Problem details, RFC 9457, with the stable `code` as an extension member.
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

    /// The same for a person who navigated here: a refusal becomes a small page with a link to the app's root. Firefox shows
    /// its own error page in the place of problem details.
    #[must_use]
    pub fn for_navigation(mut self, config: &Config) -> Self {
        if let Some(problem) = self.refusal.take() {
            self.headers.retain(|(name, _)| *name != "content-type");
            self.headers.push(("content-type", "text/html; charset=utf-8".to_owned()));
            self.body = [
                "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
                 content=\"width=device-width\"><title>Sign-in cannot go on here</title><h1>Sign-in cannot go on here</h1><p>",
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

    /// 204: taken.
    #[must_use]
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: String::new(), refusal: None }
    }

    /// The refusal of everybody who is not a keeper.
    #[must_use]
    pub fn not_a_keeper() -> Self {
        let problem = Problem::new(Code::NotAKeeper, "Only the vault's own keeper may ask for this.");
        Self::problem(403, &problem)
    }

    /// The refusal of one keeper too many.
    #[must_use]
    pub fn too_many_keepers() -> Self {
        Self::problem(429, &Problem::new(Code::TooManyKeepers, "The vault has enough keepers already."))
    }

    /// What a keeper sent was not sealed for this worker, but for one before it.
    #[must_use]
    pub fn wrong_seal() -> Self {
        Self::problem(409, &Problem::new(Code::WrongSeal, "This was sealed for another worker."))
    }

    /// The refusal of a path under `basePath` that is no endpoint.
    #[must_use]
    pub fn not_found() -> Self {
        let problem = Problem::new(Code::NotFound, "The vault has no such endpoint.");
        Self::problem(404, &problem)
    }

    /// The refusal of a request that an endpoint does not take; `method` is the one it takes.
    #[must_use]
    pub fn method_not_allowed(method: &str) -> Self {
        let mut answer = Self::problem(405, &METHOD_NOT_ALLOWED);
        answer.headers.push(("allow", method.to_owned()));
        answer
    }

    /// The browser refused what a sign-in needs.
    #[must_use]
    pub fn platform_failed() -> Self {
        let problem = Problem::new(
            Code::PlatformFailed,
            "The browser refused WebCrypto, which sign-in needs. Open the app over https: in a current browser.",
        );
        Self::problem(503, &problem)
    }

    /// The refusal of a page's request to the token endpoint or the revocation endpoint.
    #[must_use]
    pub fn token_endpoint_refused() -> Self {
        Self::problem(
            403,
            &Problem::new(
                Code::TokenEndpointRefused,
                "Only the vault talks to the token endpoint and the revocation endpoint.",
            ),
        )
    }

    /// What an API request gets that the API redirects, where redirects are not followed.
    #[must_use]
    pub fn redirect_refused() -> Self {
        Self::problem(
            502,
            &Problem::new(
                Code::RedirectRefused,
                "The API redirects. If the token may go along, configure `redirect: \"follow\"`.",
            ),
        )
    }

    /// What an API request gets that has waited for a token in vain. `seconds`: when to try again.
    #[must_use]
    pub fn token_unavailable(seconds: u64) -> Self {
        let problem = Problem::new(
            Code::TokenUnavailable,
            "The session is being renewed or recovered, and there was no access token in time. Try again later.",
        );
        Self::try_again(&problem, seconds)
    }

    /// What a request gets when those that wait take up all the memory there is for them.
    #[must_use]
    pub fn queue_full() -> Self {
        Self::try_again(
            &Problem::new(Code::QueueFull, "Too many requests wait for the session. Try again."),
            1,
        )
    }

    fn try_again(problem: &Problem, seconds: u64) -> Self {
        let mut answer = Self::problem(503, problem);
        answer.headers.push(("retry-after", decimal(seconds)));
        answer
    }

    /// What an API request gets from the worker when nobody is signed in and the configuration says `reject`.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::problem(401, &Problem::new(Code::Unauthenticated, "Nobody is signed in. Call login() first."))
    }
}

const METHOD_NOT_ALLOWED: Problem =
    Problem::new(Code::MethodNotAllowed, "Login and callback are navigated to, the other endpoints fetched.");

/// `text` in HTML, as text or as an attribute's value.
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
    fn a_person_who_navigates_to_a_refused_endpoint_gets_a_page_with_a_way_back() {
        let mut config = config();
        "/app/".clone_into(&mut config.scope);
        for answer in [
            Response::method_not_allowed("GET"),
            Response::not_found(),
            Response::platform_failed(),
            Response::problem(400, &Problem::new(Code::NotFound, "<script>alert(\"1\")</script> & more")),
        ] {
            let status = answer.status;
            let allowed = answer.headers.iter().find(|(name, _)| *name == "allow").cloned();
            let page = answer.for_navigation(&config);
            let types: Vec<_> = page.headers.iter().filter(|(name, _)| *name == "content-type").collect();
            assert_eq!(types, [&("content-type", "text/html; charset=utf-8".to_owned())]);
            assert_eq!(page.status, status);
            assert_eq!(page.headers.iter().find(|(name, _)| *name == "allow").cloned(), allowed);
            assert!(page.body.contains("<a href=\"/app/\">Back to the app</a>"), "{}", page.body);
            assert!(!page.body.contains("<script"), "{}", page.body);
        }
    }

    #[test]
    fn answers_that_refuse_nothing_stay_as_they_are_for_a_navigation() {
        for answer in [
            Response::no_content(),
            Response::see_other(&config().root()),
            Response::found("https://a.example/".into()),
        ] {
            assert_eq!(answer.clone().for_navigation(&config()), answer);
        }
    }
}
