//! A keeper: a worker that holds a second copy of the session while a tab is open.
//!
//! It has no message interface: it speaks only to the service worker, by `fetch`.

use crate::channel::Channel;
use crate::platform::{fetch, now, sleep, take_bytes};
use crate::task::spawn;
use js_sys::{Reflect, Uint8Array};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use strongroom_core::keep::{Frame, FrameReader, Keeper, MEDIA_TYPE, QUIET_TIME};
use strongroom_core::pkce::base64url;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, Request, RequestCache, RequestInit, RequestRedirect, Response};

/// The longest pause after a request that no worker answered, in milliseconds.
const LONGEST_PAUSE: u64 = 30_000;

/// How a stream ended.
enum End {
    /// The service worker ended it: it makes room for a new version, or the browser cuts streams.
    Quiet,
    /// The service worker died.
    Broken,
    /// Whoever answered was no service worker of ours. It was sent nothing.
    Refused,
}

thread_local! {
    /// The keeper of this worker.
    static KEEPER: RefCell<Rc<Shared>> = RefCell::default();
}

#[derive(Default)]
struct Shared {
    copy: RefCell<Keeper>,
    connected: Cell<bool>,
}

/// To be called several times a minute: a keeper that was frozen must know it.
#[wasm_bindgen]
pub fn listen() {
    KEEPER.with_borrow(|keeper| keeper.copy.borrow_mut().listen(keeper.connected.get(), now()));
}

/// Keeps, for as long as this worker lives.
#[wasm_bindgen]
pub fn keep(base_path: &str, channel: Channel) {
    let endpoint = [base_path, "/keep"].concat();
    let shared = Rc::<Shared>::default();
    KEEPER.set(Rc::clone(&shared));
    spawn(async move {
        let keeping = Keeping { endpoint, channel, shared };
        let mut pause = 1_000;
        loop {
            let end = keeping.follow().await.unwrap_or(End::Refused);
            keeping.shared.connected.set(false);
            if matches!(end, End::Refused) {
                sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
                continue;
            }
            pause = 1_000;
            if matches!(end, End::Quiet) {
                sleep(QUIET_TIME).await;
            }
        }
    });
}

struct Keeping {
    endpoint: String,
    channel: Channel,
    shared: Rc<Shared>,
}

impl Keeping {
    /// Follows one stream of the service worker to its end.
    async fn follow(&self) -> Result<End, JsValue> {
        let own_key = self.channel.public_key().await.ok_or(JsValue::NULL)?;
        let url = [&self.endpoint, "?key=", &base64url(&own_key)].concat();
        let response: Response = JsFuture::from(fetch(&request(&url, None)?)).await?.unchecked_into();
        let media_type = response.headers().get("content-type")?;
        let (Some(body), true) = (response.body(), media_type.is_some_and(|it| it == MEDIA_TYPE)) else {
            return Ok(End::Refused);
        };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let mut frames = FrameReader::default();
        let mut worker_key = Vec::new();
        self.shared.connected.set(true);
        loop {
            let Ok(chunk) = JsFuture::from(reader.read()).await else { return Ok(End::Broken) };
            let Some(piece) = take_bytes(&Reflect::get(&chunk, &"value".into())?) else {
                return Ok(End::Quiet);
            };
            frames.push(&piece);
            loop {
                match frames.next_frame() {
                    Ok(Some(frame)) => self.obey(frame, &own_key, &mut worker_key).await?,
                    Ok(None) => break,
                    Err(_) => return Ok(End::Refused),
                }
            }
        }
    }

    async fn obey(&self, frame: Frame, own_key: &[u8], worker_key: &mut Vec<u8>) -> Result<(), JsValue> {
        match frame {
            Frame::Greeting { public_key, wanted } => {
                *worker_key = public_key;
                let is_wanted = self.shared.copy.borrow_mut().greeted(wanted.as_deref());
                if is_wanted {
                    self.offer(own_key, worker_key).await?;
                }
            }
            Frame::Copy(sealed) => {
                let Some(copy) = self.channel.open(worker_key, &sealed).await else { return Ok(()) };
                let is_newer = self.shared.copy.borrow_mut().keep(&copy, now());
                if is_newer {
                    self.offer(own_key, worker_key).await?;
                }
            }
            Frame::Forget => self.shared.copy.borrow_mut().forget(),
        }
        Ok(())
    }

    /// Gives the copy back. If the worker is gone by now this request travels to the host: sealed for a worker that
    /// no longer exists.
    async fn offer(&self, own_key: &[u8], worker_key: &[u8]) -> Result<(), JsValue> {
        let offer = self.shared.copy.borrow().offer(now());
        let Some(sealed) = self.channel.seal(worker_key, &offer).await else { return Ok(()) };
        let body = Uint8Array::from([own_key, &sealed].concat().as_slice());
        JsFuture::from(fetch(&request(&self.endpoint, Some(&body))?)).await?;
        Ok(())
    }
}

fn request(url: &str, body: Option<&Uint8Array>) -> Result<Request, JsValue> {
    let init = RequestInit::new();
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Error);
    if let Some(body) = body {
        init.set_method("POST");
        init.set_body(body);
    }
    Request::new_with_str_and_init(url, &init)
}
