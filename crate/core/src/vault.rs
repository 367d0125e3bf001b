//! The vault: every decision of the service worker.
//!
//! [`Vault::handle`] is the only entry point. It takes an [`Event`] and returns [`Effect`]s for the edge to
//! perform; their results are further events. The vault performs no I/O and gets the time and random bytes
//! from the edge, so every race can be tested natively.
//!
//! The session may change between two events. Each request under way therefore records what it was begun for,
//! and a result for an earlier session is dropped: a token response that arrives after sign-out never
//! restores the session.

mod api;
mod endpoints;
mod event;
mod fetches;
mod keepers;
mod pages;
mod storage;
mod versions;

pub use event::{
    Action, Body, Call, Client, Effect, Event, FetchId, Outcome, Outgoing, Platform, StorageError, Version,
};
pub use storage::LONGEST_ROW;

use crate::config::Config;
use crate::json::Json;
use crate::policy::{self, Route};
use crate::problem::TOKEN_ENDPOINT_REFUSED;
use crate::response::Response;
use crate::session_manager::{ApiRequest, SessionManager};
pub use crate::session_manager::{FormRequest, Generation, Renewal};
use crate::time::Now;
use fetches::{Fetch, Fetches};
use keepers::Keepers;
use pages::PageStreams;
use storage::Storage;
use versions::Versions;

/// The state of one service worker.
#[derive(Debug)]
pub struct Vault {
    sessions: SessionManager,
    /// Fetch events without a response.
    fetches: Fetches,
    /// Fetch events that keep the worker alive.
    extended: Vec<(FetchId, Until)>,
    pages: PageStreams,
    keepers: Keepers,
    storage: Storage,
    versions: Versions,
    /// When the edge's timer fires, by the monotonic clock. Firing early does no harm.
    timer: Option<u64>,
    started: Now,
    /// A failed revocation, to be retried once.
    unrevoked: Option<FormRequest>,
    /// Whether a change must still be published, or may let waiting fetch events continue.
    changed: bool,
    effects: Vec<Effect>,
}

/// What a vault holds.
#[cfg(feature = "inspect")]
#[derive(Debug)]
pub enum Held {
    /// It has not read the session hint yet.
    Unknown,
    /// The user is signed out.
    Nothing,
    /// The session is lost, and a keeper may have a copy.
    Asking,
    /// The session is lost, and the authorization server may recover it.
    Lost,
    /// The session, as a copy.
    Session(crate::secret::SessionCopy),
}

/// How long a fetch event keeps the worker alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Until the renewal under way ends.
    Renewed,
    /// Until storage is written.
    Saved,
    /// Until the user returns from the authorization server, or a time limit. Only this worker has the
    /// transaction.
    SignedIn,
}

impl Vault {
    /// The vault of a new worker.
    pub fn new(config: Config, now: Now) -> Self {
        Self {
            sessions: SessionManager::new(config),
            fetches: Fetches::default(),
            extended: Vec::new(),
            pages: PageStreams::default(),
            keepers: Keepers::default(),
            storage: Storage::default(),
            versions: Versions::default(),
            timer: None,
            started: now,
            unrevoked: None,
            changed: false,
            effects: Vec::new(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        self.sessions.config()
    }

    /// What the vault holds, for simulations that check it after each event.
    #[cfg(feature = "inspect")]
    pub fn held(&self, now: Now) -> Held {
        match self.sessions.copy(now) {
            Some(copy) => Held::Session(copy),
            None if self.sessions.is_anonymous() => Held::Nothing,
            None if self.sessions.is_starting() => Held::Unknown,
            None if !self.sessions.is_decided() => Held::Asking,
            None => Held::Lost,
        }
    }

    /// Processes an event. Returns the effects for the edge, in order.
    pub fn handle(&mut self, event: Event<'_>, now: Now) -> Vec<Effect> {
        match event {
            Event::Fetch { id, request, platform, retried } => {
                self.fetch(id, request, platform, retried, now);
            }
            Event::Sent(id, outcome) => self.sent(id, outcome, now),
            Event::BodyRead(id, is_complete) => self.body_read(id, is_complete, now),
            Event::Body(id, bytes) => self.body(id, bytes),
            Event::Client(id, client) => self.identified(id, client.as_ref()),
            Event::Probed { id, is_reachable } => self.probed(id, is_reachable, now),
            Event::FormResponse(Call::Renewal(renewal), response) => {
                self.sessions.complete_renewal(&renewal, response.as_ref(), now);
                self.changed = true;
            }
            Event::FormResponse(Call::Exchange(id), response) => self.exchanged(id, response.as_ref(), now),
            Event::FormResponse(Call::Revocation(id), response) => self.revoked(id, response.as_ref()),
            Event::FormResponse(Call::LateRevocation, response) => {
                if response.is_some_and(|response| response.status == 200) {
                    self.sessions.revocation_succeeded();
                } else {
                    self.sessions.revocation_failed();
                }
                self.changed = true;
            }
            Event::RowRead(result) => {
                if self.storage.row_read(result, now, &mut self.effects) {
                    self.storage_is_read(now);
                }
            }
            Event::RowWritten(result) => {
                self.storage.row_written(&result, &mut self.effects);
                // Do not set `changed`: a failed write is retried at the next change, not in a loop.
                self.continue_fetches(now);
                self.release(now);
            }
            Event::Clients(clients) => self.clients_listed(clients, now),
            Event::PublicKey(key) => self.changed |= self.keepers.key_made(key),
            Event::Sealed { stream, generation, bytes } => {
                let is_current = self.sessions.generation() == Some(generation);
                self.keepers.sealed(stream, bytes.filter(|_| is_current), &mut self.effects);
                self.changed = true;
            }
            Event::Opened(id, copy) => self.opened(id, copy.as_deref(), now),
            Event::StreamClosed(id) => {
                self.pages.forget(id);
                self.keepers.forget(id);
            }
            Event::Version(version) => {
                self.versions.changed(version, now, &mut self.effects);
                self.changed = true;
            }
            Event::SignedOutElsewhere => self.signed_out_elsewhere(),
            Event::Timer => self.timer_ran_out(now),
        }
        self.settle(now);
        std::mem::take(&mut self.effects)
    }

    fn fetch(
        &mut self,
        id: FetchId,
        request: policy::Request<'_>,
        platform: &dyn Platform,
        retried: bool,
        now: Now,
    ) {
        match policy::route(self.config(), request) {
            _ if retried && platform.is_body_used() => self.act(id, Action::Fail),
            Route::Pass => self.act(id, Action::Pass),
            Route::RefuseTokenEndpoint => {
                self.act(id, Action::Respond(Response::problem(403, &TOKEN_ENDPOINT_REFUSED)));
            }
            Route::Api(api) => {
                let api_request = ApiRequest::new(api, policy::is_safe_method(request.method), now);
                let stops_redirects = policy::refuses_redirects(api, request);
                self.storage.begin(now, &mut self.effects);
                self.api_fetch(id, api_request, stops_redirects, request, platform, now);
            }
            Route::Endpoint(endpoint) => {
                self.storage.begin(now, &mut self.effects);
                self.endpoint_fetch(id, endpoint, request, platform, now);
            }
        }
    }

    fn act(&mut self, id: FetchId, action: Action) {
        self.effects.push(Effect::Fetch(id, action));
    }

    fn extend(&mut self, id: FetchId, until: Until) {
        self.effects.push(Effect::Extend(id));
        self.extended.push((id, until));
    }

    /// Begins a renewal if `begin` returns one, and keeps the worker alive for it if there is an `id`.
    fn renew(
        &mut self,
        id: Option<FetchId>,
        begin: impl FnOnce(&mut SessionManager) -> Option<(FormRequest, Renewal)>,
    ) {
        let tokens = self.sessions.generation();
        let renewal = begin(&mut self.sessions);
        // An expired session that cannot be renewed has ended.
        self.changed |= self.sessions.generation() != tokens;
        let Some((form, renewal)) = renewal else { return };
        self.effects.push(Effect::PostForm(Call::Renewal(renewal), form));
        if let Some(id) = id {
            self.extend(id, Until::Renewed);
        }
    }

    /// Continues after the storage row was read.
    fn storage_is_read(&mut self, now: Now) {
        if self.storage.hint().is_some() {
            self.effects.push(Effect::ListClients);
        } else {
            self.begin(Vec::new(), now);
        }
    }

    fn clients_listed(&mut self, clients: Vec<Client>, now: Now) {
        if !self.sessions.is_starting() || !self.storage.is_read() {
            return;
        }
        let (keepers, others): (Vec<_>, Vec<_>) =
            clients.into_iter().partition(|client| keepers::admits(client, self.sessions.config()));
        for page in others {
            self.sessions.know_page(&page.id);
        }
        self.begin(keepers.into_iter().map(|keeper| keeper.id).collect(), now);
    }

    fn begin(&mut self, keepers: Vec<String>, now: Now) {
        self.sessions.begin(self.storage.hint(), keepers, now);
        self.changed = true;
    }

    fn timer_ran_out(&mut self, now: Now) {
        self.timer = None;
        if self.storage.timer_ran_out(now, &mut self.effects) {
            self.storage_is_read(now);
        }
        if self.sessions.keeper_deadline(now) == Some(0) {
            self.sessions.give_up_keepers();
        }
        self.versions.timer_ran_out(now, &mut self.effects);
        self.changed = true;
    }

    /// Publishes changes and continues fetch events until nothing changes any more.
    fn settle(&mut self, now: Now) {
        while std::mem::take(&mut self.changed) {
            self.publish(now);
            self.keepers.send(&self.sessions, now, &mut self.effects);
            // Not while the clients are being listed: the session of the hint has not begun yet.
            if !self.sessions.is_starting() {
                self.storage.set_hint(self.sessions.session_hint(), &mut self.effects);
            }
            self.continue_fetches(now);
            // A newly opened stream gets the current state before it ends.
            if !self.changed {
                self.drain();
            }
            self.release(now);
        }
        if let Some(left) = self.deadline(now) {
            let left = left.max(1);
            let at = now.monotonic.saturating_add(left);
            if self.timer.is_none_or(|set| set > at || set <= now.monotonic) {
                self.timer = Some(at);
                self.effects.push(Effect::SetTimer(left));
            }
        }
    }

    /// Publishes the session to the pages, and its events to the log.
    fn publish(&mut self, now: Now) {
        let events = self.sessions.session_events(now);
        if !events.is_empty() && self.config().debug {
            self.effects.push(Effect::Log(["strongroom ", &events].concat()));
        }
        // Not while a keeper may still return the session.
        if !self.sessions.is_decided() {
            return;
        }
        let (sessions, worker) = (&self.sessions, self.worker());
        let snapshot_of = |client_id: &str| sessions.snapshot(client_id, Json::Object(&worker));
        self.pages.publish(snapshot_of, &events, &mut self.effects);
    }

    /// Continues every fetch event that may have waited for the change.
    fn continue_fetches(&mut self, now: Now) {
        for (id, fetch) in self.fetches.take() {
            match fetch {
                Fetch::Api(fetch) => self.continue_api_fetch(id, fetch, now),
                Fetch::Endpoint(fetch) => self.continue_endpoint_fetch(id, fetch, now),
            }
        }
    }

    /// Ends all streams so that the waiting version can become active. Keepers connect to it with the copies
    /// they have.
    fn drain(&mut self) {
        if self.versions.is_draining && !self.sessions.is_renewing() {
            self.pages.end(&mut self.effects);
            self.keepers.end(&mut self.effects);
        }
    }

    fn release(&mut self, now: Now) {
        let is_renewing = self.sessions.is_renewing();
        let is_saving = self.storage.is_writing();
        let awaits_response = self.sessions.awaits_response(now) > 0 && !self.versions.is_draining;
        self.release_if(|_, until| match until {
            Until::Renewed => !is_renewing,
            Until::Saved => !is_saving,
            Until::SignedIn => !awaits_response && !is_saving,
        });
    }

    /// Keeps the worker alive only for the newest sign-in, whose fetch event lasts longest. A page that
    /// begins sign-ins in a loop must not exhaust the worker's memory.
    fn release_older_sign_ins(&mut self, newest: FetchId) {
        self.release_if(|id, until| until == Until::SignedIn && id != newest);
    }

    fn release_if(&mut self, is_over: impl Fn(FetchId, Until) -> bool) {
        let over = self.extended.extract_if(.., |(id, until)| is_over(*id, *until));
        self.effects.extend(over.map(|(id, _)| Effect::Release(id)));
    }

    fn snapshot(&self, client_id: &str) -> String {
        self.sessions.snapshot(client_id, Json::Object(&self.worker()))
    }

    /// The facts about this worker in a snapshot.
    fn worker(&self) -> [(&'static str, Json<'static>); 2] {
        [("startedAt", self.started.wall.into()), ("keepers", (self.keepers.connected() as u64).into())]
    }

    /// Milliseconds until the timer must fire.
    fn deadline(&self, now: Now) -> Option<u64> {
        let waits = self.extended.iter().any(|(_, until)| *until == Until::SignedIn);
        let sign_in = waits.then(|| self.sessions.awaits_response(now)).filter(|left| *left > 0);
        [
            self.sessions.keeper_deadline(now),
            sign_in,
            self.storage.deadline(now),
            self.versions.deadline(now),
            self.fetches.deadline(now),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
