//! One browser with its workers, and the authorization server.

use super::super::*;
use super::server::{Rotation, Server};
use crate::keep::Keeper;
use crate::session_manager::{Generation, KEEPER_TIMEOUT};

/// How often a keeper calls `listen`, in milliseconds.
const KEEPER_TICK: u64 = 15 * SECOND;

pub(super) const KEEPERS: usize = 3;

/// The fate of a request to the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    /// The server is temporarily unavailable and does not process it.
    Unavailable,
    LostOnTheWay,
    /// The server processes it, and the response is lost.
    ResponseLost,
}

pub(super) struct World {
    pub(super) server: Server,
    pub(super) vault: SessionManager,
    clock: Clock,
    /// When the current service worker started, by the monotonic clock.
    started: u64,
    /// The session hint in storage.
    session_hint: Option<String>,
    tabs: [Tab; KEEPERS],
    renewals: Vec<(Renewal, Generation, String)>,
    /// Silent sign-ins whose frame is at the authorization server, each with the number of sign-outs before
    /// it.
    frames: Vec<(Login, u32)>,
    exchanges: Vec<(Exchange, Login, u32)>,
    /// The user has signed in and not signed out, and the server has not ended the session.
    signed_in: bool,
    /// The grant of the current sign-in.
    grant: usize,
    sign_outs: u32,
    /// The server refused a renewal in this step.
    refused: bool,
    logins: u64,
}

struct Clock {
    monotonic: u64,
    wall: u64,
    truth: u64,
    /// By how much the wall clock was set back in total.
    set_back: u64,
}

/// A tab with its own keeper.
#[derive(Default)]
struct Tab {
    /// How many tabs were opened before it.
    number: u32,
    open: bool,
    asleep: bool,
    connected: bool,
    /// What its keeper was last sent.
    sent: Option<(Option<Generation>, bool)>,
    keeper: Keeper,
}

impl World {
    pub(super) fn new(rotation: Rotation, recovery: Recovery) -> Self {
        let mut world = Self {
            server: Server::new(rotation),
            vault: fresh(config_with(recovery)),
            clock: Clock { monotonic: DAY, wall: 1_700_000_000_000, truth: 0, set_back: 0 },
            started: 0,
            session_hint: None,
            tabs: std::array::from_fn(|_| Tab::default()),
            renewals: Vec::new(),
            frames: Vec::new(),
            exchanges: Vec::new(),
            signed_in: false,
            grant: 0,
            sign_outs: 0,
            refused: false,
            logins: 0,
        };
        world.connect(0);
        world.sign_in();
        world.end_exchange(Fate::Answered);
        world.settle_step();
        world
    }

    fn now(&self) -> Now {
        Now { monotonic: self.clock.monotonic - self.started, wall: self.clock.wall }
    }

    fn keepers_now(&self) -> Now {
        Now { monotonic: self.clock.monotonic, wall: self.clock.wall }
    }

    /// Time passes; for part of it the machine sleeps.
    pub(super) fn pass(&mut self, awake: u64, asleep: u64) {
        if awake >= KEEPER_TIMEOUT {
            self.give_up_keepers();
        }
        let mut left = awake;
        while left > 0 {
            let step = left.min(KEEPER_TICK);
            left -= step;
            self.clock.monotonic += step;
            self.clock.wall += step;
            self.clock.truth += step;
            let now = self.keepers_now();
            for tab in self.tabs.iter_mut().filter(|tab| tab.open && !tab.asleep) {
                tab.keeper.listen(tab.connected, now);
            }
        }
        self.clock.wall += asleep;
        self.clock.truth += asleep;
    }

    pub(super) fn set_clock(&mut self, by: i64) {
        self.clock.wall = self.clock.wall.checked_add_signed(by).unwrap();
        self.clock.set_back += by.min(0).unsigned_abs();
    }

    /// A page makes an API request, or forces a renewal.
    pub(super) fn request(&mut self, wanted: bool) {
        if let Some((form, renewal)) = self.vault.renewal(wanted, self.now()) {
            let mark = self.vault.generation().unwrap();
            assert!(
                self.renewals.iter().all(|(_, other, _)| *other != mark),
                "two renewals at the same time"
            );
            let refresh_token = form.body.expose().rsplit_once('=').unwrap().1.to_owned();
            self.renewals.push((renewal, mark, refresh_token));
        }
    }

    /// The oldest renewal under way ends.
    pub(super) fn end_renewal(&mut self, fate: Fate) {
        if self.renewals.is_empty() {
            return;
        }
        let (renewal, mark, refresh_token) = self.renewals.remove(0);
        let answer = self.renewal_reaches_server(&refresh_token, fate);
        let response = answer.as_ref().map(|(code, body)| status(*code, body));
        self.refused = response.as_ref().is_some_and(|response| response.status == 400)
            && self.vault.generation() == Some(mark);
        self.vault.complete_renewal(&renewal, response.as_ref(), self.now());
        let ended = self.refused && self.vault.is_anonymous() && self.may_ask_server();
        assert!(!ended || !self.server.should_not_get(&refresh_token), "ended though the user may go on");
    }

    fn renewal_reaches_server(&mut self, refresh_token: &str, fate: Fate) -> Option<(u16, String)> {
        match fate {
            Fate::Answered => Some(self.server.refresh(refresh_token, self.clock.truth)),
            Fate::Unavailable => Some((503, String::new())),
            Fate::LostOnTheWay => None,
            Fate::ResponseLost => {
                self.server.refresh(refresh_token, self.clock.truth);
                None
            }
        }
    }

    /// The browser stops the service worker. Renewals under way may have reached the server. The next event
    /// starts a new worker.
    pub(super) fn die(&mut self, renewals: Fate) {
        for (_, _, refresh_token) in std::mem::take(&mut self.renewals) {
            self.renewal_reaches_server(&refresh_token, renewals);
        }
        self.exchanges.clear();
        self.started = self.clock.monotonic;
        self.tabs.iter_mut().for_each(|tab| tab.connected = false);
        self.vault = SessionManager::new(self.vault.config().clone());
        let keepers =
            (0..KEEPERS).filter(|tab| self.tabs[*tab].open).map(|tab| self.client_id(tab)).collect();
        self.vault.begin(self.session_hint.as_deref(), keepers);
    }

    /// The keeper of a tab, perhaps a new one, opens its stream.
    pub(super) fn connect(&mut self, tab: usize) {
        let Tab { asleep: false, connected: false, .. } = self.tabs[tab] else { return };
        let wanted = self.vault.wanted_copy().map(str::to_owned);
        self.tabs[tab].keeper.greeted(wanted.as_deref());
        self.tabs[tab].open = true;
        self.tabs[tab].connected = true;
        self.tabs[tab].sent = None;
        if self.vault.wanted_copy().is_some() {
            self.offer(tab);
        }
        self.send_to_keeper(tab);
    }

    /// A tab's copy reaches the worker, perhaps long after the request for it.
    pub(super) fn offer(&mut self, tab: usize) {
        let offer = self.tabs[tab].keeper.offer(self.keepers_now());
        self.vault.restore(&self.client_id(tab), offer.expose().as_bytes(), self.now());
    }

    fn client_id(&self, tab: usize) -> String {
        format!("{tab}.{}", self.tabs[tab].number)
    }

    /// The browser freezes a tab: its keeper receives nothing from now on.
    pub(super) fn freeze(&mut self, tab: usize) {
        self.tabs[tab].asleep = true;
        self.tabs[tab].connected = false;
    }

    /// A keeper opens its stream as soon as its tab is thawed.
    pub(super) fn thaw(&mut self, tab: usize) {
        self.tabs[tab].asleep = false;
        if self.tabs[tab].open {
            self.connect(tab);
        }
    }

    pub(super) fn close(&mut self, tab: usize) {
        self.tabs[tab] = Tab { number: self.tabs[tab].number + 1, ..Tab::default() };
    }

    /// The awake keepers have responded, and the timeout for the others has passed.
    pub(super) fn give_up_keepers(&mut self) {
        for tab in 0..KEEPERS {
            if self.tabs[tab].open {
                self.connect(tab);
            }
        }
        self.vault.give_up_keepers();
    }

    /// A page sees `recovering` and opens the frame.
    pub(super) fn sign_in_silently(&mut self) {
        if self.vault.wanted_copy().is_some() && self.vault.is_decided() {
            let frame = self.login("silent=1");
            self.frames.extend(frame.map(|login| (login, self.sign_outs)));
        }
    }

    /// The authorization server responds in the oldest frame.
    pub(super) fn respond_in_frame(&mut self, unavailable: bool) {
        if self.frames.is_empty() || !self.vault.is_decided() {
            return;
        }
        let (login, sign_outs) = self.frames.remove(0);
        let answer = match (unavailable, self.server.knows_user) {
            (true, _) => "error=temporarily_unavailable",
            (false, true) => "code=CODE",
            (false, false) => "error=login_required",
        };
        // A worker that did not begin this sign-in does not know what it was for.
        let known = self.vault.transactions.iter().any(|begun| begun.state.expose() == login.state);
        self.refused = known && self.vault.wanted_copy().is_some() && answer.ends_with("login_required");
        self.respond(login, answer, sign_outs);
    }

    /// The user signs in at the form.
    pub(super) fn sign_in(&mut self) {
        if self.vault.is_decided() {
            let login = self.login("").unwrap();
            self.server.knows_user = true;
            self.respond(login, "code=CODE", self.sign_outs);
        }
    }

    /// The user begins to sign in and cancels.
    pub(super) fn cancel_sign_in(&mut self) {
        let login = self.login("").unwrap();
        self.respond(login, "error=access_denied", self.sign_outs);
    }

    fn login(&mut self, query: &str) -> Option<Login> {
        self.logins += 1;
        let mut state = [0; 32];
        state[..8].copy_from_slice(&self.logins.to_le_bytes());
        let now = self.now();
        begin_login_with(&mut self.vault, query, state, now)
    }

    fn respond(&mut self, login: Login, answer: &str, sign_outs: u32) {
        let query = format!("{answer}&state={}", login.state);
        let now = self.now();
        if let CallbackOutcome::Exchange(_, exchange) =
            respond(&mut self.vault, &query, Some(&login.stored), now)
        {
            self.exchanges.push((exchange, login, sign_outs));
        }
    }

    /// The oldest code exchange ends.
    pub(super) fn end_exchange(&mut self, fate: Fate) {
        if self.exchanges.is_empty() {
            return;
        }
        let (exchange, login, sign_outs) = self.exchanges.remove(0);
        let before = self.vault.generation();
        let body = matches!(fate, Fate::Answered | Fate::ResponseLost)
            .then(|| tokens_for(&login, self.server.exchange(self.clock.truth)));
        let response = match fate {
            Fate::Answered => body.as_deref().map(ok),
            Fate::Unavailable => Some(status(503, "")),
            Fate::LostOnTheWay | Fate::ResponseLost => None,
        };
        self.vault.complete_exchange(exchange, response.as_ref(), self.now());
        if self.vault.generation() != before {
            assert_eq!(sign_outs, self.sign_outs, "signed in by what was begun before sign-out");
            self.grant = self.server.newest_grant();
            self.signed_in = true;
        }
    }

    pub(super) fn sign_out(&mut self) {
        if self.vault.is_decided() {
            self.vault.sign_out();
            self.signed_in = false;
            self.sign_outs += 1;
        }
    }

    /// What the worker does after every change, and the rules that hold after every step.
    pub(super) fn settle_step(&mut self) {
        self.assert_nothing_was_lost();
        // Sign-in and sign-out wait until the hint is stored and keepers have been sent the change. A worker
        // may die with a renewal that no other worker knows about.
        if session_of(self.vault.session_hint().as_deref()) != session_of(self.session_hint.as_deref()) {
            self.publish();
        }
        self.assert_nothing_came_back();
    }

    /// Stores the session hint and sends the change to the keepers.
    pub(super) fn publish(&mut self) {
        self.session_hint = self.vault.session_hint();
        (0..KEEPERS).for_each(|tab| self.send_to_keeper(tab));
    }

    fn send_to_keeper(&mut self, index: usize) {
        let (now, keepers_now) = (self.now(), self.keepers_now());
        let news = Some((self.vault.generation(), self.vault.is_anonymous()));
        let tab = &mut self.tabs[index];
        if !tab.connected || tab.sent == news {
            return;
        }
        tab.sent = news;
        if self.vault.is_anonymous() {
            tab.keeper.forget();
        } else if let Some(copy) = self.vault.copy(now)
            && tab.keeper.keep(copy.expose().as_bytes(), keepers_now)
        {
            self.offer(index);
        }
    }

    fn assert_nothing_was_lost(&mut self) {
        if self.signed_in && self.vault.is_anonymous() {
            assert!(!self.a_living_copy_is_awake(), "anonymous while a copy is alive");
            assert!(self.refused || !self.may_ask_server(), "anonymous without a refusal");
            self.signed_in = false;
        }
        self.refused = false;
    }

    fn may_ask_server(&self) -> bool {
        self.vault.config().recovery != Recovery::None
    }

    fn assert_nothing_came_back(&self) {
        assert_eq!(
            self.vault.session_hint().is_none(),
            self.vault.is_anonymous(),
            "the session_hint says what there is"
        );
        if let Access::Bearer(authorization) = self.vault.access(TokenKind::Access, self.now()) {
            let issued = self.server.issued(authorization.expose());
            // If the machine sleeps after its wall clock was set back, neither clock shows the true age.
            let age = (self.clock.truth - issued.at).saturating_sub(self.clock.set_back);
            assert!(age < issued.lifetime, "a token that is over");
            assert_eq!(issued.grant, self.grant, "a token of an earlier session");
        }
        if self.signed_in {
            assert_ne!(
                self.vault.access(TokenKind::Access, self.now()),
                Access::Anonymous,
                "a request goes out without a token"
            );
        } else {
            assert_eq!(self.vault.generation(), None, "tokens after sign-out");
        }
    }

    fn a_living_copy_is_awake(&self) -> bool {
        let now = self.keepers_now();
        self.tabs.iter().filter(|tab| tab.open && !tab.asleep).any(|tab| {
            let copy: Value = serde_json::from_str(tab.keeper.offer(now).expose()).unwrap_or_default();
            copy["id"].as_str() == session_of(self.session_hint.as_deref())
                && copy["refresh"].as_str().is_some_and(|refresh_token| self.server.accepts(refresh_token))
        })
    }

    /// All requests under way succeed, all tabs thaw and the server is healthy. A signed-in user's request
    /// must then get a token, and a signed-out user's request none.
    pub(super) fn settle(&mut self) {
        for tab in 0..KEEPERS {
            self.thaw(tab);
        }
        self.give_up_keepers();
        self.settle_step();
        for _ in 0..4 {
            self.pass(MINUTE, 0);
            self.request(false);
            self.settle_step();
            self.sign_in_silently();
            while !(self.frames.is_empty() && self.exchanges.is_empty() && self.renewals.is_empty()) {
                self.respond_in_frame(false);
                self.settle_step();
                self.end_exchange(Fate::Answered);
                self.settle_step();
                self.end_renewal(Fate::Answered);
                self.settle_step();
            }
        }
        let answered = match self.vault.access(TokenKind::Access, self.now()) {
            Access::Bearer(_) => self.signed_in,
            Access::Anonymous => !self.signed_in,
            Access::Wait(_) => false,
        };
        assert!(answered, "a request waits in vain: {:?}", self.vault.access(TokenKind::Access, self.now()));
    }
}

/// The session ID in a session hint.
fn session_of(session_hint: Option<&str>) -> Option<&str> {
    session_hint.map(|session_hint| session_hint.split_once(':').unwrap().0)
}
