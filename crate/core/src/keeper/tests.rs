//! A keeper connected to a service worker, in simulated time.

use super::{Effect, Event, Keeper};
use crate::frames::{Frame, MEDIA_TYPE, PUBLIC_KEY_LENGTH, QUIET_TIME};
use crate::pkce::base64url;
use crate::session::tests::session;
use crate::time::Now;
use serde_json::Value;

const OWN_KEY: [u8; PUBLIC_KEY_LENGTH] = [7; PUBLIC_KEY_LENGTH];
const WORKER_KEY: [u8; PUBLIC_KEY_LENGTH] = [4; PUBLIC_KEY_LENGTH];

/// A keeper and its service worker, which the test plays.
pub(crate) struct Stage {
    pub(crate) keeper: Keeper,
    pub(crate) now: Now,
    timer: u64,
    effects: Vec<Effect>,
}

impl Stage {
    /// A keeper that has requested its first stream.
    fn new() -> Self {
        let now = Now { monotonic: 0, wall: 1_700_000_000_000 };
        let mut stage = Self { keeper: Keeper::new("/auth", now), now, timer: 0, effects: Vec::new() };
        stage.happens(Event::Started);
        assert_eq!(stage.take(), [Effect::MakeKey]);
        stage.happens(Event::PublicKey(Some(OWN_KEY.to_vec())));
        stage
    }

    /// A keeper that has received the greeting of a worker.
    pub(crate) fn connected(wanted: Option<&str>) -> Self {
        let mut stage = Self::new();
        stage.connects();
        stage.greets(wanted);
        stage
    }

    /// A keeper with a copy of the session `a`, renewed this often.
    pub(crate) fn keeping(renewals: u32) -> Self {
        let mut stage = Self::connected(None);
        stage.is_given(renewals);
        stage
    }

    pub(crate) fn happens(&mut self, event: Event<'_>) {
        for effect in self.keeper.handle(event, self.now) {
            match effect {
                Effect::SetTimer(ms) => self.timer = self.now.monotonic + ms,
                other => self.effects.push(other),
            }
        }
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now.monotonic + ms;
        while self.timer <= end {
            self.advance(self.timer - self.now.monotonic);
            self.happens(Event::Timer);
        }
        self.advance(end - self.now.monotonic);
    }

    pub(crate) fn advance(&mut self, ms: u64) {
        self.now.monotonic += ms;
        self.now.wall += ms;
    }

    /// The effects since the last call.
    pub(crate) fn take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// The effects since the last call, without keep-alive and timer.
    fn take_others(&mut self) -> Vec<Effect> {
        self.take().into_iter().filter(|effect| !matches!(effect, Effect::KeepAlive(_))).collect()
    }

    pub(crate) fn connects(&mut self) {
        assert_eq!(self.take_others(), [asks_for_stream()]);
        self.happens(Event::Response(Some(MEDIA_TYPE)));
    }

    /// The same, if it has closed the stream before.
    pub(crate) fn reconnects(&mut self) {
        assert_eq!(self.take_others(), [Effect::Close, asks_for_stream()]);
        self.happens(Event::Response(Some(MEDIA_TYPE)));
        self.greets(None);
    }

    pub(crate) fn forgets(&mut self) {
        self.says(&Frame::Forget);
    }

    fn says(&mut self, frame: &Frame) {
        self.happens(Event::Chunk(&frame.to_bytes()));
    }

    pub(crate) fn greets(&mut self, wanted: Option<&str>) {
        self.says(&Frame::Greeting { public_key: WORKER_KEY.to_vec(), wanted: wanted.map(str::to_owned) });
    }

    /// The worker sends a copy of the session, renewed this often.
    pub(crate) fn is_sent(&mut self, renewals: u32) {
        let sealed = copy(renewals);
        self.says(&Frame::Copy(sealed.clone()));
        assert_eq!(self.take(), [Effect::Open { peer: WORKER_KEY.to_vec(), sealed }]);
    }

    /// The same, and the platform opens it.
    pub(crate) fn is_given(&mut self, renewals: u32) {
        self.is_sent(renewals);
        self.happens(Event::Opened(Some(copy(renewals))));
    }

    /// The copy that the keeper sends to the worker.
    pub(crate) fn offered(&mut self) -> String {
        let effects = self.take_others();
        let [Effect::Seal { peer, copy }] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(peer, &WORKER_KEY);
        let copy = copy.expose().to_owned();
        self.happens(Event::Sealed(Some(copy.clone().into_bytes())));
        let body = [&OWN_KEY, copy.as_bytes()].concat();
        assert_eq!(self.take(), [Effect::Post("/auth/keep".to_owned(), body)]);
        self.happens(Event::Posted);
        copy
    }

    /// The copy that the keeper sends to the next worker, after the current one has died.
    fn offered_to_next_worker(&mut self) -> String {
        self.happens(Event::Broken);
        self.connects();
        self.greets(Some(session("a", 0).id()));
        self.offered()
    }
}

fn asks_for_stream() -> Effect {
    Effect::OpenStream(format!("/auth/keep?key={}", base64url(&OWN_KEY)))
}

fn copy(renewals: u32) -> Vec<u8> {
    session("a", renewals).copy(Now { monotonic: 0, wall: 1_700_000_000_000 }).expose().as_bytes().to_vec()
}

fn serial(copy: &str) -> Value {
    serde_json::from_str::<Value>(copy).unwrap()["serial"].clone()
}

#[test]
fn a_keeper_requests_a_stream_with_its_own_key() {
    assert_eq!(Stage::new().take(), [asks_for_stream()]);
}

#[test]
fn a_keeper_sends_nothing_to_a_host() {
    for media_type in [
        None,
        Some(""),
        Some("text/html; charset=utf-8"),
        Some("application/problem+json"),
        Some("application/octet-stream"),
        Some("application/vnd.strongroom.frames; charset=utf-8"),
    ] {
        let mut stage = Stage::keeping(0);
        stage.happens(Event::Broken);
        stage.take();
        stage.happens(Event::Response(media_type));
        stage.greets(Some(session("a", 0).id()));
        assert_eq!(stage.take(), [Effect::Close], "{media_type:?}");
        stage.pass(999);
        assert_eq!(stage.take(), []);
        stage.pass(1);
        assert_eq!(stage.take(), [asks_for_stream()], "{media_type:?}");
    }
}

#[test]
fn a_keeper_closes_a_stream_of_junk() {
    for junk in [
        &b"<!doctype html><title>The app</title>"[..],
        &[0; 5],
        &[2, 0xff, 0xff, 0xff, 0xff],
        &[3, 0, 0, 0, 1, 0],
    ] {
        let mut stage = Stage::keeping(0);
        stage.happens(Event::Chunk(junk));
        stage.greets(Some(session("a", 0).id()));
        assert_eq!(stage.take(), [Effect::Close], "{junk:?}");
        stage.pass(1_000);
        assert_eq!(stage.take(), [asks_for_stream()]);
    }
}

#[test]
fn a_keeper_closes_a_stream_without_a_greeting() {
    for frame in [Frame::Copy(copy(1)), Frame::Forget] {
        let mut stage = Stage::keeping(0);
        stage.happens(Event::Broken);
        stage.connects();
        stage.says(&frame);
        stage.greets(Some(session("a", 0).id()));
        assert_eq!(stage.take(), [Effect::Close], "{frame:?}");
        stage.pass(1_000);
        stage.connects();
        stage.greets(Some(session("a", 0).id()));
        assert_eq!(serial(&stage.offered()), 0, "{frame:?}");
    }
}

#[test]
fn a_keeper_backs_off_until_a_worker_responds() {
    let mut stage = Stage::new();
    for pause in [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000] {
        assert_eq!(stage.take_others().last(), Some(&asks_for_stream()));
        stage.happens(Event::Response(None));
        stage.pass(pause - 1);
        assert_eq!(stage.take_others(), [Effect::Close], "{pause}");
        stage.pass(1);
    }
    stage.connects();
    stage.happens(Event::Ended);
    stage.pass(QUIET_TIME);
    assert_eq!(stage.take_others(), [asks_for_stream()]);
    stage.happens(Event::Response(None));
    stage.pass(1_000);
    assert_eq!(stage.take_others(), [Effect::Close, asks_for_stream()]);
}

#[test]
fn a_keeper_retries_key_generation_after_a_pause() {
    let mut stage = Stage::new();
    stage.keeper = Keeper::new("/auth", stage.now);
    stage.take();
    stage.happens(Event::Started);
    stage.happens(Event::PublicKey(None));
    stage.take();
    stage.pass(1_000);
    assert_eq!(stage.take(), [Effect::MakeKey]);
}

#[test]
fn a_keeper_pauses_after_a_stream_has_ended() {
    let mut stage = Stage::connected(None);
    stage.happens(Event::Ended);
    stage.pass(QUIET_TIME - 1);
    assert_eq!(stage.take(), []);
    stage.pass(1);
    assert_eq!(stage.take(), [asks_for_stream()]);
}

#[test]
fn a_keeper_reconnects_at_once_after_the_worker_died_and_sends_its_copy() {
    let mut stage = Stage::keeping(3);
    assert_eq!(serial(&stage.offered_to_next_worker()), 3);
}

#[test]
fn a_keeper_sends_nothing_to_a_worker_that_has_lost_no_session() {
    let mut stage = Stage::keeping(0);
    stage.happens(Event::Broken);
    stage.connects();
    stage.greets(None);
    stage.is_given(0);
    stage.is_given(1);
    assert_eq!(stage.take(), []);
}

#[test]
fn a_keeper_without_a_copy_responds_with_an_empty_copy() {
    let mut stage = Stage::connected(Some("a.b"));
    assert_eq!(stage.offered(), "");
}

#[test]
fn a_keeper_with_a_newer_copy_sends_it_at_once() {
    let mut stage = Stage::keeping(5);
    stage.is_given(4);
    assert_eq!(serial(&stage.offered()), 5);
}

#[test]
fn a_forget_frame_wipes_the_keepers_copy() {
    let mut stage = Stage::keeping(0);
    stage.says(&Frame::Forget);
    assert_eq!(stage.offered_to_next_worker(), "");
}

#[test]
fn a_keeper_forgets_its_copy_when_another_session_is_lost() {
    let mut stage = Stage::keeping(0);
    stage.happens(Event::Broken);
    stage.connects();
    stage.greets(Some("another.session"));
    assert_eq!(stage.offered(), "");
    assert_eq!(stage.offered_to_next_worker(), "");
}

#[test]
fn a_copy_sealed_for_another_keeper_is_ignored() {
    let mut stage = Stage::keeping(0);
    for opened in [None, Some(b"junk".to_vec()), Some(Vec::new())] {
        stage.says(&Frame::Copy(b"sealed".to_vec()));
        stage.happens(Event::Opened(opened));
        stage.take();
    }
    assert_eq!(serial(&stage.offered_to_next_worker()), 0);
}

#[test]
fn a_keeper_keeps_its_copy_if_the_worker_dies_before_it_arrives() {
    let mut stage = Stage::keeping(2);
    for _ in 0..3 {
        assert_eq!(serial(&stage.offered_to_next_worker()), 2);
    }
}

#[test]
fn the_next_stream_waits_until_the_copy_is_sealed() {
    let mut stage = Stage::keeping(2);
    stage.happens(Event::Broken);
    stage.connects();
    stage.greets(Some(session("a", 0).id()));
    stage.happens(Event::Broken);
    assert!(matches!(&stage.take()[..], [Effect::Seal { .. }]));
    stage.happens(Event::Sealed(None));
    assert_eq!(stage.take(), [asks_for_stream()]);
}

/// Decryption takes time, and the stream may end before it finishes.
#[test]
fn frames_after_a_copy_are_processed_in_order() {
    for end in [None, Some(Event::Ended), Some(Event::Broken)] {
        let mut stage = Stage::connected(None);
        let has_ended = end.is_some();
        let frames = [Frame::Copy(copy(0)), Frame::Forget].map(|frame| frame.to_bytes()).concat();
        stage.happens(Event::Chunk(&frames));
        if let Some(end) = end {
            stage.happens(end);
        }
        stage.pass(QUIET_TIME);
        stage.take();
        stage.happens(Event::Opened(Some(copy(0))));
        if has_ended {
            stage.connects();
            stage.greets(Some(session("a", 0).id()));
            assert_eq!(stage.offered(), "");
        } else {
            assert_eq!(stage.offered_to_next_worker(), "");
        }
    }
}

#[test]
fn a_keeper_reassembles_frames_from_any_pieces() {
    let mut stage = Stage::keeping(0);
    for byte in [Frame::Forget.to_bytes(), Frame::Copy(copy(1)).to_bytes()].concat() {
        stage.happens(Event::Chunk(&[byte]));
    }
    assert!(matches!(&stage.take()[..], [Effect::Open { .. }]));
}

#[test]
fn a_keeper_keeps_the_worker_alive_every_fifteen_seconds() {
    let mut stage = Stage::connected(None);
    stage.pass(14_999);
    assert_eq!(stage.take(), []);
    stage.pass(1);
    assert_eq!(stage.take(), [Effect::KeepAlive("/auth/keep".to_owned())]);
    stage.pass(60_000);
    assert_eq!(stage.take().len(), 4);
}

/// It may have missed a sign-out, so its tokens must be renewed before they are used.
#[test]
fn a_keeper_frozen_for_a_minute_hands_over_expired_tokens() {
    for (frozen, is_expired) in [(59_000, false), (60_000, true)] {
        let mut stage = Stage::keeping(0);
        stage.advance(frozen);
        stage.happens(Event::Timer);
        let copy: Value = serde_json::from_str(&stage.offered_to_next_worker()).unwrap();
        let is_over = copy["age"].as_u64() >= copy["lifetime"].as_u64();
        assert_eq!(is_over, is_expired, "{frozen}");
    }
}

#[test]
fn a_keeper_connected_for_hours_hands_over_usable_tokens() {
    let mut stage = Stage::keeping(0);
    stage.pass(1_800_000);
    stage.take();
    let copy: Value = serde_json::from_str(&stage.offered_to_next_worker()).unwrap();
    assert_eq!(copy["age"], 1_800_000);
}

#[test]
fn a_keeper_without_a_worker_for_a_minute_hands_over_expired_tokens() {
    let mut stage = Stage::keeping(0);
    stage.happens(Event::Broken);
    for _ in 0..10 {
        stage.happens(Event::Response(None));
        stage.pass(30_000);
    }
    stage.take();
    stage.happens(Event::Response(Some(MEDIA_TYPE)));
    stage.greets(Some(session("a", 0).id()));
    let copy: Value = serde_json::from_str(&stage.offered()).unwrap();
    assert_eq!(copy["age"], copy["lifetime"]);
}
