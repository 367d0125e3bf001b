//! A sign-in under way: what is remembered while the user is at the authorization server.

use crate::decimal::decimal;
use crate::digest::sha256_base64url;
use crate::pkce::CodeVerifier;
use crate::return_to::ReturnTo;
use crate::secret::{Nonce, State};
use crate::time::Now;

/// How long a user may take to sign in, in milliseconds.
pub const LIFETIME: u64 = 10 * 60 * 1_000;

/// How many sign-ins may be under way at once; the oldest give way.
pub(crate) const MOST: usize = 16;

/// The secrets of one authorization request, and where the user wants to go. It never leaves the worker's memory.
#[derive(Debug, PartialEq, Eq)]
pub struct Transaction {
    pub(crate) state: State,
    pub(crate) nonce: Nonce,
    pub(crate) verifier: CodeVerifier,
    /// Begun for this lost session, and good for nothing else.
    pub(crate) recovers: Option<String>,
    pub(crate) begun: Now,
    pub(crate) stored: StoredTransaction,
}

impl Transaction {
    /// The key of its stored transaction, and the first part of the ID of the session that it leads to.
    pub(crate) fn storage_key(&self) -> String {
        storage_key(&self.state)
    }
}

/// What a sign-in leaves in storage, without any secret: a worker that has lost the transaction knows by it that a
/// response answers a sign-in of this browser, and begins that one again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTransaction {
    pub(crate) return_to: ReturnTo,
    pub(crate) kind: Kind,
    /// By the wall clock: the only one that outlives a worker.
    pub(crate) started: u64,
}

/// Whose sign-in it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    /// The user's, in the place of one whose secrets were lost. That happens once.
    Again,
    /// The page client's, for a session that was lost.
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

/// The key of a stored transaction. It reveals nothing about the state it is made from.
#[must_use]
pub fn storage_key(state: &State) -> String {
    sha256_base64url(state.expose())
}

impl StoredTransaction {
    /// Whether it is of a silent sign-in.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.kind == Kind::Silent
    }

    /// When it may be thrown away, by the wall clock.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.started.saturating_add(LIFETIME)
    }

    /// Whether the sign-in may still end. A wall clock set back since it began makes it unusable: its age is unknown.
    #[must_use]
    pub fn is_fresh(&self, now: Now) -> bool {
        (self.started..self.expires_at()).contains(&now.wall)
    }

    /// What to store.
    #[must_use]
    pub fn to_text(&self) -> String {
        [self.kind.name(), " ", &decimal(self.started), " ", self.return_to.as_str()].concat()
    }

    /// The stored in `text`, if it is one. Script of the page can write there, so nothing secret follows from it.
    #[must_use]
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
    fn survives_storage() {
        for kind in [Kind::User, Kind::Again, Kind::Silent] {
            let stored = StoredTransaction { kind, ..stored() };
            assert_eq!(StoredTransaction::parse(&stored.to_text()), Some(stored));
        }
    }

    #[test]
    fn is_refused_when_broken() {
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
    fn is_good_for_ten_minutes_by_a_clock_that_goes_forward() {
        assert_eq!(stored().expires_at(), 1_000 + LIFETIME);
        for (wall, fresh) in
            [(1_000, true), (1_000 + LIFETIME - 1, true), (1_000 + LIFETIME, false), (999, false)]
        {
            assert_eq!(stored().is_fresh(Now { monotonic: 0, wall }), fresh, "{wall}");
        }
    }

    #[test]
    fn the_storage_key_tells_nothing_of_the_state() {
        assert!(!storage_key(&State::new("state".to_owned())).contains("state"));
    }
}
