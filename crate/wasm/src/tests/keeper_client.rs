//! A keeper as the worker sees it: a client that asks and is told.

use super::browser::{PlainChannel, fetch_event_of};
use super::worker::{Pieces, Worker, header, response};
use js_sys::Promise;
use strongroom_core::keep::{Frame, FrameReader, MEDIA_TYPE};
use strongroom_core::pkce::base64url;
use web_sys::Response;

/// A keeper with an open stream.
pub(super) struct KeeperClient {
    id: &'static str,
    pub(super) own_key: Vec<u8>,
    pub(super) worker_key: Vec<u8>,
    /// Whether the worker has lost its session, as it said in its greeting.
    pub(super) wanted: bool,
    pieces: Pieces,
    frames: FrameReader,
}

impl KeeperClient {
    /// The client `keeper` connects, and is greeted.
    pub(super) async fn connect(worker: &Worker) -> Self {
        Self::connect_as("keeper", worker).await
    }

    pub(super) async fn connect_as(id: &'static str, worker: &Worker) -> Self {
        let own_key = PlainChannel::new().key();
        let response = response(ask(worker, id, &format!("key={}", base64url(&own_key)))).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "content-type").as_deref(), Some(MEDIA_TYPE));
        let (worker_key, wanted, pieces) = (Vec::new(), false, Pieces::of(&response));
        let mut keeper = Self { id, own_key, worker_key, wanted, pieces, frames: FrameReader::default() };
        let Some(Frame::Greeting { public_key, wanted }) = keeper.next().await else { panic!("no greeting") };
        assert_eq!(public_key, worker.channel.key());
        Self { worker_key: public_key, wanted: wanted.is_some(), ..keeper }
    }

    /// What it is told next; `None` at the stream's end.
    pub(super) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.frames.next_frame().unwrap() {
                return Some(frame);
            }
            self.frames.push(&self.pieces.next().await?);
        }
    }

    /// It is told a copy of the session next, and opens it.
    pub(super) async fn copy(&mut self) -> Vec<u8> {
        let told = self.next().await;
        let Some(Frame::Copy(sealed)) = told else { panic!("{told:?}") };
        let seal = [self.worker_key.as_slice(), &self.own_key].concat();
        sealed.strip_prefix(seal.as_slice()).expect("sealed by this worker for this keeper").to_vec()
    }

    /// Gives `copy` back, sealed for the worker.
    pub(super) async fn give_back(&self, worker: &Worker, copy: &[u8]) -> Response {
        let sealed = [&self.own_key, &self.worker_key, copy].concat();
        give(worker, self.id, &[&self.own_key, sealed.as_slice()].concat()).await
    }

    /// As when its last tab is closed.
    pub(super) async fn dies(&self) {
        self.pieces.cancel().await;
    }
}

/// What the worker does when the client `id` asks for a keeper's stream.
pub(super) fn ask(worker: &Worker, id: &str, query: &str) -> Option<Promise> {
    worker.vault.dispatch(&fetch_event_of(id, &format!("/auth/keep?{query}"), None))
}

/// The worker's response when the client `id` gives it this.
pub(super) async fn give(worker: &Worker, id: &str, body: &[u8]) -> Response {
    response(worker.vault.dispatch(&fetch_event_of(id, "/auth/keep", Some(body)))).await
}
