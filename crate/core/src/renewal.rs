//! When an access token is renewed.
//!
//! Renewal is lazy: only a request that needs a token starts it, so an unused session causes no requests.

use crate::time::Now;

/// A request waits for the renewal when the token has less than this left, in milliseconds, or less than a
/// fifth of its lifetime if that is shorter.
const BLOCKING: u64 = 60_000;

/// The pause after the first transient failure, in milliseconds; it doubles with each further failure.
const FIRST_PAUSE: u64 = 1_000;

/// The longest pause, in milliseconds.
const LONGEST_PAUSE: u64 = 60_000;

/// Whether a renewal is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// Not due.
    None,
    /// Due in the background: the token is in the last fifth of its lifetime.
    Background,
    /// Due before the token is used.
    Blocking,
}

/// The urgency for a token of `lifetime` with `remaining` left. `jitter` moves the start of the background
/// renewal within the last fifth, so that sessions that began together are not renewed together.
pub(crate) fn urgency(lifetime: u64, remaining: u64, jitter: u8) -> Urgency {
    if remaining <= blocking(lifetime) {
        Urgency::Blocking
    } else if remaining <= background(lifetime, jitter) {
        Urgency::Background
    } else {
        Urgency::None
    }
}

/// How long before its expiry a request begins to renew the token, in milliseconds.
pub(crate) fn renewal_margin(lifetime: u64, jitter: u8) -> u64 {
    background(lifetime, jitter).max(blocking(lifetime))
}

fn blocking(lifetime: u64) -> u64 {
    BLOCKING.min(lifetime / 5)
}

fn background(lifetime: u64, jitter: u8) -> u64 {
    let fifth = lifetime / 5;
    fifth - fifth / 2 * u64::from(jitter) / 255
}

/// The renewal under way, and the pause after failures.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    in_flight: bool,
    failures: u32,
    pause: Option<(Now, u64)>,
}

impl Schedule {
    pub(crate) fn in_flight(&self) -> bool {
        self.in_flight
    }

    /// Milliseconds until another attempt is allowed.
    pub(crate) fn pause(&self, now: Now) -> u64 {
        self.pause.map_or(0, |(since, length)| length.saturating_sub(now.since(since)))
    }

    /// Begins an attempt and returns true, unless one is under way or the pause has not ended.
    pub(crate) fn begin(&mut self, now: Now) -> bool {
        let free = !self.in_flight && self.pause(now) == 0;
        self.in_flight |= free;
        free
    }

    /// Records a transient failure. `jitter` shortens the pause by up to half.
    pub(crate) fn failed(&mut self, now: Now, jitter: u8) {
        let longest = FIRST_PAUSE.saturating_mul(1 << self.failures.min(16)).min(LONGEST_PAUSE);
        *self = Self {
            in_flight: false,
            failures: self.failures + 1,
            pause: Some((now, longest - longest / 2 * u64::from(jitter) / 255)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{Schedule, Urgency, urgency};
    use crate::time::Now;

    fn at(ms: u64) -> Now {
        Now { monotonic: ms, wall: ms }
    }

    #[test]
    fn a_token_is_not_renewed_before_its_last_fifth() {
        let hour = 3_600_000;
        assert_eq!(urgency(hour, 720_001, 0), Urgency::None);
        assert_eq!(urgency(hour, 720_000, 0), Urgency::Background);
        assert_eq!(urgency(hour, 720_000, 255), Urgency::None);
        assert_eq!(urgency(hour, 360_000, 255), Urgency::Background);
        assert_eq!(urgency(hour, 60_001, 255), Urgency::Background);
        assert_eq!(urgency(hour, 60_000, 255), Urgency::Blocking);
        assert_eq!(urgency(hour, 0, 0), Urgency::Blocking);
    }

    #[test]
    fn a_short_lived_token_is_not_renewed_at_every_request() {
        assert_eq!(urgency(30_000, 29_000, 0), Urgency::None);
        assert_eq!(urgency(30_000, 6_000, 0), Urgency::Blocking);
    }

    #[test]
    fn renewals_run_one_at_a_time_and_back_off() {
        let mut schedule = Schedule::default();
        assert!(schedule.begin(at(0)));
        assert!(!schedule.begin(at(0)), "one is under way");
        let mut pauses = Vec::new();
        let mut now = at(0);
        for _ in 0..9 {
            schedule.failed(now, 0);
            assert!(!schedule.begin(now), "too early");
            pauses.push(schedule.pause(now));
            now = at(now.wall + schedule.pause(now));
            assert!(schedule.begin(now));
        }
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
        schedule.failed(now, 255);
        assert_eq!(schedule.pause(now), 30_000);
    }
}
