//! Event streams, and keepers with their copies.

use super::{KEEPER_KEY, Request, World};
use strongroom_core::frames::{Frame, PUBLIC_KEY_LENGTH};
use strongroom_core::pkce::base64url;
use strongroom_core::vault::{Client, Event, FetchId};

impl World {
    /// What was written to a stream since the last call.
    pub fn read(&mut self, stream: FetchId) -> String {
        String::from_utf8(self.read_bytes(stream)).unwrap()
    }

    fn read_bytes(&mut self, stream: FetchId) -> Vec<u8> {
        std::mem::take(&mut self.fetches.get_mut(&stream).unwrap().written).concat()
    }

    pub fn is_open(&self, stream: FetchId) -> bool {
        self.fetches[&stream].is_open
    }

    pub fn open_streams(&self) -> Vec<FetchId> {
        self.fetches.iter().filter(|(_, fetch)| fetch.is_open).map(|(id, _)| *id).collect()
    }

    /// The reader closes the stream.
    pub fn close(&mut self, stream: FetchId) {
        self.fetches.get_mut(&stream).unwrap().is_open = false;
        self.happens(Event::StreamClosed(stream));
    }

    /// A page opens its event stream.
    pub fn open_events(&mut self) -> FetchId {
        let stream = self.fetch("/auth/events");
        assert_eq!(self.got(stream), "a stream");
        stream
    }

    /// Adds a client that is a keeper.
    pub fn has_keeper(&mut self, id: &str) {
        let url = self.vault.config().script.clone();
        if !self.clients.iter().any(|client| client.id == id) {
            self.clients.push(Client { id: id.to_owned(), kind: "sharedworker".to_owned(), url });
        }
    }

    /// The keeper requests its stream.
    pub fn keeper_comes(&mut self, id: &str) -> FetchId {
        self.request(Request::get(&format!("/auth/keep?key={}", base64url(&KEEPER_KEY))).of(id))
    }

    pub(crate) fn is_keeper_stream(&self, stream: FetchId) -> bool {
        self.fetches[&stream].is_of_keeper
    }

    /// The frames written to a keeper's stream since the last call.
    pub fn frames(&mut self, stream: FetchId) -> Vec<Frame> {
        Self::frames_in(&self.read_bytes(stream))
    }

    /// The copies among these frames.
    pub fn copies(&mut self, stream: FetchId) -> Vec<Vec<u8>> {
        let copies = self.frames(stream).into_iter().filter_map(|frame| match frame {
            Frame::Copy(copy) => Some(copy),
            _ => None,
        });
        copies.collect()
    }

    /// The last of these copies.
    pub fn copy(&mut self, stream: FetchId) -> Vec<u8> {
        self.copies(stream).pop().expect("the keeper was given a copy")
    }

    /// The copy that a new keeper gets.
    pub fn copy_of_new_keeper(&mut self, id: &str) -> Vec<u8> {
        self.has_keeper(id);
        let stream = self.keeper_comes(id);
        self.copy(stream)
    }

    /// The copy that the keeper `keeper` gets when it connects, if there is one.
    pub(crate) fn fresh_copy(&mut self) -> Option<String> {
        self.has_keeper("keeper");
        let stream = self.keeper_comes("keeper");
        let copy = self.copies(stream).pop()?;
        Some(String::from_utf8(copy).unwrap())
    }

    /// The keeper `keeper` sends any bytes as its copy.
    pub(crate) fn hand_over(&mut self, copy: &[u8]) {
        self.has_other_tokens = true;
        self.has_keeper("keeper");
        let fetch = self.give_back("keeper", copy);
        assert_eq!(self.response(fetch).status, 204);
    }

    /// The keeper sends its copy, sealed for this worker.
    pub fn give_back(&mut self, id: &str, copy: &[u8]) -> FetchId {
        let body = [&KEEPER_KEY, &*self.worker_key(), copy].concat();
        self.give(id, body)
    }

    pub fn give(&mut self, id: &str, body: Vec<u8>) -> FetchId {
        self.request(Request { body, ..Request::post("/auth/keep").of(id) })
    }

    /// The current worker's public key.
    pub fn worker_key(&self) -> Vec<u8> {
        vec![self.workers; PUBLIC_KEY_LENGTH]
    }
}
