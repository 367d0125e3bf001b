//! The query of the login endpoint, from a page or from a link on another site.

use crate::Outcome;
use crate::fixture::{
    CLIENT_ID, Login, ORIGIN, fresh_worker, login, nonce, pairs, recovering_worker, serialised, state,
    verifier,
};
use crate::return_to::assert_stays_in_the_app;
use std::collections::HashMap;
use strongroom_core::return_to::ReturnTo;
use strongroom_core::transaction::StoredTransaction;
use url::Url;

/// Input: the query.
#[must_use]
pub fn login_request(data: &[u8]) -> Outcome {
    let url = serialised("/auth/login", &String::from_utf8_lossy(data));
    let query = url.query().unwrap_or_default();
    let asked = pairs(query);
    let silent = asked.get("silent").is_some_and(|values| values.iter().any(|value| value == "1"));
    let mut accepted = false;
    for (mut worker, lost) in [(fresh_worker(), false), (recovering_worker(), true)] {
        match login(&mut worker, query) {
            Login::Redirected(location, stored) => {
                assert!(lost || !silent, "a silent sign-in is for a session that was lost: {query}");
                assert_is_the_configured_request(&location, &asked, silent);
                assert_survives_storage(&stored);
                accepted = true;
            }
            Login::NotNeeded => assert!(silent && !lost, "only a silent sign-in may be needless: {query}"),
            Login::Waits => panic!("there was no other silent sign-in: {query}"),
            Login::Refused => {}
        }
    }
    Outcome::accepted_if(accepted)
}

/// A page may set a few parameters, none of which decides who gets the code.
fn assert_is_the_configured_request(location: &str, asked: &HashMap<String, Vec<String>>, silent: bool) {
    let url = Url::parse(location).expect("a URL");
    assert_eq!(&url[..url::Position::AfterPath], "https://auth.example.com/oauth2/authorize");
    let sent = pairs(url.query().unwrap_or_default());
    assert!(sent.values().all(|values| values.len() == 1), "nothing twice: {location}");
    let fixed = [
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", &[ORIGIN, "/auth/callback"].concat()),
        ("scope", "openid email api/read"),
        ("state", &state()),
        ("nonce", &nonce()),
        // RFC 7636 section 4.2, for a code verifier made of 32 bytes of 3.
        ("code_challenge", "g77gcvvTQj90gfwWOCFjatjPtz-u8N0FgfOXnqDHMbk"),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in fixed {
        assert_eq!(sent[name], [value], "{location}");
    }
    let chosen =
        ["prompt", "login_hint", "identity_provider", "idp_identifier", "lang", "acr_values", "max_age"];
    let number_chosen = chosen.iter().filter(|name| sent.contains_key(**name)).count();
    assert_eq!(sent.len(), fixed.len() + number_chosen, "{location}");
    let unseen = sent.get("prompt").is_some_and(|prompt| *prompt == ["none"]);
    for name in chosen {
        match name {
            "prompt" if silent => assert_eq!(sent[name], ["none"]),
            _ if silent => assert!(!sent.contains_key(name), "a silent request chooses nothing: {location}"),
            "identity_provider" | "idp_identifier" if unseen => assert!(!sent.contains_key(name)),
            _ => assert_eq!(sent.get(name), asked.get(name), "{location}"),
        }
    }
}

fn assert_survives_storage(text: &str) {
    for secret in [state(), nonce(), verifier()] {
        assert!(!text.contains(&secret), "{text}");
    }
    let place = text.splitn(3, ' ').last().and_then(ReturnTo::parse).expect("a place in the app");
    assert_stays_in_the_app(&place);
    assert_eq!(StoredTransaction::parse(text).expect("what is written can be read").to_text(), text);
}
