//! The sealed channel between a service worker and its keepers: keys agreed by ECDH, bytes sealed with AES-GCM.

use crate::platform::take_bytes;
use js_sys::Uint8Array;
use strongroom_core::secret::Secret;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The shim's channel: one pair of keys for the life of this worker.
    #[derive(Clone)]
    pub type Channel;

    /// This side's public key, in the raw format.
    #[wasm_bindgen(method, catch, js_name = publicKey)]
    async fn public_key_js(this: &Channel) -> Result<JsValue, JsValue>;

    /// `bytes` for the owner of `peer` alone. The given bytes are overwritten.
    #[wasm_bindgen(method, catch, js_name = seal)]
    async fn seal_js(this: &Channel, peer: &Uint8Array, bytes: &Uint8Array) -> Result<JsValue, JsValue>;

    /// What the owner of `peer` sealed; `undefined` if it was not sealed for this side.
    #[wasm_bindgen(method, catch, js_name = open)]
    async fn open_js(this: &Channel, peer: &Uint8Array, sealed: &Uint8Array) -> Result<JsValue, JsValue>;
}

impl Channel {
    pub(crate) async fn public_key(&self) -> Option<Vec<u8>> {
        take_bytes(&self.public_key_js().await.ok()?)
    }

    pub(crate) async fn seal(&self, peer: &[u8], secret: &Secret) -> Option<Vec<u8>> {
        let bytes = Uint8Array::from(secret.expose().as_bytes());
        take_bytes(&self.seal_js(&Uint8Array::from(peer), &bytes).await.ok()?)
    }

    pub(crate) async fn open(&self, peer: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        take_bytes(&self.open_js(&Uint8Array::from(peer), &Uint8Array::from(sealed)).await.ok()?)
    }
}
