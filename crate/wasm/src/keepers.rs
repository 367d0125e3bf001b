//! The keepers of this service worker: who they are, and what they are told.

use crate::changes::Changes;
use crate::channel::Channel;
use crate::pipe::Pipe;
use crate::platform::{now, scope};
use crate::task::spawn;
use js_sys::Array;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use strongroom_core::keep::{Frame, MEDIA_TYPE, MOST_KEEPERS, is_keeper};
use strongroom_core::vault::Vault;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Client, ClientQueryOptions, ClientType, Clients, Response, ServiceWorkerGlobalScope};

/// The open streams to the keepers.
#[derive(Clone)]
pub(crate) struct Keepers {
    channel: Channel,
    streams: Rc<RefCell<Vec<Stream>>>,
    /// Copies that are being sealed.
    under_seal: Rc<Cell<usize>>,
    sealed: Changes,
}

#[derive(Clone)]
struct Stream {
    client_id: String,
    public_key: Vec<u8>,
    pipe: Pipe,
}

impl Keepers {
    pub(crate) fn new(channel: Channel) -> Self {
        Self { channel, streams: Rc::default(), under_seal: Rc::default(), sealed: Changes::default() }
    }

    /// How many are connected.
    pub(crate) fn connected(&self) -> usize {
        self.streams.borrow().iter().filter(|stream| stream.pipe.is_open()).count()
    }

    /// Whether one more may come.
    pub(crate) fn have_room_for(&self, client_id: &str) -> bool {
        let mut streams = self.streams.borrow_mut();
        streams.retain(|stream| stream.pipe.is_open());
        streams.len() < MOST_KEEPERS || streams.iter().any(|stream| stream.client_id == client_id)
    }

    /// Opens the stream of the keeper `client_id`, whose public key came with its request. An earlier stream of the
    /// same keeper ends.
    pub(crate) async fn open(
        &self,
        client_id: String,
        public_key: Vec<u8>,
        vault: &Rc<RefCell<Vault>>,
    ) -> Result<Response, JsValue> {
        let own_key = self.channel.public_key().await.ok_or(JsValue::NULL)?;
        let (pipe, response) = Pipe::open(MEDIA_TYPE)?;
        let stream = Stream { client_id, public_key, pipe };
        let wanted = vault.borrow().wanted_copy().map(str::to_owned);
        stream.pipe.write(&Frame::Greeting { public_key: own_key, wanted }.to_bytes());
        self.close(&stream.client_id);
        self.streams.borrow_mut().push(stream.clone());
        self.tell_one(stream, vault);
        Ok(response)
    }

    /// Tells every keeper what the vault has now.
    pub(crate) fn tell(&self, vault: &Rc<RefCell<Vault>>) {
        let streams = self.streams.borrow().clone();
        for stream in streams {
            self.tell_one(stream, vault);
        }
    }

    /// Ends every stream, once everything is on it that it was told.
    pub(crate) async fn end(&self) {
        while self.under_seal.get() > 0 {
            self.sealed.next().await;
        }
        self.streams.take().iter().for_each(|stream| stream.pipe.end());
    }

    /// What the owner of `public_key` sealed for this worker.
    pub(crate) async fn unseal(&self, public_key: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        self.channel.open(public_key, sealed).await
    }

    fn tell_one(&self, stream: Stream, vault: &Rc<RefCell<Vault>>) {
        if vault.borrow().is_anonymous() {
            return stream.pipe.write(&Frame::Forget.to_bytes());
        }
        let Some(copy) = vault.borrow().copy(now()) else { return };
        let mark = vault.borrow().token_mark();
        let (keepers, vault) = (self.clone(), Rc::clone(vault));
        self.under_seal.set(self.under_seal.get() + 1);
        spawn(async move {
            let sealed = keepers.channel.seal(&stream.public_key, &copy).await;
            // What has been replaced or signed out while it was being sealed must not come after its successor.
            if let Some(sealed) = sealed
                && vault.borrow().token_mark() == mark
            {
                stream.pipe.write(&Frame::Copy(sealed).to_bytes());
            }
            keepers.under_seal.set(keepers.under_seal.get() - 1);
            keepers.sealed.announce();
        });
    }

    fn close(&self, client_id: &str) {
        self.streams.borrow_mut().retain(|stream| {
            let other = stream.client_id != client_id;
            if !other {
                stream.pipe.end();
            }
            other
        });
    }
}

/// Whether the client is a keeper, by the browser's word.
pub(crate) async fn admits(client_id: &str) -> bool {
    let client = JsFuture::from(clients().get(client_id)).await;
    client.is_ok_and(|client| client.dyn_ref().is_some_and(is_one))
}

/// The client IDs of the keepers there are, connected or not, and of the pages.
pub(crate) async fn and_pages() -> (Vec<String>, Vec<String>) {
    let options = ClientQueryOptions::new();
    options.set_include_uncontrolled(true);
    options.set_type(ClientType::All);
    let all = JsFuture::from(clients().match_all_with_options(&options)).await;
    let Ok(all) = all else { return Default::default() };
    let all = Array::from(&all);
    let (keepers, others): (Vec<_>, Vec<_>) =
        all.iter().map(JsCast::unchecked_into::<Client>).partition(is_one);
    let ids = |clients: Vec<Client>| clients.iter().map(Client::id).collect();
    (ids(keepers), ids(others))
}

fn is_one(client: &Client) -> bool {
    let facts: &ClientFacts = client.unchecked_ref();
    is_keeper(&facts.kind(), &facts.url(), &scope().location().href())
}

fn clients() -> Clients {
    scope().unchecked_into::<ServiceWorkerGlobalScope>().clients()
}

#[wasm_bindgen]
extern "C" {
    type ClientFacts;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind(this: &ClientFacts) -> String;
    #[wasm_bindgen(method, getter)]
    fn url(this: &ClientFacts) -> String;
}
