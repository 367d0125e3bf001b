//! The vault, from events to effects, in simulated time.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod api_requests;
mod endpoints;
mod event_streams;
mod expiry;
mod keepers;
mod model;
mod queue;
mod recovery;
mod remember;
mod replays;
mod sign_in;
mod sign_out;
mod storage;
mod vault_origin;
mod versions;

use strongroom_invariants::world::{
    Form, LIFETIME, NOTES, OWN_API, Request, TOKEN_ENDPOINT, Tokens, World, config,
};
