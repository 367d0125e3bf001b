//! Protocol, policy and state of the Strongroom token vault.
//!
//! The crate performs no I/O: it builds requests and validates responses, and its caller sends them. Clock
//! readings and random bytes are arguments, so all behaviour can be tested natively. Start reading here:
//!
//! * [`policy`]: which requests get a token;
//! * [`vault`]: what a sign-in, a token response and a sign-out do to the session;
//! * [`config`]: what a worker can be configured with.

#![forbid(unsafe_code)]

pub mod authorization;
mod callback;
pub mod claims;
mod cognito;
pub mod config;
mod decimal;
mod digest;
mod form;
pub mod frames;
pub mod json;
pub mod keeper;
mod path;
pub mod pkce;
pub mod policy;
pub mod problem;
pub mod relay;
mod renewal;
pub mod response;
pub mod return_to;
pub mod secret;
pub mod session;
pub mod time;
pub mod token;
pub mod transaction;
pub mod url;
pub mod vault;
pub mod vault_origin;
