//! A response that is written piece by piece.

use crate::answer;
use crate::task::spawn;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Response, TransformStream, WritableStreamDefaultWriter};

/// The writing end.
#[derive(Clone)]
pub(crate) struct Pipe(WritableStreamDefaultWriter);

impl Pipe {
    /// A pipe, and the response at its other end.
    pub(crate) fn open(media_type: &str) -> Result<(Self, Response), JsValue> {
        let stream = TransformStream::new()?;
        let response = answer::stream(&stream.readable(), media_type)?;
        Ok((Self(stream.writable().get_writer()?), response))
    }

    /// Whether somebody may still read.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.0.desired_size(), Ok(Some(_)))
    }

    pub(crate) fn write(&self, bytes: &[u8]) {
        forget(self.0.write_with_chunk(&Uint8Array::from(bytes)).unchecked_into());
    }

    /// Ends the response, once what was written is read.
    pub(crate) fn end(&self) {
        forget(self.0.close().unchecked_into());
    }
}

/// A reader that is gone is no error.
fn forget(promise: Promise) {
    spawn(async move { drop(JsFuture::from(promise).await) });
}
