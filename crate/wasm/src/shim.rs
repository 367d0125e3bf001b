//! JavaScript objects that the shim provides.

use crate::platform::take_bytes;
use js_sys::Uint8Array;
use strongroom_core::secret::SessionCopy;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The database. Script in a page can write to it and block it, so its contents are not trusted.
    pub type Store;

    /// The row and the device copy, `undefined` if there is none. The row is an empty text if the stored value is
    /// not a text or longer than `longest` UTF-16 code units. The device copy is empty unless `opens_copy` is set
    /// and it can be opened. Rejects with a `DOMException`.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn read(this: &Store, longest: usize, opens_copy: bool) -> Result<JsValue, JsValue>;

    /// Writes the row and the device copy, or deletes the latter, in a new database if `reset` is set. Rejects
    /// with a `DOMException`. Overwrites the bytes of `copy`.
    #[wasm_bindgen(method, catch)]
    pub(crate) async fn write(
        this: &Store,
        row: &str,
        reset: bool,
        copy: Option<Uint8Array>,
    ) -> Result<JsValue, JsValue>;

    /// The other versions of the worker script, and the other vaults of the origin.
    pub type OtherWorkers;

    #[wasm_bindgen(method, js_name = keepAlive)]
    pub(crate) fn keep_alive(this: &OtherWorkers);

    #[wasm_bindgen(method, js_name = askToTakeOver)]
    pub(crate) fn ask_to_take_over(this: &OtherWorkers);

    #[wasm_bindgen(method, js_name = signOut)]
    pub(crate) fn sign_out(this: &OtherWorkers);

    /// One end of the sealed channel between a service worker and its keepers, with one key pair for the life
    /// of this worker.
    #[derive(Clone)]
    pub type Channel;

    #[wasm_bindgen(method, catch, js_name = publicKey)]
    async fn public_key_js(this: &Channel) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = seal)]
    async fn seal_js(this: &Channel, peer: &Uint8Array, bytes: &Uint8Array) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = open)]
    async fn open_js(this: &Channel, peer: &Uint8Array, sealed: &Uint8Array) -> Result<JsValue, JsValue>;
}

impl Channel {
    /// This end's public key in the raw format.
    pub(crate) async fn public_key(&self) -> Option<Vec<u8>> {
        take_bytes(&self.public_key_js().await.ok()?)
    }

    /// Seals `copy` for the owner of `peer`. The bytes in JavaScript's memory are overwritten.
    pub(crate) async fn seal(&self, peer: &[u8], copy: &SessionCopy) -> Option<Vec<u8>> {
        let bytes = Uint8Array::from(copy.expose().as_bytes());
        take_bytes(&self.seal_js(&Uint8Array::from(peer), &bytes).await.ok()?)
    }

    /// Opens what the owner of `peer` sealed; `None` if it was not sealed for this end.
    pub(crate) async fn open(&self, peer: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        take_bytes(&self.open_js(&Uint8Array::from(peer), &Uint8Array::from(sealed)).await.ok()?)
    }
}
