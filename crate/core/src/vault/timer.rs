//! The vault's only timer.

use super::Effect;
use crate::time::Now;

/// When the edge's timer fires. Firing early does no harm.
#[derive(Debug, Default)]
pub(super) struct Timer {
    /// By the monotonic clock.
    set: Option<u64>,
    /// Whether the deadline may have changed.
    pub(super) is_stale: bool,
}

impl Timer {
    pub(super) fn ran_out(&mut self) {
        self.set = None;
    }

    pub(super) fn set(&mut self, deadline: Option<u64>, now: Now, effects: &mut Vec<Effect>) {
        let Some(left) = deadline else { return };
        let left = left.max(1);
        let at = now.monotonic.saturating_add(left);
        if self.set.is_none_or(|set| set > at || set <= now.monotonic) {
            self.set = Some(at);
            effects.push(Effect::SetTimer(left));
        }
    }
}
