//! The worker's endpoints: which requests they accept.

use super::{Request, World};
use serde_json::Value;
use strongroom_core::vault::FetchId;

fn assert_problem(world: &World, fetch: FetchId, status: u16, code: &str) {
    let response = world.response(fetch);
    assert_eq!(world.header(fetch, "content-type"), "application/problem+json");
    let problem: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!((&problem["status"], problem["code"].as_str()), (&status.into(), Some(code)));
    assert_eq!(response.status, status);
}

/// Firefox does not show problem details, so a navigation gets an HTML page.
fn assert_page(world: &World, fetch: FetchId, status: u16) {
    let response = world.response(fetch);
    assert_eq!(response.status, status);
    assert_eq!(world.header(fetch, "content-type"), "text/html; charset=utf-8");
    assert!(response.body.contains("<a href=\"/\">") && !response.body.contains("<script"));
}

#[test]
fn a_signed_out_session_is_anonymous() {
    let mut world = World::new();
    let session = world.fetch("/auth/session");
    assert_eq!(world.header(session, "content-type"), "application/json");
    let session = world.session();
    assert_eq!(session["status"], "anonymous");
    assert!(session["user"].is_null() && session["expiresAt"].is_null() && session["error"].is_null());
    assert_eq!(session["worker"]["startedAt"], world.now.wall);
}

#[test]
fn the_session_shows_the_configured_claims_and_no_token() {
    let (mut world, _) = World::signed_in();
    let user = world.session()["user"].to_string();
    assert_eq!(user, r#"{"cognito:groups":["writers"],"email":"ada@example.com","sub":"ada-1"}"#);
}

#[test]
fn an_unknown_endpoint_gets_404() {
    let mut world = World::new();
    for path in
        ["/auth", "/auth/", "/auth/sessions", "/auth/session/", "/auth/x?y", "/auth//session", "/auth/Login"]
    {
        let fetch = world.fetch(path);
        assert_problem(&world, fetch, 404, "not_found");
        let navigation = world.navigate(path);
        assert_page(&world, navigation, 404);
    }
}

#[test]
fn login_and_callback_accept_navigations_and_the_others_fetches() {
    let mut world = World::new();
    for path in ["/auth/login?returnTo=/", "/auth/callback?code=a&state=b"] {
        for request in [Request::get(path), Request::post(path)] {
            let fetch = world.request(request);
            assert_problem(&world, fetch, 405, "method_not_allowed");
            assert_eq!(world.header(fetch, "allow"), "GET", "{path}");
        }
    }
    for (path, allowed, refused) in [
        ("/auth/session", "GET", "POST"),
        ("/auth/events", "GET", "POST"),
        ("/auth/refresh", "POST", "GET"),
        ("/auth/logout", "POST", "GET"),
        ("/auth/keep?key=x", "GET", "PUT"),
    ] {
        let navigation = world.navigate(path);
        assert_page(&world, navigation, 405);
        assert_eq!(world.header(navigation, "allow"), allowed, "{path}");
        let fetch = world.request(Request { method: refused, ..Request::get(path) });
        assert_problem(&world, fetch, 405, "method_not_allowed");
        let image = world.request(Request { destination: "image", method: allowed, ..Request::get(path) });
        assert_problem(&world, image, 405, "method_not_allowed");
    }
}

/// Another site can navigate with a form or a link; that must not sign the user out.
#[test]
fn a_navigation_signs_nobody_out() {
    let (mut world, _) = World::signed_in();
    for method in ["GET", "POST"] {
        let navigation = world.request(Request { method, ..Request::navigation("/auth/logout") });
        assert_page(&world, navigation, 405);
    }
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn a_posted_callback_gets_no_document_and_exchanges_nothing() {
    let mut world = World::new();
    let login = world.begin_login();
    let path = format!("/auth/callback?code=c&state={}", login.state);
    let posted = world.request(Request { method: "POST", ..Request::navigation(&path) });
    assert_eq!(world.redirect(posted), (204, ""));
    assert_eq!(world.forms(), []);
}

#[test]
fn a_refused_navigation_gets_a_page_with_a_link_back() {
    let mut world = World::new();
    for (path, status) in [("/auth/unknown", 404), ("/auth/login?returnTo=//evil.example", 400)] {
        let navigation = world.navigate(path);
        assert_page(&world, navigation, status);
    }
}
