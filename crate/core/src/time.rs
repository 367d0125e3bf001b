//! Clock readings.

/// A reading of both clocks of the platform, in milliseconds.
///
/// Neither clock measures a token's age alone: the monotonic clock may stop while the machine sleeps, and the
/// wall clock can be set back. Each error makes a token look *younger*, so the age is the greater of the two
/// differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since an arbitrary moment; never decreases.
    pub monotonic: u64,
    /// Milliseconds since 1970.
    pub wall: u64,
}

impl Now {
    /// Milliseconds since `earlier`.
    pub fn since(self, earlier: Self) -> u64 {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        monotonic.max(self.wall.saturating_sub(earlier.wall))
    }

    /// Milliseconds since `earlier`, excluding sleep, if the monotonic clock stops during
    /// sleep. For waits on keepers and storage, which sleep too.
    pub(crate) fn awake_since(self, earlier: Self) -> u64 {
        self.monotonic.saturating_sub(earlier.monotonic)
    }
}

#[cfg(test)]
mod tests {
    use super::Now;

    const START: Now = Now { monotonic: 1_000, wall: 1_700_000_000_000 };

    #[test]
    fn elapsed_time_includes_sleep_that_the_monotonic_clock_missed() {
        let woke = Now { monotonic: 1_500, wall: START.wall + 3_600_000 };
        assert_eq!(woke.since(START), 3_600_000);
    }

    #[test]
    fn elapsed_time_ignores_a_wall_clock_set_back() {
        let corrected = Now { monotonic: 61_000, wall: START.wall - 86_400_000 };
        assert_eq!(corrected.since(START), 60_000);
    }
}
