//! The keepers of this service worker: who they are, and what they are told.

use super::{Client, Effect, FetchId};
use crate::config::Config;
use crate::keep::{Frame, MOST_KEEPERS, is_keeper};
use crate::session_manager::{Generation, SessionManager};
use crate::time::Now;

/// The open streams to the keepers.
#[derive(Debug, Default)]
pub(super) struct Keepers {
    pub(super) own_key: OwnKey,
    streams: Vec<Stream>,
    /// Copies that are being sealed.
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
    told: Option<Told>,
}

/// What a keeper was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Forget,
    Copy(Generation),
}

/// Whether the client is a keeper, by the browser's word.
pub(super) fn admits(client: &Client, config: &Config) -> bool {
    is_keeper(&client.kind, &client.url, &config.script)
}

/// What a keeper's stream begins with.
pub(super) fn greeting(own_key: &[u8], wanted: Option<&str>) -> Vec<u8> {
    Frame::Greeting { public_key: own_key.to_vec(), wanted: wanted.map(str::to_owned) }.to_bytes()
}

impl Keepers {
    /// This worker's public key is there, if the platform did not refuse. Says whether somebody has asked for it.
    pub(super) fn key_made(&mut self, key: Option<Vec<u8>>) -> bool {
        let is_due = self.own_key == OwnKey::Asked;
        if is_due {
            self.own_key = key.map_or(OwnKey::Refused, OwnKey::Known);
        }
        is_due
    }

    /// How many are connected.
    pub(super) fn connected(&self) -> usize {
        self.streams.len()
    }

    /// Whether one more may come.
    pub(super) fn have_room_for(&self, client_id: &str) -> bool {
        self.streams.len() < MOST_KEEPERS || self.streams.iter().any(|stream| stream.client_id == client_id)
    }

    /// Takes note of a stream. An earlier one of the same keeper ends.
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
        self.streams.push(Stream { id, client_id, public_key, told: None });
    }

    /// Tells every keeper what it does not know yet.
    pub(super) fn tell(&mut self, sessions: &SessionManager, now: Now, effects: &mut Vec<Effect>) {
        let told = match sessions.generation() {
            Some(generation) => Told::Copy(generation),
            None if sessions.is_anonymous() => Told::Forget,
            None => return,
        };
        for stream in self.streams.iter_mut().filter(|stream| stream.told != Some(told)) {
            stream.told = Some(told);
            match told {
                Told::Forget => effects.push(Effect::Write(stream.id, Frame::Forget.to_bytes())),
                Told::Copy(generation) => {
                    let Some(copy) = sessions.copy(now) else { continue };
                    self.being_sealed += 1;
                    let (stream, peer) = (stream.id, stream.public_key.clone());
                    effects.push(Effect::Seal { stream, peer, copy, generation });
                }
            }
        }
    }

    /// A copy is sealed; there is none if it has been replaced meanwhile, or the user has signed out. Such a copy must not
    /// come after its successor.
    pub(super) fn sealed(&mut self, id: FetchId, copy: Option<Vec<u8>>, effects: &mut Vec<Effect>) {
        self.being_sealed = self.being_sealed.saturating_sub(1);
        if let Some(copy) = copy
            && self.streams.iter().any(|stream| stream.id == id)
        {
            effects.push(Effect::Write(id, Frame::Copy(copy).to_bytes()));
        }
    }

    /// Ends every stream, once everything is on it that it was told.
    pub(super) fn end(&mut self, effects: &mut Vec<Effect>) {
        if self.being_sealed == 0 {
            effects.extend(self.streams.drain(..).map(|stream| Effect::End(stream.id)));
        }
    }

    pub(super) fn forget(&mut self, id: FetchId) {
        self.streams.retain(|stream| stream.id != id);
    }
}
