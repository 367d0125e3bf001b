//! The edge of the Strongroom token vault: all Rust code that uses browser APIs.
//!
//! [`strongroom_core`] makes the decisions. This crate turns browser events into its events and performs its
//! effects. Both kinds of worker load the same wasm: a service worker calls [`Vault::fetch`], a keeper [`Vault::keep`].

#[cfg(target_arch = "wasm32")]
mod allocator;
mod executor;
mod fetches;
mod keeper;
mod platform;
mod shim;
mod vault;
#[cfg(feature = "vault-origin")]
mod vault_origin;

pub use shim::{Channel, OtherWorkers, Store};
pub use vault::Vault;

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
