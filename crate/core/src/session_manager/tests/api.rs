//! API requests: routing, queue and refusals.

use super::*;
use crate::config::Unauthenticated;
use crate::session_manager::{ApiRequest, Head, QUEUE_SIZE, QUEUE_TIME, Step};

const GET: Head = Head { url: 40, headers: 100, has_body: false };

/// A safe request to the first API.
fn get(now: Now) -> ApiRequest {
    get_of(&config(), now)
}

fn get_of(config: &Config, now: Now) -> ApiRequest {
    ApiRequest::new(&config.apis[0], true, now)
}

fn route(vault: &mut SessionManager, request: &mut ApiRequest, now: Now) -> Step {
    vault.route(request, &|| GET, now)
}

fn code(step: &Step) -> (u16, String, Option<String>) {
    let Step::Respond(answer) = step else { panic!("no response: {step:?}") };
    let problem: Value = serde_json::from_str(&answer.body).unwrap();
    let retry_after = answer.headers.iter().find(|(name, _)| *name == "retry-after");
    (answer.status, problem["code"].as_str().unwrap().to_owned(), retry_after.map(|(_, value)| value.clone()))
}

fn rejecting() -> Config {
    let mut config = config();
    config.apis[0].unauthenticated = Unauthenticated::Reject;
    config
}

/// Every state in which requests are queued, with a queued request.
fn waiting_in(config: &Config) -> Vec<(&'static str, SessionManager, ApiRequest)> {
    let ada = || signed_in_with(config.clone(), token_response(), at(0));
    let renewing = || {
        let mut vault = ada();
        forced_renewal(&mut vault, at(HOUR));
        vault
    };
    let vaults = [
        ("just started", SessionManager::new(config.clone())),
        ("waiting for keepers", restarted(&ada(), 1)),
        ("recovering at the server", restarted(&ada(), 0)),
        ("renewing", renewing()),
    ];
    let waiting = vaults.map(|(name, mut vault)| {
        let mut request = get_of(config, at(HOUR));
        assert!(matches!(route(&mut vault, &mut request, at(HOUR)), Step::Wait(_)), "{name}");
        (name, vault, request)
    });
    waiting.into()
}

#[test]
fn a_queued_request_gets_503_after_ten_seconds_and_is_never_sent_without_a_token() {
    for config in [config(), rejecting()] {
        for (name, mut vault, mut request) in waiting_in(&config) {
            let last = route(&mut vault, &mut request, at(HOUR + QUEUE_TIME - 1));
            assert_eq!(last, Step::Wait(1), "{name}");
            let step = route(&mut vault, &mut request, at(HOUR + QUEUE_TIME));
            assert_eq!(code(&step), (503, "token_unavailable".to_owned(), Some("5".to_owned())), "{name}");
            assert_eq!(vault.queued, 0, "{name}");
        }
    }
}

#[test]
fn retry_after_of_a_timed_out_request_covers_the_renewal_pause() {
    let mut vault = signed_in(at(0));
    let mut ms = 2 * HOUR;
    for _ in 0..7 {
        ms += vault.renewal_pause(at(ms));
        renew(&mut vault, None, at(ms));
    }
    let mut request = get(at(ms));
    let step = route(&mut vault, &mut request, at(ms + QUEUE_TIME));
    let left = vault.renewal_pause(at(ms + QUEUE_TIME));
    assert!(left > 15 * SECOND, "{left}");
    assert_eq!(code(&step).2, Some(left.div_ceil(SECOND).to_string()));
}

#[test]
fn when_the_session_ends_queued_requests_are_routed_as_signed_out() {
    for (config, passes) in [(config(), true), (rejecting(), false)] {
        for (name, mut vault, mut request) in waiting_in(&config) {
            if vault.is_starting() {
                vault.begin(None, client_ids(0), at(0));
            }
            vault.sign_out();
            let step = route(&mut vault, &mut request, at(HOUR + 1));
            if passes {
                assert_eq!(step, Step::Pass, "{name}");
            } else {
                assert_eq!(code(&step), (401, "unauthenticated".to_owned(), None), "{name}");
            }
            assert_eq!(vault.queued, 0, "{name}");
        }
    }
}

#[test]
fn a_queued_request_is_never_sent_with_the_next_users_token() {
    let mut vault = signed_in(at(0));
    let mut request = get(at(1));
    assert_eq!(route(&mut vault, &mut request, at(1)), Step::Send);
    vault.sign_out();
    sign_in(&mut vault, token_response(), at(2));
    assert_eq!(vault.authorization(&request, at(2)), None);
    assert_eq!(vault.authorization_again(&request, at(2)), None);
}

#[test]
fn a_token_that_expires_while_the_body_is_read_is_not_sent() {
    let mut vault = signed_in(at(0));
    let mut request = get(at(SPENT - 1));
    assert_eq!(route(&mut vault, &mut request, at(SPENT - 1)), Step::Send);
    assert_eq!(vault.authorization(&request, at(SPENT)), None);
    assert!(matches!(route(&mut vault, &mut request, at(SPENT)), Step::Wait(_)));
}

/// A page sends requests of every kind in a loop. The queue takes a bounded amount of memory, however many
/// they are.
#[test]
fn the_queue_is_bounded_by_memory_and_not_by_number() {
    let rows = [
        ("small", GET, 3_000),
        ("with a body", Head { has_body: true, ..GET }, 200),
        ("with a long URL", Head { url: 2 * 1_024 * 1_024, ..GET }, 7),
        ("with large headers", Head { headers: 256 * 1_024, ..GET }, 60),
    ];
    for (name, head, at_least) in rows {
        let mut vault = restarted(&signed_in(at(0)), 0);
        let mut waiting = Vec::new();
        let refused = loop {
            let mut request = get(at(0));
            match vault.route(&mut request, &|| head, at(0)) {
                Step::Wait(_) => waiting.push(request),
                step => break step,
            }
            assert!(vault.queued <= QUEUE_SIZE && waiting.len() < 10_000, "{name}");
        };
        assert_eq!(code(&refused), (503, "queue_full".to_owned(), Some("1".to_owned())), "{name}");
        assert!(waiting.len() >= at_least, "{name}: {} wait", waiting.len());
        for request in &mut waiting {
            assert!(
                matches!(vault.route(request, &|| head, at(1)), Step::Wait(_)),
                "{name}: they keep their place"
            );
        }
        assert!(vault.queued <= QUEUE_SIZE);
        for request in &mut waiting {
            vault.route(request, &|| head, at(QUEUE_TIME));
        }
        assert_eq!(vault.queued, 0, "{name}: there is room again");
    }
}

/// Makes one request to an API that responds with `status`. Returns how many token requests it caused.
fn call(vault: &mut SessionManager, status: Option<u16>, now: Now, token: &mut u32) -> u32 {
    let mut request = get(now);
    assert_eq!(route(vault, &mut request, now), Step::Send);
    if !SessionManager::is_refusal(&request, status) {
        return 0;
    }
    let renewal = vault.renewal_after_refusal(&request, now);
    let Some((_, renewal)) = renewal else { return 0 };
    *token += 1;
    vault.complete_renewal(&renewal, Some(&ok(&rotated(*token))), now);
    assert!(vault.authorization_again(&request, now).is_some(), "it goes out once more");
    1
}

#[test]
fn an_api_that_always_returns_401_does_not_cause_a_renewal_per_request() {
    let mut vault = signed_in(at(0));
    let mut token = 1;
    let count: u32 = (0..50).map(|second| call(&mut vault, Some(401), at(second * SECOND), &mut token)).sum();
    assert_eq!(count, 1, "50 requests in 50 s");
    let mut vault = signed_in(at(0));
    let renewed: Vec<u64> = (0..3_000)
        .filter(|second| call(&mut vault, Some(401), at(second * SECOND), &mut token) > 0)
        .collect();
    assert_eq!(renewed, [0, 60, 180, 420, 900, 1_860], "one a second for most of an hour");
}

#[test]
fn requests_refused_together_cause_one_renewal() {
    let mut vault = signed_in(at(0));
    let mut requests: Vec<_> = (0..50).map(|_| get(at(1))).collect();
    for request in &mut requests {
        assert_eq!(route(&mut vault, request, at(1)), Step::Send);
    }
    let renewals: Vec<_> =
        requests.iter().filter_map(|request| vault.renewal_after_refusal(request, at(2))).collect();
    let [(_, renewal)] = renewals.as_slice() else { panic!("{} renewals", renewals.len()) };
    vault.complete_renewal(renewal, Some(&ok(&rotated(2))), at(3));
    for request in &requests {
        assert!(vault.renewal_after_refusal(request, at(3)).is_none(), "its token is not the present one");
        assert_eq!(vault.authorization_again(request, at(3)).unwrap().expose(), "Bearer access.token.2");
    }
}

#[test]
fn a_regular_renewal_resets_the_pause_after_refusals() {
    let mut vault = signed_in(at(0));
    let mut token = 1;
    assert_eq!(call(&mut vault, Some(401), at(0), &mut token), 1);
    assert_eq!(call(&mut vault, Some(401), at(SECOND), &mut token), 0);
    renew(&mut vault, Some(&ok(&rotated(99))), at(2 * SECOND));
    assert_eq!(call(&mut vault, Some(401), at(3 * SECOND), &mut token), 1);
}

#[test]
fn only_a_401_or_a_network_error_near_expiry_is_a_refusal() {
    for (name, is_safe, now, status, refused) in [
        ("401", true, at(0), Some(401), true),
        ("401, not safe", false, at(0), Some(401), true),
        ("403", true, at(HOUR - 5 * MINUTE), Some(403), false),
        ("200", true, at(HOUR - 5 * MINUTE), Some(200), false),
        ("no CORS, early", true, at(0), None, false),
        ("no CORS, near the end", true, at(HOUR - 5 * MINUTE), None, true),
        ("no CORS, near the end, not safe", false, at(HOUR - 5 * MINUTE), None, false),
    ] {
        let mut vault = signed_in(at(0));
        let mut request = ApiRequest::new(&config().apis[0], is_safe, now);
        assert_eq!(route(&mut vault, &mut request, now), Step::Send, "{name}");
        assert_eq!(SessionManager::is_refusal(&request, status), refused, "{name}");
    }
}
