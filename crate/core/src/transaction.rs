//! A sign-in under way: what must be remembered while the user is at the authorization server.

use crate::json;
use crate::pkce::{CodeVerifier, base64url};
use crate::return_to::ReturnTo;
use crate::secret::Secret;
use crate::time::Now;
use sha2::{Digest, Sha256};

/// How long a user may take to sign in, in milliseconds.
pub const LIFETIME: u64 = 10 * 60 * 1_000;

/// How many sign-ins may be under way at once; the oldest give way.
pub const MOST: u32 = 16;

/// The secrets of one authorization request, and where the user wants to go.
///
/// It outlives the worker, so it is the one thing that rests in storage: sealed, for one use, and for
/// [`LIFETIME`]. No token is ever in it, and without the code it opens nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    pub(crate) state: Secret,
    pub(crate) nonce: Secret,
    pub(crate) verifier: CodeVerifier,
    pub(crate) return_to: ReturnTo,
    /// Begun for this lost session, and good for nothing else.
    pub(crate) recovers: Option<String>,
    /// By the wall clock: the only one that outlives a worker.
    pub(crate) started: u64,
}

/// The name a transaction is stored under: tells nothing of the state it is made from.
#[must_use]
pub fn storage_key(state: &str) -> String {
    base64url(&Sha256::digest(state))
}

impl Transaction {
    /// The name this transaction is stored under.
    #[must_use]
    pub fn storage_key(&self) -> String {
        storage_key(self.state.expose())
    }

    /// Whether it is of a silent sign-in.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.recovers.is_some()
    }

    /// When it may be thrown away, by the wall clock.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.started.saturating_add(LIFETIME)
    }

    /// The bytes to seal.
    #[must_use]
    pub fn to_bytes(&self) -> Secret {
        Secret::new(json::object(&[
            ("state", self.state.expose().into()),
            ("nonce", self.nonce.expose().into()),
            ("verifier", self.verifier.0.expose().into()),
            ("returnTo", self.return_to.as_str().into()),
            ("recovers", self.recovers.as_deref().into()),
            ("started", self.started.into()),
        ]))
    }

    /// Whether it may still be used. A wall clock set back since it began makes it unusable: its age is unknown.
    #[must_use]
    pub fn is_fresh(&self, now: Now) -> bool {
        (self.started..self.expires_at()).contains(&now.wall)
    }

    /// The transaction in `bytes`, if it is one and belongs to `state`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], state: &str) -> Option<Self> {
        let value = json::parse(bytes)?;
        let text = |key: &str| value.get(key)?.as_str().map(|text| Secret::new(text.to_owned()));
        let transaction = Self {
            state: text("state")?,
            nonce: text("nonce")?,
            verifier: CodeVerifier(text("verifier")?),
            return_to: ReturnTo::parse(value.get("returnTo")?.as_str()?)?,
            recovers: value.get("recovers")?.as_str().map(str::to_owned),
            started: value.get("started")?.as_u64()?,
        };
        (transaction.state.expose() == state).then_some(transaction)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{LIFETIME, Transaction, storage_key};
    use crate::pkce::CodeVerifier;
    use crate::return_to::ReturnTo;
    use crate::secret::Secret;
    use crate::time::Now;

    pub(crate) fn transaction() -> Transaction {
        Transaction {
            state: Secret::new("state".into()),
            nonce: Secret::new("nonce".into()),
            verifier: CodeVerifier(Secret::new("verifier".into())),
            return_to: ReturnTo::parse("/notes").unwrap(),
            recovers: None,
            started: 1_000,
        }
    }

    fn at(wall: u64) -> Now {
        Now { monotonic: 0, wall }
    }

    #[test]
    fn survives_storage() {
        for recovers in [None, Some("session".to_owned())] {
            let transaction = Transaction { recovers, ..transaction() };
            let bytes = transaction.to_bytes();
            assert_eq!(Transaction::from_bytes(bytes.expose().as_bytes(), "state"), Some(transaction));
        }
    }

    #[test]
    fn is_refused_when_foreign_or_broken() {
        let bytes = transaction().to_bytes();
        let bytes = bytes.expose().as_bytes();
        assert!(Transaction::from_bytes(bytes, "state").is_some());
        assert_eq!(Transaction::from_bytes(bytes, "other"), None);
        assert_eq!(Transaction::from_bytes(bytes, ""), None);
        assert_eq!(Transaction::from_bytes(&bytes[1..], "state"), None);
        assert_eq!(Transaction::from_bytes(b"{}", "state"), None);
        assert_eq!(Transaction::from_bytes(b"", "state"), None);
    }

    #[test]
    fn is_good_for_ten_minutes_by_a_clock_that_goes_forward() {
        assert_eq!(transaction().expires_at(), 1_000 + LIFETIME);
        for (wall, fresh) in
            [(1_000, true), (1_000 + LIFETIME - 1, true), (1_000 + LIFETIME, false), (999, false)]
        {
            assert_eq!(transaction().is_fresh(at(wall)), fresh, "{wall}");
        }
    }

    #[test]
    fn the_storage_key_tells_nothing_of_the_state() {
        assert_eq!(transaction().storage_key(), storage_key("state"));
        assert!(!storage_key("state").contains("state"));
    }
}
