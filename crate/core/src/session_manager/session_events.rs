//! What happened to the session, for apps that watch: names, durations, codes of errors. Nothing secret.

use super::{Generation, SessionManager, State};
use crate::decimal::decimal;
use crate::problem::Problem;
use crate::time::Now;

/// What has been reported to the pages.
#[derive(Debug, Default)]
pub(super) struct Reported {
    generation: Option<Generation>,
    /// Since when a session is lost that may come back.
    pub(super) lost: Option<Now>,
    trouble: Option<Problem>,
    /// Errors that every open page has, and that were not reported yet.
    errors: String,
}

impl Reported {
    pub(super) fn error(&mut self, problem: &Problem) {
        self.errors.push_str(&error_event(problem));
    }
}

impl SessionManager {
    /// What has happened since the last call, as server-sent events (HTML standard section 9.2), each with a JSON object
    /// for its data: `signin`, `renewed` and `recovered` with their `duration` in milliseconds, `signout`, and `error` with
    /// its `code` and `description`. To be asked after each change.
    pub(crate) fn session_events(&mut self, now: Now) -> String {
        let tokens = self.generation();
        let reported = std::mem::replace(&mut self.reported.generation, tokens);
        let lost = self.reported.lost;
        self.reported.lost = match self.state {
            State::Recovering { .. } => lost.or(Some(now)),
            _ => None,
        };
        let took = match (reported, tokens) {
            (Some(before), Some(after)) if before == after => None,
            (Some(before), Some(_)) if self.is_renewed_since(before) => Some(("renewed", self.took)),
            (_, Some(_)) => Some(lost.map_or(("signin", self.took), |lost| ("recovered", now.since(lost)))),
            (_, None) => None,
        };
        let mut happened = String::new();
        if let Some((name, duration)) = took {
            event(name, &["{\"duration\":", &decimal(duration), "}"].concat(), &mut happened);
        }
        // Lost is not over.
        if (reported.is_some() || lost.is_some()) && self.is_anonymous() {
            event("signout", "{}", &mut happened);
        }
        happened.push_str(&std::mem::take(&mut self.reported.errors));
        if self.trouble() != self.reported.trouble.as_ref() {
            self.reported.trouble = self.trouble().cloned();
            happened.push_str(&self.reported.trouble.as_ref().map(error_event).unwrap_or_default());
        }
        happened
    }
}

/// The event of an error that a page has.
pub(super) fn error_event(problem: &Problem) -> String {
    let mut text = String::new();
    event("error", &problem.to_json(), &mut text);
    text
}

fn event(name: &str, data: &str, out: &mut String) {
    for part in ["event: ", name, "\ndata: ", data, "\n\n"] {
        out.push_str(part);
    }
}
