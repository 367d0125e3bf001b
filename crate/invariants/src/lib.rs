//! What holds of the core for *every* input that a page, a server or a storage may hand it.
//!
//! Each function takes bytes, hands them to the core, and asserts what must hold of the outcome, by an oracle that does
//! not share the core's code. The fuzz targets of `crate/fuzz` call them with what libFuzzer finds; `tests/corpus.rs`
//! calls them with the committed corpus and variations of it, in every test run.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "everything here is test code: a panic is how it says that something does not hold"
)]

mod callback;
mod configuration;
mod events;
mod executor;
mod fixture;
mod frames;
mod handover;
mod id_token_claims;
mod json;
mod login_request;
mod policy_url;
mod return_to;
mod token_response;

pub use callback::callback;
pub use configuration::configuration;
pub use events::events;
pub use frames::frames;
pub use handover::handover;
pub use id_token_claims::id_token_claims;
pub use json::json;
pub use login_request::login_request;
pub use policy_url::policy_url;
pub use token_response::token_response;

/// What the core made of an input, so that a corpus in which everything is refused can be noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It led to what its sender wants: a token, a session, a copy, a place in the app.
    Accepted,
    /// It did not.
    Refused,
}

impl Outcome {
    fn accepted_if(condition: bool) -> Self {
        if condition { Self::Accepted } else { Self::Refused }
    }
}

/// A function that asserts its invariants of any input.
pub type Target = fn(&[u8]) -> Outcome;

/// All of them, by the names of the fuzz targets and their corpora.
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
