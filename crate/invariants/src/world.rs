//! A simulated edge with browser, servers and time. It checks the invariants after each event and, when a
//! test ends, that every fetch event gets a response.

mod edge;
mod promises;
mod requests;
mod sign_in;
mod streams;

pub use crate::fixture::{config, vault_origin_config};
pub use requests::Request;
pub use sign_in::{Form, Login, Tokens};

use requests::{Answer, Fetch};
use std::collections::{BTreeMap, VecDeque};
use strongroom_core::config::Config;
use strongroom_core::frames::PUBLIC_KEY_LENGTH;
use strongroom_core::time::Now;
use strongroom_core::vault::{Call, Client, Event, FetchId, FormRequest, Generation, Held, Vault, Version};

pub const ORIGIN: &str = "https://app.example.com";
/// An API that takes the access token.
pub const NOTES: &str = "https://api.example.com/v1/notes";
/// An API that takes the ID token.
pub const OWN_API: &str = "https://app.example.com/api/notes";
pub const TOKEN_ENDPOINT: &str = "https://auth.example.com/oauth2/token";
pub const REVOCATION_ENDPOINT: &str = "https://auth.example.com/oauth2/revoke";

/// Lifetime of issued tokens, in milliseconds.
pub const LIFETIME: u64 = 3_600_000;

const START: Now = crate::fixture::NOW;
const MOST_PAGE_STREAMS: usize = 256;
const MOST_TRANSACTIONS: usize = 16;
/// The public key of every keeper.
pub const KEEPER_KEY: [u8; PUBLIC_KEY_LENGTH] = [7; PUBLIC_KEY_LENGTH];

/// An effect whose result was not reported yet.
#[derive(Debug)]
pub enum Work {
    Sent(FetchId),
    BodyRead(FetchId),
    Body(FetchId),
    Client(FetchId),
    Probed(FetchId),
    Opened { id: FetchId, sealed: Vec<u8> },
    Form(Call, FormRequest),
    Read { opens_copy: bool },
    Write { text: String, reset: bool, copy: Option<Vec<u8>> },
    List,
    MakeKey,
    Sealed { stream: FetchId, generation: Generation, bytes: Vec<u8> },
}

/// Work that stays pending until [`World::release`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slow {
    Reads,
    Writes,
    Key,
    Seals,
    Bodies,
    Probes,
    Clients,
    All,
}

pub struct World {
    pub vault: Vault,
    pub now: Now,
    fetches: BTreeMap<FetchId, Fetch>,
    pub page: u32,
    /// `state`, `nonce` and code verifier of every request to the login endpoint.
    pub logins: Vec<[String; 3]>,
    workers: u8,
    pub pending: Vec<Work>,
    issued: Vec<Tokens>,
    /// Whether there are tokens that [`World::issue`] did not make.
    has_other_tokens: bool,
    /// Requests to the authorization server that were sent before the last sign-out, and the tokens in their
    /// responses.
    outlived: Vec<Call>,
    came_late: Vec<Tokens>,
    /// How many tokens were issued before the user was last signed out.
    dead: usize,
    /// The token response, the copy or the device copy in the current event.
    arrived: String,
    /// What the vault has held since the last event.
    held: Held,
    /// Whether a session was lost before the current event, or may have been.
    was_recovering: bool,
    /// Whether somebody was signed in before the current event.
    was_signed_in: bool,
    /// States, nonces and codes.
    secrets: Vec<String>,
    pub slow: Vec<Slow>,
    pub row: Option<String>,
    /// The device copy. It is sealed in a browser, and cannot be opened if its key is lost.
    pub device_copy: Option<Vec<u8>>,
    pub is_key_lost: bool,
    /// How many bytes storage has room for.
    pub room: usize,
    /// Whether the last write failed.
    has_write_failed: bool,
    /// Errors of the next reads.
    pub read_errors: VecDeque<&'static str>,
    /// Errors of the next writes.
    pub write_errors: VecDeque<&'static str>,
    /// For each write, whether the database was deleted first.
    pub writes: Vec<bool>,
    pub reads: usize,
    pub clients: Vec<Client>,
    pub is_server_there: bool,
    pub probes: Vec<String>,
    pub has_web_crypto: bool,
    timer: Option<u64>,
    /// Everything that was sent to the network or to keepers, in order.
    went_out: Vec<String>,
    pub log: Vec<String>,
    /// How often the waiting version was kept alive, and asked to take over.
    pub kept_alive: usize,
    pub asked_to_take_over: usize,
}

impl World {
    pub fn new() -> Self {
        Self::with(config())
    }

    pub fn with(config: Config) -> Self {
        Self {
            vault: Vault::new(config, START),
            now: START,
            fetches: BTreeMap::new(),
            page: 0,
            logins: Vec::new(),
            workers: 1,
            pending: Vec::new(),
            issued: Vec::new(),
            has_other_tokens: false,
            outlived: Vec::new(),
            came_late: Vec::new(),
            dead: 0,
            arrived: String::new(),
            held: Held::Unknown,
            was_recovering: false,
            was_signed_in: false,
            secrets: Vec::new(),
            slow: Vec::new(),
            row: None,
            device_copy: None,
            is_key_lost: false,
            room: usize::MAX,
            has_write_failed: false,
            read_errors: VecDeque::new(),
            write_errors: VecDeque::new(),
            writes: Vec::new(),
            reads: 0,
            clients: Vec::new(),
            is_server_there: true,
            probes: Vec::new(),
            has_web_crypto: true,
            timer: None,
            went_out: Vec::new(),
            log: Vec::new(),
            kept_alive: 0,
            asked_to_take_over: 0,
        }
    }

    /// A worker that finds this storage row.
    pub(crate) fn with_row(row: Option<String>) -> Self {
        let mut world = Self::new();
        world.row = row;
        world
    }

    /// A worker with Ada signed in.
    pub fn signed_in() -> (Self, Tokens) {
        let mut world = Self::new();
        let tokens = world.sign_in();
        (world, tokens)
    }

    /// The browser stops the worker. Its memory, streams and requests are lost; storage is kept.
    pub fn worker_dies(&mut self) {
        for fetch in self.fetches.values_mut() {
            fetch.is_open = false;
            fetch.is_lost = fetch.answer.is_none();
            fetch.is_extended = false;
        }
        self.starts();
    }

    /// The user closes the browser, with all tabs and their keepers, and opens it again.
    pub fn browser_restarts(&mut self) {
        self.clients.clear();
        self.page += 1;
        self.worker_dies();
    }

    /// The next worker has this configuration.
    pub fn deploy(&mut self, config: Config) {
        self.vault = Vault::new(config, self.now);
        self.worker_dies();
    }

    /// The wasm traps. The shim starts another instance and passes it the fetch events without a response.
    pub fn worker_traps(&mut self) {
        let mut again = Vec::new();
        for (id, fetch) in &mut self.fetches {
            fetch.is_open = false;
            fetch.is_extended = false;
            if fetch.answer.is_none() && !fetch.is_lost {
                again.push(*id);
            }
        }
        self.starts();
        for id in again {
            self.dispatch(id, true);
        }
    }

    fn starts(&mut self) {
        self.vault = Vault::new(self.vault.config().clone(), self.now);
        self.workers += 1;
        self.held = Held::Unknown;
        self.pending.clear();
        self.outlived.clear();
        // A sign-out that was not stored holds only for the worker that knows of it.
        if self.row.as_ref().is_some_and(|row| row.contains("\"hint\"")) {
            self.dead = 0;
            self.came_late.clear();
        }
        self.timer = None;
    }

    /// Time passes.
    pub fn pass(&mut self, ms: u64) {
        let end = self.now.monotonic.saturating_add(ms);
        while let Some(due) = self.timer.filter(|due| *due <= end) {
            self.timer = None;
            self.advance(due.saturating_sub(self.now.monotonic));
            self.happens(Event::Timer);
        }
        self.advance(end - self.now.monotonic);
    }

    fn advance(&mut self, ms: u64) {
        self.wait(ms, ms.cast_signed());
    }

    /// Both clocks advance, or the wall clock is set back. No timer fires.
    pub fn wait(&mut self, monotonic: u64, wall: i64) {
        self.now.monotonic = self.now.monotonic.saturating_add(monotonic);
        self.now.wall = self.now.wall.saturating_add_signed(wall);
    }

    /// The timer fires when it is due.
    pub fn run_timer(&mut self) {
        if let Some(left) = self.next_timer() {
            self.pass(left);
        }
    }

    /// What the vault holds.
    pub fn held(&self) -> &Held {
        &self.held
    }

    /// Milliseconds until the timer fires.
    pub fn next_timer(&self) -> Option<u64> {
        self.timer.map(|due| due.saturating_sub(self.now.monotonic))
    }

    pub fn is_signed_out_elsewhere(&mut self) {
        self.happens(Event::SignedOutElsewhere);
    }

    pub fn version(&mut self, version: Version) {
        self.happens(Event::Version(version));
    }
}
