//! SHA-256 of secrets.

use crate::pkce::base64url;
use sha2::{Digest, Sha256};
use std::hint::black_box;

/// SHA-256 of `text` in base64url. Leaves nothing of `text` on the stack.
///
/// The hash function copies its input to the stack and does not wipe it. Without this, the code verifier
/// would stay in the worker's memory until another call happens to overwrite it. `tests/memory` checks this.
pub(crate) fn sha256_base64url(text: &str) -> String {
    let hash = sha256(text);
    wipe_stack();
    base64url(&hash)
}

#[inline(never)]
fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Overwrites more stack than [`sha256`] uses. Both functions start at the same stack address.
#[inline(never)]
fn wipe_stack() {
    black_box(&mut [0_u8; 2_048]);
}
