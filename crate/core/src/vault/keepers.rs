//! The connected keepers and what they are sent.

use super::state::State;
use super::{Client, Effect, FetchId, Generation, Vault};
use crate::config::Config;
use crate::keep::{Frame, MOST_KEEPERS, is_keeper};
use crate::time::Now;

/// The open streams of keepers.
#[derive(Debug, Default)]
pub(super) struct Keepers {
    pub(super) own_key: OwnKey,
    streams: Vec<Stream>,
    /// How many copies are being sealed.
    being_sealed: usize,
}

/// This worker's public key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum OwnKey {
    #[default]
    Unknown,
    Asked,
    Known(Vec<u8>),
    Refused,
}

#[derive(Debug)]
struct Stream {
    id: FetchId,
    client_id: String,
    public_key: Vec<u8>,
    sent: Option<Sent>,
}

/// What a keeper was last sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Forget,
    Copy(Generation),
}

/// Whether the browser describes the client as a keeper.
pub(super) fn admits(client: &Client, config: &Config) -> bool {
    is_keeper(&client.kind, &client.url, &config.script)
}

/// The first bytes of a keeper's stream.
pub(super) fn greeting(own_key: &[u8], wanted: Option<&str>) -> Vec<u8> {
    Frame::Greeting { public_key: own_key.to_vec(), wanted: wanted.map(str::to_owned) }.to_bytes()
}

impl Vault {
    /// Sends each keeper what it has not been sent yet.
    pub(super) fn update_keepers(&mut self, now: Now) {
        let (sent, session) = match &self.state {
            State::Authenticated(live) => (Sent::Copy(live.tokens), Some(&live.session)),
            State::Anonymous => (Sent::Forget, None),
            State::Starting(_) | State::Recovering { .. } => return,
        };
        for stream in self.keepers.streams.iter_mut().filter(|stream| stream.sent != Some(sent)) {
            stream.sent = Some(sent);
            let id = stream.id;
            self.effects.push(match (sent, session) {
                (Sent::Copy(generation), Some(session)) => {
                    self.keepers.being_sealed += 1;
                    let (peer, copy) = (stream.public_key.clone(), session.copy(now));
                    Effect::Seal { stream: id, peer, copy, generation }
                }
                _ => Effect::Write(id, Frame::Forget.to_bytes()),
            });
        }
    }
}

impl Keepers {
    /// Records this worker's public key, or that the platform refused one. Returns whether it was requested.
    pub(super) fn key_made(&mut self, key: Option<Vec<u8>>) -> bool {
        let is_due = self.own_key == OwnKey::Asked;
        if is_due {
            self.own_key = key.map_or(OwnKey::Refused, OwnKey::Known);
        }
        is_due
    }

    /// The number of connected keepers.
    pub(super) fn connected(&self) -> usize {
        self.streams.len()
    }

    /// Whether this keeper may connect.
    pub(super) fn have_room_for(&self, client_id: &str) -> bool {
        self.streams.len() < MOST_KEEPERS || self.streams.iter().any(|stream| stream.client_id == client_id)
    }

    /// Adds a stream, and ends an earlier one of the same keeper.
    pub(super) fn open(
        &mut self,
        id: FetchId,
        client_id: String,
        public_key: Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        self.streams.retain(|stream| {
            let other = stream.client_id != client_id;
            if !other {
                effects.push(Effect::End(stream.id));
            }
            other
        });
        self.streams.push(Stream { id, client_id, public_key, sent: None });
    }

    /// Sends a sealed copy. `None` if the tokens have been replaced or dropped in the meantime: an old copy
    /// must not arrive after a newer one or after "forget".
    pub(super) fn sealed(&mut self, id: FetchId, copy: Option<Vec<u8>>, effects: &mut Vec<Effect>) {
        self.being_sealed = self.being_sealed.saturating_sub(1);
        if let Some(copy) = copy
            && self.streams.iter().any(|stream| stream.id == id)
        {
            effects.push(Effect::Write(id, Frame::Copy(copy).to_bytes()));
        }
    }

    /// Ends all streams, unless a copy is still being sealed for one.
    pub(super) fn end(&mut self, effects: &mut Vec<Effect>) {
        if self.being_sealed == 0 {
            effects.extend(self.streams.drain(..).map(|stream| Effect::End(stream.id)));
        }
    }

    pub(super) fn forget(&mut self, id: FetchId) {
        self.streams.retain(|stream| stream.id != id);
    }
}
