//! The vault, from events to effects, in simulated time.

mod api_requests;
mod endpoints;
mod event_streams;
mod expiry;
mod keepers;
mod queue;
mod random;
mod recovery;
mod replays;
mod sign_in;
mod sign_out;
mod storage;
mod versions;
mod world;

use world::{Form, LIFETIME, NOTES, OWN_API, Request, TOKEN_ENDPOINT, Tokens, World, config};
