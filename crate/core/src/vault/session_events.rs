//! Session events for apps that watch: names, durations and error codes. Nothing secret.

use super::state::State;
use super::{Generation, Vault};
use crate::decimal::decimal;
use crate::problem::Problem;
use crate::time::Now;

/// What has already been reported to the pages.
#[derive(Debug, Default)]
pub(super) struct Reported {
    generation: Option<Generation>,
    /// When the session was lost, while it is being recovered.
    pub(super) lost: Option<Now>,
    trouble: Option<Problem>,
    /// Errors of all open pages that were not reported yet.
    pub(super) errors: String,
}

impl Vault {
    /// The session events since the last call, as server-sent events with JSON data:
    /// `signin`, `renewed` and `recovered` have a `duration` in milliseconds, `signout` has no members, and
    /// `error` has `code` and `description`. Call after each change.
    pub(super) fn session_events(&mut self, now: Now) -> String {
        let tokens = self.generation();
        let reported = std::mem::replace(&mut self.reported.generation, tokens);
        let lost = self.reported.lost;
        self.reported.lost = match self.state {
            State::Recovering { .. } => lost.or(Some(now)),
            _ => None,
        };
        let change = match (reported, tokens) {
            (Some(before), Some(after)) if before == after => None,
            (Some(before), Some(_)) if self.is_renewed_since(before) => Some(("renewed", self.last_duration)),
            (_, Some(_)) => {
                Some(lost.map_or(("signin", self.last_duration), |lost| ("recovered", now.since(lost))))
            }
            (_, None) => None,
        };
        let mut events = String::new();
        if let Some((name, duration)) = change {
            events = event(name, &["{\"duration\":", &decimal(duration), "}"].concat());
        }
        // A lost session may still be recovered, so losing it is not a `signout`.
        if (reported.is_some() || lost.is_some()) && self.is_anonymous() {
            events.push_str(&event("signout", "{}"));
        }
        events.push_str(&std::mem::take(&mut self.reported.errors));
        if self.trouble() != self.reported.trouble.as_ref() {
            self.reported.trouble = self.trouble().cloned();
            events.push_str(&self.reported.trouble.as_ref().map(error_event).unwrap_or_default());
        }
        events
    }
}

/// The session event of an error.
pub(super) fn error_event(problem: &Problem) -> String {
    event("error", &problem.to_json())
}

/// A server-sent event (HTML standard section 9.2). `data` has no line breaks.
pub(super) fn event(name: &str, data: &str) -> String {
    ["event: ", name, "\ndata: ", data, "\n\n"].concat()
}
