//! A browser with the real vault, from its first sign-in to the end of its day.

use crate::assumptions::Assumptions;
use crate::clock::SECOND;
use crate::life::{self, Life, Period, Random, exponential, random};
use crate::server::{Disturbance, code_response, refresh_response};
use crate::tally::Log;
use rand::{Rng, RngExt};
use serde_json::json;
use std::ops::Range;
use strongroom_core::callback::Callback;
use strongroom_core::config::{Config, Environment};
use strongroom_core::json::{self, Json};
use strongroom_core::secret::Secret;
use strongroom_core::time::Now;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{
    Access, AuthorizationRequest, CallbackOutcome, FormRequest, LoginOutcome, QUEUE_TIME, Renewal, Vault,
};

const KEEPER: &str = "keeper";
const API: usize = 0;

/// The vault's configuration: the same for everybody.
pub(crate) fn config() -> Config {
    let environment = Environment {
        location: "https://app.example.com/vault-worker.js",
        parse_url: &|url| Some(url.to_owned()),
    };
    let value = json!({
        "cognito": {
            "region": "eu-central-1",
            "userPoolId": "eu-central-1_AbCdEfGhI",
            "clientId": "client",
            "domain": "https://auth.example.com/",
        },
        "scopes": ["openid"],
        "api": [{ "url": "https://api.example.com/v1/" }],
    });
    let value = json::parse(value.to_string().as_bytes()).expect("JSON");
    Config::parse(&value, &environment).expect("the configuration is good")
}

/// Lives `life`, which is the `number`th. Answers what it asked for.
pub(crate) fn live(
    number: u64,
    life: &Life,
    disturbance: Disturbance,
    assumptions: &Assumptions,
    config: &Config,
) -> Log {
    let mut random = random(assumptions.seed, number, 2);
    let dies_when_idle = random.random_bool(assumptions.worker_dies);
    let mut browser = Browser {
        assumptions,
        disturbance,
        vault: Vault::new(config.clone()),
        marker: None,
        asleep: 0,
        renewal: None,
        queued: Vec::new(),
        cookie_until: 0,
        random,
        log: Log::of(life),
    };
    for period in &life.periods {
        let mut random = life::random(assumptions.seed, number, 4);
        let reload = disturbance.reloads(period.open.start, period.open.end, &mut random);
        browser.live_through(period, life, dies_when_idle, reload);
    }
    browser.log
}

struct Browser<'a> {
    assumptions: &'a Assumptions,
    disturbance: Disturbance,
    vault: Vault,
    /// What is in storage for the next worker.
    marker: Option<String>,
    /// How long the machine has slept so far: the monotonic clock stood still.
    asleep: u64,
    /// The refresh under way: when its answer comes, and whether there is one.
    renewal: Option<(u64, Renewal, bool)>,
    /// API requests that wait for a token.
    queued: Vec<Queued>,
    /// The authorization server's own session.
    cookie_until: u64,
    random: Random,
    log: Log,
}

/// An API request that waits.
#[derive(Debug, Clone, Copy)]
struct Queued {
    arrived: u64,
    asks_again: u64,
}

impl Browser<'_> {
    /// The app is open, and reloads at `reload`.
    fn live_through(&mut self, period: &Period, life: &Life, dies_when_idle: bool, mut reload: Option<u64>) {
        // Every copy of an earlier period's session is gone with its tabs.
        self.begin_worker(&[]);
        let mut idle_since: Option<u64> = None;
        for used in &period.uses {
            if let (Some(since), Some(after)) = (idle_since, life.sleeps_after) {
                self.asleep += (used.start - since).saturating_sub(after);
            }
            let reloaded = reload.take_if(|moment| *moment <= used.start).is_some();
            let died = dies_when_idle && idle_since.is_some_and(|since| used.start - since > 30 * SECOND);
            if reloaded || died {
                self.replace_worker(used.start);
            }
            self.use_app(used, &mut reload);
            idle_since = Some(used.end);
        }
    }

    /// Somebody works with the app.
    fn use_app(&mut self, used: &Range<u64>, reload: &mut Option<u64>) {
        let mut moment = used.start;
        if self.vault.token_mark().is_none() {
            moment = self.sign_in(moment);
        }
        while moment < used.end {
            self.advance(moment);
            if let Some(reload) = reload.take_if(|reload| *reload <= moment) {
                self.replace_worker(reload);
            }
            self.log.api_request(moment);
            self.ask(moment, moment, &mut true);
            moment += exponential(self.assumptions.request_gap, &mut self.random).max(1);
        }
        self.advance(u64::MAX);
    }

    /// Everything that happens by itself until `until`.
    fn advance(&mut self, until: u64) {
        loop {
            let answered = self.renewal.as_ref().map(|(moment, _, _)| *moment);
            let asks = self.queued.iter().map(|queued| queued.asks_again).min();
            match (answered, asks) {
                (Some(moment), asks) if moment <= until && asks.is_none_or(|asks| moment <= asks) => {
                    self.answer(moment);
                }
                (_, Some(moment)) if moment <= until => self.ask_again(moment),
                _ => return,
            }
        }
    }

    /// What the worker does for an API request: begin a renewal if it is time, then look for a token.
    fn ask(&mut self, moment: u64, arrived: u64, is_first: &mut bool) {
        let now = self.now(moment);
        if let Some((FormRequest { .. }, renewal)) = self.vault.renewal(false, now) {
            self.log.token_request(moment, false);
            let answers = !self.disturbance.is_out(moment);
            self.renewal = Some((moment + self.assumptions.answer, renewal, answers));
        }
        let waited = !std::mem::take(is_first);
        match self.vault.access(API, now) {
            Access::Bearer(_) if waited => self.log.api_request_waited(arrived, true),
            Access::Bearer(_) => {}
            Access::Anonymous => self.log.api_request_waited(arrived, false),
            Access::Wait(wait) => {
                let left = QUEUE_TIME.saturating_sub(moment - arrived);
                if left == 0 {
                    self.log.api_request_waited(arrived, false);
                } else {
                    self.queued.push(Queued { arrived, asks_again: moment + wait.clamp(1, left) });
                }
            }
        }
    }

    /// The refresh under way is answered, or fails: everybody who waits looks again.
    fn answer(&mut self, moment: u64) {
        let Some((_, renewal, answers)) = self.renewal.take() else { return };
        let body = answers.then(|| refresh_response(self.assumptions.lifetime, &mut self.random));
        let response = body.as_ref().map(|body| TokenResponse { status: 200, body: body.as_bytes() });
        self.vault.complete_renewal(&renewal, response.as_ref(), self.now(moment));
        self.marker = self.vault.marker();
        for queued in std::mem::take(&mut self.queued) {
            self.ask(moment, queued.arrived, &mut false);
        }
    }

    fn ask_again(&mut self, moment: u64) {
        let (due, later) = std::mem::take(&mut self.queued)
            .into_iter()
            .partition::<Vec<_>, _>(|queued| queued.asks_again <= moment);
        self.queued = later;
        for queued in due {
            self.ask(moment, queued.arrived, &mut false);
        }
    }

    /// A worker that knows what earlier ones left in storage, and these keepers.
    fn begin_worker(&mut self, keepers: &[&str]) {
        self.vault = Vault::new(self.vault.config().clone());
        self.vault.begin(self.marker.as_deref(), keepers.iter().map(|&keeper| keeper.to_owned()).collect());
    }

    /// The worker is gone, for a new version or because it was idle; the next one is filled by the keeper, whose copy is
    /// this worker's last.
    fn replace_worker(&mut self, moment: u64) {
        self.advance(u64::MAX);
        let now = self.now(moment);
        let copy = self.vault.copy(now);
        self.begin_worker(&[KEEPER]);
        self.vault.restore(KEEPER, copy.as_ref().map_or("", Secret::expose).as_bytes(), now);
    }

    /// Signs in from `moment` on: silently if a session was lost and the authorization server still knows the user.
    /// Answers when it was done.
    fn sign_in(&mut self, mut moment: u64) -> u64 {
        while self.disturbance.is_out(moment) {
            let (shortest, longest) = self.assumptions.sign_in_retry;
            moment += self.random.random_range(shortest..longest) as u64;
        }
        if self.vault.wants_copy() {
            let knows_user = moment < self.cookie_until;
            self.go_to_server("silent=1", knows_user, moment);
            if knows_user {
                return moment + self.assumptions.answer;
            }
        }
        self.go_to_server("", true, moment);
        self.cookie_until = moment + self.assumptions.cookie;
        moment + self.assumptions.answer
    }

    /// To the authorization server and back: one code exchange, or its refusal.
    fn go_to_server(&mut self, query: &str, grants: bool, moment: u64) {
        let mut randomness = [[0; 32]; 3];
        for bytes in &mut randomness {
            self.random.fill_bytes(bytes);
        }
        let now = self.now(moment);
        let login = self.vault.login(query, &randomness, now).expect("the login request is good");
        let LoginOutcome::Authorize(AuthorizationRequest { url, trace, .. }) = login else { return };
        let parameter = |wanted: &str| {
            let query = url.split_once('?').map_or("", |(_, query)| query);
            form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
                .expect("the authorization request has it")
        };
        let answer = if grants { "code=code" } else { "error=login_required" };
        let callback = Callback::parse(&[answer, "&state=", &parameter("state")].concat());
        let outcome = self.vault.callback(callback, Some(&trace.to_text()), now);
        if let CallbackOutcome::Exchange(_, exchange) = outcome {
            self.log.token_request(moment, true);
            let issuer = self.vault.config().provider.issuers.first().map_or("", String::as_str);
            let body =
                code_response(issuer, &parameter("nonce"), self.assumptions.lifetime, &mut self.random);
            let response = TokenResponse { status: 200, body: body.as_bytes() };
            let now = self.now(moment + self.assumptions.answer);
            self.vault.complete_exchange(exchange, Some(&response), now);
            assert!(
                self.vault.token_mark().is_some(),
                "the sign-in failed: {}",
                self.vault.snapshot("page", Json::Null)
            );
        }
        self.marker = self.vault.marker();
    }

    fn now(&self, moment: u64) -> Now {
        Now { monotonic: moment - self.asleep, wall: moment }
    }
}

#[cfg(test)]
mod tests {
    use super::{config, live};
    use crate::assumptions::Assumptions;
    use crate::clock::{DAY, Daily, HOUR, MIDNIGHT, MINUTE, SECOND};
    use crate::life::{Life, Period};
    use crate::server::Disturbance;
    use crate::tally::Tally;
    use std::ops::Range;

    fn at(hour: u64, minute: u64) -> u64 {
        MIDNIGHT + hour * HOUR + minute * MINUTE
    }

    fn period(open: Range<u64>, uses: impl IntoIterator<Item = Range<u64>>) -> Period {
        Period { tabs: vec![open.start], open, uses: uses.into_iter().collect() }
    }

    fn once(used: Range<u64>) -> impl IntoIterator<Item = Range<u64>> {
        std::iter::once(used)
    }

    fn lived(periods: Vec<Period>, disturbance: Disturbance) -> Tally {
        let mut tally = Tally::new();
        let assumptions =
            Assumptions { worker_dies: 1.0, request_gap: 10_000.0, ..Assumptions::read().unwrap() };
        let counted = MIDNIGHT..MIDNIGHT + DAY;
        let life = Life { periods, counted, sleeps_after: Some(15 * MINUTE), unused: false, offset: 0 };
        tally.count(&live(7, &life, disturbance, &assumptions, &config()), &life);
        tally
    }

    /// Minutes of the day with token requests, and how many.
    fn requests(tally: &Tally) -> Vec<(u64, u32)> {
        tally.utc.busy_minutes()
    }

    #[test]
    fn an_hour_of_use_costs_the_sign_in_and_one_renewal_in_the_last_fifth() {
        let day = at(9, 0)..at(10, 0);
        let tally = lived(vec![period(day.clone(), once(day))], Disturbance::None);
        let [(540, 1), (renewed, 1)] = requests(&tally)[..] else { panic!("{:?}", requests(&tally)) };
        assert!((588..=595).contains(&renewed), "{renewed}");
        assert_eq!(tally.sign_ins, 1);
    }

    #[test]
    fn a_session_nobody_uses_costs_nothing() {
        let tally = lived(vec![period(at(9, 0)..at(20, 0), once(at(9, 0)..at(9, 5)))], Disturbance::None);
        assert_eq!(requests(&tally), [(540, 1)]);
    }

    #[test]
    fn a_use_after_a_long_sleep_renews_once_and_waits_for_it() {
        let uses = [at(9, 0)..at(9, 5), at(14, 0)..at(14, 10)];
        let tally = lived(vec![period(at(9, 0)..at(20, 0), uses)], Disturbance::None);
        assert_eq!(requests(&tally), [(540, 1), (840, 1)]);
        assert_eq!(tally.sign_ins, 1, "the keeper had the session");
        assert!(tally.api.waited >= 1 && tally.api.without_token == 0, "{:?}", tally.api);
    }

    #[test]
    fn closing_the_app_costs_one_code_exchange_silent_or_not() {
        for (back, name) in [(at(9, 30), "silent"), (at(12, 0), "the server has forgotten the user")] {
            let periods = vec![
                period(at(9, 0)..at(9, 5), once(at(9, 0)..at(9, 5))),
                period(back..back + HOUR, once(back..back + 5 * MINUTE)),
            ];
            let tally = lived(periods, Disturbance::None);
            assert_eq!((tally.total(), tally.sign_ins), (2, 2), "{name}");
        }
    }

    #[test]
    fn a_deploy_costs_nothing() {
        let day = at(9, 0)..at(9, 40);
        let deploy = Disturbance::Deploy(Daily { begin: 9 * HOUR + 20 * MINUTE, length: 60 * SECOND });
        let tally = lived(vec![period(day.clone(), once(day))], deploy);
        assert_eq!(requests(&tally), [(540, 1)]);
        assert_eq!(tally.api.without_token, 0);
    }

    #[test]
    fn an_outage_in_the_last_fifth_is_tried_again_with_growing_pauses_and_unnoticed() {
        let day = at(9, 0)..at(10, 0);
        let outage = Disturbance::Outage(Daily { begin: 9 * HOUR + 46 * MINUTE, length: 9 * MINUTE });
        let tally = lived(vec![period(day.clone(), once(day))], outage);
        assert_eq!(tally.api.without_token, 0);
        let attempts = tally.total() - 1;
        assert!((5..=15).contains(&attempts), "{attempts}");
    }

    #[test]
    fn what_a_disturbance_does_not_touch_it_does_not_change() {
        let assumptions = Assumptions::read().unwrap();
        let run = |number, life: &Life, disturbance| live(number, life, disturbance, &assumptions, &config());
        let mut touched = 0;
        for number in 0..400 {
            let life = Life::of(number, &assumptions);
            for disturbance in
                [Disturbance::Outage(assumptions.outage), Disturbance::Deploy(assumptions.deploy)]
            {
                if disturbance.touches(&life) {
                    touched += 1;
                } else {
                    let usual = run(number, &life, Disturbance::None);
                    assert_eq!(run(number, &life, disturbance), usual, "{number} {disturbance:?}");
                }
            }
        }
        assert!((50..600).contains(&touched), "{touched}");
    }

    #[test]
    fn whoever_comes_during_an_outage_signs_in_after_it() {
        let day = at(9, 2)..at(10, 0);
        let outage = Disturbance::Outage(Daily { begin: 9 * HOUR, length: 10 * MINUTE });
        let tally = lived(vec![period(day.clone(), once(day))], outage);
        let (minute, _) = requests(&tally)[0];
        assert!(minute == 550, "{minute}");
    }
}
