//! The vault on an origin of its own: sign-in in its pages, and the frame's part in it.

use super::{Form, NOTES, Request, World};
use serde_json::{Value, json};
use std::collections::HashMap;
use strongroom_core::config::Config;
use strongroom_core::pkce::base64url;
use strongroom_core::policy::VIA_VAULT;
use strongroom_core::secret::State;
use strongroom_core::transaction::storage_key;
use strongroom_core::vault::FetchId;
use strongroom_core::vault_origin::{Completed, Login};
use strongroom_invariants::world::{Slow, vault_origin_config};

const APP: &str = "app=https%3A%2F%2Fshop.example.com";

/// A sign-in from the login endpoint to the cookie. Returns its value, and the nonce.
fn sign_in_pages(world: &mut World, query: &str, seed: u8) -> (String, String) {
    let page = login_page(world, query);
    play_pages(world, &page, seed)
}

/// The login page's query to which the login endpoint leads.
fn login_page(world: &mut World, query: &str) -> String {
    let login = world.fetch(&format!("/auth/login?{query}"));
    let response = body(world, login);
    let url = response["location"].as_str().or(response["frame"].as_str()).unwrap();
    url.strip_prefix("https://app.example.com/login.html?").unwrap().to_owned()
}

/// Plays both pages of a sign-in. Returns the value of the cookie, and the nonce.
fn play_pages(world: &World, query: &str, seed: u8) -> (String, String) {
    let config: &Config = world.vault.config();
    let login = Login::begin(config, query, Some(&[[seed; 32]; 3]), world.now).unwrap();
    let url = url::Url::parse(&login.location).unwrap();
    let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
    let response = format!("code=the-code&state={}", asked["state"]);
    let completed = Completed::new(config, &response, Some(&login.entry));
    (completed.cookie.unwrap().value, asked["nonce"].clone())
}

fn redeem(world: &mut World, value: &str) -> FetchId {
    world.request(Request { body: value.as_bytes().to_vec(), ..Request::post("/auth/redeem") })
}

/// The token endpoint accepts the code.
fn exchange(world: &mut World, nonce: &str) {
    let tokens = world.issue("ada-1", nonce);
    world.server_responds(Form::Exchange, 200, &tokens.body);
}

fn signed_in() -> (World, String) {
    let mut world = World::with(vault_origin_config());
    let (value, nonce) = sign_in_pages(&mut world, APP, 1);
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
    let (value, nonce) = sign_in_pages(&mut world, APP, 1);
    let redeemed = redeem(&mut world, &value);
    let form = world.form(Form::Exchange);
    assert_eq!(form["code"], "the-code");
    assert_eq!(form["redirect_uri"], "https://app.example.com/callback.html");
    assert!(world.is_pending(redeemed), "the frame opens the vault to its app only afterwards");
    exchange(&mut world, &nonce);
    assert_eq!(body(&world, redeemed)["status"], "authenticated");
    let notes = world.fetch(&[NOTES, VIA_VAULT].concat());
    assert_eq!(world.sent(notes), ["Bearer access.0001"]);
    world.api_responds(notes, 200);
}

/// The page sent it as the first user. The relay, which the API has refused, may learn of the next one only afterwards.
#[test]
fn a_request_that_the_relay_sent_before_is_never_sent_for_another_user() {
    for happens in ["sign-out", "another user", "another user, and a restart"] {
        let (mut world, _) = signed_in();
        let hint = world.hint().unwrap();
        let (session, _) = hint.split_once(':').unwrap();
        let own = [NOTES, VIA_VAULT, session].concat();
        let notes = world.fetch(&own);
        assert_eq!(world.sent(notes), ["Bearer access.0001"], "in its session");
        world.api_responds(notes, 200);

        if happens == "sign-out" {
            world.sign_out();
        } else {
            let (value, nonce) = sign_in_pages(&mut world, APP, 2);
            redeem(&mut world, &value);
            let tokens = world.issue("bob-1", &nonce);
            world.server_responds(Form::Exchange, 200, &tokens.body);
        }
        let copy = (happens == "another user, and a restart").then(|| world.copy_of_new_keeper("keeper"));
        if copy.is_some() {
            world.worker_dies();
        }
        let notes = world.fetch(&own);
        assert_eq!(world.is_pending(notes), copy.is_some());
        if let Some(copy) = copy {
            world.keeper_comes("keeper");
            world.give_back("keeper", &copy);
        }
        assert_eq!(
            (world.sent(notes), world.got(notes).as_str()),
            (vec![], "401 unauthenticated"),
            "{happens}"
        );
    }
}

/// A recovered session has another ID.
#[test]
fn a_request_that_names_a_lost_session_is_sent_once_its_user_is_recovered() {
    let (mut world, _) = signed_in();
    let hint = world.hint().unwrap();
    let (session, _) = hint.split_once(':').unwrap();
    world.worker_dies();
    let notes = world.fetch(&[NOTES, VIA_VAULT, session].concat());
    assert!(world.is_pending(notes));
    let (value, nonce) = sign_in_pages(&mut world, &format!("{APP}&silent=1"), 2);
    redeem(&mut world, &value);
    let tokens = world.issue("ada-1", &nonce);
    world.server_responds(Form::Exchange, 200, &tokens.body);
    assert!(!world.hint().unwrap().starts_with(session));
    assert_eq!(world.sent(notes), [tokens.bearer()]);
    world.api_responds(notes, 200);
}

/// Another host of the site, or script in the app, sets a cookie for the whole site, with a code of the attacker's
/// own account. Not every browser keeps it from using the name.
#[test]
fn a_cookie_that_another_host_has_planted_signs_nobody_in() {
    let attacker = format!("{APP}&state={}", base64url(&[7; 32]));
    for (dies, signs_in) in [(false, false), (true, false), (false, true)] {
        let (mut world, _) = signed_in();
        world.sign_out();
        world.pass(1_000);
        let page = login_page(&mut world, APP);
        let (planted, _) = play_pages(&world, &attacker, 2);
        if dies {
            world.worker_dies();
        }
        if signs_in {
            let (value, nonce) = play_pages(&world, &page, 3);
            redeem(&mut world, &value);
            exchange(&mut world, &nonce);
        }
        assert_ignored(&mut world, &planted);
        assert_eq!(world.status(), if signs_in { "authenticated" } else { "anonymous" });
        assert_eq!(world.session()["error"], Value::Null);
    }
}

/// The vault has no effect of this cookie, sends no code, and the frame leaves the cookie in place.
fn assert_ignored(world: &mut World, value: &str) {
    let redeemed = redeem(world, value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.response(redeemed).status, 204);
}

#[test]
fn a_sign_in_that_another_browser_began_signs_nobody_in() {
    let (mut attackers, mut world) = (World::with(vault_origin_config()), World::with(vault_origin_config()));
    login_page(&mut attackers, APP);
    let (planted, nonce) = sign_in_pages(&mut attackers, APP, 1);
    login_page(&mut world, APP);
    assert_ignored(&mut world, &planted);
    assert_eq!(world.status(), "anonymous");

    redeem(&mut attackers, &planted);
    exchange(&mut attackers, &nonce);
    assert_eq!(attackers.status(), "authenticated", "there it is good");
}

/// The frame cannot rely on deleting the cookie, and every tab's frame reads it.
#[test]
fn a_cookie_that_is_redeemed_again_sends_no_code() {
    let (mut world, value) = signed_in();
    assert_ignored(&mut world, &value);
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn a_cookie_that_was_redeemed_by_a_stopped_worker_sends_no_code() {
    let (mut world, value) = signed_in();
    world.worker_dies();
    assert_ignored(&mut world, &value);
}

#[test]
fn a_state_counts_once_even_with_another_code() {
    let mut world = World::with(vault_origin_config());
    let page = login_page(&mut world, APP);
    let (planted, _) = play_pages(&world, &page, 2);
    let (value, nonce) = play_pages(&world, &page, 1);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_ignored(&mut world, &planted);
    world.sign_out();
    assert_ignored(&mut world, &planted);
}

/// While the user is at the authorization server, no page of the app keeps the worker alive.
#[test]
fn a_sign_in_completes_after_the_worker_was_stopped_or_replaced() {
    let changes: [fn(&mut World); 2] = [World::worker_dies, |world| world.deploy(vault_origin_config())];
    for change in changes {
        let mut world = World::with(vault_origin_config());
        let page = login_page(&mut world, APP);
        change(&mut world);
        world.pass(599_000);
        let (value, nonce) = play_pages(&world, &page, 1);
        redeem(&mut world, &value);
        exchange(&mut world, &nonce);
        assert_eq!(world.status(), "authenticated");
    }
}

/// Another tab of the app, or in Chromium and Firefox another app.
#[test]
fn two_sign_ins_at_the_same_time_both_complete() {
    let mut world = World::with(vault_origin_config());
    let (first, second) = (login_page(&mut world, APP), login_page(&mut world, APP));
    assert_ne!(first, second);
    for (page, seed) in [(second, 1), (first, 2)] {
        let (value, nonce) = play_pages(&world, &page, seed);
        let redeemed = redeem(&mut world, &value);
        exchange(&mut world, &nonce);
        assert_eq!(body(&world, redeemed)["status"], "authenticated");
    }
}

/// No page can block the storage of a vault origin, so a sign-in has no reason to go on without it.
#[test]
fn a_sign_in_waits_for_a_slow_read_and_forgets_no_other() {
    let mut world = World::with(vault_origin_config());
    let first = login_page(&mut world, APP);
    world.worker_dies();
    world.slow = vec![Slow::Reads];
    let login = world.fetch(&format!("/auth/login?{APP}"));
    world.pass(3_000);
    assert!(world.is_pending(login));
    world.release();
    assert_eq!(world.response(login).status, 200);
    let (value, nonce) = play_pages(&world, &first, 1);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(world.status(), "authenticated");
}

/// Script of an app, or a link to it, can begin sign-ins without end.
#[test]
fn the_vault_remembers_the_last_sixteen_sign_ins_for_ten_minutes() {
    let mut world = World::with(vault_origin_config());
    let pages: Vec<_> = (0..17).map(|_| login_page(&mut world, APP)).collect();
    let transactions = |world: &World| {
        let row: Value = serde_json::from_str(world.row.as_deref().unwrap()).unwrap();
        row["transactions"].as_array().unwrap().len()
    };
    assert_eq!(transactions(&world), 16);
    let (dropped, _) = play_pages(&world, &pages[0], 1);
    assert_ignored(&mut world, &dropped);
    let (value, nonce) = play_pages(&world, &pages[1], 2);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(world.status(), "authenticated");
    world.pass(600_000);
    login_page(&mut world, APP);
    assert_eq!(transactions(&world), 1);
}

/// Only a full or broken disk refuses it: no app can write to this storage.
#[test]
fn without_storage_a_sign_in_completes_only_in_the_worker_that_began_it() {
    for dies in [false, true] {
        let mut world = World::with(vault_origin_config());
        world.room = 0;
        let page = login_page(&mut world, APP);
        if dies {
            world.worker_dies();
        }
        let (value, nonce) = play_pages(&world, &page, 1);
        if dies {
            assert_ignored(&mut world, &value);
            continue;
        }
        redeem(&mut world, &value);
        exchange(&mut world, &nonce);
        assert_eq!(world.status(), "authenticated");
    }
}

#[test]
fn storage_holds_the_hash_of_the_state_and_no_page_to_return_to() {
    let mut world = World::with(vault_origin_config());
    let page = login_page(&mut world, &format!("{APP}&returnTo=%2Fnotes"));
    let (_, state) = page.split('&').next().unwrap().split_once('=').unwrap();
    let row = world.row.clone().unwrap();
    assert!(row.contains(&storage_key(&State::new(state.to_owned()))), "{row}");
    assert!(!row.contains(state) && !row.contains("notes"), "{row}");
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
        let (held_back, _) = sign_in_pages(&mut world, APP, 2);
        world.pass(1_000);
        world.sign_out();
        if dies {
            world.worker_dies();
        }
        world.pass(1_000);
        redeem(&mut world, &held_back);
        assert_eq!(world.forms(), [], "dies: {dies}");
        assert_eq!(world.status(), "anonymous");

        let (value, nonce) = sign_in_pages(&mut world, APP, 3);
        redeem(&mut world, &value);
        exchange(&mut world, &nonce);
        assert_eq!(world.status(), "authenticated", "a later sign-in is the user's own");
    }
}

/// Script sets cookies with which the vault's host refuses the callback page, removes them after the sign-out, and goes back
/// in the tab's history. What the callback page says then is new; the sign-in is not.
#[test]
fn a_sign_in_from_before_a_sign_out_signs_nobody_in_even_if_the_callback_page_is_loaded_after_it() {
    for dies in [false, true] {
        let (mut world, _) = signed_in();
        let page = login_page(&mut world, APP);
        world.pass(1_000);
        world.sign_out();
        if dies {
            world.worker_dies();
        }
        world.pass(1_000);
        let (held_back, _) = play_pages(&world, &page, 2);
        redeem(&mut world, &held_back);
        assert_eq!(world.forms(), [], "dies: {dies}");
        assert_eq!(world.status(), "anonymous");
    }
}

/// The user has signed out of the next version of the worker. The one that is being replaced still runs, and what it stores may
/// overwrite what the other has stored.
#[test]
fn a_sign_in_from_before_a_sign_out_of_another_version_signs_nobody_in() {
    for (starts, dies) in [(false, false), (false, true), (true, false), (true, true)] {
        let (mut world, _) = signed_in();
        let (held_back, _) = sign_in_pages(&mut world, APP, 2);
        world.pass(1_000);
        if starts {
            world.worker_dies();
            world.slow = vec![Slow::Clients];
            world.fetch(&[NOTES, VIA_VAULT].concat());
        }
        world.is_signed_out_elsewhere();
        world.release();
        if dies {
            world.worker_dies();
        }
        world.pass(1_000);
        redeem(&mut world, &held_back);
        assert!(!world.forms().contains(&Form::Exchange), "starts: {starts}, dies: {dies}");
        assert_eq!(world.status(), "anonymous");
    }
}

/// Nobody can sign in again before the time of such a sign-out, so it does not count.
#[test]
fn a_sign_out_by_a_clock_that_was_ahead_prevents_no_sign_in() {
    let (mut world, _) = signed_in();
    world.pass(300_000);
    world.sign_out();
    world.now.wall -= 300_000;
    let (value, nonce) = sign_in_pages(&mut world, APP, 2);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn a_sign_out_during_the_exchange_wins() {
    let mut world = World::with(vault_origin_config());
    let (value, nonce) = sign_in_pages(&mut world, APP, 1);
    let redeemed = redeem(&mut world, &value);
    world.sign_out();
    exchange(&mut world, &nonce);
    assert_eq!(body(&world, redeemed)["status"], "anonymous");
}

#[test]
fn a_response_with_another_nonce_signs_nobody_in() {
    let mut world = World::with(vault_origin_config());
    let (value, _) = sign_in_pages(&mut world, APP, 1);
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
fn a_response_to_a_sign_in_that_took_too_long_is_not_redeemed() {
    for dies in [false, true] {
        let mut world = World::with(vault_origin_config());
        let page = login_page(&mut world, APP);
        if dies {
            world.worker_dies();
        }
        world.pass(600_000);
        let (value, _) = play_pages(&world, &page, 1);
        redeem(&mut world, &value);
        assert_eq!(world.forms(), []);
        assert_eq!(world.error(), "invalid_state");
    }
}

/// The time is the vault's own, not that of the cookie.
#[test]
fn a_response_that_came_before_its_sign_in_began_is_not_redeemed() {
    let mut world = World::with(vault_origin_config());
    let (value, _) = sign_in_pages(&mut world, APP, 1);
    world.now.wall -= 1;
    redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.error(), "invalid_state");
}

#[test]
fn the_login_endpoint_names_the_login_page() {
    let mut world = World::with(vault_origin_config());
    let login = world.fetch(&format!("/auth/login?{APP}&returnTo=%2Fnotes"));
    let location = body(&world, login)["location"].as_str().unwrap().to_owned();
    assert!(location.starts_with("https://app.example.com/login.html?state="), "{location}");
    assert!(location.ends_with(&format!("&{APP}&returnTo=%2Fnotes")), "{location}");
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
    let frame = body(&world, login)["frame"].as_str().unwrap().to_owned();
    let page = frame.strip_prefix("https://app.example.com/login.html?").unwrap();
    assert!(page.ends_with(&silent), "{page}");
    let (value, nonce) = play_pages(&world, page, 2);
    let redeemed = redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(body(&world, redeemed)["status"], "authenticated");
}

const APP_OF_ANOTHER_SITE: &str = "app=https%3A%2F%2Fshop.example.org";

/// Signed in by an app whose site is not that of the login domain.
fn signed_in_from_another_site() -> World {
    let mut config = vault_origin_config();
    config.apps = vec!["https://shop.example.org".to_owned()];
    let mut world = World::with(config);
    let (value, nonce) = sign_in_pages(&mut world, APP_OF_ANOTHER_SITE, 1);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    world
}

/// The page asks first. Firefox and WebKit abort its requests under way even if its navigation gets 204.
#[test]
fn a_page_need_not_navigate_to_have_its_session_recovered_in_the_frame() {
    let (mut world, _) = signed_in();
    let ask = format!("/auth/login?{APP}&silent=frame");
    let unneeded = world.fetch(&ask);
    assert_eq!(world.got(unneeded), "204");
    world.worker_dies();
    let login = world.fetch(&ask);
    let frame = body(&world, login)["frame"].as_str().unwrap().to_owned();
    let ask_of_another_tab = world.fetch(&ask);
    assert_eq!(world.got(ask_of_another_tab), "204", "one silent sign-in at a time");
    let navigation_of_another_tab = world.fetch(&format!("/auth/login?{APP}&silent=1"));
    assert!(world.is_pending(navigation_of_another_tab), "one silent sign-in at a time");
    let page = frame.split_once('?').unwrap().1;
    let begun = Login::begin(world.vault.config(), page, Some(&[[2; 32]; 3]), world.now).unwrap();
    assert!(begun.location.contains("&prompt=none"), "{}", begun.location);
    let (value, nonce) = play_pages(&world, page, 2);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(world.status(), "authenticated");
    assert_eq!(world.got(navigation_of_another_tab), "204");
}

#[test]
fn script_that_asks_for_a_recovery_and_aborts_does_not_keep_the_users_recovery_waiting() {
    let (mut world, _) = signed_in();
    world.worker_dies();
    let ask = format!("/auth/login?{APP}&silent=frame");
    let aborted: Vec<_> = (0..20).map(|_| world.fetch(&ask)).collect();
    let user = world.fetch(&format!("/auth/login?{APP}&silent=1"));
    assert!(aborted.iter().all(|fetch| !world.is_pending(*fetch)));
    assert!(world.is_pending(user));
    world.pass(10_000);
    assert!(body(&world, user)["frame"].is_string());
}

#[test]
fn nobody_is_signed_in_silently_after_a_sign_out_that_overtakes_the_recovery() {
    let (mut world, _) = signed_in();
    world.worker_dies();
    let ask = format!("/auth/login?{APP}&silent=frame&prompt=login&login_hint=eve&again=1&silent=1&silent=0");
    let login = world.fetch(&ask);
    let page = body(&world, login)["frame"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
    let begun = Login::begin(world.vault.config(), &page, Some(&[[2; 32]; 3]), world.now).unwrap();
    assert!(begun.location.contains("&prompt=none") && !begun.location.contains("eve"), "{}", begun.location);
    world.sign_out();
    let (value, _) = play_pages(&world, &page, 2);
    redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.status(), "anonymous");
    for _ in 0..3 {
        let again = world.fetch(&ask);
        assert_eq!(world.got(again), "204");
        world.worker_dies();
    }
}

#[test]
fn a_page_whose_session_cannot_be_recovered_in_the_frame_is_told_to_navigate_at_once() {
    let mut world = signed_in_from_another_site();
    let ask = format!("/auth/login?{APP_OF_ANOTHER_SITE}&silent=frame");
    let unneeded = world.fetch(&ask);
    assert_eq!(world.got(unneeded), "204");
    world.worker_dies();
    for tab in 1..=2 {
        let answered = world.fetch(&ask);
        assert_eq!(body(&world, answered), json!({}), "tab {tab}");
    }
    let login = world.fetch(&format!("/auth/login?{APP_OF_ANOTHER_SITE}&silent=1"));
    assert!(body(&world, login)["location"].is_string(), "it waits for no other attempt");
    let answered = world.fetch(&ask);
    assert_eq!(body(&world, answered), json!({}), "even during an attempt, which its navigation waits for");
}

#[test]
fn another_login_domain_recovers_a_lost_session_by_redirect() {
    let mut world = signed_in_from_another_site();
    world.worker_dies();
    let login = world.fetch(&format!("/auth/login?{APP_OF_ANOTHER_SITE}&silent=1&returnTo=%2F"));
    let location = body(&world, login)["location"].as_str().unwrap().to_owned();
    let (value, nonce) = play_pages(&world, location.split_once('?').unwrap().1, 2);
    redeem(&mut world, &value);
    exchange(&mut world, &nonce);
    assert_eq!(world.status(), "authenticated");
}

#[test]
fn a_silent_response_signs_nobody_in_if_nothing_is_lost() {
    let (mut world, _) = signed_in();
    world.worker_dies();
    let page = login_page(&mut world, &format!("{APP}&silent=1"));
    world.sign_out();
    world.pass(1_000);
    let (value, _) = play_pages(&world, &page, 1);
    redeem(&mut world, &value);
    assert_eq!(world.forms(), []);
    assert_eq!(world.status(), "anonymous");
}

#[test]
fn sign_out_returns_to_the_app_that_asked() {
    let (mut world, _) = signed_in();
    let sign_out = world.request(Request::post(&format!("/auth/logout?{APP}")));
    world.server_responds(Form::Revocation, 200, "");
    let location = body(&world, sign_out)["location"].as_str().unwrap().to_owned();
    assert!(location.contains("logout_uri=https%3A%2F%2Fshop.example.com%2F"), "{location}");
}
