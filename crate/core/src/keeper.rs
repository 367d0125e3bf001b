//! The state machine of a keeper: a worker that holds a copy of the session while a tab is open.
//!
//! Like the vault, it takes events and returns effects. It has no message interface and communicates only
//! with the service worker, by `fetch`. It follows one stream at a time and finishes each frame before the
//! next, so a copy that is being decrypted cannot arrive after the "forget" that followed it.

use crate::config::TokenKind;
use crate::frames::{Frame, FrameReader, KeptCopy, MEDIA_TYPE, QUIET_TIME};
use crate::pkce::base64url;
use crate::secret::{Authorization, SessionCopy};
use crate::session::user_hash;
use crate::time::Now;

/// Interval of keep-alive requests to the service worker, in milliseconds. Firefox stops a worker that has
/// had no event for 30 s, and cuts off responses that stream through it, such as downloads and event streams.
const KEEP_ALIVE: u64 = 15_000;

/// The first pause after a request that no service worker of this vault responded to, in milliseconds. It
/// doubles each time.
const FIRST_PAUSE: u64 = 1_000;

/// The longest such pause, in milliseconds.
const LONGEST_PAUSE: u64 = 30_000;

/// An event for the keeper.
#[derive(Debug)]
pub enum Event<'a> {
    /// The keeper has started.
    Started,
    /// Result of [`Effect::MakeKey`]; `None` if the platform refused.
    PublicKey(Option<Vec<u8>>),
    /// Result of [`Effect::OpenStream`]: the response's `Content-Type`, or `None` if there was no response.
    Response(Option<&'a str>),
    /// A piece of the stream.
    Chunk(&'a [u8]),
    /// The service worker ended the stream: to drain for a new version, or because the browser limits
    /// streams.
    Ended,
    /// The service worker died, and its stream broke off.
    Broken,
    /// Result of [`Effect::Open`]; `None` if the copy was not sealed for this keeper.
    Opened(Option<Vec<u8>>),
    /// Result of [`Effect::Seal`]; `None` if the platform refused.
    Sealed(Option<Vec<u8>>),
    /// [`Effect::Post`] has finished.
    Posted,
    /// The timer has fired.
    Timer,
    /// A request that may have changed the session has ended. [`Keeper::doubt`] has announced it.
    Changed,
}

/// An action for the edge.
#[derive(Debug, PartialEq, Eq)]
pub enum Effect {
    /// Generate the keeper's key pair. Leads to [`Event::PublicKey`].
    MakeKey,
    /// Fetch this URL. Leads to [`Event::Response`] and then, unless [`Effect::Close`] follows, to
    /// [`Event::Chunk`]s until [`Event::Ended`] or [`Event::Broken`].
    OpenStream(String),
    /// Stop reading the stream.
    Close,
    /// Decrypt what the service worker sealed for this keeper. Leads to [`Event::Opened`].
    Open {
        /// The service worker's public key.
        peer: Vec<u8>,
        /// The sealed copy.
        sealed: Vec<u8>,
    },
    /// Seal the copy for the service worker. Leads to [`Event::Sealed`].
    Seal {
        /// The service worker's public key.
        peer: Vec<u8>,
        /// The copy.
        copy: SessionCopy,
    },
    /// Post these bytes to this URL. Leads to [`Event::Posted`]. If the service worker has died, the request
    /// goes to the host, which cannot open a copy that is sealed for that worker.
    Post(String, Vec<u8>),
    /// Send a `HEAD` request to this URL and ignore the result.
    KeepAlive(String),
    /// Set the timer. Leads to [`Event::Timer`] after this many milliseconds.
    SetTimer(u64),
}

/// The keeper's state.
#[derive(Debug)]
pub struct Keeper {
    endpoint: String,
    copy: KeptCopy,
    own_key: Option<Vec<u8>>,
    /// Empty until this stream's greeting.
    worker_key: Vec<u8>,
    phase: Phase,
    frames: FrameReader,
    /// Whether a frame is being processed.
    is_busy: bool,
    /// Whether the copy arrived on this stream.
    is_confirmed: bool,
    /// How many requests are under way that may change the session.
    doubts: usize,
    /// The next pause after a request that no service worker of this vault responded to.
    pause: u64,
    kept_alive: Now,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// No stream for this many milliseconds from that time.
    Pausing(Now, u64),
    Opening,
    /// The session may have changed since this stream was requested. It is closed and requested again.
    OpeningAgain,
    Reading,
}

impl Keeper {
    /// A keeper for the vault with this `base_path`.
    pub fn new(base_path: &str, now: Now) -> Self {
        Self {
            endpoint: [base_path, "/keep"].concat(),
            copy: KeptCopy::default(),
            own_key: None,
            worker_key: Vec::new(),
            phase: Phase::Pausing(now, 0),
            frames: FrameReader::default(),
            is_busy: false,
            is_confirmed: false,
            doubts: 0,
            pause: FIRST_PAUSE,
            kept_alive: now,
        }
    }

    /// Processes an event. Returns the effects for the edge, in order.
    pub fn handle(&mut self, event: Event<'_>, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Started => self.open_stream(&mut effects),
            Event::PublicKey(Some(key)) => {
                self.own_key = Some(key);
                self.open_stream(&mut effects);
            }
            Event::Response(Some(MEDIA_TYPE)) if self.phase == Phase::OpeningAgain => {
                self.reopen(now, &mut effects);
            }
            Event::Response(Some(MEDIA_TYPE)) => {
                self.phase = Phase::Reading;
                self.frames = FrameReader::default();
                self.worker_key.clear();
                self.is_confirmed = false;
            }
            Event::PublicKey(None) | Event::Response(_) => self.refused(now, &mut effects),
            Event::Chunk(piece) if self.phase == Phase::Reading => {
                self.frames.push(piece);
                self.read_frames(now, &mut effects);
            }
            Event::Ended if self.phase == Phase::Reading => self.pause_for(QUIET_TIME, now),
            Event::Broken if self.phase == Phase::Reading => {
                self.pause_for(0, now);
                self.resume(now, &mut effects);
            }
            Event::Opened(copy) => {
                let is_newer = copy.and_then(|copy| self.copy.keep(&copy, now));
                self.is_confirmed = is_newer == Some(false);
                self.go_on(is_newer == Some(true), now, &mut effects);
            }
            Event::Sealed(Some(sealed)) => {
                let own_key = self.own_key.as_deref().unwrap_or_default();
                effects.push(Effect::Post(self.endpoint.clone(), [own_key, &sealed].concat()));
            }
            Event::Sealed(None) | Event::Posted => self.go_on(false, now, &mut effects),
            Event::Timer => self.timer_ran_out(now, &mut effects),
            Event::Changed => {
                self.doubts = self.doubts.saturating_sub(1);
                match self.phase {
                    Phase::Reading => self.reopen(now, &mut effects),
                    Phase::Opening => self.phase = Phase::OpeningAgain,
                    Phase::OpeningAgain | Phase::Pausing(..) => {}
                }
            }
            Event::Chunk(_) | Event::Ended | Event::Broken => {}
        }
        let keep_alive = KEEP_ALIVE.saturating_sub(now.since(self.kept_alive));
        let left = match self.phase {
            Phase::Pausing(since, length) if !self.is_busy => {
                keep_alive.min(length.saturating_sub(now.since(since)))
            }
            _ => keep_alive,
        };
        effects.push(Effect::SetTimer(left.max(1)));
        effects
    }

    /// The session's ID, and the `Authorization` header for an API that takes `token`, if the copy is current: it arrived
    /// on the stream that is open now, no frame is being processed, and no request that may change the session is under
    /// way. The service worker would then send the same header.
    pub(crate) fn authorization(&self, token: TokenKind, now: Now) -> Option<(&str, &Authorization)> {
        if self.phase != Phase::Reading || !self.is_confirmed || self.is_busy || self.doubts > 0 {
            return None;
        }
        self.copy.authorization(token, now)
    }

    /// The ID of the session that this keeper has a copy of; empty without one.
    pub(crate) fn session(&self) -> &str {
        self.copy.session()
    }

    /// A number for the user of that session; 0 without one.
    pub fn user(&self) -> u64 {
        user_hash(self.session())
    }

    /// Announces a request that may change the session. Its response may arrive before the frame with the new one. So
    /// [`authorization`](Self::authorization) returns nothing until [`Event::Changed`], which opens a new stream.
    pub(crate) fn doubt(&mut self) {
        self.doubts += 1;
    }

    fn open_stream(&mut self, effects: &mut Vec<Effect>) {
        self.phase = Phase::Opening;
        effects.push(match &self.own_key {
            None => Effect::MakeKey,
            Some(key) => Effect::OpenStream([&self.endpoint, "?key=", &base64url(key)].concat()),
        });
    }

    fn reopen(&mut self, now: Now, effects: &mut Vec<Effect>) {
        effects.push(Effect::Close);
        self.pause_for(0, now);
        self.resume(now, effects);
    }

    /// The response did not come from a service worker of this vault. It gets nothing.
    fn refused(&mut self, now: Now, effects: &mut Vec<Effect>) {
        effects.push(Effect::Close);
        self.frames = FrameReader::default();
        self.phase = Phase::Pausing(now, self.pause);
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
    }

    fn pause_for(&mut self, length: u64, now: Now) {
        self.phase = Phase::Pausing(now, length);
        self.pause = FIRST_PAUSE;
    }

    /// Processes complete frames, also after the stream's end: one may be "forget".
    fn read_frames(&mut self, now: Now, effects: &mut Vec<Effect>) {
        while !self.is_busy {
            match self.frames.next_frame() {
                Ok(Some(frame)) => self.process(frame, now, effects),
                Ok(None) => break,
                Err(_) => self.refused(now, effects),
            }
        }
    }

    fn process(&mut self, frame: Frame, now: Now, effects: &mut Vec<Effect>) {
        match frame {
            Frame::Greeting { public_key, wanted } => {
                self.worker_key = public_key;
                let is_wanted = self.copy.greeted(wanted.as_deref());
                self.offer(is_wanted, now, effects);
            }
            _ if self.worker_key.is_empty() => self.refused(now, effects),
            Frame::Copy(sealed) => {
                self.is_busy = true;
                effects.push(Effect::Open { peer: self.worker_key.clone(), sealed });
            }
            Frame::Forget => self.copy.forget(),
        }
    }

    /// Seals the copy for the service worker, if `wants` is set.
    fn offer(&mut self, wants: bool, now: Now, effects: &mut Vec<Effect>) {
        self.is_busy = wants;
        if wants {
            effects.push(Effect::Seal { peer: self.worker_key.clone(), copy: self.copy.offer(now) });
        }
    }

    fn go_on(&mut self, offers: bool, now: Now, effects: &mut Vec<Effect>) {
        self.offer(offers, now, effects);
        self.read_frames(now, effects);
        self.resume(now, effects);
    }

    /// Opens the next stream after the pause, but not before the last frame of the previous one is processed:
    /// a copy that is decrypted late must not overrule a "forget" from the next stream.
    fn resume(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let Phase::Pausing(since, length) = self.phase
            && now.since(since) >= length
            && !self.is_busy
        {
            self.open_stream(effects);
        }
    }

    fn timer_ran_out(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if now.since(self.kept_alive) >= KEEP_ALIVE {
            self.kept_alive = now;
            self.copy.listen(self.phase == Phase::Reading, now);
            effects.push(Effect::KeepAlive(self.endpoint.clone()));
        }
        self.resume(now, effects);
    }
}

#[cfg(test)]
pub(crate) mod tests;
