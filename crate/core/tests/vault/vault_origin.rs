//! The vault on an origin of its own: sign-in in its pages, and the frame's part in it.

use super::{Form, NOTES, Request, World};
use serde_json::Value;
use std::collections::HashMap;
use strongroom_core::config::Config;
use strongroom_core::vault::FetchId;
use strongroom_core::vault_origin::{Completed, Login};
use strongroom_invariants::world::vault_origin_config;

const APP: &str = "app=https%3A%2F%2Fshop.example.com";

/// Plays both pages of a sign-in. Returns the value of the cookie, and the nonce.
fn sign_in_pages(world: &World, query: &str, seed: u8) -> (String, String) {
    let config: &Config = world.vault.config();
    let login = Login::begin(config, query, Some(&[[seed; 32]; 3]), world.now).unwrap();
    let url = url::Url::parse(&login.location).unwrap();
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    let response = format!("code=the-code&state={}", asked["state"]);
    let completed = Completed::new(config, &response, Some(&login.entry), world.now);
    let cookie = completed.cookie.unwrap();
    let (_, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
    (value.to_owned(), asked["nonce"].clone())
}

fn redeem(world: &mut World, value: &str) -> FetchId {
    world.request(Request { body: value.as_bytes().to_vec(), ..Request::post("/auth/redeem") })
}

/// The token endpoint accepts the code.
fn exchange(world: &mut World, nonce: &str) {
    let tokens = world.issue("ada-1", nonce);
    world.server_answers(Form::Exchange, 200, &tokens.body);
}

fn signed_in() -> (World, String) {
    let mut world = World::with(vault_origin_config());
    let (value, nonce) = sign_in_pages(&world, APP, 1);
    let redeemed = redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(world.response(redeemed).status, 200);
    assert_eq!(world.status(), "authenticated");
    (world, value)
}

fn body(world: &World, id: FetchId) -> Value {
    serde_json::from_str(&world.response(id).body).unwrap()
}

#[test]
fn a_cookie_of_the_callback_page_signs_the_user_in() {
    let mut world = World::with(vault_origin_config());
    let (value, nonce) = sign_in_pages(&world, APP, 1);
    let redeemed = redeem(&mut world, &value);
    let form = world.form(Form::Exchange);
    assert_eq!(form["code"], "the-code");
    assert_eq!(form["redirect_uri"], "https://app.example.com/callback.html");
    assert!(world.is_pending(redeemed), "the frame opens the vault to its app only afterwards");
    exchange(&mut world, &nonce);
    assert_eq!(body(&world, redeemed)["status"], "authenticated");
    let notes = world.fetch(NOTES);
    assert_eq!(world.sent(notes), ["Bearer access.0001"]);
    world.api_answers(notes, 200);
}

/// The frame cannot rely on deleting the cookie, and every tab's frame reads it.
#[test]
fn a_cookie_that_is_redeemed_again_sends_no_code() {
    let (mut world, value) = signed_in();
    let again = redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(body(&world, again)["status"], "authenticated");
}

#[test]
fn a_cookie_that_was_redeemed_by_a_stopped_worker_sends_no_code() {
    let (mut world, value) = signed_in();
    world.worker_dies();
    let again = redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.response(again).status, 200);
}

#[test]
fn a_cookie_does_not_sign_in_again_after_a_sign_out() {
    let (mut world, value) = signed_in();
    world.sign_out();
    redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.status(), "anonymous");
}

/// Script signs in once more in a popup, keeps its page from loading the frame, and lets the user sign out.
#[test]
fn a_cookie_from_before_a_sign_out_signs_nobody_in() {
    for dies in [false, true] {
        let (mut world, _) = signed_in();
        let (held_back, _) = sign_in_pages(&world, APP, 2);
        world.pass(1_000);
        world.sign_out();
        if dies {
            world.worker_dies();
        }
        world.pass(1_000);
        redeem(&mut world, &held_back);
        assert_eq!(world.forms(), [], "dies: {dies}");
        assert_eq!(world.status(), "anonymous");

        let (value, nonce) = sign_in_pages(&world, APP, 3);
        redeem(&mut world, &value);
        exchange(&mut world, &nonce);
        assert_eq!(world.status(), "authenticated", "a later sign-in is the user's own");
    }
}

/// Nobody can sign in again before the time of such a sign-out, so it does not count.
#[test]
fn a_sign_out_by_a_clock_that_was_ahead_prevents_no_sign_in() {
    let (mut world, _) = signed_in();
    world.pass(300_000);
    world.sign_out();
    world.now.wall -= 300_000;
    let (value, nonce) = sign_in_pages(&world, APP, 2);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn a_sign_out_during_the_exchange_wins() {
    let mut world = World::with(vault_origin_config());
    let (value, nonce) = sign_in_pages(&world, APP, 1);
    let redeemed = redeem(&mut world, &value);
    world.sign_out();
    exchange(&mut world, &nonce);
    assert_eq!(body(&world, redeemed)["status"], "anonymous");
}

#[test]
fn a_response_with_another_nonce_signs_nobody_in() {
    let mut world = World::with(vault_origin_config());
    let (value, _) = sign_in_pages(&world, APP, 1);
    let redeemed = redeem(&mut world, &value);
    exchange(&mut world, "another");
    assert_eq!(body(&world, redeemed)["status"], "anonymous");
    assert_eq!(world.error(), "invalid_id_token");
}

#[test]
fn a_forged_response_is_refused() {
    let mut world = World::with(vault_origin_config());
    for value in ["", "e30", "{}", "%00"] {
        let refused = redeem(&mut world, value);
        assert_eq!(world.got(refused), "400 invalid_response", "{value}");
    }
    assert_eq!(world.forms(), []);
}

#[test]
fn a_response_that_waited_too_long_is_not_redeemed() {
    let mut world = World::with(vault_origin_config());
    let (value, _) = sign_in_pages(&world, APP, 1);
    world.pass(600_000);
    redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.error(), "invalid_state");
}

#[test]
fn the_login_endpoint_names_the_login_page() {
    let mut world = World::with(vault_origin_config());
    let login = world.fetch(&format!("/auth/login?{APP}&returnTo=%2Fnotes"));
    assert_eq!(
        body(&world, login)["location"],
        format!("https://app.example.com/login.html?{APP}&returnTo=%2Fnotes")
    );
    for (query, code) in [
        ("returnTo=%2F", "invalid_app"),
        ("app=https%3A%2F%2Fevil.example", "invalid_app"),
        (&[APP, "&", APP].concat(), "invalid_app"),
        (&[APP, "&returnTo=%2F%2Fevil.example"].concat(), "invalid_return_to"),
    ] {
        let refused = world.fetch(&format!("/auth/login?{query}"));
        assert_eq!(world.response(refused).status, 400, "{query}");
        assert!(world.response(refused).body.contains(code), "a page for people, {query}");
    }
}

#[test]
fn the_apps_endpoints_of_a_vault_origin_take_no_navigation() {
    let mut world = World::with(vault_origin_config());
    for path in ["login", "session", "events", "logout", "refresh", "redeem"] {
        let refused = world.navigate(&format!("/auth/{path}?{APP}"));
        assert_eq!(world.response(refused).status, 405, "{path}");
    }
    for path in ["callback", "unknown"] {
        let refused = world.navigate(&format!("/auth/{path}?code=a&state=b"));
        assert_eq!(world.response(refused).status, 404, "{path}");
    }
}

#[test]
fn redeem_exists_on_a_vault_origin_only() {
    let mut world = World::new();
    let refused = redeem(&mut world, "e30");
    assert_eq!(world.got(refused), "404 not_found");
}

#[test]
fn a_lost_session_is_recovered_in_the_frame_if_the_login_domain_is_of_the_same_site() {
    let (mut world, _) = signed_in();
    world.worker_dies();
    assert_eq!(world.status(), "recovering");
    let silent = format!("{APP}&silent=1&returnTo=%2F");
    let login = world.fetch(&format!("/auth/login?{silent}"));
    assert_eq!(body(&world, login)["frame"], format!("https://app.example.com/login.html?{silent}"));
    let (value, nonce) = sign_in_pages(&world, &silent, 2);
    let redeemed = redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(body(&world, redeemed)["status"], "authenticated");
}

#[test]
fn another_login_domain_recovers_a_lost_session_by_redirect() {
    let mut config = vault_origin_config();
    config.apps = vec!["https://shop.example.org".to_owned()];
    let mut world = World::with(config);
    let app = "app=https%3A%2F%2Fshop.example.org";
    let (value, nonce) = sign_in_pages(&world, app, 1);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    world.worker_dies();
    let login = world.fetch(&format!("/auth/login?{app}&silent=1&returnTo=%2F"));
    assert!(body(&world, login)["location"].as_str().unwrap().contains("/login.html?"));
}

#[test]
fn a_silent_response_signs_nobody_in_if_nothing_is_lost() {
    let mut world = World::with(vault_origin_config());
    let (value, _) = sign_in_pages(&world, &format!("{APP}&silent=1"), 1);
    redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.status(), "anonymous");
}

#[test]
fn sign_out_returns_to_the_app_that_asked() {
    let (mut world, _) = signed_in();
    let sign_out = world.request(Request::post(&format!("/auth/logout?{APP}")));
    world.server_answers(Form::Revocation, 200, "");
    let location = body(&world, sign_out)["location"].as_str().unwrap().to_owned();
    assert!(location.contains("logout_uri=https%3A%2F%2Fshop.example.com%2F"), "{location}");
}
