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
mod session_events;
mod sign_in;
mod state;
mod storage;
mod versions;

pub use event::{
    Action, Body, Call, Client, Effect, Event, FetchId, Outcome, Outgoing, Platform, StorageError, Version,
};
pub use state::{Generation, Renewal};
pub use storage::LONGEST_ROW;

use crate::config::Config;
use crate::policy::{self, Route};
use crate::problem::TOKEN_ENDPOINT_REFUSED;
use crate::response::Response;
use crate::session::Session;
use crate::time::Now;
pub use crate::token::FormRequest;
use crate::transaction::Transaction;
use api::ApiFetch;
use endpoints::Stage;
use fetches::{Fetch, Fetches};
use keepers::Keepers;
use pages::{Notices, Stream};
use session_events::Reported;
use state::State;
use storage::Storage;
use versions::Versions;

/// The state of one service worker.
#[derive(Debug)]
pub struct Vault {
    config: Config,
    state: State,
    generation: Generation,
    /// The generation at which the session, present or lost, became this user's.
    user: Generation,
    /// The generation of the last sign-out.
    signed_out: Generation,
    /// Sign-ins under way, oldest first.
    transactions: Vec<Transaction>,
    /// The duration of the last sign-in or renewal, in milliseconds.
    last_duration: u64,
    /// Fetch events without a response.
    fetches: Fetches,
    /// The size of all queued API requests, in bytes.
    queued: usize,
    /// Fetch events that keep the worker alive, at most one of each kind.
    extended: Vec<(FetchId, Until)>,
    notices: Notices,
    streams: Vec<Stream>,
    /// Session events that no page was open to receive. The page that returns from sign-in gets them.
    unread: String,
    reported: Reported,
    keepers: Keepers,
    storage: Storage,
    /// The device copy that this worker has read and not used yet.
    remembered: Option<Session>,
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
            storage: Storage::new(&config),
            config,
            state: State::Starting(None),
            generation: Generation::default(),
            user: Generation::default(),
            signed_out: Generation::default(),
            transactions: Vec::new(),
            last_duration: 0,
            fetches: Fetches::default(),
            queued: 0,
            extended: Vec::new(),
            notices: Notices::default(),
            streams: Vec::new(),
            unread: String::new(),
            reported: Reported::default(),
            keepers: Keepers::default(),
            remembered: None,
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
        &self.config
    }

    /// What the vault holds, for simulations that check it after each event.
    #[cfg(feature = "inspect")]
    pub fn held(&self, now: Now) -> Held {
        match self.session().map(|session| session.copy(now)) {
            Some(copy) => Held::Session(copy),
            None if self.is_anonymous() => Held::Nothing,
            None if self.is_starting() => Held::Unknown,
            None if !self.is_decided() => Held::Asking,
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
            Event::Body(id, bytes) => self.body(id, bytes, now),
            Event::Client(id, client) => self.identified(id, client.as_ref()),
            Event::Probed(id, is_reachable) => self.probed(id, is_reachable, now),
            Event::FormResponse(Call::Renewal(renewal), response) => {
                self.complete_renewal(&renewal, response.as_ref(), now);
            }
            Event::FormResponse(Call::Exchange(id), response) => self.exchanged(id, response.as_ref(), now),
            Event::FormResponse(Call::Revocation(id), response) => {
                self.revoked(id, response.is_some_and(|response| response.status == 200));
            }
            Event::FormResponse(Call::LateRevocation(begun), response) => {
                self.revocation_ended(begun, response.is_some_and(|response| response.status == 200));
            }
            Event::RowRead { row, copy } => self.row_read(row, copy, now),
            Event::RowWritten(result) => {
                self.row_written(&result, now);
                // Do not set `changed`: a failed write is retried at the next change, not in a loop.
                self.continue_fetches(now);
                self.release(now);
            }
            Event::Clients(clients) => self.clients_listed(clients, now),
            Event::PublicKey(key) => self.key_made(key),
            Event::Sealed { stream, generation, bytes } => self.sealed(stream, generation, bytes),
            Event::Opened(id, copy) => self.opened(id, copy.as_deref(), now),
            Event::StreamClosed(id) => {
                self.streams.retain(|stream| stream.id != id);
                self.keepers.streams.retain(|stream| stream.id != id);
            }
            Event::Version(version) => {
                self.versions.changed(version, now, &mut self.effects);
                self.changed = true;
            }
            Event::SignedOutElsewhere => self.signed_out_elsewhere(now),
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
        match policy::route(&self.config, request) {
            _ if retried && platform.is_body_used() => self.act(id, Action::Fail),
            Route::Pass => self.act(id, Action::Pass),
            Route::RefuseTokenEndpoint => {
                self.act(id, Action::Respond(Response::problem(403, &TOKEN_ENDPOINT_REFUSED)));
            }
            Route::Api(api) => {
                let session = policy::session_for(&self.config, request.url).unwrap_or_default();
                let fetch = ApiFetch::new(api, session, request, platform, now);
                self.storage.begin(now, &mut self.effects);
                self.api_fetch(id, fetch, request, platform, now);
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

    /// Keeps the worker alive with the newest fetch event of a kind, which lasts longest. A page that makes
    /// requests in a loop must not exhaust the worker's memory.
    fn extend(&mut self, id: FetchId, until: Until) {
        if !self.extended.contains(&(id, until)) {
            self.effects.push(Effect::Extend(id));
            self.release_if(|other| other == until);
            self.extended.push((id, until));
        }
    }

    fn clients_listed(&mut self, clients: Vec<Client>, now: Now) {
        if !self.is_starting() || !self.storage.is_read() {
            return;
        }
        let (keepers, others): (Vec<_>, Vec<_>) =
            clients.into_iter().partition(|client| keepers::admits(client, &self.config));
        // On a vault origin, the relay of a page is its keeper too.
        for page in if self.config.is_vault_origin() { &keepers } else { &others } {
            self.know_page(&page.id);
        }
        self.begin(keepers.into_iter().map(|keeper| keeper.id).collect(), now);
    }

    fn timer_ran_out(&mut self, now: Now) {
        self.timer = None;
        if let Some(row) = self.storage.timer_ran_out(now, &mut self.effects) {
            self.row_is_read(row, now);
        }
        if self.keeper_deadline(now) == Some(0) {
            self.give_up_keepers();
        }
        self.versions.timer_ran_out(now, &mut self.effects);
        self.changed = true;
    }

    /// Publishes changes and continues fetch events until nothing changes any more.
    fn settle(&mut self, now: Now) {
        while std::mem::take(&mut self.changed) {
            self.publish(now);
            self.update_keepers(now);
            self.save(now);
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

    /// Continues every fetch event that may have waited for the change.
    fn continue_fetches(&mut self, now: Now) {
        for (id, fetch) in std::mem::take(&mut self.fetches.0) {
            match fetch {
                Fetch::Api(fetch) => self.continue_api_fetch(id, fetch, now),
                Fetch::Endpoint(fetch, stage) => self.continue_endpoint_fetch(id, fetch, stage, now),
            }
        }
    }

    /// Ends all streams so that the waiting version can become active. Keepers connect to it with the copies
    /// they have.
    fn drain(&mut self) {
        if self.versions.is_draining && !self.is_renewing() {
            self.effects.extend(self.streams.drain(..).map(|stream| Effect::End(stream.id)));
            self.end_keeper_streams();
        }
    }

    fn release(&mut self, now: Now) {
        let is_renewing = self.is_renewing();
        let is_saving = self.storage.is_writing();
        let awaits_response = self.awaits_response(now) > 0 && !self.versions.is_draining;
        self.release_if(|until| match until {
            Until::Renewed => !is_renewing,
            Until::Saved => !is_saving,
            Until::SignedIn => !awaits_response && !is_saving,
        });
    }

    fn release_if(&mut self, is_over: impl Fn(Until) -> bool) {
        let over = self.extended.extract_if(.., |(_, until)| is_over(*until));
        self.effects.extend(over.map(|(id, _)| Effect::Release(id)));
    }

    /// Milliseconds until the timer must fire.
    fn deadline(&self, now: Now) -> Option<u64> {
        let waits = self.extended.iter().any(|(_, until)| *until == Until::SignedIn);
        let sign_in = waits.then(|| self.awaits_response(now)).filter(|left| *left > 0);
        let queued = self.fetches.0.iter().filter_map(|(_, fetch)| match fetch {
            Fetch::Api(ApiFetch { stage: api::Stage::Queued(since, length), .. })
            | Fetch::Endpoint(_, Stage::Login(since, length)) => {
                Some(length.saturating_sub(now.since(*since)))
            }
            _ => None,
        });
        let others =
            [self.keeper_deadline(now), sign_in, self.storage.deadline(now), self.versions.deadline(now)];
        others.into_iter().flatten().chain(queued).min()
    }
}

#[cfg(test)]
mod tests;
