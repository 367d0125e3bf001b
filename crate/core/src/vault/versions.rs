//! Room for a new version of the worker script.
//!
//! Chromium does not activate a new version while the old one responds to a request, and a stream is a response that never
//! ends. So the old one ends its streams once the new one is installed. An API's stream may still take minutes. A new
//! version that the browser stops meanwhile, as it stops idle workers, and that does not run when it becomes active gets none
//! of the open pages' requests: so the old one keeps it alive. And a request that arrives while Chromium ends the old one
//! starts it again. It is then not ended a second time before the new one has asked for it.

use super::{Effect, Version};
use crate::time::Now;

/// Between two messages that keep a waiting version alive, in milliseconds: far less than browsers let a worker idle.
const KEEP_ALIVE: u64 = 2_000;

#[derive(Debug, Default)]
pub(super) struct Versions {
    /// A new version waits for this one to end its streams.
    pub(super) is_draining: bool,
    /// When the version that waits was last sent a message.
    kept_alive: Option<Now>,
    /// This worker saw the new version being installed.
    saw_installing: bool,
}

impl Versions {
    pub(super) fn changed(&mut self, version: Version, now: Now, effects: &mut Vec<Effect>) {
        self.kept_alive = None;
        match version {
            Version::Installing => self.saw_installing = true,
            Version::Installed => {
                self.is_draining = true;
                self.kept_alive = Some(now);
                if !self.saw_installing {
                    effects.push(Effect::AskToTakeOver);
                }
            }
            Version::Activating => {}
            Version::Redundant => *self = Self::default(),
        }
    }

    pub(super) fn timer_ran_out(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if self.kept_alive.is_some_and(|kept_alive| now.since(kept_alive) >= KEEP_ALIVE) {
            self.kept_alive = Some(now);
            effects.push(Effect::KeepVersionAlive);
        }
    }

    pub(super) fn deadline(&self, now: Now) -> Option<u64> {
        self.kept_alive.map(|kept_alive| KEEP_ALIVE.saturating_sub(now.since(kept_alive)))
    }
}
