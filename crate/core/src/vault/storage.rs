//! What outlives a worker: the session hint and the stored transactions. Not secret.
//!
//! Script in a page can write to this storage, delete it and block it. So the worker reads it once, when it
//! first needs it, and accepts a single row of limited length. After that, the copy in memory counts, and
//! each change overwrites the whole row. Sign-in never waits for a write.

use super::{Effect, StorageError};
use crate::json::{self, Value};
use crate::session_manager::KEEPER_TIMEOUT;
use crate::time::Now;
use crate::transaction::StoredTransaction;

/// Longest accepted row, in bytes: more than twice the size of the largest valid row.
pub const LONGEST_ROW: usize = 131_072;

/// How many stored transactions are kept: as many as sign-ins may be under way. Over the limit, the oldest is
/// dropped.
const MOST_TRANSACTIONS: usize = 16;

/// Length of a stored transaction's key: a SHA-256 hash in base64url.
const KEY_LENGTH: usize = 43;

/// Number of attempts to read. A read may fail temporarily, for example after sleep.
const MOST_READS: u32 = 3;
const READING_PAUSE: u64 = 250;

/// Time limit for all attempts to read, in milliseconds. A page can block reads with an open transaction. A hint that is not
/// read yet does not mean that the user is signed out, so the limit is as long as the one for keepers.
const READING_TIMEOUT: u64 = KEEPER_TIMEOUT;

/// The same while a sign-in waits. It needs no session, and a page must not delay it.
const READING_TIMEOUT_OF_SIGN_IN: u64 = 1_000;

#[derive(Debug, Default)]
pub(super) struct Storage {
    row: Row,
    reading: Reading,
    writing: Writing,
    /// How many times the row has changed.
    changes: u64,
    /// How many of these changes a write has stored, or failed to store.
    settled: u64,
    /// Whether the row in memory differs from the stored one.
    is_unsaved: bool,
}

#[derive(Debug, Default)]
struct Row {
    hint: Option<String>,
    transactions: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    key: String,
    transaction: String,
    /// By the wall clock.
    expires_at: u64,
}

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

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Writing {
    #[default]
    Idle,
    Writes {
        /// [`Storage::changes`] when the write began.
        changes: u64,
        /// Whether the database was deleted first.
        reset: bool,
    },
}

impl Storage {
    /// Reads the row once a request needs it. A version that is being installed next to an active one must not
    /// read that version's session hint.
    pub(super) fn begin(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if matches!(self.reading, Reading::NotBegun) {
            self.reading =
                Reading::Reads { began: now, count: 1, failed: None, signs_in: false, signed_out: false };
            effects.push(Effect::ReadRow);
        }
    }

    /// A sign-in waits for storage.
    pub(super) fn sign_in_waits(&mut self) {
        if let Reading::Reads { signs_in, .. } = &mut self.reading {
            *signs_in = true;
        }
    }

    /// The user has signed out of another vault, before this one began the session of the hint.
    pub(super) fn signed_out(&mut self) {
        match &mut self.reading {
            Reading::NotBegun => {}
            Reading::Reads { signed_out, .. } => *signed_out = true,
            Reading::Done => self.drop_hint(),
        }
    }

    /// Without a hint too: a row that could not be read may have one.
    fn drop_hint(&mut self) {
        self.row.hint = None;
        self.is_unsaved = true;
    }

    pub(super) fn hint(&self) -> Option<&str> {
        self.row.hint.as_deref()
    }

    pub(super) fn is_read(&self) -> bool {
        matches!(self.reading, Reading::Done)
    }

    pub(super) fn is_writing(&self) -> bool {
        self.writing != Writing::Idle
    }

    /// Deletes the hint. Pass the result to [`is_settled`](Self::is_settled).
    pub(super) fn delete_hint(&mut self, effects: &mut Vec<Effect>) -> u64 {
        self.drop_hint();
        self.set_hint(None, effects);
        self.changes
    }

    /// Whether the first `changes` changes are stored, or could not be stored. Later changes, which a page can make without
    /// end, do not matter.
    pub(super) fn is_settled(&self, changes: u64) -> bool {
        self.settled >= changes
    }

    /// Returns whether reading has ended.
    pub(super) fn row_read(
        &mut self,
        result: Result<Option<String>, StorageError>,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Reading::Reads { count, failed, signed_out, .. } = &mut self.reading else { return false };
        let signed_out = *signed_out;
        match result {
            Err(error) if *count < MOST_READS && is_transient(&error) => {
                *failed = Some(now);
                return false;
            }
            Err(_) | Ok(None) => {}
            Ok(Some(text)) => match Row::parse(&text) {
                Some(row) => self.row = row,
                // Overwrite the invalid row so that the next worker does not read it again.
                None => self.save(effects),
            },
        }
        if signed_out {
            self.drop_hint();
        }
        self.reading = Reading::Done;
        true
    }

    /// Returns whether reading has ended.
    pub(super) fn timer_ran_out(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let Reading::Reads { began, count, failed, signs_in, signed_out } = &mut self.reading else {
            return false;
        };
        if now.awake_since(*began) >= reading_timeout(*signs_in) {
            if *signed_out {
                self.drop_hint();
            }
            self.reading = Reading::Done;
            return true;
        }
        if failed.is_some_and(|failed| now.awake_since(failed) >= READING_PAUSE) {
            *failed = None;
            *count += 1;
            effects.push(Effect::ReadRow);
        }
        false
    }

    pub(super) fn deadline(&self, now: Now) -> Option<u64> {
        let Reading::Reads { began, failed, signs_in, .. } = &self.reading else { return None };
        let end = reading_timeout(*signs_in).saturating_sub(now.awake_since(*began));
        let next = failed.map(|failed| READING_PAUSE.saturating_sub(now.awake_since(failed)));
        Some(next.map_or(end, |next| next.min(end)))
    }

    /// Stores `transaction` until it is taken or, if space is needed, until `expires_at`.
    pub(super) fn put(
        &mut self,
        key: String,
        transaction: String,
        expires_at: u64,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let transactions = &mut self.row.transactions;
        transactions.retain(|entry| entry.key != key && entry.expires_at > now.wall);
        if transactions.len() >= MOST_TRANSACTIONS {
            transactions.remove(0);
        }
        transactions.push(Entry { key, transaction, expires_at });
        self.save(effects);
    }

    /// Removes and returns the stored transaction `key`.
    pub(super) fn take(&mut self, key: &str, effects: &mut Vec<Effect>) -> Option<String> {
        let index = self.row.transactions.iter().position(|entry| entry.key == key)?;
        let entry = self.row.transactions.remove(index);
        self.save(effects);
        Some(entry.transaction)
    }

    /// Stores the session hint for the next worker, but not before the row has been read.
    pub(super) fn set_hint(&mut self, hint: Option<String>, effects: &mut Vec<Effect>) {
        if self.is_read() && (self.row.hint != hint || self.is_unsaved) {
            self.row.hint = hint;
            self.save(effects);
        }
    }

    /// A failed write may cost the next worker the hint or a transaction; this worker's session is
    /// unaffected. The next change writes again.
    pub(super) fn row_written(&mut self, result: &Result<(), StorageError>, effects: &mut Vec<Effect>) {
        let Writing::Writes { changes, reset } = self.writing else { return };
        self.writing = Writing::Idle;
        // A page can leave the database in a state that refuses the row. Nothing else in it is needed, so
        // delete it and retry.
        if result.as_ref().is_err_and(|error| !reset && error != TIMEOUT) {
            return self.write(true, effects);
        }
        self.settled = changes;
        if changes < self.changes {
            self.write(false, effects);
        } else {
            self.is_unsaved = result.is_err();
        }
    }

    /// Writes the row. Changes during a write are combined into the next one.
    fn save(&mut self, effects: &mut Vec<Effect>) {
        self.is_unsaved = false;
        self.changes += 1;
        if !self.is_writing() {
            self.write(false, effects);
        }
    }

    fn write(&mut self, reset: bool, effects: &mut Vec<Effect>) {
        self.writing = Writing::Writes { changes: self.changes, reset };
        effects.push(Effect::WriteRow { text: self.row.to_text(), reset });
    }
}

const TIMEOUT: &str = "TimeoutError";

/// Whether reading again may succeed.
fn is_transient(error: &str) -> bool {
    error != "NotFoundError"
}

fn reading_timeout(signs_in: bool) -> u64 {
    if signs_in { READING_TIMEOUT_OF_SIGN_IN } else { READING_TIMEOUT }
}

impl Row {
    fn to_text(&self) -> String {
        let entries = self.transactions.iter().map(|entry| {
            Value::Array(vec![
                Value::String(entry.key.clone()),
                Value::String(entry.transaction.clone()),
                Value::Number(crate::decimal::decimal(entry.expires_at)),
            ])
        });
        let mut members = vec![("transactions".to_owned(), Value::Array(entries.collect()))];
        if let Some(hint) = &self.hint {
            members.push(("hint".to_owned(), Value::String(hint.clone())));
        }
        json::text(&Value::Object(members))
    }

    /// Parses a row that this module may have written.
    fn parse(text: &str) -> Option<Self> {
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
            let [key, transaction, expires_at] = parts.as_slice() else { return None };
            let (key, transaction) = (key.as_str()?, transaction.as_str()?);
            let stored = StoredTransaction::parse(transaction)?;
            let is_ours = key.len() == KEY_LENGTH && stored.to_text() == transaction;
            let expires_at = expires_at.as_u64()?;
            is_ours.then(|| Entry { key: key.to_owned(), transaction: transaction.to_owned(), expires_at })
        };
        let transactions = entries.iter().map(entry).collect::<Option<Vec<_>>>()?;
        (transactions.len() <= MOST_TRANSACTIONS).then_some(Self { hint, transactions })
    }
}
