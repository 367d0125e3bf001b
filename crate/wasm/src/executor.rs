//! Performs the vault's effects and reports their results as events.

use crate::fetches::{Details, Fetch, Fetches, Pipe, made};
use crate::platform::{self, Deferred, Timer, identify, list_clients, now, spawn, take_bytes};
use crate::shim::{Channel, OtherWorkers, Store};
use js_sys::{Array, Promise, Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use strongroom_core::policy;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{self, Action, Effect, Event, FetchId, LONGEST_ROW, StorageError};
use wasm_bindgen::prelude::*;
use web_sys::{FetchEvent, Response};

/// The executor of one service worker. It lives as long as the wasm instance.
pub(crate) struct Executor {
    pub(crate) vault: RefCell<vault::Vault>,
    fetches: Fetches,
    /// End the extensions of fetch events that keep the worker alive.
    extensions: RefCell<Vec<(FetchId, Deferred)>>,
    timer: Timer,
    next: Cell<u32>,
    store: Store,
    pub(crate) channel: Channel,
    others: OtherWorkers,
}

impl Executor {
    pub(crate) fn new(
        vault: vault::Vault,
        store: Store,
        channel: Channel,
        others: OtherWorkers,
    ) -> &'static Self {
        let executor = Box::leak(Box::new(Self {
            vault: RefCell::new(vault),
            fetches: Fetches::default(),
            extensions: RefCell::default(),
            timer: Timer::default(),
            next: Cell::new(0),
            store,
            channel,
            others,
        }));
        executor.timer.calls(|| executor.handle(Event::Timer));
        executor
    }

    /// The response to a fetch event, or `None` if the browser is to handle it. A request to an API has been
    /// sent when this returns.
    pub(crate) fn fetch(
        &'static self,
        event: &FetchEvent,
        request: policy::Request<'_>,
        retried: bool,
    ) -> Option<Promise> {
        let id = FetchId(self.next.replace(self.next.get() + 1));
        let details = Details { event, request: &event.request() };
        let event_of_core = Event::Fetch { id, request, platform: &details, retried };
        let effects = self.vault.borrow_mut().handle(event_of_core, now());
        let passes = |effect: &Effect| matches!(effect, Effect::Fetch(other, Action::Pass) if *other == id);
        let fetch = (!effects.iter().any(passes)).then(|| self.fetches.insert(id, Fetch::new(event)));
        self.perform(effects);
        fetch.map(|fetch| fetch.response.promise.clone())
    }

    /// After a trap, the vault stays borrowed, so late results are ignored.
    pub(crate) fn handle(&'static self, event: Event<'_>) {
        let Ok(mut vault) = self.vault.try_borrow_mut() else { return };
        let effects = vault.handle(event, now());
        drop(vault);
        self.perform(effects);
    }

    fn perform(&'static self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Fetch(id, action) => self.act(id, action),
                Effect::Extend(id) => self.extend(id),
                Effect::Release(id) => self.release(id),
                Effect::Write(id, bytes) => self.fetches.with_pipe(id, |pipe| pipe.write(&bytes)),
                Effect::End(id) => self.fetches.with_pipe(id, Pipe::end),
                Effect::SetTimer(ms) => self.timer.set(ms),
                Effect::Log(line) => platform::log(&line),
                Effect::KeepVersionAlive => self.others.keep_alive(),
                Effect::AskToTakeOver => self.others.ask_to_take_over(),
                Effect::SignOutElsewhere => self.others.sign_out(),
                Effect::PostForm(call, form) => spawn(async move {
                    let response = platform::post_form(&form).await;
                    let response =
                        response.as_ref().map(|(status, body)| TokenResponse { status: *status, body });
                    self.handle(Event::FormResponse(call, response));
                }),
                Effect::Probe(id, url) => spawn(async move {
                    self.handle(Event::Probed(id, platform::is_there(&url).await));
                }),
                Effect::ReadRow { opens_copy } => spawn(async move {
                    let stored = self.store.read(LONGEST_ROW, opens_copy).await;
                    let (row, copy) = match stored.map(|stored| Array::from(&stored)) {
                        Ok(stored) => (Ok(stored.get(0).as_string()), take_bytes(&stored.get(1))),
                        Err(error) => (Err(error_name(&error)), None),
                    };
                    self.handle(Event::RowRead { row, copy });
                }),
                Effect::WriteRow { text, reset, copy } => spawn(async move {
                    let copy = copy.map(|copy| Uint8Array::from(copy.expose().as_bytes()));
                    let written = self.store.write(&text, reset, copy).await;
                    self.handle(Event::RowWritten(written.map(drop).map_err(|error| error_name(&error))));
                }),
                Effect::ListClients => spawn(async { self.handle(Event::Clients(list_clients().await)) }),
                Effect::MakeKey => {
                    spawn(async { self.handle(Event::PublicKey(self.channel.public_key().await)) });
                }
                Effect::Seal { stream, peer, copy, generation } => spawn(async move {
                    let bytes = self.channel.seal(&peer, &copy).await;
                    self.handle(Event::Sealed { stream, generation, bytes });
                }),
                Effect::Open { id, peer, sealed } => spawn(async move {
                    self.handle(Event::Opened(id, self.channel.open(&peer, &sealed).await));
                }),
            }
        }
    }

    fn act(&'static self, id: FetchId, action: Action) {
        let Some(fetch) = self.fetches.get(id) else { return };
        match action {
            Action::Send(outgoing) => {
                let sending = fetch.send(&outgoing);
                spawn(async move { self.handle(Event::Sent(id, fetch.outcome(sending).await)) });
            }
            Action::ReadBody => spawn(async move {
                self.handle(Event::BodyRead(id, fetch.read_body().await.is_some()));
            }),
            Action::AwaitBody => spawn(async move {
                self.handle(Event::BodyRead(id, fetch.await_body().await.is_some()));
            }),
            Action::TakeBody => spawn(async move {
                let bytes = fetch.read_body().await.map(|body| body.to_vec()).unwrap_or_default();
                self.handle(Event::Body(id, &bytes));
            }),
            Action::Identify => spawn(async move {
                self.handle(Event::Client(id, identify(&fetch.client_id()).await));
            }),
            Action::Stream { media_type, first } => {
                fetch.response.settle(fetch.stream(media_type, &first));
                spawn(async move {
                    fetch.closed().await;
                    self.fetches.remove(id);
                    self.handle(Event::StreamClosed(id));
                });
            }
            Action::Pass => self.fetches.end(id, Fetch::pass),
            Action::Respond(response) => self.fetches.end(id, |_| made(&response)),
            Action::Fail => self.fetches.end(id, |_| Ok(Response::error().into())),
            Action::Deliver => self.fetches.end(id, Fetch::deliver),
        }
    }

    fn extend(&self, id: FetchId) {
        let Some(fetch) = self.fetches.get(id) else { return };
        let extension = Deferred::new();
        fetch.extend(&extension.promise);
        self.extensions.borrow_mut().push((id, extension));
    }

    fn release(&self, id: FetchId) {
        for (_, extension) in self.extensions.borrow_mut().extract_if(.., |(other, _)| *other == id) {
            extension.settle(Ok(JsValue::UNDEFINED));
        }
    }
}

/// The name of a `DOMException`.
fn error_name(error: &JsValue) -> StorageError {
    Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}
