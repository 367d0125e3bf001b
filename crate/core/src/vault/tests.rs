//! What the vault decides, from its events to its effects, in simulated time.

mod queue;
mod sign_in;
mod sign_out;
mod storage;
mod world;

use world::{Form, LIFETIME, NOTES, Request, TOKEN_ENDPOINT, World, config};
