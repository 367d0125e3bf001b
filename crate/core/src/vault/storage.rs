//! What outlives a worker: the row, with the session hint and the stored transactions, and on a vault origin the time of
//! the last sign-out and the device copy. Only the device copy is secret.
//!
//! Script in a page can write to this storage, delete it and block it. So the worker reads it once, when it
//! first needs it, and accepts a single row of limited length. After that, the copy in memory counts, and
//! each change overwrites everything. Sign-in never waits for a write. There is one write at a time, so none of
//! them can bring back what a later one has deleted.

use super::state::{KEEPER_TIMEOUT, State};
use super::{Effect, StorageError, Vault};
use crate::config::Config;
use crate::decimal::decimal;
use crate::json::{self, Value};
use crate::session::Session;
use crate::time::Now;
use crate::transaction::{MOST, StoredTransaction, Transaction};

/// Longest accepted row, in bytes: more than twice the size of the largest valid row.
pub const LONGEST_ROW: usize = 131_072;

/// Length of a stored transaction's key: a SHA-256 hash in base64url.
const KEY_LENGTH: usize = 43;

/// Number of attempts to read. A read may fail temporarily, for example after sleep.
const MOST_READS: u32 = 3;
const READING_PAUSE: u64 = 250;

/// Pause before a write is repeated that may have left a device copy behind, in milliseconds.
const WRITING_PAUSE: u64 = 5_000;

/// Time limit for all attempts to read while a sign-in waits, in milliseconds. A page can block reads with an
/// open transaction, and a sign-in needs no session.
const READING_TIMEOUT_OF_SIGN_IN: u64 = 1_000;

#[derive(Debug, Default)]
pub(super) struct Storage {
    /// Whether to open the device copy.
    opens_copy: bool,
    /// The row as it was read or last saved.
    row: String,
    /// The session hint of the device copy, as it was read or last saved. Empty if there is none.
    copy: String,
    reading: Reading,
    writing: Option<Write>,
    /// How many times the row has changed.
    pub(super) changes: u64,
    /// How many of these changes a write has stored, or failed to store.
    settled: u64,
    /// Whether the stored row may differ from `row`.
    pub(super) is_unsaved: bool,
    /// When the user last signed out of a vault origin, by the wall clock.
    signed_out_at: Option<u64>,
}

/// What earlier workers left: the session hint, the transactions, and the time of the last sign-out.
type Row = (Option<String>, Vec<Transaction>, Option<u64>);

#[derive(Debug, Default)]
enum Reading {
    #[default]
    NotBegun,
    Reads {
        began: Now,
        count: u32,
        /// When the last attempt failed.
        failed: Option<Now>,
        /// Whether a sign-in waits.
        signs_in: bool,
        /// Whether the user has signed out of another vault in the meantime.
        signed_out: bool,
    },
    Done,
}

/// A write under way.
#[derive(Debug, Clone, Copy)]
struct Write {
    /// [`Storage::changes`] when it began.
    changes: u64,
    /// Whether the database was deleted first.
    reset: bool,
}

impl Vault {
    /// Stores the session hint, the transactions and the device copy for the next worker. Not before they have
    /// been read, and not while a keeper or the device copy may restore the session.
    pub(super) fn save(&mut self, now: Now) {
        let hint = self.session_hint();
        if hint.is_some() && !self.is_decided() {
            return;
        }
        let row = row_text(hint.as_deref(), &self.transactions, self.storage.signed_out_at);
        let copy = self.session_to_remember(now).map(Session::session_hint).unwrap_or_default();
        if self.storage.save(row, copy) {
            self.write(false, now);
        }
    }

    /// Records when the user signed out of a vault origin. A page can hold a sign-in there back past the sign-out. A version that is
    /// being replaced records it too: it may write the row after the one that the user signed out of.
    pub(super) fn record_sign_out(&mut self, now: Now) {
        if self.config.is_vault_origin() {
            self.storage.signed_out_at = Some(now.wall);
        }
    }

    /// Writes what was last saved.
    fn write(&mut self, reset: bool, now: Now) {
        self.storage.begin_write(reset);
        // If storage has refused both, for example because the disk is full, it may take the row alone.
        let session = self.session_to_remember(now).filter(|_| !reset);
        let copy = session.map(|session| session.device_copy(&self.config, now));
        self.effects.push(Effect::WriteRow { text: self.storage.row.clone(), reset, copy });
    }

    /// The session of which the device is to have a copy.
    fn session_to_remember(&self, now: Now) -> Option<&Session> {
        if !cfg!(feature = "vault-origin") {
            return None;
        }
        self.session().filter(|session| session.is_remembered(&self.config, now))
    }

    pub(super) fn row_read(
        &mut self,
        row: Result<Option<String>, StorageError>,
        copy: Option<Vec<u8>>,
        now: Now,
    ) {
        let Some(row) = self.storage.row_read(row, now) else { return };
        if let Some(copy) = copy
            && cfg!(feature = "vault-origin")
        {
            self.remembered = Session::from_device_copy(&copy, &self.config, now);
            let hint = self.remembered.as_ref().map(Session::session_hint);
            self.storage.copy = hint.unwrap_or_else(|| "unusable".to_owned());
        }
        self.row_is_read(row, now);
    }

    /// Continues after the row was read.
    pub(super) fn row_is_read(&mut self, (hint, transactions, signed_out_at): Row, now: Now) {
        self.transactions = transactions;
        self.storage.signed_out_at = self.storage.signed_out_at.max(signed_out_at);
        let has_hint = hint.is_some();
        self.state = State::Starting(hint);
        if has_hint {
            self.effects.push(Effect::ListClients);
        } else {
            self.begin(Vec::new(), now);
        }
    }

    pub(super) fn row_written(&mut self, result: &Result<(), StorageError>, now: Now) {
        if let Some(reset) = self.storage.row_written(result) {
            self.write(reset, now);
        }
    }
}

impl Storage {
    pub(super) fn new(config: &Config) -> Self {
        Self { opens_copy: config.remember_for.is_some(), ..Self::default() }
    }

    /// Reads the row once a request needs it. A version that is being installed next to an active one must not
    /// read that version's session hint.
    pub(super) fn begin(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if matches!(self.reading, Reading::NotBegun) {
            self.reading =
                Reading::Reads { began: now, count: 1, failed: None, signs_in: false, signed_out: false };
            effects.push(Effect::ReadRow { opens_copy: self.opens_copy });
        }
    }

    /// A sign-in waits for storage.
    pub(super) fn sign_in_waits(&mut self) {
        if let Reading::Reads { signs_in, .. } = &mut self.reading {
            *signs_in = true;
        }
    }

    /// The user has signed out of another vault while this one reads the hint.
    pub(super) fn signed_out(&mut self) {
        if let Reading::Reads { signed_out, .. } = &mut self.reading {
            *signed_out = true;
        }
    }

    /// Whether a sign-in that started then is from before the last sign-out. A sign-out in the future says nothing: the
    /// clock was set back.
    pub(super) fn is_from_before_sign_out(&self, started: u64, now: Now) -> bool {
        self.signed_out_at.is_some_and(|at| (started..=now.wall).contains(&at))
    }

    pub(super) fn is_read(&self) -> bool {
        matches!(self.reading, Reading::Done)
    }

    pub(super) fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Whether the first `changes` changes are stored, or could not be stored. Later changes, which a page can
    /// make without end, do not matter.
    pub(super) fn is_settled(&self, changes: u64) -> bool {
        self.settled >= changes
    }

    /// Returns the row once reading has ended, even if there is none.
    fn row_read(&mut self, result: Result<Option<String>, StorageError>, now: Now) -> Option<Row> {
        let Reading::Reads { count, failed, .. } = &mut self.reading else { return None };
        let text = match result {
            Err(error) if *count < MOST_READS && is_transient(&error) => {
                *failed = Some(now);
                return None;
            }
            Err(_) | Ok(None) => row_text(None, &[], None),
            Ok(Some(text)) => text,
        };
        let row = parse(&text);
        // Overwrite an invalid row so that the next worker does not read it again.
        self.is_unsaved = row.is_none();
        self.row = text;
        Some(self.end_reading(row.unwrap_or_default()))
    }

    /// Returns an empty row if it could not be read in time.
    pub(super) fn timer_ran_out(&mut self, now: Now, effects: &mut Vec<Effect>) -> Option<Row> {
        let Reading::Reads { began, count, failed, signs_in, .. } = &mut self.reading else { return None };
        if now.awake_since(*began) >= reading_timeout(*signs_in) {
            self.row = row_text(None, &[], None);
            return Some(self.end_reading(Row::default()));
        }
        if failed.is_some_and(|failed| now.awake_since(failed) >= READING_PAUSE) {
            *failed = None;
            *count += 1;
            effects.push(Effect::ReadRow { opens_copy: self.opens_copy });
        }
        None
    }

    fn end_reading(&mut self, (hint, transactions, signed_out_at): Row) -> Row {
        let signed_out = matches!(self.reading, Reading::Reads { signed_out: true, .. });
        self.reading = Reading::Done;
        // Save it without a hint too: a row that could not be read may have one.
        self.is_unsaved |= signed_out;
        (hint.filter(|_| !signed_out), transactions, signed_out_at)
    }

    pub(super) fn deadline(&self, now: Now) -> Option<u64> {
        if self.opens_copy && self.is_unsaved {
            return Some(WRITING_PAUSE);
        }
        let Reading::Reads { began, failed, signs_in, .. } = &self.reading else { return None };
        let end = reading_timeout(*signs_in).saturating_sub(now.awake_since(*began));
        let next = failed.map(|failed| READING_PAUSE.saturating_sub(now.awake_since(failed)));
        Some(next.map_or(end, |next| next.min(end)))
    }

    /// A failed write may cost the next worker the session or a transaction; this worker's session is
    /// unaffected. The next change writes again, and a timer if there may be a device copy. Returns whether to write
    /// again now, and to a new database.
    fn row_written(&mut self, result: &Result<(), StorageError>) -> Option<bool> {
        let Write { changes, reset } = self.writing.take()?;
        // A page can leave the database in a state that refuses the row. Nothing else in it is needed, so
        // delete it and retry.
        if result.as_ref().is_err_and(|error| !reset && error != TIMEOUT) {
            return Some(true);
        }
        self.settled = changes;
        if changes < self.changes {
            return Some(false);
        }
        self.is_unsaved = result.is_err();
        None
    }

    /// Records what is to be stored. Returns whether to write it now: it has changed, and no write is under way.
    /// Changes during a write are combined into the next one.
    fn save(&mut self, row: String, copy: String) -> bool {
        if !self.is_read() || (self.row == row && self.copy == copy && !self.is_unsaved) {
            return false;
        }
        self.row = row;
        self.copy = copy;
        self.is_unsaved = false;
        self.changes += 1;
        !self.is_writing()
    }

    fn begin_write(&mut self, reset: bool) {
        self.writing = Some(Write { changes: self.changes, reset });
    }
}

const TIMEOUT: &str = "TimeoutError";

/// Whether reading again may succeed.
fn is_transient(error: &str) -> bool {
    error != "NotFoundError"
}

/// A hint that is not read yet does not mean that the user is signed out, so the limit is otherwise as long as
/// the one for keepers.
fn reading_timeout(signs_in: bool) -> u64 {
    if signs_in { READING_TIMEOUT_OF_SIGN_IN } else { KEEPER_TIMEOUT }
}

fn row_text(hint: Option<&str>, transactions: &[Transaction], signed_out_at: Option<u64>) -> String {
    let entries = transactions.iter().map(|Transaction { key, stored, .. }| {
        Value::Array(vec![
            Value::String(key.clone()),
            Value::String(stored.to_text()),
            Value::Number(decimal(stored.expires_at())),
        ])
    });
    let mut members = vec![("transactions".to_owned(), Value::Array(entries.collect()))];
    if let Some(hint) = hint {
        members.push(("hint".to_owned(), Value::String(hint.to_owned())));
    }
    if let Some(at) = signed_out_at {
        members.push(("signedOut".to_owned(), Value::Number(decimal(at))));
    }
    json::text(&Value::Object(members))
}

/// Parses a row that this module may have written.
fn parse(text: &str) -> Option<Row> {
    if text.len() > LONGEST_ROW {
        return None;
    }
    let value = json::parse(text.as_bytes())?;
    let hint = match value.get("hint") {
        None => None,
        Some(hint) => Some(hint.as_str()?.to_owned()),
    };
    let Some(Value::Array(entries)) = value.get("transactions") else { return None };
    // Longer ones than this module writes would leave no room in the row for the next sign-in.
    let entry = |entry: &Value| {
        let Value::Array(parts) = entry else { return None };
        let [key, text, _expires_at] = parts.as_slice() else { return None };
        let (key, text) = (key.as_str()?, text.as_str()?);
        let stored = StoredTransaction::parse(text)?;
        let is_ours = key.len() == KEY_LENGTH && stored.to_text() == text;
        is_ours.then(|| Transaction { key: key.to_owned(), stored, secrets: None })
    };
    let transactions = entries.iter().map(entry).collect::<Option<Vec<_>>>()?;
    let signed_out_at = value.get("signedOut").and_then(Value::as_u64);
    (transactions.len() <= MOST).then_some((hint, transactions, signed_out_at))
}
