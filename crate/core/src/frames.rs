//! The protocol between the service worker and its keepers, and the copy that a keeper holds.
//!
//! The worker sends a stream of frames: one byte for the kind, four for the length (big-endian), then the
//! payload. The first frame is a greeting. The sealed copy follows at once and after each change, or "forget"
//! when the user is signed out. A keeper sends only its own copy, sealed, to a worker that has lost the
//! session.

use crate::config::TokenKind;
use crate::renewal::Urgency;
use crate::secret::{Authorization, SessionCopy};
use crate::session::Session;
use crate::time::Now;

/// Maximum number of keepers at a time. One `SharedWorker` serves all tabs; in browsers without it, each tab
/// has its own keeper.
pub const MOST_KEEPERS: usize = 32;

/// Whether a client of the service worker is a keeper: the browser reports it as a worker that runs the
/// vault's own script. Pages, frames and workers from a blob never match, whatever URL they give themselves.
pub fn is_keeper(client_type: &str, client_url: &str, worker_url: &str) -> bool {
    matches!(client_type, "sharedworker" | "worker") && client_url == worker_url
}

/// The media type of the stream of frames. Distinguishes the worker's response from the host's.
pub const MEDIA_TYPE: &str = "application/vnd.strongroom.frames";

/// Length of a public key in the platform's raw format: an uncompressed P-256 point.
pub const PUBLIC_KEY_LENGTH: usize = 65;

/// Pause between the end of a stream and the next request, in milliseconds, in which a new version can become
/// active.
pub const QUIET_TIME: u64 = 1_500;

/// After this long without contact, in milliseconds, a keeper may have missed a sign-out: it was frozen or
/// disconnected.
const CONTACT_TIME: u64 = 60_000;

/// Largest accepted frame, in bytes.
const LARGEST: usize = 256 * 1_024;

/// A message from the worker to a keeper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// The worker's public key and the session it has lost, if any. The keeper seals its copy with this key.
    Greeting {
        /// The key, in the platform's raw format.
        public_key: Vec<u8>,
        /// The ID of the lost session, which asks the keeper for its copy.
        wanted: Option<String>,
    },
    /// The sealed copy.
    Copy(Vec<u8>),
    /// Drop the copy: the user is signed out, another session follows, or the session is being recovered.
    Forget,
}

impl Frame {
    /// Serializes the frame.
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

/// Reassembles frames from the pieces of a stream.
#[derive(Debug, Default)]
pub struct FrameReader {
    buffer: Vec<u8>,
}

/// The bytes are not a stream of frames.
#[derive(Debug, PartialEq, Eq)]
pub struct NotFrames;

impl FrameReader {
    /// Appends the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The next complete frame, if there is one.
    ///
    /// # Errors
    ///
    /// [`NotFrames`]: stop reading.
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

/// The copy of the session that a keeper holds.
#[derive(Debug, Default)]
pub struct KeptCopy {
    session: Option<Session>,
    /// When it was last known to be current, and when it last ran.
    contact: Option<Now>,
    ran: Option<Now>,
}

impl KeptCopy {
    /// Records that nothing new has arrived. `connected`: the worker's stream is open. Call more often than
    /// once a minute. A keeper that calls it later was frozen, and has not yet read what the stream delivered
    /// in the meantime.
    pub fn listen(&mut self, connected: bool, now: Now) {
        if connected && self.ran.is_none_or(|ran| now.since(ran) < CONTACT_TIME) {
            self.contact = Some(now);
        }
        self.ran = Some(now);
    }

    /// Processes a greeting. Returns whether the worker asks for the copy; a keeper without one offers an empty one.
    /// Drops a copy of any other session, since that session has ended.
    pub fn greeted(&mut self, wanted: Option<&str>) -> bool {
        if let Some(wanted) = wanted
            && self.session.as_ref().is_some_and(|session| session.id() != wanted)
        {
            self.forget();
        }
        wanted.is_some()
    }

    /// Takes the worker's copy. Returns whether the keeper's own is newer and should be sent to the worker; `None` if
    /// the bytes are no copy, or one of another version.
    pub fn keep(&mut self, copy: &[u8], now: Now) -> Option<bool> {
        let session = Session::from_copy(copy, now)?;
        self.contact = Some(now);
        self.ran = Some(now);
        let newer = self.session.as_ref().is_some_and(|own| own.supersedes(&session));
        if !newer {
            self.session = Some(session);
        }
        Some(newer)
    }

    /// Wipes the copy.
    pub fn forget(&mut self) {
        self.session = None;
    }

    /// The copy to send; empty if there is none, so that the worker does not wait for it. If this keeper may
    /// have missed a sign-out, the copy marks its tokens as expired: they can only be renewed, and the
    /// authorization server refuses that if the refresh token was revoked.
    pub fn offer(&self, now: Now) -> SessionCopy {
        let missed = self.may_have_missed(now);
        self.session
            .as_ref()
            .map_or_else(|| SessionCopy::new(String::new()), |session| session.copy_of_keeper(now, missed))
    }

    /// The session's ID, and the `Authorization` header for an API that takes `token`, if no renewal is due and this
    /// keeper cannot have missed a sign-out.
    pub(crate) fn authorization(&self, token: TokenKind, now: Now) -> Option<(&str, &Authorization)> {
        let session = self.session.as_ref().filter(|_| !self.may_have_missed(now))?;
        let is_usable = session.urgency(now) == Urgency::None;
        let header = session.authorization(token);
        Some((session.id(), header)).filter(|_| is_usable && !header.expose().is_empty())
    }

    /// The session's ID; empty without a copy.
    pub(crate) fn session(&self) -> &str {
        self.session.as_ref().map_or("", Session::id)
    }

    /// Whether the session may have ended without this keeper's knowledge.
    fn may_have_missed(&self, now: Now) -> bool {
        self.contact.is_none_or(|contact| now.since(contact) >= CONTACT_TIME)
    }
}

#[cfg(test)]
mod tests {
    use super::{Frame, FrameReader, KeptCopy, NotFrames, is_keeper};
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
        fn frames_are_reassembled_however_the_stream_is_cut(cuts in prop::collection::vec(1_usize..900, 1..40)) {
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
        fn arbitrary_bytes_never_panic_the_frame_reader(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut reader = FrameReader::default();
            reader.push(&bytes);
            while let Ok(Some(_)) = reader.next_frame() {}
        }
    }

    #[test]
    fn an_html_page_is_refused_as_a_stream_of_frames() {
        let mut reader = FrameReader::default();
        reader.push(b"<!doctype html><title>App</title>");
        assert_eq!(reader.next_frame(), Err(NotFrames));
    }

    fn copy(id: &str, renewals: u32) -> Vec<u8> {
        session(id, renewals).copy(at(0)).expose().as_bytes().to_vec()
    }

    /// The session ID and the number of renewals of the copy.
    fn offered(keeper: &KeptCopy) -> Option<(String, u64)> {
        let copy: Value = serde_json::from_str(keeper.offer(at(0)).expose()).ok()?;
        Some((copy["id"].as_str()?.split_once('.')?.0.to_owned(), copy["serial"].as_u64()?))
    }

    #[test]
    fn a_keeper_without_a_copy_sends_an_empty_one() {
        let mut keeper = KeptCopy::default();
        assert_eq!(keeper.offer(at(0)), SessionCopy::new(String::new()));
        keeper.forget();
        assert_eq!(offered(&keeper), None);
    }

    #[test]
    fn a_keeper_takes_the_workers_copy_unless_its_own_is_newer() {
        for (name, own, sent, own_is_newer, then) in [
            ("newer", copy("a", 1), copy("a", 2), Some(false), ("a", 2)),
            ("the same", copy("a", 1), copy("a", 1), Some(false), ("a", 1)),
            ("older", copy("a", 2), copy("a", 1), Some(true), ("a", 2)),
            ("another session", copy("a", 5), copy("b", 0), Some(false), ("b", 0)),
            ("junk", copy("a", 1), b"junk".to_vec(), None, ("a", 1)),
            ("nothing", copy("a", 1), Vec::new(), None, ("a", 1)),
        ] {
            let mut keeper = KeptCopy::default();
            assert_eq!(keeper.keep(&own, at(0)), Some(false), "there was nothing before");
            assert_eq!(keeper.keep(&sent, at(0)), own_is_newer, "{name}");
            assert_eq!(offered(&keeper), Some((then.0.to_owned(), then.1)), "{name}");
        }
    }

    #[test]
    fn after_forget_a_keeper_has_no_copy_and_can_take_a_new_one() {
        let mut keeper = KeptCopy::default();
        keeper.keep(&copy("a", 5), at(0));
        keeper.forget();
        assert_eq!(offered(&keeper), None);
        assert_eq!(keeper.keep(&copy("a", 1), at(0)), Some(false), "nothing is left that could be newer");
        assert_eq!(offered(&keeper), Some(("a".to_owned(), 1)));
    }

    fn age(keeper: &KeptCopy, now: Now) -> Value {
        let copy: Value = serde_json::from_str(keeper.offer(now).expose()).unwrap();
        copy["age"].clone()
    }

    #[test]
    fn the_age_of_a_copy_includes_its_time_in_the_keeper() {
        let mut keeper = KeptCopy::default();
        keeper.keep(&copy("a", 0), at(1_000));
        for tick in 1..=10 {
            keeper.listen(true, at(1_000 + tick * 15_000));
        }
        assert_eq!(age(&keeper, at(151_000)), 150_000);
    }

    /// The user may have signed out in the meantime. The tokens can only be renewed, which the authorization
    /// server then refuses.
    #[test]
    fn a_keeper_that_was_frozen_or_disconnected_offers_only_expired_tokens() {
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
            let mut keeper = KeptCopy::default();
            keeper.keep(&copy("a", 0), at(0));
            for (connected, ms) in ticks {
                keeper.listen(*connected, at(*ms));
            }
            assert_eq!(age(&keeper, at(now)), if usable { now } else { life }, "{name}");
        }
    }

    #[test]
    fn a_keeper_asked_for_another_session_drops_its_copy_first() {
        let own = session("a", 0);
        for (name, wanted, gives, has) in [
            ("its own", Some(own.id()), true, true),
            ("another one", Some("b.b"), true, false),
            ("none", None, false, true),
        ] {
            let mut keeper = KeptCopy::default();
            keeper.keep(&copy("a", 0), at(0));
            assert_eq!(keeper.greeted(wanted), gives, "{name}");
            assert_eq!(offered(&keeper).is_some(), has, "{name}");
        }
    }

    #[test]
    fn debug_output_of_a_keeper_holds_no_token() {
        let mut keeper = KeptCopy::default();
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
