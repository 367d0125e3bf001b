//! The endpoint for keepers, and what they are sent.

use super::endpoints::{EndpointFetch, Stage};
use super::state::State;
use super::{Action, Client, Effect, FetchId, Generation, Vault};
use crate::config::Config;
use crate::frames::{Frame, MEDIA_TYPE, MOST_KEEPERS, PUBLIC_KEY_LENGTH, is_keeper};
use crate::pkce::from_base64url;
use crate::problem::{NOT_A_KEEPER, PLATFORM_FAILED, TOO_MANY_KEEPERS, WRONG_SEAL};
use crate::response::Response;
use crate::time::Now;

/// The open streams of keepers.
#[derive(Debug, Default)]
pub(super) struct Keepers {
    own_key: OwnKey,
    pub(super) streams: Vec<Stream>,
    /// How many copies are being sealed.
    being_sealed: usize,
}

/// This worker's public key.
#[derive(Debug, Default, PartialEq, Eq)]
enum OwnKey {
    #[default]
    Unknown,
    Asked,
    Known(Vec<u8>),
    Refused,
}

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: FetchId,
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

impl Vault {
    pub(super) fn identified(&mut self, id: FetchId, client: Option<&Client>) {
        let is_due = |stage: &Stage| matches!(stage, Stage::Identifying);
        let Some((fetch, _)) = self.endpoint(id, is_due) else { return };
        let is_keeper = client.is_some_and(|client| admits(client, &self.config));
        if is_keeper && fetch.is_post {
            self.act(id, Action::TakeBody);
            return self.wait(id, fetch, Stage::TakingCopy);
        }
        let key = fetch.query.strip_prefix("key=").and_then(from_base64url);
        match key.filter(|key| is_keeper && key.len() == PUBLIC_KEY_LENGTH) {
            Some(key) => {
                if self.keepers.own_key == OwnKey::Unknown {
                    self.keepers.own_key = OwnKey::Asked;
                    self.effects.push(Effect::MakeKey);
                }
                self.open_keeper_stream(id, fetch, key);
            }
            None => self.respond(id, &fetch, Response::problem(403, &NOT_A_KEEPER)),
        }
    }

    /// Records this worker's public key, or that the platform refused one.
    pub(super) fn key_made(&mut self, key: Option<Vec<u8>>) {
        if self.keepers.own_key == OwnKey::Asked {
            self.keepers.own_key = key.map_or(OwnKey::Refused, OwnKey::Known);
            self.changed = true;
        }
    }

    /// Opens the stream of the keeper with this public key, and ends an earlier one of the same keeper.
    pub(super) fn open_keeper_stream(&mut self, id: FetchId, fetch: EndpointFetch, public_key: Vec<u8>) {
        if self.is_starting() {
            return self.wait(id, fetch, Stage::OpeningKeeperStream(public_key));
        }
        let Keepers { own_key, streams, .. } = &mut self.keepers;
        let earlier = streams.iter().position(|stream| stream.client_id == fetch.client_id);
        // Not before: other keepers may connect while this one waits.
        if streams.len() >= MOST_KEEPERS && earlier.is_none() {
            return self.respond(id, &fetch, Response::problem(429, &TOO_MANY_KEEPERS));
        }
        let own_key = match own_key {
            OwnKey::Known(key) => key.clone(),
            OwnKey::Refused => return self.respond(id, &fetch, Response::problem(503, &PLATFORM_FAILED)),
            OwnKey::Unknown | OwnKey::Asked => {
                return self.wait(id, fetch, Stage::OpeningKeeperStream(public_key));
            }
        };
        let ended = earlier.map(|index| Effect::End(streams.remove(index).id));
        streams.push(Stream { id, client_id: fetch.client_id, public_key, sent: None });
        let wanted = self.wanted_copy().map(str::to_owned);
        let first = Frame::Greeting { public_key: own_key, wanted }.to_bytes();
        self.act(id, Action::Stream { media_type: MEDIA_TYPE, first });
        self.effects.extend(ended);
        self.changed = true;
    }

    /// Takes the sealed copy of a keeper.
    pub(super) fn copy_taken(&mut self, id: FetchId, fetch: EndpointFetch, bytes: &[u8]) {
        match bytes.split_at_checked(PUBLIC_KEY_LENGTH) {
            Some((peer, sealed)) => {
                self.effects.push(Effect::Open { id, peer: peer.to_vec(), sealed: sealed.to_vec() });
                self.wait(id, fetch, Stage::OpeningCopy);
            }
            None => self.respond(id, &fetch, Response::problem(409, &WRONG_SEAL)),
        }
    }

    pub(super) fn opened(&mut self, id: FetchId, copy: Option<&[u8]>, now: Now) {
        let is_due = |stage: &Stage| matches!(stage, Stage::OpeningCopy);
        let Some((fetch, _)) = self.endpoint(id, is_due) else { return };
        match copy {
            Some(copy) => {
                self.restore(&fetch.client_id, copy, now);
                self.changed = true;
                self.respond(id, &fetch, Response::empty(204));
            }
            None => self.respond(id, &fetch, Response::problem(409, &WRONG_SEAL)),
        }
    }

    /// Sends each keeper what it has not been sent yet. A copy that is of no use any more is forgotten at once: sealing
    /// the next one takes time, and a relay must not use it meanwhile.
    pub(super) fn update_keepers(&mut self, now: Now) {
        let live = match &self.state {
            State::Authenticated(live) => Some(live),
            State::Anonymous | State::Recovering { .. } => None,
            State::Starting(_) => return,
        };
        let is_anonymous = self.is_anonymous();
        for stream in &mut self.keepers.streams {
            let id = stream.id;
            let is_outdated = match stream.sent {
                Some(Sent::Copy(generation)) => live.is_none_or(|live| generation < live.since),
                // It may have a copy from an earlier worker, which one that has lost the session wants.
                None => is_anonymous,
                Some(Sent::Forget) => false,
            };
            if is_outdated {
                stream.sent = Some(Sent::Forget);
                self.effects.push(Effect::Write(id, Frame::Forget.to_bytes()));
            }
            if let Some(live) = live.filter(|live| stream.sent != Some(Sent::Copy(live.tokens))) {
                stream.sent = Some(Sent::Copy(live.tokens));
                self.keepers.being_sealed += 1;
                let (peer, copy) = (stream.public_key.clone(), live.session.copy(now));
                self.effects.push(Effect::Seal { stream: id, peer, copy, generation: live.tokens });
            }
        }
    }

    /// Sends a sealed copy, unless the tokens have been replaced or dropped in the meantime: an old copy must
    /// not arrive after a newer one or after "forget".
    pub(super) fn sealed(&mut self, id: FetchId, generation: Generation, copy: Option<Vec<u8>>) {
        self.keepers.being_sealed = self.keepers.being_sealed.saturating_sub(1);
        let is_open = self.keepers.streams.iter().any(|stream| stream.id == id);
        if let Some(copy) = copy
            && is_open
            && self.generation() == Some(generation)
        {
            self.effects.push(Effect::Write(id, Frame::Copy(copy).to_bytes()));
        }
        self.changed = true;
    }

    /// Ends all streams of keepers, unless a copy is still being sealed for one.
    pub(super) fn end_keeper_streams(&mut self) {
        if self.keepers.being_sealed == 0 {
            self.effects.extend(self.keepers.streams.drain(..).map(|stream| Effect::End(stream.id)));
        }
    }
}
