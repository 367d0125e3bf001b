//! API requests: which ones get a token, and how they are sent.

use super::{NOTES, OWN_API, Request, World, config};
use strongroom_core::config::{Config, Unauthenticated};
use strongroom_core::vault::{Body, Outcome};
use strongroom_invariants::world::ORIGIN;

#[test]
fn a_signed_in_request_is_sent_in_its_own_event() {
    let (mut world, tokens) = World::signed_in();
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    let outgoing = world.outgoing(notes);
    assert_eq!((outgoing.as_cors, outgoing.body), (false, Body::Stream));
    world.api_responds(notes, 204);
    assert_eq!(world.got(notes), "204 from the API");
}

#[test]
fn an_api_configured_for_the_id_token_gets_it() {
    let (mut world, tokens) = World::signed_in();
    let notes = world.fetch(OWN_API);
    assert_eq!(world.sent(notes), [format!("Bearer {}", tokens.id)]);
}

#[test]
fn only_requests_to_a_configured_api_get_a_token() {
    let (mut world, _) = World::signed_in();
    for url in [
        "https://app.example.com/",
        "https://app.example.com/authority",
        "https://app.example.com/apis/x",
        "https://api.example.com/",
        "https://api.example.com/v1",
        "https://api.example.com/v10",
        "https://api.example.com/V1/notes",
        "https://api.example.com/v1%2Fnotes",
        "https://api.example.com:8443/v1/notes",
        "http://api.example.com/v1/notes",
        "https://api.example.com.evil.example/v1/notes",
        "https://api.example.com@evil.example/v1/notes",
        "https://evil.example/https://api.example.com/v1/notes",
        "https://evilapi.example.com/v1/notes",
        "data:text/plain,https://api.example.com/v1/",
    ] {
        let fetch = world.fetch(url);
        assert_eq!(world.got(fetch), "passed", "{url}");
    }
    for url in ["https://api.example.com/v1/", "https://api.example.com/v1/a/b?q#f", OWN_API] {
        let fetch = world.fetch(url);
        assert_eq!(world.sent(fetch).len(), 1, "{url}");
    }
}

#[test]
fn an_api_url_without_a_slash_covers_paths_below_it_and_no_longer_names() {
    let mut config = config();
    config.apis[0].url =
        strongroom_core::url::HttpUrl::from_serialised("https://api.example.com/v1").unwrap();
    let mut world = World::with(config);
    world.sign_in();
    for (url, is_sent) in
        [("", true), ("/", true), ("/notes", true), ("?q", true), ("0", false), (".evil/x", false)]
    {
        let fetch = world.fetch(&format!("https://api.example.com/v1{url}"));
        assert_eq!(world.sent(fetch).len(), usize::from(is_sent), "{url}");
    }
}

/// A link on another site must not act as the user, and code is not data.
#[test]
fn documents_and_code_get_no_token() {
    let (mut world, _) = World::signed_in();
    for (mode, destination) in [
        ("navigate", "document"),
        ("navigate", "iframe"),
        ("navigate", "frame"),
        ("navigate", "embed"),
        ("navigate", "object"),
        ("navigate", ""),
        ("no-cors", "script"),
        ("cors", "script"),
        ("no-cors", "object"),
        ("no-cors", "embed"),
        ("no-cors", "style"),
        ("same-origin", "worker"),
        ("same-origin", "sharedworker"),
        ("cors", "manifest"),
        ("cors", "report"),
        ("cors", "xslt"),
        ("websocket", ""),
        ("cors", "something new"),
    ] {
        let fetch = world.request(Request { mode, destination, ..Request::get(NOTES) });
        assert_eq!(world.got(fetch), "passed", "{mode} {destination}");
    }
    for destination in ["", "audio", "font", "image", "track", "video"] {
        for mode in ["cors", "no-cors", "same-origin"] {
            let fetch = world.request(Request { mode, destination, ..Request::get(NOTES) });
            assert_eq!(world.sent(fetch).len(), 1, "{mode} {destination}");
        }
    }
}

#[test]
fn a_no_cors_request_is_sent_as_cors() {
    let (mut world, _) = World::signed_in();
    for (mode, as_cors) in [("no-cors", true), ("cors", false), ("same-origin", false)] {
        let fetch = world.request(Request { mode, ..Request::note() });
        assert_eq!(world.outgoing(fetch).as_cors, as_cors, "{mode}");
    }
}

#[test]
fn a_redirect_of_an_api_that_is_part_of_an_origin_is_refused() {
    let (mut world, _) = World::signed_in();
    for request in [
        Request::get(NOTES),
        Request::note(),
        Request { is_keepalive: true, ..Request::note() },
        Request { mode: "no-cors", destination: "image", ..Request::get(NOTES) },
    ] {
        let fetch = world.request(request);
        assert!(world.outgoing(fetch).stop_redirects);
        world.api_responds(fetch, 0);
        assert_eq!(world.got(fetch), "502 redirect_refused");
    }
}

#[test]
fn a_replay_does_not_follow_redirects_either() {
    let (mut world, _) = World::signed_in();
    let notes = world.fetch(NOTES);
    world.api_responds(notes, 401);
    world.renew();
    assert!(world.outgoing(notes).stop_redirects);
    world.api_responds(notes, 0);
    assert_eq!(world.got(notes), "502 redirect_refused");
}

#[test]
fn redirects_are_followed_if_configured() {
    let mut config = config();
    config.apis[0].follows_redirects = true;
    let mut world = World::with(config);
    world.sign_in();
    let notes = world.fetch(NOTES);
    assert!(!world.outgoing(notes).stop_redirects);
}

#[test]
fn a_request_with_manual_redirects_gets_the_redirect() {
    let (mut world, _) = World::signed_in();
    for redirect in ["manual", "error"] {
        let fetch = world.request(Request { redirect, ..Request::get(NOTES) });
        assert!(!world.outgoing(fetch).stop_redirects, "the page's own word stays");
        world.api_responds(fetch, 0);
        assert_eq!(world.got(fetch), "0 from the API", "{redirect}");
    }
}

/// WebKit refuses a keepalive request whose body is a stream.
#[test]
fn the_body_of_a_keepalive_request_is_read_before_sending() {
    let (mut world, tokens) = World::signed_in();
    world.slow = vec![strongroom_invariants::world::Slow::Bodies];
    let fetch = world.request(Request { is_keepalive: true, ..Request::note() });
    assert!(world.is_pending(fetch) && world.sent(fetch).is_empty());
    world.release();
    assert_eq!(world.outgoing(fetch).body, Body::Held);
    world.api_responds(fetch, 401);
    let renewed = world.renew();
    assert_eq!(world.outgoing(fetch).body, Body::Held);
    assert_eq!(world.sent(fetch), [tokens.bearer(), renewed.bearer()]);
}

#[test]
fn a_keepalive_request_whose_body_cannot_be_read_fails() {
    let (mut world, _) = World::signed_in();
    let fetch = world.request(Request { is_keepalive: true, body: vec![0; 65_537], ..Request::note() });
    assert_eq!((world.got(fetch).as_str(), world.sent(fetch).len()), ("network error", 0));
}

#[test]
fn a_keepalive_request_is_sent_without_a_token_if_the_session_ends_while_its_body_is_read() {
    let (mut world, _) = World::signed_in();
    world.slow = vec![strongroom_invariants::world::Slow::Bodies];
    let fetch = world.request(Request { is_keepalive: true, ..Request::note() });
    world.sign_out();
    world.release();
    assert_eq!((world.got(fetch).as_str(), world.sent(fetch).len()), ("passed", 0));
}

#[test]
fn a_keepalive_request_is_not_sent_as_a_user_who_signs_in_while_its_body_is_read() {
    let (mut world, _) = World::signed_in();
    world.slow = vec![strongroom_invariants::world::Slow::Bodies];
    let fetch = world.request(Request { is_keepalive: true, ..Request::note() });
    world.sign_in_as("bob-1");
    world.release();
    assert_eq!((world.got(fetch).as_str(), world.sent(fetch).len()), ("passed", 0));
}

#[test]
fn a_token_that_expires_while_the_body_of_a_keepalive_request_is_read_is_not_sent() {
    let (mut world, _) = World::signed_in();
    world.pass(super::LIFETIME - 9_000);
    world.fetch(NOTES);
    world.server_is_unreachable(super::Form::Renewal);
    world.slow = vec![strongroom_invariants::world::Slow::Bodies];
    let fetch = world.request(Request { is_keepalive: true, ..Request::note() });
    world.pass(8_000);
    world.release();
    assert!(world.is_pending(fetch) && world.sent(fetch).is_empty());
    let renewed = world.renew();
    assert_eq!(world.sent(fetch), [renewed.bearer()]);
}

#[test]
fn the_page_gets_a_network_error_of_the_api() {
    let (mut world, _) = World::signed_in();
    let notes = world.fetch(NOTES);
    world.api_fails(notes);
    assert_eq!(world.got(notes), "network error");
    let notes = world.fetch(NOTES);
    world.api_has(notes, Outcome::NotSent);
    assert_eq!(world.got(notes), "network error");
    assert_eq!(world.forms(), []);
}

#[test]
fn a_page_cannot_call_the_token_endpoint() {
    for is_signed_in in [true, false] {
        let mut world = World::new();
        if is_signed_in {
            world.sign_in();
            world.went_out();
        }
        for endpoint in [super::TOKEN_ENDPOINT, strongroom_invariants::world::REVOCATION_ENDPOINT] {
            for request in [
                Request::get(endpoint),
                Request::get(&format!("{endpoint}?a=b")),
                Request::post(endpoint),
                Request { mode: "no-cors", ..Request::post(endpoint) },
            ] {
                let fetch = world.request(request);
                assert_eq!(world.got(fetch), "403 token_endpoint_refused");
            }
        }
        assert!(world.went_out().is_empty());
    }
}

#[test]
fn a_signed_out_request_passes_in_its_own_event() {
    let mut world = World::new();
    world.status();
    for url in [NOTES, OWN_API] {
        let fetch = world.fetch(url);
        assert_eq!(world.got(fetch), "passed", "{url}");
    }
}

#[test]
fn a_request_that_started_the_worker_passes_after_storage_is_read() {
    let mut world = World::new();
    world.slow = vec![strongroom_invariants::world::Slow::Reads];
    let fetch = world.fetch(NOTES);
    assert!(world.is_pending(fetch));
    world.release();
    assert_eq!(world.got(fetch), "passed");
}

#[test]
fn a_signed_out_request_gets_401_if_configured() {
    let mut rejecting = config();
    rejecting.apis[0].unauthenticated = Unauthenticated::Reject;
    let mut world = World::with(rejecting);
    let fetch = world.fetch(NOTES);
    assert_eq!(world.got(fetch), "401 unauthenticated");
    let other = world.fetch(OWN_API);
    assert_eq!(world.got(other), "passed", "each API may say so for itself");
}

#[test]
fn the_most_specific_api_url_counts() {
    let mut config: Config = config();
    let mut other = config.apis[0].clone();
    other.url = strongroom_core::url::HttpUrl::from_serialised("https://api.example.com/v1/admin/").unwrap();
    other.unauthenticated = Unauthenticated::Reject;
    config.apis.insert(0, other);
    let mut world = World::with(config);
    for (url, got) in [(NOTES, "passed"), ("https://api.example.com/v1/admin/x", "401 unauthenticated")] {
        let fetch = world.fetch(url);
        assert_eq!(world.got(fetch), got, "{url}");
    }
}

#[test]
fn requests_for_the_apps_files_pass() {
    let (mut world, _) = World::signed_in();
    for path in ["/", "/index.html", "/assets/app.js?v=1", "/auth.js"] {
        let navigation = world.navigate(path);
        assert_eq!(world.got(navigation), "passed");
        let fetch = world.fetch(&format!("{ORIGIN}{path}"));
        assert_eq!(world.got(fetch), "passed");
    }
}
