//! Simulated time, in milliseconds.

pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// Midnight UTC of the counted day. Not zero: users east of Greenwich begin before it, some on the day
/// before.
pub(crate) const MIDNIGHT: u64 = 3 * DAY;

/// A daily span of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Daily {
    /// In milliseconds after midnight UTC.
    pub(crate) begin: u64,
    pub(crate) length: u64,
}

impl Daily {
    pub(crate) fn contains(self, moment: u64) -> bool {
        (moment % DAY + DAY - self.begin) % DAY < self.length
    }

    /// Its beginnings within `from..until`.
    pub(crate) fn beginnings(self, from: u64, until: u64) -> impl Iterator<Item = u64> {
        let first = from + (self.begin + DAY - from % DAY) % DAY;
        (first..until).step_by(DAY as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::{DAY, Daily, HOUR, MINUTE};

    #[test]
    fn a_daily_span_may_cross_midnight() {
        let late = Daily { begin: 23 * HOUR, length: 2 * HOUR };
        for (moment, inside) in [
            (23 * HOUR, true),
            (24 * HOUR, true),
            (3 * DAY + HOUR - 1, true),
            (HOUR, false),
            (22 * HOUR, false),
        ] {
            assert_eq!(late.contains(moment), inside, "{moment}");
        }
    }

    #[test]
    fn beginnings_are_found_in_every_range() {
        let noon = Daily { begin: 12 * HOUR, length: MINUTE };
        let found = |from, until| noon.beginnings(from, until).collect::<Vec<_>>();
        assert_eq!(found(0, 2 * DAY), [12 * HOUR, 36 * HOUR]);
        assert_eq!(found(12 * HOUR, 12 * HOUR + 1), [12 * HOUR]);
        assert!(found(13 * HOUR, 36 * HOUR).is_empty());
    }
}
