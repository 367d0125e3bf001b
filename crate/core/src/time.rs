//! Time as the caller read it.

/// One reading of both of the platform's clocks, in milliseconds.
///
/// Neither clock alone measures a token's age: the monotonic one may stand still while the machine sleeps,
/// the wall clock may be set. Each can only make a token look *younger* than it is by failing, so the age is
/// the greater of the two differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since some fixed moment; never goes back.
    pub monotonic: u64,
    /// Milliseconds since 1970 by the wall clock.
    pub wall: u64,
}

impl Now {
    /// Milliseconds that have passed since `earlier`.
    #[must_use]
    pub fn since(self, earlier: Self) -> u64 {
        let monotonic = self.monotonic.saturating_sub(earlier.monotonic);
        monotonic.max(self.wall.saturating_sub(earlier.wall))
    }
}

#[cfg(test)]
mod tests {
    use super::Now;

    const START: Now = Now { monotonic: 1_000, wall: 1_700_000_000_000 };

    #[test]
    fn counts_sleep_that_the_monotonic_clock_missed() {
        let woke = Now { monotonic: 1_500, wall: START.wall + 3_600_000 };
        assert_eq!(woke.since(START), 3_600_000);
    }

    #[test]
    fn ignores_a_wall_clock_set_back() {
        let corrected = Now { monotonic: 61_000, wall: START.wall - 86_400_000 };
        assert_eq!(corrected.since(START), 60_000);
    }
}
