//! The edge of a keeper: performs its effects and reports their results as events.

use crate::platform::{Timer, fetch, now, spawn, take_bytes};
use crate::shim::Channel;
use js_sys::{Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use strongroom_core::keeper::{self, Effect, Event};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request, RequestCache, RequestInit, RequestRedirect, Response};

pub(crate) struct Executor {
    pub(crate) keeper: RefCell<keeper::Keeper>,
    channel: Channel,
    timer: Timer,
    /// The number of the current stream.
    stream: Cell<u32>,
}

impl Executor {
    pub(crate) fn start(base_path: &str, channel: Channel) -> &'static Self {
        let keeper = RefCell::new(keeper::Keeper::new(base_path, now()));
        let (timer, stream) = (Timer::default(), Cell::new(0));
        let executor: &'static Self = Box::leak(Box::new(Self { keeper, channel, timer, stream }));
        executor.timer.calls(|| executor.handle(Event::Timer));
        executor.handle(Event::Started);
        executor
    }

    pub(crate) fn handle(&'static self, event: Event<'_>) {
        let effects = self.keeper.borrow_mut().handle(event, now());
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&'static self, effect: Effect) {
        match effect {
            Effect::MakeKey => {
                spawn(async { self.handle(Event::PublicKey(self.channel.public_key().await)) });
            }
            Effect::OpenStream(url) => {
                let number = self.stream.get() + 1;
                self.stream.set(number);
                spawn(async move { self.follow(&url, number).await });
            }
            Effect::Close => self.stream.set(self.stream.get() + 1),
            Effect::Open { peer, sealed } => spawn(async move {
                self.handle(Event::Opened(self.channel.open(&peer, &sealed).await));
            }),
            Effect::Seal { peer, copy } => spawn(async move {
                self.handle(Event::Sealed(self.channel.seal(&peer, &copy).await));
            }),
            Effect::Post(url, bytes) => spawn(async move {
                drop(send("POST", &url, Some(&bytes)).await);
                self.handle(Event::Posted);
            }),
            Effect::KeepAlive(url) => spawn(async move { drop(send("HEAD", &url, None).await) }),
            Effect::SetTimer(ms) => self.timer.set(ms),
        }
    }

    /// Reads the stream `number` to its end.
    async fn follow(&'static self, url: &str, number: u32) {
        let response = send("GET", url, None).await.ok();
        let media_type =
            response.as_ref().and_then(|response| response.headers().get("content-type").ok()?);
        self.handle(Event::Response(media_type.as_deref()));
        let Some(body) = response.and_then(|response| response.body()) else {
            return self.handle(Event::Ended);
        };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        while self.stream.get() == number {
            let chunk = JsFuture::from(reader.read()).await;
            // This stream was closed during the read, and another one may be open.
            if self.stream.get() != number {
                break;
            }
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
