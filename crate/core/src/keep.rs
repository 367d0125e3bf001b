//! What the service worker and its keepers say to each other, and what a keeper keeps.
//!
//! A stream of frames goes from the worker to the keeper: one byte for the kind, four for the length (big-endian),
//! the payload. It begins with a greeting and goes on with the session, sealed, at once and at each change, and
//! with "forget" when there is none. The keeper's only answer is its own copy, sealed, to a worker that lost its.

use crate::secret::SessionCopy;
use crate::session::Session;
use crate::time::Now;

/// More keepers than this at once and the next is refused. One `SharedWorker` serves all tabs; where there is none,
/// each tab has its own.
pub const MOST_KEEPERS: usize = 32;

/// Whether a client of the service worker is a keeper: a worker of its own script, by the browser's word. A page, a
/// frame and a worker made from a blob are not, whatever URL they give themselves.
#[must_use]
pub fn is_keeper(client_type: &str, client_url: &str, worker_url: &str) -> bool {
    matches!(client_type, "sharedworker" | "worker") && client_url == worker_url
}

/// The media type of the stream of frames: tells a worker's answer from a host's.
pub const MEDIA_TYPE: &str = "application/vnd.strongroom.frames";

/// The length of a public key in the platform's raw format: an uncompressed point of P-256.
pub const PUBLIC_KEY_LENGTH: usize = 65;

/// Between the end of one stream and the next request, in milliseconds: time for a new version to become active.
pub const QUIET_TIME: u64 = 1_500;

/// A keeper that has heard nothing for longer than this, in milliseconds, was frozen or cut off, and may have missed a
/// sign-out.
const CONTACT_TIME: u64 = 60_000;

/// A frame larger than this is no frame of ours.
const LARGEST: usize = 256 * 1_024;

/// What the worker tells a keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The worker's public key, with which what the keeper sends is sealed, and which session the worker has lost.
    Greeting {
        /// The key, in the platform's raw format.
        public_key: Vec<u8>,
        /// The ID of the session of which the worker asks for a copy.
        wanted: Option<String>,
    },
    /// The session's copy, sealed.
    Copy(Vec<u8>),
    /// Nobody is signed in any more.
    Forget,
}

impl Frame {
    /// The frame's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, payload) = match self {
            Self::Greeting { public_key, wanted } => {
                (1, [public_key.as_slice(), wanted.as_deref().unwrap_or_default().as_bytes()].concat())
            }
            Self::Copy(sealed) => (2, sealed.clone()),
            Self::Forget => (3, Vec::new()),
        };
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        [&[kind], length.to_be_bytes().as_slice(), &payload].concat()
    }

    fn parse(kind: u8, payload: &[u8]) -> Option<Self> {
        match (kind, payload) {
            (1, payload) => {
                let (public_key, wanted) = payload.split_at_checked(PUBLIC_KEY_LENGTH)?;
                let wanted = String::from_utf8(wanted.to_vec()).ok()?;
                let wanted = Some(wanted).filter(|wanted| !wanted.is_empty());
                Some(Self::Greeting { public_key: public_key.to_vec(), wanted })
            }
            (2, sealed) => Some(Self::Copy(sealed.to_vec())),
            (3, []) => Some(Self::Forget),
            _ => None,
        }
    }
}

/// Puts frames together from the pieces in which a stream delivers them.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
}

/// The stream is not one of frames.
#[derive(Debug, PartialEq, Eq)]
pub struct NotFrames;

impl FrameReader {
    /// Takes the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next whole frame, if there is one.
    ///
    /// # Errors
    ///
    /// [`NotFrames`]: do not read on.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, NotFrames> {
        let [kind, a, b, c, d, rest @ ..] = self.buffer.as_slice() else { return Ok(None) };
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if length > LARGEST {
            return Err(NotFrames);
        }
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        let frame = Frame::parse(*kind, payload).ok_or(NotFrames)?;
        self.buffer.drain(..5 + length);
        Ok(Some(frame))
    }
}

/// The second copy of the session.
#[derive(Debug, Default)]
pub struct Keeper {
    session: Option<Session>,
    /// When it last knew what the worker has, and when it last ran.
    contact: Option<Now>,
    ran: Option<Now>,
}

impl Keeper {
    /// Nothing new has come. `connected`: the worker's stream is open. To be called more often than once in a minute: one that
    /// is called later was frozen, and has not read yet what the stream brought meanwhile.
    pub fn listen(&mut self, connected: bool, now: Now) {
        if connected && self.ran.is_none_or(|ran| now.since(ran) < CONTACT_TIME) {
            self.contact = Some(now);
        }
        self.ran = Some(now);
    }

    /// The worker greets. Says whether to give it the copy, which is that of the session it asks for, or empty: a copy of any
    /// other session is over.
    pub fn greeted(&mut self, wanted: Option<&str>) -> bool {
        if let Some(wanted) = wanted
            && self.session.as_ref().is_some_and(|session| session.id() != wanted)
        {
            self.forget();
        }
        wanted.is_some()
    }

    /// Takes what the worker has. Says whether the keeper's own copy is newer: then the worker should have that.
    pub fn keep(&mut self, copy: &[u8], now: Now) -> bool {
        let Some(session) = Session::from_copy(copy, now) else { return false };
        self.contact = Some(now);
        self.ran = Some(now);
        let newer = self.session.as_ref().is_some_and(|own| own.supersedes(&session));
        if !newer {
            self.session = Some(session);
        }
        newer
    }

    /// Wipes the copy.
    pub fn forget(&mut self) {
        self.session = None;
    }

    /// The copy to hand back; empty if there is none, so that a worker need not wait for it. One that may have missed a
    /// sign-out says so: its tokens are good for nothing but a renewal, which the authorization server refuses if the
    /// refresh token was revoked.
    #[must_use]
    pub fn offer(&self, now: Now) -> SessionCopy {
        let missed = self.contact.is_none_or(|contact| now.since(contact) >= CONTACT_TIME);
        self.session
            .as_ref()
            .map_or_else(|| SessionCopy::new(String::new()), |session| session.copy_of_keeper(now, missed))
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, FrameReader, Keeper, NotFrames, is_keeper};
    use crate::secret::SessionCopy;
    use crate::session::tests::{at, session};
    use crate::time::Now;
    use proptest::prelude::*;
    use serde_json::Value;

    fn frames() -> Vec<Frame> {
        vec![
            Frame::Greeting { public_key: vec![4; 65], wanted: Some("a.b".to_owned()) },
            Frame::Copy(vec![7; 3_000]),
            Frame::Forget,
            Frame::Greeting { public_key: vec![7; 65], wanted: None },
        ]
    }

    proptest! {
        #[test]
        fn frames_survive_any_cutting(cuts in prop::collection::vec(1_usize..900, 1..40)) {
            let bytes: Vec<u8> = frames().iter().flat_map(Frame::to_bytes).collect();
            let mut reader = FrameReader::default();
            let mut read = Vec::new();
            let mut rest = bytes.as_slice();
            for cut in cuts.into_iter().cycle() {
                let (piece, left) = rest.split_at(cut.min(rest.len()));
                reader.push(piece);
                while let Some(frame) = reader.next_frame().unwrap() {
                    read.push(frame);
                }
                rest = left;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(read, frames());
        }

        #[test]
        fn whatever_else_comes_is_refused_or_waited_for(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = FrameReader::default();
            reader.push(&bytes);
            while let Ok(Some(_)) = reader.next_frame() {}
        }
    }

    #[test]
    fn a_page_is_not_a_stream_of_frames() {
        let mut reader = FrameReader::default();
        reader.push(b"<!doctype html><title>App</title>");
        assert_eq!(reader.next_frame(), Err(NotFrames));
    }

    fn copy(id: &str, renewals: u32) -> Vec<u8> {
        session(id, renewals).copy(at(0)).expose().as_bytes().to_vec()
    }

    /// What a keeper has: which session, and how often it was renewed.
    fn offered(keeper: &Keeper) -> Option<(String, u64)> {
        let copy: Value = serde_json::from_str(keeper.offer(at(0)).expose()).ok()?;
        Some((copy["id"].as_str()?.split_once('.')?.0.to_owned(), copy["serial"].as_u64()?))
    }

    #[test]
    fn a_keeper_with_nothing_says_so_at_once() {
        let mut keeper = Keeper::default();
        assert_eq!(keeper.offer(at(0)), SessionCopy::new(String::new()));
        keeper.forget();
        assert_eq!(offered(&keeper), None);
    }

    #[test]
    fn a_keeper_takes_what_the_worker_has_unless_its_own_is_newer() {
        for (name, own, sent, own_is_newer, then) in [
            ("newer", copy("a", 1), copy("a", 2), false, ("a", 2)),
            ("the same", copy("a", 1), copy("a", 1), false, ("a", 1)),
            ("older", copy("a", 2), copy("a", 1), true, ("a", 2)),
            ("another session", copy("a", 5), copy("b", 0), false, ("b", 0)),
            ("junk", copy("a", 1), b"junk".to_vec(), false, ("a", 1)),
            ("nothing", copy("a", 1), Vec::new(), false, ("a", 1)),
        ] {
            let mut keeper = Keeper::default();
            assert!(!keeper.keep(&own, at(0)), "there was nothing before");
            assert_eq!(keeper.keep(&sent, at(0)), own_is_newer, "{name}");
            assert_eq!(offered(&keeper), Some((then.0.to_owned(), then.1)), "{name}");
        }
    }

    #[test]
    fn a_keeper_that_was_told_to_forget_has_nothing_and_can_keep_again() {
        let mut keeper = Keeper::default();
        keeper.keep(&copy("a", 5), at(0));
        keeper.forget();
        assert_eq!(offered(&keeper), None);
        assert!(!keeper.keep(&copy("a", 1), at(0)), "nothing is left that could be newer");
        assert_eq!(offered(&keeper), Some(("a".to_owned(), 1)));
    }

    fn age(keeper: &Keeper, now: Now) -> Value {
        let copy: Value = serde_json::from_str(keeper.offer(now).expose()).unwrap();
        copy["age"].clone()
    }

    #[test]
    fn what_a_keeper_offers_has_aged_with_it() {
        let mut keeper = Keeper::default();
        keeper.keep(&copy("a", 0), at(1_000));
        for tick in 1..=10 {
            keeper.listen(true, at(1_000 + tick * 15_000));
        }
        assert_eq!(age(&keeper, at(151_000)), 150_000);
    }

    /// It may have missed that the user signed out: its tokens are good for a renewal only, which the authorization server
    /// refuses then.
    #[test]
    fn a_keeper_that_was_frozen_or_cut_off_offers_no_access_token_that_can_be_used() {
        let life = 3_600_000;
        for (name, ticks, now, usable) in [
            ("just told", &[][..], 59_999, true),
            ("connected all the time", &[(true, 30_000), (true, 60_000), (true, 90_000)], 100_000, true),
            ("frozen", &[(true, 15_000)], 75_000, false),
            (
                "frozen, and the first thing it does is to listen",
                &[(true, 15_000), (true, 900_000)],
                900_001,
                false,
            ),
            ("thawed for a while", &[(true, 15_000), (true, 900_000), (true, 915_000)], 915_001, true),
            (
                "cut off",
                &[(true, 15_000), (false, 30_000), (false, 45_000), (false, 60_000), (false, 75_000)],
                75_000,
                false,
            ),
            ("cut off for a moment", &[(true, 15_000), (false, 30_000)], 40_000, true),
            ("the machine slept", &[(true, 15_000), (true, 3_000_000)], 3_000_000, false),
        ] {
            let mut keeper = Keeper::default();
            keeper.keep(&copy("a", 0), at(0));
            for (connected, ms) in ticks {
                keeper.listen(*connected, at(*ms));
            }
            assert_eq!(age(&keeper, at(now)), if usable { now } else { life }, "{name}");
        }
    }

    #[test]
    fn a_keeper_that_is_asked_for_another_session_forgets_before_it_gives_anything() {
        let own = session("a", 0);
        for (name, wanted, gives, has) in [
            ("its own", Some(own.id()), true, true),
            ("another one", Some("b.b"), true, false),
            ("none", None, false, true),
        ] {
            let mut keeper = Keeper::default();
            keeper.keep(&copy("a", 0), at(0));
            assert_eq!(keeper.greeted(wanted), gives, "{name}");
            assert_eq!(offered(&keeper).is_some(), has, "{name}");
        }
    }

    #[test]
    fn nothing_prints_what_a_keeper_has() {
        let mut keeper = Keeper::default();
        keeper.keep(&copy("a", 0), at(0));
        let printed = format!("{keeper:?}");
        assert!(!printed.contains("access.token") && !printed.contains("refresh-1"), "{printed}");
    }

    #[test]
    fn only_a_worker_of_the_vaults_own_script_is_a_keeper() {
        let script = "https://app.example.com/vault-worker.js";
        for (client_type, url, admitted) in [
            ("sharedworker", script, true),
            ("worker", script, true),
            ("window", script, false),
            ("all", script, false),
            ("", script, false),
            ("sharedworker", "https://app.example.com/vault-worker.js?", false),
            ("sharedworker", "https://app.example.com/vault-worker.js#", false),
            ("sharedworker", "https://app.example.com/other-worker.js", false),
            ("worker", "blob:https://app.example.com/0f8e3a52", false),
            ("worker", "", false),
        ] {
            assert_eq!(is_keeper(client_type, url, script), admitted, "{client_type} {url}");
        }
    }

    #[test]
    fn a_frame_larger_than_any_session_is_refused_before_it_is_read() {
        let mut reader = FrameReader::default();
        reader.push(&[2, 0xFF, 0xFF, 0xFF, 0xFF]);
        assert_eq!(reader.next_frame(), Err(NotFrames));
    }
}
