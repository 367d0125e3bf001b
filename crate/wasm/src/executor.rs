//! Carries out the vault's effects, and turns what comes of them into events.

use crate::fetches::{Details, Fetch, Fetches, Pipe};
use crate::platform::{self, Timer, identify, list_clients, now, spawn};
use crate::shim::{Channel, Store, Versions};
use js_sys::{Function, Promise, Reflect};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use strongroom_core::policy;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{self, Action, Effect, Event, FetchId, LONGEST_ROW, StorageError};
use wasm_bindgen::prelude::*;
use web_sys::FetchEvent;

/// One service worker.
pub(crate) struct Executor {
    pub(crate) vault: RefCell<vault::Vault>,
    fetches: Fetches,
    streams: RefCell<Vec<(FetchId, Pipe)>>,
    /// What lets go of the fetch events that keep the worker alive.
    extensions: RefCell<Vec<(FetchId, Function)>>,
    timer: Timer,
    next: Cell<u32>,
    store: Store,
    channel: Channel,
    versions: Versions,
}

impl Executor {
    pub(crate) fn new(vault: vault::Vault, store: Store, channel: Channel, versions: Versions) -> Rc<Self> {
        Rc::new_cyclic(|executor: &Weak<Self>| {
            let executor = executor.clone();
            let timer = Timer::new(move || {
                if let Some(executor) = executor.upgrade() {
                    executor.handle(Event::Timer);
                }
            });
            Self {
                vault: RefCell::new(vault),
                fetches: Fetches::default(),
                streams: RefCell::default(),
                extensions: RefCell::default(),
                timer,
                next: Cell::new(0),
                store,
                channel,
                versions,
            }
        })
    }

    /// The response to a fetch event, or nothing if the browser is to handle it. What goes to an API is on its way when this
    /// returns.
    pub(crate) fn fetch(
        self: &Rc<Self>,
        event: &FetchEvent,
        request: policy::Request<'_>,
        retried: bool,
    ) -> Option<Promise> {
        let id = FetchId(self.next.replace(self.next.get() + 1));
        let details = Details { event, request: &event.request() };
        let event_of_core = Event::Fetch { id, request, platform: &details, retried };
        let effects = self.vault.borrow_mut().handle(event_of_core, now());
        let passes = |effect: &Effect| matches!(effect, Effect::Fetch(other, Action::Pass) if *other == id);
        let promise = if effects.iter().any(passes) {
            None
        } else {
            let (fetch, promise) = Fetch::new(event);
            self.fetches.insert(id, fetch);
            Some(promise)
        };
        self.perform(effects);
        promise
    }

    pub(crate) fn handle(self: &Rc<Self>, event: Event<'_>) {
        let effects = self.vault.borrow_mut().handle(event, now());
        self.perform(effects);
    }

    fn perform(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Fetch(id, action) => self.act(id, action),
                Effect::Extend(id) => self.extend(id),
                Effect::Release(id) => self.release(id),
                Effect::Write(id, bytes) => {
                    let streams = self.streams.borrow();
                    streams.iter().filter(|(other, _)| *other == id).for_each(|(_, pipe)| pipe.write(&bytes));
                }
                Effect::End(id) => {
                    for (_, pipe) in self.streams.borrow_mut().extract_if(.., |(other, _)| *other == id) {
                        pipe.end();
                    }
                }
                Effect::SetTimer(ms) => self.timer.set(ms),
                Effect::Log(line) => platform::log(&line),
                Effect::KeepVersionAlive => self.versions.keep_alive(),
                Effect::AskToTakeOver => self.versions.ask_to_take_over(),
                effect => self.begin(effect),
            }
        }
    }

    /// Carries out an effect that takes time.
    fn begin(self: &Rc<Self>, effect: Effect) {
        let this = Rc::clone(self);
        match effect {
            Effect::PostForm(call, form) => spawn(async move {
                let response = platform::post_form(&form).await;
                let response = response.as_ref().map(|(status, body)| TokenResponse { status: *status, body });
                this.handle(Event::FormResponse(call, response));
            }),
            Effect::Probe(id, url) => spawn(async move {
                let is_reachable = platform::is_there(&url).await;
                this.handle(Event::Probed { id, is_reachable });
            }),
            Effect::ReadRow => spawn(async move {
                let row = this.store.read(LONGEST_ROW).await;
                this.handle(Event::RowRead(row.map(|row| row.as_string()).map_err(|error| error_name(&error))));
            }),
            Effect::WriteRow { text, reset } => spawn(async move {
                let written = this.store.write(&text, reset).await;
                this.handle(Event::RowWritten(written.map(drop).map_err(|error| error_name(&error))));
            }),
            Effect::ListClients => spawn(async move {
                let clients = list_clients().await;
                this.handle(Event::Clients(clients));
            }),
            Effect::MakeKey => spawn(async move {
                let key = this.channel.public_key().await;
                this.handle(Event::PublicKey(key));
            }),
            Effect::Seal { stream, peer, copy, generation } => spawn(async move {
                let bytes = this.channel.seal(&peer, &copy).await;
                this.handle(Event::Sealed { stream, generation, bytes });
            }),
            Effect::Open { id, peer, sealed } => spawn(async move {
                let copy = this.channel.open(&peer, &sealed).await;
                this.handle(Event::Opened(id, copy));
            }),
            _ => {}
        }
    }

    fn act(self: &Rc<Self>, id: FetchId, action: Action) {
        let this = Rc::clone(self);
        let Some(fetch) = self.fetches.get(id) else { return };
        match action {
            Action::Send(outgoing) => {
                let sending = fetch.send(&outgoing);
                spawn(async move {
                    let outcome = fetch.outcome(sending).await;
                    this.handle(Event::Sent(id, outcome));
                });
            }
            Action::ReadBody => spawn(async move {
                let is_complete = fetch.read_body().await.is_some();
                this.handle(Event::BodyRead(id, is_complete));
            }),
            Action::AwaitBody => spawn(async move {
                let is_complete = fetch.await_body().await.is_some();
                this.handle(Event::BodyRead(id, is_complete));
            }),
            Action::TakeBody => spawn(async move {
                let bytes = fetch.read_body().await.map(|body| body.to_vec()).unwrap_or_default();
                this.handle(Event::Body(id, &bytes));
            }),
            Action::Identify => spawn(async move {
                let client = identify(&fetch.client_id()).await;
                this.handle(Event::Client(id, client));
            }),
            Action::Stream { media_type, first } => {
                self.fetches.remove(id);
                if let Some(pipe) = fetch.stream(media_type, &first) {
                    let closed = pipe.closed();
                    self.streams.borrow_mut().push((id, pipe));
                    spawn(async move {
                        closed.await;
                        this.streams.borrow_mut().retain(|(other, _)| *other != id);
                        this.handle(Event::StreamClosed(id));
                    });
                }
            }
            Action::Pass => self.fetches.end(id, |fetch| fetch.pass()),
            Action::Respond(response) => self.fetches.end(id, |fetch| fetch.respond(&response)),
            Action::Fail => self.fetches.end(id, |fetch| fetch.fail()),
            Action::Deliver => self.fetches.end(id, |fetch| fetch.deliver()),
        }
    }

    fn extend(&self, id: FetchId) {
        let Some(fetch) = self.fetches.get(id) else { return };
        let (promise, resolve) = platform::deferred();
        fetch.extend(&promise);
        self.extensions.borrow_mut().push((id, resolve));
    }

    fn release(&self, id: FetchId) {
        for (_, resolve) in self.extensions.borrow_mut().extract_if(.., |(other, _)| *other == id) {
            drop(resolve.call0(&JsValue::UNDEFINED));
        }
    }
}

/// The name of a `DOMException`.
fn error_name(error: &JsValue) -> StorageError {
    Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}
