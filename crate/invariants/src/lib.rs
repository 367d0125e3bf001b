//! Invariants of the core for *every* input from a page, a server or storage.
//!
//! Each function passes bytes to the core and checks the outcome with an oracle that shares no code with the
//! core. The fuzz targets of `crate/fuzz` call them with inputs from libFuzzer; `tests/corpus.rs` calls them
//! in every test run with the seeds of `crate/fuzz/seeds` and variations of them.

#![forbid(unsafe_code)]
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::panic,
    clippy::return_self_not_must_use,
    clippy::struct_excessive_bools,
    clippy::unwrap_used,
    reason = "everything here is test code: a panic is how it says that something does not hold"
)]

mod callback;
mod configuration;
mod events;
mod fixture;
mod frames;
mod handover;
mod id_token_claims;
mod json;
mod login_request;
mod policy_url;
mod return_to;
mod seeds;
mod token_response;
pub mod world;

pub use callback::callback;
pub use configuration::configuration;
pub use events::events;
pub use frames::frames;
pub use handover::handover;
pub use id_token_claims::id_token_claims;
pub use json::json;
pub use login_request::login_request;
pub use policy_url::policy_url;
pub use seeds::seeds;
pub use token_response::token_response;

/// What the core did with an input. Used to detect a corpus in which every input is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Accepted: it led to a token, a session, a copy or a page of the app.
    Accepted,
    /// Refused.
    Refused,
}

impl Outcome {
    fn accepted_if(condition: bool) -> Self {
        if condition { Self::Accepted } else { Self::Refused }
    }
}

/// A function that checks its invariants for any input.
pub type Target = fn(&[u8]) -> Outcome;

/// All targets, with the names of the fuzz targets and their corpora.
pub const TARGETS: [(&str, Target); 10] = [
    ("callback", callback),
    ("configuration", configuration),
    ("events", events),
    ("frames", frames),
    ("handover", handover),
    ("id_token_claims", id_token_claims),
    ("json", json),
    ("login_request", login_request),
    ("policy_url", policy_url),
    ("token_response", token_response),
];
