//! The transaction of a sign-in: what the vault remembers while the user is at the authorization server.

use crate::decimal::decimal;
use crate::digest::sha256_base64url;
use crate::pkce::CodeVerifier;
use crate::return_to::ReturnTo;
use crate::secret::{Nonce, State};
use crate::time::Now;

/// How long a user may take to sign in, in milliseconds.
pub(crate) const LIFETIME: u64 = 10 * 60 * 1_000;

/// How many transactions are kept, here and in storage. Over the limit, the oldest is dropped.
pub(crate) const MOST: usize = 16;

/// One sign-in.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// The key of its stored transaction, and the first part of the session ID.
    pub(crate) key: String,
    pub(crate) stored: StoredTransaction,
    /// `None` if an earlier worker began it.
    pub(crate) secrets: Option<Secrets>,
}

/// The secrets of one authorization request. Kept only in the worker's memory.
#[derive(Debug)]
pub(crate) struct Secrets {
    pub(crate) nonce: Nonce,
    pub(crate) verifier: CodeVerifier,
    /// The ID of the lost session that this sign-in recovers. It may sign in no other.
    pub(crate) recovers: Option<String>,
    pub(crate) begun: Now,
}

/// What a sign-in leaves in storage; not secret. A worker that has lost the transaction uses it to recognize
/// a response to a sign-in of this browser, and begins that sign-in again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTransaction {
    pub(crate) return_to: ReturnTo,
    pub(crate) kind: Kind,
    /// By the wall clock, the only clock that continues across workers.
    pub(crate) started: u64,
}

/// Who began the sign-in, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    /// The user's, repeated once because the worker lost the first transaction.
    Again,
    /// The page client's, for a lost session.
    Silent,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Again => "again",
            Self::Silent => "silent",
        }
    }
}

/// The key of a stored transaction: a hash, so that storage does not reveal `state`.
pub fn storage_key(state: &State) -> String {
    sha256_base64url(state.expose())
}

impl StoredTransaction {
    /// Whether it belongs to a silent sign-in.
    pub(crate) fn is_silent(&self) -> bool {
        self.kind == Kind::Silent
    }

    /// When it may be deleted, by the wall clock.
    pub(crate) fn expires_at(&self) -> u64 {
        self.started.saturating_add(LIFETIME)
    }

    /// Whether the sign-in may still complete. If the wall clock was set back since it began, its age is
    /// unknown and it may not.
    pub(crate) fn is_fresh(&self, now: Now) -> bool {
        (self.started..self.expires_at()).contains(&now.wall)
    }

    /// The text to store.
    pub fn to_text(&self) -> String {
        [self.kind.name(), " ", &decimal(self.started), " ", self.return_to.as_str()].concat()
    }

    /// Parses a stored transaction. Script in a page can write to storage, so it must not carry secrets or be
    /// trusted.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ')?;
        let (started, return_to) = rest.split_once(' ')?;
        Some(Self {
            return_to: ReturnTo::parse(return_to)?,
            kind: match kind {
                "user" => Kind::User,
                "again" => Kind::Again,
                "silent" => Kind::Silent,
                _ => return None,
            },
            started: started.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, LIFETIME, StoredTransaction, storage_key};
    use crate::return_to::ReturnTo;
    use crate::secret::State;
    use crate::time::Now;

    fn stored() -> StoredTransaction {
        let return_to = ReturnTo::parse("/notes").unwrap();
        StoredTransaction { return_to, kind: Kind::User, started: 1_000 }
    }

    #[test]
    fn a_stored_transaction_round_trips() {
        for kind in [Kind::User, Kind::Again, Kind::Silent] {
            let stored = StoredTransaction { kind, ..stored() };
            assert_eq!(StoredTransaction::parse(&stored.to_text()), Some(stored));
        }
    }

    #[test]
    fn a_malformed_stored_transaction_is_refused() {
        let text = stored().to_text();
        assert!(StoredTransaction::parse(&text).is_some());
        assert_eq!(text, "user 1000 /notes");
        for broken in [
            &text[1..],
            "{}",
            "",
            "user 1000",
            &text.replace("/notes", "//evil.example"),
            &text.replace("user", "admin"),
            &text.replace("1000", "-1"),
        ] {
            assert_eq!(StoredTransaction::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_stored_transaction_is_valid_for_ten_minutes_and_not_before_it_began() {
        assert_eq!(stored().expires_at(), 1_000 + LIFETIME);
        for (wall, fresh) in
            [(1_000, true), (1_000 + LIFETIME - 1, true), (1_000 + LIFETIME, false), (999, false)]
        {
            assert_eq!(stored().is_fresh(Now { monotonic: 0, wall }), fresh, "{wall}");
        }
    }

    #[test]
    fn the_storage_key_does_not_contain_the_state() {
        assert!(!storage_key(&State::new("state".to_owned())).contains("state"));
    }
}
