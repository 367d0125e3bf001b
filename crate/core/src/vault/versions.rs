//! Draining for a new version of the worker script.
//!
//! Chromium does not activate a new version while the old one is responding to a request, and an event stream
//! is a response that never ends. So the old version ends its streams once the new one is installed. The
//! streams of an API may still take minutes.
//!
//! In the meantime the browser may stop the new version for idleness. If it is not running when it becomes
//! active, it gets none of the open pages' requests; so the old version keeps it alive.
//!
//! A request that arrives while Chromium is stopping the old version starts it again. Chromium does not stop
//! it a second time until the new version asks for it.

use super::{Effect, Version};
use crate::time::Now;

/// Interval of keep-alive messages to a waiting version, in milliseconds; far shorter than any browser's idle
/// limit.
const KEEP_ALIVE: u64 = 2_000;

#[derive(Debug, Default)]
pub(super) struct Versions {
    /// Whether a new version is waiting for this one to drain.
    pub(super) is_draining: bool,
    /// When the last keep-alive message was sent to the waiting version.
    kept_alive: Option<Now>,
    /// Whether this worker was running when the new version was being installed.
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
