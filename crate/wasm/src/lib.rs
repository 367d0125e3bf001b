//! The edge of the Strongroom token vault: the only Rust that knows a browser exists.
//!
//! [`strongroom_core`] decides; this crate reads requests, performs what was decided and makes responses. The same
//! wasm serves both kinds of worker: [`Vault`] is a service worker's, [`keep`] that of a worker that keeps a
//! second copy of the session.

mod allocator;
mod answer;
mod api;
mod changes;
mod channel;
mod endpoints;
mod events;
mod keeper;
mod keepers;
mod pipe;
mod platform;
mod replay;
mod store;
mod task;
mod vault;
mod worker;

pub use channel::Channel;
pub use keeper::{keep, listen};
pub use store::Store;
pub use vault::Vault;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
