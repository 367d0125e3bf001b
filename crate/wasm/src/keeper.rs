//! A keeper's edge: carries out its effects, and turns what comes of them into events.

use crate::platform::{Timer, fetch, now, spawn, take_bytes};
use crate::shim::Channel;
use js_sys::{Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use strongroom_core::keeper::{self, Effect, Event};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request, RequestCache, RequestInit, RequestRedirect, Response};

struct Executor {
    keeper: RefCell<keeper::Keeper>,
    channel: Channel,
    timer: Timer,
    /// The stream that is being read is the one of this number.
    stream: Cell<u32>,
}

/// Keeps, for as long as this worker lives.
#[wasm_bindgen]
pub fn keep(base_path: &str, channel: Channel) {
    let executor = Rc::new_cyclic(|executor: &Weak<Executor>| {
        let executor = executor.clone();
        let timer = Timer::new(move || {
            if let Some(executor) = executor.upgrade() {
                executor.handle(Event::Timer);
            }
        });
        let keeper = RefCell::new(keeper::Keeper::new(base_path, now()));
        Executor { keeper, channel, timer, stream: Cell::new(0) }
    });
    executor.handle(Event::Started);
    // The worker is the keeper: it ends with it.
    std::mem::forget(executor);
}

impl Executor {
    fn handle(self: &Rc<Self>, event: Event<'_>) {
        let effects = self.keeper.borrow_mut().handle(event, now());
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(self: &Rc<Self>, effect: Effect) {
        let this = Rc::clone(self);
        match effect {
            Effect::MakeKey => spawn(async move {
                let key = this.channel.public_key().await;
                this.handle(Event::PublicKey(key));
            }),
            Effect::OpenStream(url) => {
                let number = self.stream.get() + 1;
                self.stream.set(number);
                spawn(async move { this.follow(&url, number).await });
            }
            Effect::Close => self.stream.set(self.stream.get() + 1),
            Effect::Open { peer, sealed } => spawn(async move {
                let copy = this.channel.open(&peer, &sealed).await;
                this.handle(Event::Opened(copy));
            }),
            Effect::Seal { peer, copy } => spawn(async move {
                let sealed = this.channel.seal(&peer, &copy).await;
                this.handle(Event::Sealed(sealed));
            }),
            Effect::Post(url, bytes) => spawn(async move {
                drop(send("POST", &url, Some(&bytes)).await);
                this.handle(Event::Posted);
            }),
            Effect::KeepAlive(url) => spawn(async move { drop(send("HEAD", &url, None).await) }),
            Effect::SetTimer(ms) => self.timer.set(ms),
        }
    }

    /// Follows the stream `number` to its end.
    async fn follow(self: &Rc<Self>, url: &str, number: u32) {
        let response = send("GET", url, None).await.ok();
        let media_type = response.as_ref().and_then(|response| response.headers().get("content-type").ok()?);
        self.handle(Event::Response(media_type.as_deref()));
        let Some(body) = response.and_then(|response| response.body()) else {
            return self.handle(Event::Ended);
        };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        while self.stream.get() == number {
            let chunk = JsFuture::from(reader.read()).await;
            match chunk.map(|chunk| Reflect::get(&chunk, &"value".into()).ok()) {
                Err(_) => return self.handle(Event::Broken),
                Ok(value) => match value.as_ref().and_then(take_bytes) {
                    Some(piece) => self.handle(Event::Chunk(&piece)),
                    None => return self.handle(Event::Ended),
                },
            }
        }
        drop(JsFuture::from(reader.cancel()).await);
    }
}

async fn send(method: &str, url: &str, body: Option<&[u8]>) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Error);
    if let Some(body) = body {
        init.set_body(&Uint8Array::from(body));
    }
    let request = Request::new_with_str_and_init(url, &init)?;
    Ok(JsFuture::from(fetch(&request)).await?.unchecked_into())
}
