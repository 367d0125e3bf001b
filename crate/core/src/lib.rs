//! Protocol, policy and state of the Strongroom token vault.
//!
//! Sans-I/O: this crate builds requests and judges responses, and its caller performs them. It knows no
//! browser, reads no clock and draws no randomness; every function that depends on them takes them as
//! arguments, so the whole behaviour is tested natively. Where to look first:
//!
//! * [`policy`]: which requests get the token;
//! * [`vault`]: what a sign-in, a token response and a sign-out do to the session;
//! * [`config`]: what a worker may be configured with.

#![forbid(unsafe_code)]

pub mod authorization;
mod callback;
pub mod claims;
mod cognito;
pub mod config;
mod decimal;
mod digest;
mod form;
pub mod json;
pub mod keep;
pub mod keeper;
mod path;
pub mod pkce;
pub mod policy;
pub mod problem;
mod renewal;
pub mod response;
pub mod return_to;
pub mod secret;
pub mod session;
mod session_manager;
pub mod time;
pub mod token;
pub mod transaction;
pub mod url;
pub mod vault;
