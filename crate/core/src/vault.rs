//! The vault: everything a service worker decides.
//!
//! [`Vault::handle`] is the one entry point. It takes an [`Event`] and returns the [`Effect`]s that the edge has to carry
//! out; what comes of them is the next event. The vault reads no clock, draws no randomness and performs no I/O, so every
//! race is a native test.
//!
//! Between two events anything may have events. What is under way therefore remembers what it was begun for, and a
//! result for something that is over is dropped: a token response that arrives after sign-out never resurrects the session.

mod api;
mod endpoints;
mod event;
mod fetches;
mod keepers;
mod pages;
mod storage;
mod timer;
mod versions;

pub use event::{
    Action, Body, Call, Client, Effect, Event, FetchId, Outcome, Outgoing, Platform, StorageError, Version,
};
pub use storage::LONGEST_ROW;

use crate::config::Config;
use crate::json::Json;
use crate::policy::{self, Route};
use crate::response::Response;
use crate::session_manager::{ApiRequest, KEEPER_TIMEOUT, SessionManager};
pub use crate::session_manager::{FormRequest, Generation, Renewal};
use crate::time::Now;
use fetches::{Fetch, Fetches};
use keepers::Keepers;
use pages::PageStreams;
use storage::Storage;
use timer::Timer;
use versions::Versions;

/// The state of one service worker.
#[derive(Debug)]
pub struct Vault {
    sessions: SessionManager,
    /// Fetch events that have no response yet.
    fetches: Fetches,
    /// Fetch events for whose sake the worker should live.
    extended: Vec<(FetchId, Until)>,
    pages: PageStreams,
    keepers: Keepers,
    storage: Storage,
    versions: Versions,
    timer: Timer,
    started: Now,
    start: Start,
    /// A revocation that failed, to be tried once more.
    unrevoked: Option<FormRequest>,
    /// Something has changed that others may wait for or must be told.
    changed: bool,
    effects: Vec<Effect>,
}

/// How far the vault is in finding out what earlier workers left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Nobody needed to know yet.
    NotBegun,
    /// The stored row is being read.
    Reading,
    /// The clients are being listed.
    Listing,
    /// The session may come back from a keeper. They have been asked since then.
    AskingKeepers(Now),
    Done,
}

/// Until when a fetch event keeps the worker alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// The renewal under way is over.
    Renewed,
    /// Storage is written.
    Saved,
    /// The user is back from the authorization server, or has taken long. This worker's memory alone has the secrets of the
    /// sign-in.
    SignedIn,
}

impl Vault {
    /// The vault of a worker that has just started.
    #[must_use]
    pub fn new(config: Config, now: Now) -> Self {
        Self {
            sessions: SessionManager::new(config),
            fetches: Fetches::default(),
            extended: Vec::new(),
            pages: PageStreams::default(),
            keepers: Keepers::default(),
            storage: Storage::default(),
            versions: Versions::default(),
            timer: Timer::default(),
            started: now,
            start: Start::NotBegun,
            unrevoked: None,
            changed: false,
            effects: Vec::new(),
        }
    }

    /// What the vault was configured with.
    #[must_use]
    pub fn config(&self) -> &Config {
        self.sessions.config()
    }

    /// Takes an event and returns what the edge has to do about it, in this order.
    pub fn handle(&mut self, event: Event<'_>, now: Now) -> Vec<Effect> {
        match event {
            Event::Fetch { id, request, platform, retried } => {
                self.fetch(id, request, platform, retried, now);
            }
            Event::Sent(id, outcome) => self.sent(id, outcome, now),
            Event::BodyRead(id, is_complete) => self.body_read(id, is_complete, now),
            Event::Body(id, bytes) => self.body(id, bytes),
            Event::Client(id, client) => self.identified(id, client.as_ref(), now),
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
                    self.changed = true;
                }
            }
            Event::RowRead(result) => {
                if self.storage.row_read(result, now, &mut self.effects) {
                    self.storage_is_read(now);
                }
                self.timer.is_stale = true;
            }
            Event::RowWritten(result) => {
                self.storage.row_written(result, &mut self.effects);
                // Not as a change: what could not be stored is tried again when something else happens.
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
            Route::RefuseTokenEndpoint => self.act(id, Action::Respond(Response::token_endpoint_refused())),
            Route::Api(api) => {
                let api_request = ApiRequest::new(api, policy::is_safe_method(request.method), now);
                let stops_redirects = policy::refuses_redirects(api, request);
                self.begin_once(now);
                self.api_fetch(id, api_request, stops_redirects, request, platform, now);
            }
            Route::Endpoint(endpoint) => {
                self.begin_once(now);
                self.endpoint_fetch(id, endpoint, request, platform, now);
            }
        }
    }

    /// Finds out what earlier workers left. Not before a request needs it: a version that is being installed beside an active
    /// one has no business with its session.
    fn begin_once(&mut self, now: Now) {
        if self.start == Start::NotBegun {
            self.start = Start::Reading;
            self.storage.begin(now, &mut self.effects);
            self.timer.is_stale = true;
        }
    }

    fn act(&mut self, id: FetchId, action: Action) {
        self.effects.push(Effect::Fetch(id, action));
    }

    fn extend(&mut self, id: FetchId, until: Until) {
        self.effects.push(Effect::Extend(id));
        self.extended.push((id, until));
    }

    /// Begins a renewal, for whose sake the worker should live as long as `id` says.
    fn renew(&mut self, renewal: Option<(FormRequest, Renewal)>, id: Option<FetchId>) {
        let Some((form, renewal)) = renewal else { return };
        self.effects.push(Effect::PostForm(Call::Renewal(renewal), form));
        if let Some(id) = id {
            self.extend(id, Until::Renewed);
        }
    }

    /// The stored row is known: the first that earlier workers left.
    fn storage_is_read(&mut self, now: Now) {
        if self.storage.hint().is_some() {
            self.start = Start::Listing;
            self.effects.push(Effect::ListClients);
        } else {
            self.begin(Vec::new(), now);
        }
    }

    fn clients_listed(&mut self, clients: Vec<Client>, now: Now) {
        if self.start != Start::Listing {
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
        self.sessions.begin(self.storage.hint(), keepers);
        self.start = if self.sessions.is_decided() { Start::Done } else { Start::AskingKeepers(now) };
        self.changed = true;
    }

    fn timer_ran_out(&mut self, now: Now) {
        self.timer.ran_out();
        if self.storage.timer_ran_out(now, &mut self.effects) {
            self.storage_is_read(now);
        }
        if let Start::AskingKeepers(since) = self.start
            && now.since(since) >= KEEPER_TIMEOUT
        {
            self.start = Start::Done;
            self.sessions.give_up_keepers();
        }
        self.versions.timer_ran_out(now, &mut self.effects);
        self.changed = true;
    }

    /// Everything that follows from what has changed, until nothing does.
    fn settle(&mut self, now: Now) {
        let mut is_timer_stale = std::mem::take(&mut self.timer.is_stale);
        while std::mem::take(&mut self.changed) {
            is_timer_stale = true;
            self.publish(now);
            self.keepers.tell(&self.sessions, now, &mut self.effects);
            self.storage.set_hint(self.sessions.session_hint(), &mut self.effects);
            self.continue_fetches(now);
            // A stream that has just been opened is told what there is before it ends.
            if !self.changed {
                self.drain();
            }
            self.release(now);
        }
        if is_timer_stale {
            let deadline = self.deadline(now);
            self.timer.set(deadline, now, &mut self.effects);
        }
    }

    /// Tells the pages, and the log, what has become of the session.
    fn publish(&mut self, now: Now) {
        let events = self.sessions.session_events(now);
        if !events.is_empty() && self.config().debug {
            self.effects.push(Effect::Log(["strongroom ", &events].concat()));
        }
        // Not while a session may come back from a keeper any moment.
        if !self.sessions.is_decided() {
            return;
        }
        let (sessions, worker) = (&self.sessions, self.worker());
        let snapshot_of = |client_id: &str| sessions.snapshot(client_id, Json::Object(&worker));
        self.pages.publish(snapshot_of, &events, &mut self.effects);
    }

    /// Goes on with every fetch event that may have waited for the change.
    fn continue_fetches(&mut self, now: Now) {
        for (id, fetch) in self.fetches.take() {
            match fetch {
                Fetch::Api(fetch) => self.continue_api_fetch(id, fetch, now),
                Fetch::Endpoint(fetch) => self.continue_endpoint_fetch(id, fetch, now),
            }
        }
    }

    /// Ends the streams for a version that waits: its keepers come to that one with what they were told here.
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
        let effects = &mut self.effects;
        self.extended.retain(|(id, until)| {
            let goes_on = match until {
                Until::Renewed => is_renewing,
                Until::Saved => is_saving,
                Until::SignedIn => awaits_response || is_saving,
            };
            if !goes_on {
                effects.push(Effect::Release(*id));
            }
            goes_on
        });
    }

    /// The newest sign-in's fetch event is enough, and lasts the longest. A page that begins one after the other must not
    /// fill the worker's memory.
    fn release_older_sign_ins(&mut self, newest: FetchId) {
        let effects = &mut self.effects;
        self.extended.retain(|(id, until)| {
            let is_older = *until == Until::SignedIn && *id != newest;
            if is_older {
                effects.push(Effect::Release(*id));
            }
            !is_older
        });
    }

    /// The session as the page `client_id` may see it.
    fn snapshot(&self, client_id: &str) -> String {
        self.sessions.snapshot(client_id, Json::Object(&self.worker()))
    }

    /// What a page may know of this worker.
    fn worker(&self) -> [(&'static str, Json<'static>); 2] {
        [("startedAt", self.started.wall.into()), ("keepers", (self.keepers.connected() as u64).into())]
    }

    /// In how many milliseconds something is to be done though nothing happens.
    fn deadline(&self, now: Now) -> Option<u64> {
        let keepers = match self.start {
            Start::AskingKeepers(since) => Some(KEEPER_TIMEOUT.saturating_sub(now.since(since))),
            _ => None,
        };
        let waits = self.extended.iter().any(|(_, until)| *until == Until::SignedIn);
        let sign_in = waits.then(|| self.sessions.awaits_response(now)).filter(|left| *left > 0);
        [
            keepers,
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

#[cfg(test)]
mod tests;
