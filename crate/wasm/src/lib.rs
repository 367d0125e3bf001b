//! The edge of the Strongroom token vault: the only Rust that knows a browser exists.
//!
//! [`strongroom_core`] decides. This crate turns what the browser does into events, and carries out the effects. The same
//! wasm serves both kinds of worker: [`Vault`] is a service worker's, [`keep`] that of a worker that keeps a second copy of
//! the session.

mod allocator;
mod executor;
mod fetches;
mod keeper;
mod platform;
mod shim;
mod vault;

pub use keeper::keep;
pub use shim::{Channel, Store, Versions};
pub use vault::Vault;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
