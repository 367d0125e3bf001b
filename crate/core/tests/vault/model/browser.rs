//! One browser with its tabs and workers, and the authorization server.

use super::server::{Rotation, Server};
use crate::{Form, NOTES, World, config};
use serde_json::Value;
use std::collections::HashMap;
use strongroom_core::config::{Config, Recovery};
use strongroom_core::frames::{Frame, KeptCopy};
use strongroom_core::vault::{FetchId, Held};
use strongroom_invariants::world::{Login, Slow};

/// How often a keeper calls `listen`, in milliseconds.
const KEEPER_TICK: u64 = 15_000;

/// How long the device remembers a session, and how far the clock may have been set back since, in milliseconds.
const REMEMBERED: u64 = 24 * 3_600_000;
const CLOCK_TOLERANCE: u64 = 5 * 60_000;

/// How long a new worker waits for its keepers, in milliseconds.
const KEEPER_TIMEOUT: u64 = 4_000;

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

pub(super) struct Browser {
    pub(super) server: Server,
    world: World,
    may_ask_server: bool,
    /// The session hint in storage when keepers last read their streams.
    hint: Option<String>,
    /// The device copy that the worker found, and the wall clock at that time. `None` once it has had a session.
    device_copy: Option<(Value, u64)>,
    /// The true time, and by how much the wall clock was set back in total.
    truth: u64,
    set_back: u64,
    tabs: [Tab; KEEPERS],
    /// Silent sign-ins without a response from the vault, and those that are at the authorization server,
    /// with the public key of the worker that began them.
    asking: Vec<FetchId>,
    frames: Vec<(Login, Vec<u8>)>,
    /// For each `state`, the nonce and the number of sign-outs before it.
    begun: HashMap<String, (String, u32)>,
    /// The user has signed in and not signed out, and the server has not ended the session.
    signed_in: bool,
    /// The grant of the current sign-in.
    grant: usize,
    sign_outs: u32,
    /// The server refused a renewal or a silent sign-in in this step.
    refused: bool,
}

/// A tab with its own keeper.
#[derive(Default)]
struct Tab {
    /// How many tabs were opened before it.
    number: u32,
    open: bool,
    asleep: bool,
    stream: Option<FetchId>,
    keeper: KeptCopy,
}

impl Browser {
    pub(super) fn new(rotation: Rotation, recovery: Recovery, remembers: bool) -> Self {
        let remember_for = remembers.then_some(REMEMBERED);
        let mut browser = Self {
            server: Server::new(rotation),
            world: World::with(Config { recovery, remember_for, ..config() }),
            may_ask_server: recovery != Recovery::None,
            hint: None,
            device_copy: None,
            truth: 0,
            set_back: 0,
            tabs: std::array::from_fn(|_| Tab::default()),
            asking: Vec::new(),
            frames: Vec::new(),
            begun: HashMap::new(),
            signed_in: false,
            grant: 0,
            sign_outs: 0,
            refused: false,
        };
        browser.world.session();
        browser.connect(0);
        browser.sign_in();
        browser.end_exchange(Fate::Answered);
        browser.settle_step();
        browser
    }

    /// Time passes; for part of it the machine sleeps.
    pub(super) fn pass(&mut self, awake: u64, asleep: u64) {
        if awake >= KEEPER_TIMEOUT {
            self.connect_all();
        }
        (0..KEEPERS).for_each(|tab| self.read(tab));
        let mut left = awake;
        while left > 0 {
            // Up to the next timer, so that what is sent then is looked at in time.
            let timer = self.world.next_timer().unwrap_or(KEEPER_TICK).max(1);
            let step = left.min(KEEPER_TICK).min(timer);
            left -= step;
            self.truth += step;
            self.world.pass(step);
            self.assert_nothing_was_lost();
            self.look_at_requests();
            (0..KEEPERS).for_each(|tab| self.read(tab));
            for tab in self.tabs.iter_mut().filter(|tab| tab.open && !tab.asleep) {
                tab.keeper.listen(tab.stream.is_some(), self.world.now);
            }
        }
        self.world.now.wall += asleep;
        self.truth += asleep;
    }

    pub(super) fn set_clock(&mut self, by: i64) {
        self.world.now.wall = self.world.now.wall.checked_add_signed(by).unwrap();
        self.set_back += by.min(0).unsigned_abs();
    }

    /// A page makes an API request.
    pub(super) fn request(&mut self) {
        self.world.fetch(NOTES);
    }

    /// A page forces a renewal.
    pub(super) fn refresh(&mut self) {
        self.world.refresh();
    }

    /// The oldest renewal under way ends.
    pub(super) fn end_renewal(&mut self, fate: Fate) {
        if !self.world.forms().contains(&Form::Renewal) {
            return;
        }
        let refresh_token = self.world.form(Form::Renewal)["refresh_token"].clone();
        let is_current = self.copy().is_some_and(|copy| copy["refresh"] == refresh_token);
        match self.renewal_reaches_server(&refresh_token, fate) {
            Some((status, body)) => {
                self.refused = status == 400 && is_current;
                self.world.server_responds(Form::Renewal, status, &body);
            }
            None => self.world.server_is_unreachable(Form::Renewal),
        }
        let ended = self.refused && self.is_anonymous() && self.may_ask_server;
        assert!(!ended || !self.server.should_not_get(&refresh_token), "ended though the user may go on");
    }

    fn renewal_reaches_server(&mut self, refresh_token: &str, fate: Fate) -> Option<(u16, String)> {
        let mut reaches = || self.server.refresh(refresh_token, self.truth, &mut self.world);
        match fate {
            Fate::Answered => Some(reaches()),
            Fate::Unavailable => Some((503, String::new())),
            Fate::LostOnTheWay => None,
            Fate::ResponseLost => {
                reaches();
                None
            }
        }
    }

    /// The browser stops the service worker. A renewal under way may have reached the server. An open page
    /// starts a new worker.
    pub(super) fn die(&mut self, renewals: Fate) {
        if self.world.forms().contains(&Form::Renewal) {
            let refresh_token = self.world.form(Form::Renewal)["refresh_token"].clone();
            self.renewal_reaches_server(&refresh_token, renewals);
        }
        self.world.worker_dies();
        let device_copy = self.world.device_copy.as_ref();
        self.device_copy =
            device_copy.map(|copy| (serde_json::from_slice(copy).unwrap(), self.world.now.wall));
        self.asking.clear();
        self.tabs.iter_mut().for_each(|tab| tab.stream = None);
        self.world.slow.clear();
        self.world.session();
    }

    /// The user closes the browser and opens it again, with one tab.
    pub(super) fn restart(&mut self, renewals: Fate) {
        (0..KEEPERS).for_each(|tab| self.close(tab));
        self.die(renewals);
        let is_restored = matches!(self.world.held(), Held::Session(_));
        assert!(!is_restored || self.is_device_copy_in_time(CLOCK_TOLERANCE), "restored after its time");
        self.connect(0);
    }

    fn client_id(&self, tab: usize) -> String {
        format!("{tab}.{}", self.tabs[tab].number)
    }

    /// The keeper of a tab, perhaps a new one, opens its stream.
    pub(super) fn connect(&mut self, tab: usize) {
        let Tab { asleep: false, stream: None, .. } = self.tabs[tab] else { return };
        let id = self.client_id(tab);
        self.world.has_keeper(&id);
        self.tabs[tab].open = true;
        self.tabs[tab].stream = Some(self.world.keeper_comes(&id));
        self.read(tab);
    }

    fn connect_all(&mut self) {
        for tab in 0..KEEPERS {
            if self.tabs[tab].open {
                self.connect(tab);
            }
        }
    }

    /// The keeper of a tab reads its stream.
    fn read(&mut self, index: usize) {
        let Some(stream) = self.tabs[index].stream else { return };
        for frame in self.world.frames(stream) {
            let Tab { keeper, .. } = &mut self.tabs[index];
            let offers = match frame {
                Frame::Greeting { wanted, .. } => keeper.greeted(wanted.as_deref()),
                Frame::Copy(copy) => keeper.keep(&copy, self.world.now) == Some(true),
                Frame::Forget => {
                    keeper.forget();
                    false
                }
            };
            if offers {
                self.offer(index);
            }
        }
    }

    /// A tab's copy reaches the worker, perhaps long after the request for it.
    pub(super) fn offer(&mut self, tab: usize) {
        let copy = self.tabs[tab].keeper.offer(self.world.now);
        self.world.give_back(&self.client_id(tab), copy.expose().as_bytes());
    }

    /// The browser freezes a tab: its keeper receives nothing from now on.
    pub(super) fn freeze(&mut self, tab: usize) {
        self.tabs[tab].asleep = true;
        self.disconnect(tab);
    }

    fn disconnect(&mut self, tab: usize) {
        if let Some(stream) = self.tabs[tab].stream.take()
            && self.world.is_open(stream)
        {
            self.world.close(stream);
        }
    }

    /// A keeper opens its stream as soon as its tab is thawed.
    pub(super) fn thaw(&mut self, tab: usize) {
        self.tabs[tab].asleep = false;
        if self.tabs[tab].open {
            self.connect(tab);
        }
    }

    pub(super) fn close(&mut self, tab: usize) {
        self.disconnect(tab);
        let id = self.client_id(tab);
        self.world.clients.retain(|client| client.id != id);
        self.tabs[tab] = Tab { number: self.tabs[tab].number + 1, ..Tab::default() };
    }

    /// The awake keepers have responded, and the timeout for the others has passed.
    pub(super) fn give_up_keepers(&mut self) {
        self.pass(KEEPER_TIMEOUT, 0);
    }

    /// A page sees `recovering` and starts a silent sign-in.
    pub(super) fn sign_in_silently(&mut self) {
        if matches!(self.world.held(), Held::Lost) {
            self.asking.push(self.world.navigate("/auth/login?silent=1"));
        }
    }

    /// Silent sign-ins that the vault has redirected.
    fn redirects(&mut self) {
        for fetch in std::mem::take(&mut self.asking) {
            if self.world.is_pending(fetch) {
                self.asking.push(fetch);
            } else if self.world.response(fetch).status == 302 {
                let login = self.begins(fetch);
                self.frames.push((login, self.world.worker_key()));
            }
        }
    }

    fn begins(&mut self, fetch: FetchId) -> Login {
        let login = self.world.authorization_request(fetch);
        self.begun.insert(login.state.clone(), (login.asked["nonce"].clone(), self.sign_outs));
        login
    }

    /// The authorization server responds to the oldest silent sign-in.
    pub(super) fn respond_in_frame(&mut self, unavailable: bool) {
        if self.frames.is_empty() || !self.is_decided() {
            return;
        }
        let (login, worker) = self.frames.remove(0);
        if !unavailable && self.server.knows_user {
            self.world.come_back(&login);
            return;
        }
        // A worker that did not begin this sign-in does not know what it was for.
        let is_known = worker == self.world.worker_key();
        self.refused = is_known && !unavailable && matches!(self.world.held(), Held::Lost);
        let error = if unavailable { "temporarily_unavailable" } else { "login_required" };
        self.world.come_back_refused(&login, error);
    }

    fn login(&mut self) -> Login {
        let fetch = self.world.navigate("/auth/login");
        self.begins(fetch)
    }

    /// The user signs in at the form.
    pub(super) fn sign_in(&mut self) {
        if self.is_decided() {
            let login = self.login();
            self.server.knows_user = true;
            self.world.come_back(&login);
        }
    }

    /// The user begins to sign in and cancels.
    pub(super) fn cancel_sign_in(&mut self) {
        if self.is_decided() {
            let login = self.login();
            self.world.come_back_refused(&login, "access_denied");
        }
    }

    /// The oldest code exchange ends.
    pub(super) fn end_exchange(&mut self, fate: Fate) {
        let Some(state) = self.world.state_of_exchange() else { return };
        let (nonce, sign_outs) = self.begun[&state].clone();
        let body = matches!(fate, Fate::Answered | Fate::ResponseLost)
            .then(|| self.server.exchange(&nonce, self.truth, &mut self.world));
        let before = self.copy().map(|copy| copy["access"].clone());
        match fate {
            Fate::Answered => self.world.server_responds(Form::Exchange, 200, &body.unwrap()),
            Fate::Unavailable => self.world.server_responds(Form::Exchange, 503, ""),
            Fate::LostOnTheWay | Fate::ResponseLost => self.world.server_is_unreachable(Form::Exchange),
        }
        let after = self.copy().map(|copy| copy["access"].clone());
        if after.is_some() && after != before {
            assert_eq!(sign_outs, self.sign_outs, "signed in by what was begun before sign-out");
            self.grant = self.server.newest_grant();
            self.signed_in = true;
        }
    }

    pub(super) fn sign_out(&mut self) {
        if self.is_decided() {
            self.world.begin_sign_out();
            self.signed_in = false;
            self.sign_outs += 1;
        }
    }

    /// Storage is written and copies are sealed only when the next step begins, so a worker may die with a
    /// renewal that no other worker knows about.
    pub(super) fn delay_writes(&mut self) {
        self.world.slow = vec![Slow::Writes, Slow::Seals];
    }

    /// The worker writes storage and sends copies.
    pub(super) fn publish(&mut self) {
        self.world.release();
        self.hint = self.world.hint();
        (0..KEEPERS).for_each(|tab| self.read(tab));
        // A stored change lets requests go, with the token of now.
        self.look_at_requests();
    }

    /// What the worker does after every change, and the rules that hold after every step.
    pub(super) fn settle_step(&mut self) {
        for fetch in self.world.under_way() {
            self.world.api_responds(fetch, 200);
        }
        self.redirects();
        self.assert_nothing_was_lost();
        // Sign-in and sign-out wait until the hint is stored and keepers have been sent the change.
        let has_changed = match self.world.held() {
            Held::Session(_) => self.copy().unwrap()["id"].as_str() != session_of(self.hint.as_deref()),
            Held::Nothing => self.hint.is_some(),
            Held::Unknown | Held::Asking | Held::Lost => false,
        };
        if has_changed {
            self.publish();
            if self.world.forms().contains(&Form::Revocation) {
                self.world.server_responds(Form::Revocation, 200, "");
            }
        }
        self.assert_nothing_came_back();
    }

    fn copy(&self) -> Option<Value> {
        match self.world.held() {
            Held::Session(copy) => Some(serde_json::from_str(copy.expose()).unwrap()),
            _ => None,
        }
    }

    fn is_anonymous(&self) -> bool {
        matches!(self.world.held(), Held::Nothing)
    }

    fn is_decided(&self) -> bool {
        !matches!(self.world.held(), Held::Unknown | Held::Asking)
    }

    fn assert_nothing_was_lost(&mut self) {
        self.device_copy.take_if(|_| matches!(self.world.held(), Held::Session(_)));
        if self.signed_in && self.is_anonymous() {
            assert!(!self.a_living_copy_is_awake(), "anonymous while a copy is alive");
            assert!(self.refused || !self.may_ask_server, "anonymous without a refusal");
            self.signed_in = false;
        }
        let is_lost = matches!(self.world.held(), Held::Lost);
        assert!(
            !is_lost || !self.has_living_device_copy(),
            "the server is asked while the device has a copy"
        );
        self.refused = false;
    }

    fn assert_nothing_came_back(&mut self) {
        self.assert_row_and_device_copy_match();
        assert_eq!(self.world.hint().is_none(), self.is_anonymous(), "the session hint says what there is");
        self.look_at_requests();
        if self.signed_in {
            assert!(!self.is_anonymous(), "signed out");
        } else {
            assert!(self.copy().is_none(), "tokens after sign-out");
        }
    }

    /// They are written together. The hint has the last renewal that the vault knows of, and the copy may be older: that of
    /// a keeper in a frozen tab, until the next renewal.
    fn assert_row_and_device_copy_match(&self) {
        let Some(copy) = &self.world.device_copy else { return };
        let copy: Value = serde_json::from_slice(copy).unwrap();
        let (id, serial) =
            (copy["session"]["id"].as_str().unwrap(), copy["session"]["serial"].as_u64().unwrap());
        let hint = self.world.hint().expect("a hint beside a device copy");
        let (hinted, renewals) = hint.split_once(':').unwrap();
        assert_eq!(hinted, id, "a device copy of another session");
        assert!(
            serial <= renewals.parse().unwrap(),
            "a device copy newer than the hint: {serial}, {renewals}"
        );
    }

    /// The worker could have restored the session from the device copy.
    fn has_living_device_copy(&self) -> bool {
        let refresh_token = self.device_copy.as_ref().map(|(copy, _)| &copy["session"]["refresh"]);
        self.is_device_copy_in_time(0)
            && refresh_token.is_some_and(|token| self.server.accepts(token.as_str().unwrap()))
    }

    /// When the worker started, the device copy was neither over nor from the future.
    fn is_device_copy_in_time(&self, tolerance: u64) -> bool {
        let Some((copy, started)) = &self.device_copy else { return false };
        let [began, written] =
            [&copy["session"]["began"], &copy["written"]].map(|time| time.as_u64().unwrap());
        began.max(written) <= started + tolerance && *started < began + REMEMBERED
    }

    fn look_at_requests(&mut self) {
        for line in self.world.went_out() {
            if let Some((_, authorization)) = line.split_once(" with ") {
                let issued = self.server.issued(authorization);
                // If the machine sleeps after its wall clock was set back, neither clock shows the true age.
                let age = (self.truth - issued.at).saturating_sub(self.set_back);
                assert!(age < issued.lifetime, "a token that is over: {line}, {age} of {}", issued.lifetime);
                assert_eq!(issued.grant, self.grant, "a token of an earlier session");
            }
            let is_anonymous = line.ends_with("as the page made it");
            assert!(!is_anonymous || !self.signed_in, "a request goes out without a token");
        }
    }

    fn a_living_copy_is_awake(&self) -> bool {
        self.has_living_device_copy()
            || self.tabs.iter().filter(|tab| tab.open && !tab.asleep).any(|tab| {
                let copy = tab.keeper.offer(self.world.now);
                let copy: Value = serde_json::from_str(copy.expose()).unwrap_or_default();
                copy["id"].as_str() == session_of(self.hint.as_deref())
                    && copy["refresh"]
                        .as_str()
                        .is_some_and(|refresh_token| self.server.accepts(refresh_token))
            })
    }

    /// All requests under way succeed, all tabs thaw and the server is healthy. A signed-in user's request
    /// must then get a token, and a signed-out user's request none.
    pub(super) fn settle(&mut self) {
        self.publish();
        for tab in 0..KEEPERS {
            self.thaw(tab);
        }
        self.give_up_keepers();
        self.settle_step();
        for _ in 0..4 {
            self.pass(60_000, 0);
            self.request();
            self.settle_step();
            self.sign_in_silently();
            self.settle_step();
            while !(self.frames.is_empty() && self.world.forms().is_empty()) {
                self.respond_in_frame(false);
                self.settle_step();
                self.end_exchange(Fate::Answered);
                self.settle_step();
                self.end_renewal(Fate::Answered);
                self.settle_step();
            }
        }
        let request = self.world.fetch(NOTES);
        let (is_sent, got) = (!self.world.sent(request).is_empty(), self.world.got(request));
        assert!(is_sent == self.signed_in && (is_sent || got == "passed"), "a request waits in vain: {got}");
    }
}

/// The session ID in a session hint.
fn session_of(session_hint: Option<&str>) -> Option<&str> {
    session_hint.map(|session_hint| session_hint.split_once(':').unwrap().0)
}
