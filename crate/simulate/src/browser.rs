//! A browser with the real vault, from its first sign-in to the end of its day.

use crate::assumptions::Assumptions;
use crate::clock::SECOND;
use crate::life::{self, Life, Period, Random, exponential, random};
use crate::server::{Disturbance, code_response, refresh_response};
use crate::tally::Log;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::{Rng, RngExt};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::ops::Range;
use strongroom_core::authorization::Randomness;
use strongroom_core::config::{Config, Environment};
use strongroom_core::frames::{Frame, FrameReader, KeptCopy, PUBLIC_KEY_LENGTH};
use strongroom_core::json;
use strongroom_core::policy::Request;
use strongroom_core::response::Response;
use strongroom_core::time::Now;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{Action, Call, Client, Effect, Event, FetchId, Outcome, Platform, Vault};

const SCRIPT: &str = "https://app.example.com/vault-worker.js";
const ENDPOINTS: &str = "https://app.example.com/auth/";
const API: &str = "https://api.example.com/v1/things";

/// The client IDs of the app's only page and its keeper.
const PAGE: &str = "page";
const KEEPER: &str = "keeper";

/// The public key of worker and keeper. The simulation does not seal copies.
const KEY: [u8; PUBLIC_KEY_LENGTH] = [4; PUBLIC_KEY_LENGTH];

/// The vault's configuration, the same in every browser.
pub(crate) fn config() -> Config {
    let environment =
        Environment { location: SCRIPT, parse_url: &|url| Some(url.to_owned()), is_chromium: false };
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

/// Simulates `life`, whose index is `number`, and returns its log.
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
        vault: Vault::new(config.clone(), Now { monotonic: 0, wall: 0 }),
        row: None,
        keeper: KeptCopy::default(),
        asleep: 0,
        fetches: 0,
        waiting: Vec::new(),
        calls: Vec::new(),
        timer: None,
        response: None,
        nonce: String::new(),
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

/// Performs the vault's effects. Everything except the token endpoint responds at once.
struct Browser<'a> {
    assumptions: &'a Assumptions,
    disturbance: Disturbance,
    vault: Vault,
    /// The storage row.
    row: Option<String>,
    keeper: KeptCopy,
    /// How long the machine has slept so far, during which the monotonic clock stopped.
    asleep: u64,
    fetches: u32,
    /// Pending API requests and their times of arrival.
    waiting: Vec<(FetchId, u64)>,
    /// Token requests under way and the times of their responses.
    calls: Vec<(u64, Call)>,
    timer: Option<u64>,
    /// The last response of an endpoint.
    response: Option<Response>,
    /// The nonce of the last authorization request.
    nonce: String,
    /// When the authorization server's own session expires.
    cookie_until: u64,
    random: Random,
    log: Log,
}

struct Fetch<'a> {
    url: &'a str,
    method: &'a str,
    /// Empty for a navigation.
    client_id: &'a str,
    randomness: Option<Randomness>,
}

impl Platform for Fetch<'_> {
    fn client_id(&self) -> String {
        self.client_id.to_owned()
    }

    fn content_type(&self) -> String {
        String::new()
    }

    fn header_size(&self) -> usize {
        0
    }

    fn is_keepalive(&self) -> bool {
        false
    }

    fn is_body_used(&self) -> bool {
        false
    }

    fn is_online(&self) -> bool {
        true
    }

    fn randomness(&self) -> Option<Randomness> {
        self.randomness
    }
}

impl Browser<'_> {
    /// Simulates a period in which the app is open; the page reloads at `reload`.
    fn live_through(&mut self, period: &Period, life: &Life, dies_when_idle: bool, mut reload: Option<u64>) {
        // The keepers of an earlier period died with its tabs.
        self.keeper = KeptCopy::default();
        self.start_worker(period.open.start);
        let mut idle_since: Option<u64> = None;
        for used in &period.uses {
            self.advance(used.start);
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
        self.advance(u64::MAX);
    }

    /// `state`, `nonce` and code verifier of every authorization request.
    fn use_app(&mut self, used: &Range<u64>, reload: &mut Option<u64>) {
        let mut moment = used.start;
        match self.session_status(moment).as_str() {
            "authenticated" => {}
            status => moment = self.sign_in(status == "recovering", moment),
        }
        while moment < used.end {
            self.advance(moment);
            if let Some(reload) = reload.take_if(|reload| *reload <= moment) {
                moment = moment.max(self.replace_worker(reload));
            }
            self.log.api_request(moment);
            self.fetch(&Fetch { url: API, method: "GET", client_id: PAGE, randomness: None }, moment);
            moment += exponential(self.assumptions.request_gap, &mut self.random).max(1);
        }
    }

    /// Starts a worker, which reads the storage row.
    fn start_worker(&mut self, moment: u64) {
        self.calls.clear();
        self.timer = None;
        self.vault = Vault::new(self.vault.config().clone(), self.now(moment));
        let url = [ENDPOINTS, "keep?key=", &URL_SAFE_NO_PAD.encode(KEY)].concat();
        self.fetch(&Fetch { url: &url, method: "GET", client_id: KEEPER, randomness: None }, moment);
    }

    /// Replaces the worker, for a new version or after idling. The next worker gets the session from the
    /// keeper, whose copy is current. A renewal under way ends first. Returns when the new worker had the
    /// session.
    fn replace_worker(&mut self, moment: u64) -> u64 {
        let moment = self.calls.iter().map(|(response, _)| *response).fold(moment, u64::max);
        self.advance(moment);
        // The keeper was connected throughout.
        let now = self.now(moment);
        self.keeper.listen(true, now);
        self.keeper.listen(true, now);
        self.start_worker(moment);
        moment
    }

    fn session_status(&mut self, moment: u64) -> String {
        let url = [ENDPOINTS, "session"].concat();
        self.fetch(&Fetch { url: &url, method: "GET", client_id: PAGE, randomness: None }, moment);
        let response = self.response.take().expect("the vault knows by then whether somebody is signed in");
        let session: Value = serde_json::from_str(&response.body).expect("the session is JSON");
        session.get("status").and_then(Value::as_str).expect("a session has a status").to_owned()
    }

    /// Signs in at `moment`: silently if a session was lost and the authorization server still has the user's
    /// session. Returns when the sign-in was complete.
    fn sign_in(&mut self, is_lost: bool, mut moment: u64) -> u64 {
        while self.disturbance.is_out(moment) {
            let (shortest, longest) = self.assumptions.sign_in_retry;
            moment += self.random.random_range(shortest..longest) as u64;
        }
        self.advance(moment);
        let mut is_done = false;
        if is_lost {
            is_done = moment < self.cookie_until;
            self.go_to_server("silent=1", is_done, moment);
        }
        if !is_done {
            self.go_to_server("", true, moment);
            self.cookie_until = moment + self.assumptions.cookie;
        }
        let end = moment + self.assumptions.answer;
        self.advance(end);
        end
    }

    /// Goes to the authorization server, which redirects back with a code or an error.
    fn go_to_server(&mut self, query: &str, grants: bool, moment: u64) {
        let mut randomness = [[0; 32]; 3];
        for bytes in &mut randomness {
            self.random.fill_bytes(bytes);
        }
        self.navigate(&["login?", query].concat(), Some(randomness), moment);
        let response = self.response.take().expect("the login request is good");
        let (_, url) =
            response.headers.into_iter().find(|(name, _)| *name == "location").expect("a redirect");
        let parameter = |wanted: &str| {
            let query = url.split_once('?').map_or("", |(_, query)| query);
            form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.into_owned())
                .expect("the authorization request has it")
        };
        self.nonce = parameter("nonce");
        let answer = if grants { "code=code" } else { "error=login_required" };
        self.navigate(&["callback?", answer, "&state=", &parameter("state")].concat(), None, moment);
    }

    fn navigate(&mut self, endpoint: &str, randomness: Option<Randomness>, moment: u64) {
        let url = [ENDPOINTS, endpoint].concat();
        self.fetch(&Fetch { url: &url, method: "GET", client_id: "", randomness }, moment);
    }

    fn fetch(&mut self, fetch: &Fetch<'_>, moment: u64) {
        let effects = self.begin_fetch(fetch, moment);
        self.perform_all(effects, moment);
    }

    fn begin_fetch(&mut self, fetch: &Fetch<'_>, moment: u64) -> Vec<Effect> {
        self.fetches += 1;
        let id = FetchId(self.fetches);
        let Fetch { url, method, .. } = *fetch;
        let (mode, destination) =
            if fetch.client_id.is_empty() { ("navigate", "document") } else { ("cors", "") };
        let request = Request { url, method, mode, destination, redirect: "follow" };
        if url == API {
            self.waiting.push((id, moment));
        }
        self.vault.handle(Event::Fetch { id, request, platform: fetch, retried: false }, self.now(moment))
    }

    /// Delivers token responses and fires the timer, until `until`.
    fn advance(&mut self, until: u64) {
        loop {
            let response = self.calls.iter().map(|(response, _)| *response).min();
            match (response, self.timer) {
                (Some(moment), timer) if moment <= until && timer.is_none_or(|timer| moment <= timer) => {
                    self.respond(moment);
                }
                (_, Some(moment)) if moment <= until => {
                    self.timer = None;
                    self.happens(Event::Timer, moment);
                }
                _ => return,
            }
        }
    }

    /// The token endpoint responds or fails.
    fn respond(&mut self, moment: u64) {
        let Some(index) = self.calls.iter().position(|(response, _)| *response == moment) else { return };
        let (_, call) = self.calls.remove(index);
        let is_out = self.disturbance.is_out(moment - self.assumptions.answer);
        let lifetime = self.assumptions.lifetime;
        let body = if is_out {
            None
        } else if matches!(call, Call::Renewal(_)) {
            Some(refresh_response(lifetime, &mut self.random))
        } else {
            let issuer = self.vault.config().provider.issuers.first().map_or("", String::as_str);
            Some(code_response(issuer, &self.nonce, lifetime, &mut self.random))
        };
        let response = body.as_ref().map(|body| TokenResponse { status: 200, body: body.as_bytes() });
        self.happens(Event::FormResponse(call, response), moment);
    }

    fn happens(&mut self, event: Event<'_>, moment: u64) {
        let effects = self.vault.handle(event, self.now(moment));
        self.perform_all(effects, moment);
    }

    fn perform_all(&mut self, effects: Vec<Effect>, moment: u64) {
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            effects.extend(self.perform(effect, moment));
        }
    }

    /// Performs `effect`. Returns the effects of its immediate result.
    fn perform(&mut self, effect: Effect, moment: u64) -> Vec<Effect> {
        let now = self.now(moment);
        let result = match effect {
            Effect::Fetch(id, action) => return self.act(id, action, moment),
            Effect::PostForm(call, _) => {
                self.log.token_request(moment, matches!(call, Call::Exchange(_)));
                self.calls.push((moment + self.assumptions.answer, call));
                return Vec::new();
            }
            Effect::SetTimer(ms) => {
                self.timer = Some(moment + ms);
                return Vec::new();
            }
            Effect::Write(_, bytes) => return self.read(&bytes, moment),
            Effect::Probe(id, _) => Event::Probed(id, !self.disturbance.is_out(moment)),
            Effect::ReadRow { .. } => Event::RowRead { row: Ok(self.row.clone()), copy: None },
            Effect::WriteRow { text, .. } => {
                self.row = Some(text);
                Event::RowWritten(Ok(()))
            }
            Effect::ListClients => Event::Clients(vec![keeper()]),
            Effect::MakeKey => Event::PublicKey(Some(KEY.to_vec())),
            Effect::Seal { stream, copy, generation, .. } => {
                Event::Sealed { stream, generation, bytes: Some(copy.expose().as_bytes().to_vec()) }
            }
            Effect::Open { id, sealed, .. } => Event::Opened(id, Some(sealed)),
            _ => return Vec::new(),
        };
        self.vault.handle(result, now)
    }

    fn act(&mut self, id: FetchId, action: Action, moment: u64) -> Vec<Effect> {
        let now = self.now(moment);
        let index = self.waiting.iter().position(|(waiting, _)| *waiting == id);
        let arrived = index.map(|index| self.waiting.swap_remove(index).1);
        match action {
            Action::Send(_) => {
                if let Some(arrived) = arrived.filter(|arrived| *arrived < moment) {
                    self.log.api_request_waited(arrived, true);
                }
                self.vault.handle(Event::Sent(id, Outcome::Status(200)), now)
            }
            Action::Identify => self.vault.handle(Event::Client(id, Some(keeper())), now),
            Action::TakeBody => {
                let copy = self.keeper.offer(now);
                self.vault.handle(Event::Body(id, &[&KEY, copy.expose().as_bytes()].concat()), now)
            }
            Action::Stream { first, .. } => self.read(&first, moment),
            action => {
                match (arrived, action) {
                    (Some(arrived), _) => self.log.api_request_waited(arrived, false),
                    (None, Action::Respond(response)) => self.response = Some(response),
                    (None, _) => {}
                }
                Vec::new()
            }
        }
    }

    /// The keeper reads its stream.
    fn read(&mut self, bytes: &[u8], moment: u64) -> Vec<Effect> {
        let now = self.now(moment);
        let mut reader = FrameReader::default();
        reader.push(bytes);
        match reader.next_frame().expect("the worker writes frames") {
            Some(Frame::Greeting { wanted, .. }) if self.keeper.greeted(wanted.as_deref()) => {
                let url = [ENDPOINTS, "keep"].concat();
                let copy = Fetch { url: &url, method: "POST", client_id: KEEPER, randomness: None };
                return self.begin_fetch(&copy, moment);
            }
            Some(Frame::Copy(copy)) => drop(self.keeper.keep(&copy, now)),
            Some(Frame::Forget) => self.keeper.forget(),
            _ => {}
        }
        Vec::new()
    }

    fn now(&self, moment: u64) -> Now {
        Now { monotonic: moment - self.asleep, wall: moment }
    }
}

fn keeper() -> Client {
    Client { id: KEEPER.to_owned(), kind: "sharedworker".to_owned(), url: SCRIPT.to_owned() }
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

    /// The minutes of the day with token requests, and their number.
    fn requests(tally: &Tally) -> Vec<(u64, u32)> {
        tally.utc.busy_minutes()
    }

    #[test]
    fn an_hour_of_use_causes_a_sign_in_and_one_renewal() {
        let day = at(9, 0)..at(10, 0);
        let tally = lived(vec![period(day.clone(), once(day))], Disturbance::None);
        let [(540, 1), (renewed, 1)] = requests(&tally)[..] else { panic!("{:?}", requests(&tally)) };
        assert!((588..=595).contains(&renewed), "{renewed}");
        assert_eq!(tally.sign_ins, 1);
    }

    #[test]
    fn an_unused_session_causes_no_token_requests() {
        let tally = lived(vec![period(at(9, 0)..at(20, 0), once(at(9, 0)..at(9, 5)))], Disturbance::None);
        assert_eq!(requests(&tally), [(540, 1)]);
    }

    #[test]
    fn the_first_request_after_a_long_sleep_waits_for_one_renewal() {
        let uses = [at(9, 0)..at(9, 5), at(14, 0)..at(14, 10)];
        let tally = lived(vec![period(at(9, 0)..at(20, 0), uses)], Disturbance::None);
        assert_eq!(requests(&tally), [(540, 1), (840, 1)]);
        assert_eq!(tally.sign_ins, 1, "the keeper had the session");
        assert!(tally.api.waited >= 1 && tally.api.without_token == 0, "{:?}", tally.api);
    }

    #[test]
    fn closing_the_app_causes_one_code_exchange() {
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
    fn a_deploy_causes_no_token_requests() {
        let day = at(9, 0)..at(9, 40);
        let deploy = Disturbance::Deploy(Daily { begin: 9 * HOUR + 20 * MINUTE, length: 60 * SECOND });
        let tally = lived(vec![period(day.clone(), once(day))], deploy);
        assert_eq!(requests(&tally), [(540, 1)]);
        assert_eq!(tally.api.without_token, 0);
    }

    #[test]
    fn during_an_outage_renewals_back_off_and_no_request_fails() {
        let day = at(9, 0)..at(10, 0);
        let outage = Disturbance::Outage(Daily { begin: 9 * HOUR + 46 * MINUTE, length: 9 * MINUTE });
        let tally = lived(vec![period(day.clone(), once(day))], outage);
        assert_eq!(tally.api.without_token, 0);
        let attempts = tally.total() - 1;
        assert!((5..=15).contains(&attempts), "{attempts}");
    }

    #[test]
    fn a_disturbance_does_not_change_unaffected_lives() {
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
    fn a_user_who_arrives_during_an_outage_signs_in_after_it() {
        let day = at(9, 2)..at(10, 0);
        let outage = Disturbance::Outage(Daily { begin: 9 * HOUR, length: 10 * MINUTE });
        let tally = lived(vec![period(day.clone(), once(day))], outage);
        let (minute, _) = requests(&tally)[0];
        assert!(minute == 550, "{minute}");
    }
}
