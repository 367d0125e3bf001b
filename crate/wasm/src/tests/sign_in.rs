//! A sign-in from the first redirect to the last wiped byte.

use super::browser::{
    PlainChannel, RefusedStore, Tokens, extended_by, fetch_event, is_pending, occurrences, text,
};
use super::worker::{
    CLIENT_ID, CONFIG, ISSUER, NOTES, REVOCATION_ENDPOINT, TOKEN_ENDPOINT, Worker, header, location, query,
    response, vault,
};
use crate::platform::scope;
use js_sys::{Date, JsString};
use serde_json::Value;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{ReferrerPolicy, RequestCredentials, Response, UrlSearchParams};

/// The user, or a redirect, opens it in a tab.
const NAVIGATION: &str = r#"{ "mode": "navigate", "destination": "document" }"#;

async fn form_of(request: &web_sys::Request) -> UrlSearchParams {
    UrlSearchParams::new_with_str(&text(request.text()).await).unwrap()
}

#[wasm_bindgen_test]
async fn from_login_to_logout() {
    let worker = Worker::start();
    let origin = scope().location().origin();

    let response = worker.navigate("/auth/login?returnTo=%2Fnotes%3Ftab%3D2").await;
    assert_eq!((response.status(), header(&response, "cache-control").as_deref()), (302, Some("no-store")));
    let asked = query(&location(&response));
    assert!(location(&response).starts_with("https://id.example.com/oauth2/authorize?"));
    assert_eq!(asked.get("redirect_uri").unwrap(), format!("{origin}/auth/callback"));
    assert_eq!(asked.get("code_challenge_method").unwrap(), "S256");
    let row = worker.store.only_row();
    let minutes_left = (row.expires_at() - Date::now()) / 60_000.0;
    assert!((9.9..=10.0).contains(&minutes_left), "{minutes_left}");
    for secret in ["state", "nonce"] {
        assert!(!row.trace().contains(&asked.get(secret).unwrap()), "no {secret} rests in storage");
    }

    let tokens = Tokens::new(ISSUER, CLIENT_ID, &asked.get("nonce").unwrap());
    worker.network.answer(&tokens.response());
    let callback = format!("/auth/callback?code=the-code&state={}", asked.get("state").unwrap());
    let response = worker.navigate(&callback).await;
    assert_eq!((response.status(), location(&response).as_str()), (303, "/notes?tab=2"));

    let request = worker.network.last();
    assert_eq!(request.url(), TOKEN_ENDPOINT);
    let form = form_of(&request).await;
    assert_eq!(form.get("grant_type").unwrap(), "authorization_code");
    assert_eq!(form.get("code").unwrap(), "the-code");
    assert_eq!(form.get("client_id").unwrap(), CLIENT_ID);
    assert_eq!(form.get("redirect_uri").unwrap(), format!("{origin}/auth/callback"));
    assert_eq!(form.get("code_verifier").unwrap().len(), 43);

    let session = serde_json::from_slice::<Value>(worker.session().await.as_bytes()).unwrap();
    assert_eq!(session["status"], "authenticated");
    assert_eq!(
        serde_json::to_string(&session["user"]).unwrap(),
        r#"{"email":"ada@example.com","sub":"ada-1"}"#
    );
    let seconds_left = (session["expiresAt"].as_f64().unwrap() - Date::now()) / 1_000.0;
    assert!((3_590.0..=3_600.0).contains(&seconds_left), "{seconds_left}");

    worker.network.answer(&Response::new().unwrap());
    worker.fetch(NOTES, "{}").await;
    let authorization = worker.network.last().headers().get("authorization").unwrap().unwrap();
    assert_eq!(authorization, format!("Bearer {}", String::from(tokens.access_token())));

    worker.network.answer(&Response::new().unwrap());
    let response = worker.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
    let answer = serde_json::from_slice::<Value>(text(response.text()).await.as_bytes()).unwrap();
    let signed_out = query(answer["location"].as_str().unwrap());
    assert_eq!(signed_out.get("logout_uri").unwrap(), format!("{origin}/"));
    let request = worker.network.last();
    assert_eq!(request.url(), REVOCATION_ENDPOINT);
    let form = form_of(&request).await;
    assert_eq!(form.get("token").unwrap(), String::from(tokens.refresh_token()));
    assert_eq!(form.get("client_id").unwrap(), CLIENT_ID);

    assert!(worker.session().await.contains(r#""status":"anonymous""#));
    assert!(worker.handles(NOTES, "{}").is_none(), "without a token a request is the page's own again");
}

#[wasm_bindgen_test]
async fn signing_out_leaves_no_token_in_memory() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    worker.network.answer(&Response::new().unwrap());
    worker.fetch(NOTES, "{}").await;
    let held: [JsString; 3] = [tokens.access_token(), tokens.id_token(), tokens.refresh_token()];
    assert_eq!(held.each_ref().map(occurrences), [1, 1, 1], "one copy of each while signed in");
    worker.network.answer(&Response::new().unwrap());
    worker.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
    assert_eq!(held.each_ref().map(occurrences), [0, 0, 0]);
}

#[wasm_bindgen_test]
async fn a_refused_token_response_leaves_no_token_in_memory() {
    let worker = Worker::start();
    let asked = worker.begin_login().await;
    let tokens = Tokens::new(ISSUER, CLIENT_ID, "another nonce");
    worker.network.answer(&tokens.response());
    worker.navigate(&format!("/auth/callback?code=c&state={}", asked.get("state").unwrap())).await;
    assert_eq!(worker.session_error().await, "invalid_id_token");
    let issued: [JsString; 3] = [tokens.access_token(), tokens.id_token(), tokens.refresh_token()];
    assert_eq!(issued.each_ref().map(occurrences), [0, 0, 0]);
}

#[wasm_bindgen_test]
async fn a_sign_in_whose_worker_died_is_begun_again_and_sends_no_code_anywhere() {
    let worker = Worker::start();
    let asked = worker.begin_login().await;
    let worker = worker.dies();
    let callback = format!("/auth/callback?code=the-code&state={}", asked.get("state").unwrap());
    let response = worker.navigate(&callback).await;
    assert_eq!(
        (response.status(), location(&response).as_str()),
        (303, "/auth/login?again=1&returnTo=%2Fnotes")
    );
    let again = query(&location(&worker.navigate(&location(&response)).await));
    assert_ne!(again.get("code_challenge"), asked.get("code_challenge"));
    assert_eq!(worker.requests(), 0);

    let tokens = Tokens::new(ISSUER, CLIENT_ID, &again.get("nonce").unwrap());
    worker.network.answer(&tokens.response());
    let callback = format!("/auth/callback?code=another&state={}", again.get("state").unwrap());
    let response = worker.navigate(&callback).await;
    assert_eq!((response.status(), location(&response).as_str()), (303, "/notes"));
    assert!(worker.session().await.contains(r#""status":"authenticated""#));
}

/// The worker's memory alone has the secrets.
#[wasm_bindgen_test]
async fn the_browser_is_asked_to_let_the_worker_live_until_the_response_comes() {
    let worker = Worker::start();
    let event = fetch_event("/auth/login?returnTo=%2Fnotes", "{}", NAVIGATION);
    let asked = query(&location(&response(worker.vault.dispatch(&event)).await));
    let [_stored, stay] = &extended_by(&event)[..] else { panic!("extended twice") };
    assert!(is_pending(stay).await);
    worker
        .navigate(&format!("/auth/callback?error=access_denied&state={}", asked.get("state").unwrap()))
        .await;
    assert!(!is_pending(stay).await);
}

#[wasm_bindgen_test]
async fn a_new_version_does_not_wait_for_the_user_at_the_authorization_server() {
    let worker = Worker::start();
    let event = fetch_event("/auth/login", "{}", NAVIGATION);
    response(worker.vault.dispatch(&event)).await;
    JsFuture::from(worker.vault.leave()).await.unwrap();
    assert!(!is_pending(&extended_by(&event)[0]).await);
}

#[wasm_bindgen_test]
async fn a_callback_serves_once() {
    let worker = Worker::start();
    let asked = worker.begin_login().await;
    let callback = format!("/auth/callback?code=c&state={}", asked.get("state").unwrap());
    worker.navigate(&callback).await;
    assert_eq!(worker.session_error().await, "token_endpoint_unreachable");
    let response = worker.navigate(&callback).await;
    assert_eq!((response.status(), location(&response).as_str()), (303, "/"));
    assert_eq!(worker.session_error().await, "invalid_state");
    assert_eq!(worker.network.requests().length(), 1, "the code went out once");
}

#[wasm_bindgen_test]
async fn an_error_of_the_authorization_server_is_told_and_nothing_is_exchanged() {
    let worker = Worker::start();
    let asked = worker.begin_login().await;
    let state = asked.get("state").unwrap();
    let response = worker.navigate(&format!("/auth/callback?error=access_denied&state={state}")).await;
    assert_eq!((response.status(), location(&response).as_str()), (303, "/notes"));
    assert_eq!(worker.session_error().await, "access_denied");
    assert_eq!(worker.network.requests().length(), 0);
}

#[wasm_bindgen_test]
async fn a_revocation_that_fails_is_told() {
    for answer in [None, Some(500)] {
        let worker = Worker::start();
        worker.sign_in().await;
        if let Some(status) = answer {
            let init = web_sys::ResponseInit::new();
            init.set_status(status);
            worker.network.answer(&Response::new_with_opt_str_and_init(None, &init).unwrap());
        }
        let response = worker.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
        assert_eq!(response.status(), 200);
        assert!(worker.session().await.contains(r#""status":"anonymous""#));
        assert_eq!(worker.session_error().await, "revocation_failed");
    }
}

#[wasm_bindgen_test]
async fn a_session_lost_with_its_worker_comes_back_silently() {
    let worker = Worker::start();
    worker.sign_in().await;
    assert!(worker.store.marker().is_some_and(|marker| !marker.contains("access")));
    let worker = worker.dies();
    assert!(worker.session().await.contains(r#""status":"recovering""#));
    let response = worker.navigate("/auth/login?silent=1&returnTo=%2Fnotes").await;
    let asked = query(&location(&response));
    assert_eq!(asked.get("prompt").unwrap(), "none");
    let tokens = Tokens::new(ISSUER, CLIENT_ID, &asked.get("nonce").unwrap());
    worker.network.answer(&tokens.response());
    let callback = format!("/auth/callback?code=c&state={}", asked.get("state").unwrap());
    let response = worker.navigate(&callback).await;
    assert_eq!((response.status(), location(&response).as_str()), (303, "/notes"));
    assert!(worker.session().await.contains(r#""status":"authenticated""#));
}

#[wasm_bindgen_test]
async fn a_silent_sign_in_that_nobody_needs_asks_nobody_and_leaves_the_page_where_it_is() {
    let worker = Worker::start();
    let response = worker.navigate("/auth/login?silent=1&returnTo=%2Fnotes").await;
    assert_eq!(response.status(), 204);
}

#[wasm_bindgen_test]
async fn a_tab_whose_session_another_one_is_getting_waits_and_stays_where_it_is() {
    let worker = Worker::start();
    worker.sign_in().await;
    let worker = worker.dies();
    let asked = query(&location(&worker.navigate("/auth/login?silent=1&returnTo=%2F").await));
    let other = fetch_event("/auth/login?silent=1&returnTo=%2Fnotes", "{}", NAVIGATION);
    let waiting = worker.vault.dispatch(&other).unwrap();
    assert!(is_pending(&waiting).await);
    let tokens = Tokens::new(ISSUER, CLIENT_ID, &asked.get("nonce").unwrap());
    worker.network.answer(&tokens.response());
    worker.navigate(&format!("/auth/callback?code=c&state={}", asked.get("state").unwrap())).await;
    assert_eq!(response(Some(waiting)).await.status(), 204);
}

/// It would end on the browser's own error page.
#[wasm_bindgen_test]
async fn a_page_does_not_leave_silently_for_a_server_out_of_reach() {
    let worker = Worker::start();
    worker.sign_in().await;
    let worker = worker.dies();
    worker.network.set_is_there(false);
    assert_eq!(worker.navigate("/auth/login?silent=1&returnTo=%2Fnotes").await.status(), 204);
    assert!(worker.session().await.contains(r#""status":"recovering""#));
    let [probe] = &worker.network.probes()[..] else { panic!("asked once") };
    assert_eq!(probe.url(), TOKEN_ENDPOINT);
    assert_eq!(probe.credentials(), RequestCredentials::Omit);
    assert_eq!(probe.referrer_policy(), ReferrerPolicy::NoReferrer);
}

#[wasm_bindgen_test]
async fn a_user_who_signs_in_does_not_wait_for_a_check_that_the_server_is_there() {
    let worker = Worker::start();
    worker.sign_in().await;
    let worker = worker.dies();
    worker.network.set_is_there(false);
    assert_eq!(worker.navigate("/auth/login").await.status(), 302);
    assert!(worker.network.probes().is_empty());
}

#[wasm_bindgen_test]
async fn after_signing_out_nothing_tells_the_next_worker_of_a_session() {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.sign_out().await;
    assert_eq!(worker.store.marker(), None);
    let worker = worker.dies();
    assert!(worker.session().await.contains(r#""status":"anonymous""#));
}

/// A page that can read a frame's URL, or its history, must find no code there.
#[wasm_bindgen_test]
async fn a_callback_in_a_frame_signs_nobody_in_and_its_code_is_left_behind() {
    let worker = Worker::start();
    let state = query(&location(&worker.navigate("/auth/login").await)).get("state").unwrap();
    let response = worker.open(&format!("/auth/callback?code=c&state={state}"), "iframe").await;
    assert_eq!((response.status(), location(&response).as_str()), (303, "/auth/unfinished#unfinished"));
    assert_eq!(worker.requests(), 0, "the code was not exchanged");
    assert_eq!(worker.open("/auth/login", "iframe").await.status(), 405);
    assert_eq!(worker.open("/auth/login?silent=1", "iframe").await.status(), 405);
}

/// Script of the page can block storage: the user does not wait for it, the worker lives until it is written.
#[wasm_bindgen_test]
async fn storage_that_hangs_delays_no_sign_in_and_keeps_the_worker_alive() {
    let worker = Worker::start();
    worker.store.hold_markers();
    let asked = worker.begin_login().await;
    let tokens = Tokens::new(ISSUER, CLIENT_ID, &asked.get("nonce").unwrap());
    worker.network.answer(&tokens.response());
    let callback = format!("/auth/callback?code=c&state={}", asked.get("state").unwrap());
    let event = fetch_event(&callback, "{}", NAVIGATION);
    assert_eq!(response(worker.vault.dispatch(&event)).await.status(), 303);
    let extensions = extended_by(&event);
    let stored = extensions.last().unwrap();
    assert!(is_pending(stored).await);
    worker.store.release_markers();
    JsFuture::from(stored.clone()).await.unwrap();
    assert!(worker.store.marker().is_some());
}

#[wasm_bindgen_test]
async fn the_marker_is_gone_before_a_sign_out_is_answered_or_revoked() {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.store.hold_markers();
    worker.network.answer(&Response::new().unwrap());
    let signing_out = worker.handles("/auth/logout", r#"{ "method": "POST" }"#);
    worker.store.markers_asked(2).await;
    assert!(is_pending(signing_out.as_ref().unwrap()).await);
    assert_eq!(worker.requests(), 1, "sign-in alone");
    worker.store.release_markers();
    assert_eq!(response(signing_out).await.status(), 200);
    assert_eq!(worker.store.marker(), None);
}

/// Both at once: what is stored in the end is what is true in the end.
#[wasm_bindgen_test]
async fn a_marker_that_was_slow_to_be_written_does_not_come_after_its_removal() {
    let worker = Worker::start();
    let asked = worker.begin_login().await;
    let tokens = Tokens::new(ISSUER, CLIENT_ID, &asked.get("nonce").unwrap());
    worker.network.answer(&tokens.response());
    worker.store.hold_markers();
    let callback = format!("/auth/callback?code=c&state={}", asked.get("state").unwrap());
    let signing_in = worker.vault.dispatch(&fetch_event(&callback, "{}", NAVIGATION));
    worker.store.markers_asked(1).await;
    worker.network.answer(&Response::new().unwrap());
    let signing_out = worker.handles("/auth/logout", r#"{ "method": "POST" }"#);
    assert!(is_pending(signing_out.as_ref().unwrap()).await);
    worker.store.release_markers();
    response(signing_in).await;
    response(signing_out).await;
    assert_eq!(worker.store.marker(), None);
}

#[wasm_bindgen_test]
async fn the_marker_is_no_secret() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    let marker = worker.store.marker().unwrap();
    for secret in [tokens.access_token(), tokens.id_token(), tokens.refresh_token(), "ada".into()] {
        assert!(!marker.contains(&String::from(secret)), "{marker}");
    }
}

#[wasm_bindgen_test]
async fn storage_that_fails_costs_a_session_its_recovery_and_not_its_life() {
    let worker = Worker::start();
    worker.sign_in().await;
    worker.store.refuse_markers();
    worker.sign_out().await;
    let tokens = worker.sign_in().await;
    worker.network.answer(&Response::new().unwrap());
    worker.fetch(NOTES, "{}").await;
    let authorization = worker.network.last().headers().get("authorization").unwrap().unwrap();
    assert_eq!(authorization, format!("Bearer {}", String::from(tokens.access_token())));
}

/// Only tried again once: the worker holds no refresh token for longer than that.
#[wasm_bindgen_test]
async fn a_revocation_that_failed_is_tried_again_when_a_page_next_asks() {
    let worker = Worker::start();
    let tokens = worker.sign_in().await;
    worker.network.fail();
    worker.fetch("/auth/logout", r#"{ "method": "POST" }"#).await;
    assert_eq!(worker.session_error().await, "revocation_failed");
    worker.network.answer(&Response::new().unwrap());
    worker.fetch("/auth/events", "{}").await;
    let form = form_of(&worker.network.request(2).await).await;
    assert_eq!(form.get("token").unwrap(), String::from(tokens.refresh_token()));
    worker.fetch("/auth/events", "{}").await;
    assert_eq!(worker.session_error().await, "");
    assert_eq!(worker.requests(), 3);
    drop(form);
    assert_eq!(occurrences(&tokens.refresh_token()), 0);
}

#[wasm_bindgen_test]
async fn a_login_that_asks_for_too_much_is_refused() {
    let worker = Worker::start();
    let response = worker.navigate("/auth/login?returnTo=https://evil.example/").await;
    assert_eq!(response.status(), 400);
    assert!(text(response.text()).await.contains("<code>invalid_return_to</code>"));
}

#[wasm_bindgen_test]
async fn in_a_browser_without_storage_users_sign_in_and_out() {
    let vault = vault(CONFIG, &RefusedStore::new(), &PlainChannel::new()).ok().unwrap();
    let worker = Worker { vault, ..Worker::start() };
    worker.sign_in().await;
    assert!(worker.session().await.contains(r#""status":"authenticated""#));
    worker.sign_out().await;
    assert!(worker.session().await.contains(r#""status":"anonymous""#));
}
