//! What a service worker holds, and what follows from every change of it.

use crate::changes::Changes;
use crate::events::Events;
use crate::keepers::{self, Keepers};
use crate::platform::{self, now};
use crate::store::Store;
use crate::task::{promise, spawn};
use js_sys::Promise;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use strongroom_core::json::Json;
use strongroom_core::time::Now;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{ApiRequest, FormRequest, KEEPER_PATIENCE, Renewal, Vault};
use wasm_bindgen::prelude::*;

/// The state of one service worker.
pub(crate) struct Worker {
    pub(crate) vault: Rc<RefCell<Vault>>,
    pub(crate) store: Store,
    pub(crate) events: Events,
    pub(crate) keepers: Keepers,
    pub(crate) changes: Changes,
    /// A new version of the script waits for this one to let go of its streams.
    pub(crate) leaving: Cell<bool>,
    /// A revocation that failed, to be tried once more.
    pub(crate) unrevoked: RefCell<Option<FormRequest>>,
    started_at: u64,
    begun: Cell<bool>,
    saved_marker: RefCell<Option<String>>,
    saving_marker: Cell<bool>,
}

impl Worker {
    pub(crate) fn new(vault: Vault, store: Store, keepers: Keepers) -> Self {
        Self {
            vault: Rc::new(RefCell::new(vault)),
            store,
            events: Events::default(),
            keepers,
            changes: Changes::default(),
            leaving: Cell::new(false),
            unrevoked: RefCell::new(None),
            started_at: now().wall,
            begun: Cell::new(false),
            saved_marker: RefCell::new(None),
            saving_marker: Cell::new(false),
        }
    }

    /// Finds out what earlier workers left, at the first request. Not sooner: a version that is being installed
    /// beside an active one has no business with its session.
    pub(crate) fn begin(self: &Rc<Self>) {
        if self.begun.replace(true) {
            return;
        }
        let worker = Rc::clone(self);
        spawn(async move {
            let marker = worker.store.read_hint().await.as_string();
            let (keepers, pages) =
                if marker.is_some() { keepers::and_pages().await } else { Default::default() };
            worker.saved_marker.replace(marker.clone());
            worker.vault.borrow_mut().know_pages(&pages);
            worker.vault.borrow_mut().begin(marker.as_deref(), keepers);
            worker.changed();
            if !worker.vault.borrow().is_decided() {
                platform::sleep(KEEPER_PATIENCE).await;
                worker.vault.borrow_mut().give_up_keepers();
                worker.changed();
            }
        });
    }

    /// Waits until it is known what earlier workers left.
    pub(crate) async fn started(&self) {
        while self.vault.borrow().is_starting() {
            self.changes.next().await;
        }
    }

    /// Waits until pages can be told something.
    pub(crate) async fn decided(&self) {
        while !self.vault.borrow().is_decided() {
            self.changes.next().await;
        }
    }

    /// Tells everybody who must know of a change: requests that wait, pages, keepers, and the next worker.
    pub(crate) fn changed(self: &Rc<Self>) {
        self.changes.announce();
        let happened = self.vault.borrow_mut().happened(now());
        if !happened.is_empty() && self.vault.borrow().config().debug {
            platform::log(&["strongroom ", &happened].concat());
        }
        if self.vault.borrow().is_decided() {
            self.events.publish(|client_id| self.snapshot(client_id), happened);
        }
        self.keepers.tell(&self.vault);
        let worker = Rc::clone(self);
        spawn(async move { worker.save_marker().await });
    }

    /// Leaves the marker for the next worker; back when it is written.
    pub(crate) async fn save_marker(&self) {
        while self.saving_marker.replace(true) {
            self.changes.next().await;
        }
        loop {
            let marker = self.vault.borrow().marker();
            if *self.saved_marker.borrow() == marker {
                break;
            }
            // Storage that fails costs the session its recovery, not its life. The next change tries again.
            if self.store.write_hint(marker.clone()).await.is_err() {
                break;
            }
            self.saved_marker.replace(marker);
        }
        self.saving_marker.set(false);
        self.changes.announce();
    }

    /// Renews the session if it is time; the promise keeps the worker alive meanwhile.
    pub(crate) fn renew(self: &Rc<Self>, now: Now) -> Option<Promise> {
        let renewal = self.vault.borrow_mut().renewal(false, now)?;
        Some(self.perform_renewal(renewal))
    }

    /// Renews the session because the page asks for it.
    pub(crate) fn force_renewal(self: &Rc<Self>) {
        let renewal = self.vault.borrow_mut().renewal(true, now());
        drop(renewal.map(|renewal| self.perform_renewal(renewal)));
    }

    /// Renews the session if that may help `request`, whose token the API refused.
    pub(crate) fn renew_refused(self: &Rc<Self>, request: &ApiRequest, now: Now) {
        let renewal = self.vault.borrow_mut().renewal_after_refusal(request, now);
        drop(renewal.map(|renewal| self.perform_renewal(renewal)));
    }

    fn perform_renewal(self: &Rc<Self>, (form, renewal): (FormRequest, Renewal)) -> Promise {
        let worker = Rc::clone(self);
        promise(async move {
            let response = platform::post_form(&form).await;
            let response = response.as_ref().map(|it| TokenResponse { status: it.status, body: &it.body });
            worker.vault.borrow_mut().complete_renewal(&renewal, response.as_ref(), platform::now());
            worker.changed();
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Done when no user is at the authorization server any more, or when that has taken long: until then the browser is
    /// asked to let this worker live, whose memory alone has the sign-in's secrets.
    pub(crate) fn stay_for_response(self: &Rc<Self>) -> Promise {
        let worker = Rc::clone(self);
        promise(async move {
            loop {
                let left = worker.vault.borrow().awaits_response(now());
                if left == 0 || worker.leaving.get() {
                    return Ok(JsValue::UNDEFINED);
                }
                worker.changes.next_within(left).await;
            }
        })
    }

    /// Waits for the renewal under way.
    pub(crate) async fn renewed(&self) {
        while self.vault.borrow().is_renewing() {
            self.changes.next().await;
        }
    }

    /// Lets go of every stream, so that a new version can become active; its keepers come to that one with what
    /// they were told here.
    pub(crate) async fn leave(self: &Rc<Self>) {
        self.leaving.set(true);
        self.changes.announce();
        self.renewed().await;
        self.events.end();
        self.keepers.end().await;
    }

    /// Tries once more to revoke what could not be revoked at sign-out, now that a page asks for the session again and
    /// the network is there.
    pub(crate) fn revoke_again(self: &Rc<Self>) {
        if !platform::is_online() {
            return;
        }
        if let Some(form) = self.unrevoked.take() {
            let worker = Rc::clone(self);
            spawn(async move {
                if platform::post_form(&form).await.is_some_and(|response| response.status == 200) {
                    worker.vault.borrow_mut().revocation_succeeded();
                    worker.changed();
                }
            });
        }
    }

    /// The session as the page `client_id` may see it.
    pub(crate) fn snapshot(&self, client_id: &str) -> String {
        let worker =
            [("startedAt", self.started_at.into()), ("keepers", (self.keepers.connected() as u64).into())];
        self.vault.borrow().snapshot(client_id, Json::Object(&worker))
    }
}
