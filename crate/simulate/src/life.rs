//! What one user does with the app in one browser on one day.
//!
//! The lives are the same under every policy: they are generated before any token is renewed.

use crate::assumptions::{Assumptions, DayShape};
use crate::clock::{DAY, HOUR, MIDNIGHT, MINUTE};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::ops::Range;

/// A random generator for one session and one purpose.
pub(crate) type Random = Xoshiro256PlusPlus;

/// The random generator of `session` for `purpose`, independent of all others.
pub(crate) fn random(seed: u64, session: u64, purpose: u64) -> Random {
    let stream = |mixed: u64| Random::seed_from_u64(mixed);
    // Not `seed ^ session`: another seed would produce the same sessions in another order.
    let mixed = [session, purpose].iter().fold(seed, |mixed, part| stream(mixed).random::<u64>() ^ part);
    stream(mixed)
}

/// A browser's day.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    /// When the app is open, in order.
    pub(crate) periods: Vec<Period>,
    /// The counted day, from 4 a.m. local time. A session may have begun the day before.
    pub(crate) counted: Range<u64>,
    /// How long after its last use the machine goes to sleep.
    pub(crate) sleeps_after: Option<u64>,
    /// Whether the app is not used on the counted day.
    pub(crate) unused: bool,
    /// Local time minus UTC, in milliseconds.
    pub(crate) offset: i64,
}

/// A period in which the app is open in at least one tab.
#[derive(Debug, Clone)]
pub(crate) struct Period {
    pub(crate) open: Range<u64>,
    /// When each tab was opened, the first at the start of the period.
    pub(crate) tabs: Vec<u64>,
    /// When the app is used, in order.
    pub(crate) uses: Vec<Range<u64>>,
}

impl Life {
    /// The life of user number `session`.
    pub(crate) fn of(session: u64, assumptions: &Assumptions) -> Self {
        let mut random = random(assumptions.seed, session, 1);
        let offset = pick(&assumptions.zones, |zone| zone.share, &mut random).map_or(0, |zone| zone.offset);
        let day = (MIDNIGHT + 4 * HOUR).saturating_add_signed(-offset);
        let counted = day..day + DAY;
        let unused = random.random_bool(assumptions.unused);
        let office = random.random_bool(assumptions.office);
        let shape = if office { assumptions.office_day } else { assumptions.private_day };
        let sharp = office && random.random_bool(assumptions.sharp.0);
        let (mean, deviation) = if sharp {
            (9.0 * HOUR as f64, assumptions.sharp.1)
        } else {
            (shape.start, shape.start_deviation)
        };
        let start = day + within_day(mean, deviation, &mut random) - 4 * HOUR;
        let left_open = unused || !random.random_bool(assumptions.closes_at_night);
        let sleeps_after = random.random_bool(assumptions.sleeps.0).then_some(assumptions.sleeps.1);

        let mut uses = Vec::new();
        if left_open {
            // An app that is still open in the morning was used the evening before.
            let evening = day - 5 * HOUR - random.random_range(0..6 * HOUR);
            uses.push((evening..evening + exponential(shape.used, &mut random).max(MINUTE), false));
        }
        if !unused {
            uses_of_day(
                start..counted.end.min(start + shape.span),
                shape,
                assumptions.closes,
                &mut random,
                &mut uses,
            );
            if !left_open && let Some((_, closes)) = uses.last_mut() {
                *closes = true;
            }
        }
        let periods = periods(uses, counted.end, assumptions, &mut random);
        Self { periods, counted, sleeps_after, unused, offset }
    }

    /// Whether the machine is awake at `moment` of `period`.
    pub(crate) fn is_awake(&self, period: &Period, moment: u64) -> bool {
        let Some(after) = self.sleeps_after else { return true };
        period.uses.iter().any(|used| used.start <= moment && moment < used.end + after)
    }

    /// When an action due at `moment` happens: at once, or when the machine wakes; `None` if the app is
    /// closed before.
    pub(crate) fn happens(&self, period: &Period, moment: u64) -> Option<u64> {
        if !period.open.contains(&moment) {
            None
        } else if self.is_awake(period, moment) {
            Some(moment)
        } else {
            period.uses.iter().map(|used| used.start).find(|start| *start > moment)
        }
    }
}

/// A normally distributed time in milliseconds after midnight, redrawn until it lies between 4 a.m. and 2
/// a.m. Clamping it would make all outliers begin in the same second.
fn within_day(mean: f64, deviation: f64, random: &mut Random) -> u64 {
    loop {
        let drawn = mean + deviation * normal(random);
        if ((4 * HOUR) as f64..(26 * HOUR) as f64).contains(&drawn) {
            return drawn as u64;
        }
    }
}

/// The uses within `span`, each with whether the app is closed afterwards.
fn uses_of_day(
    span: Range<u64>,
    shape: DayShape,
    closes: f64,
    random: &mut Random,
    uses: &mut Vec<(Range<u64>, bool)>,
) {
    let mut moment = span.start;
    while moment < span.end {
        let end = (moment + exponential(shape.used, random).max(MINUTE)).min(span.end);
        uses.push((moment..end, random.random_bool(closes)));
        moment = end + exponential(shape.idle, random);
    }
}

fn periods(
    uses: Vec<(Range<u64>, bool)>,
    end: u64,
    assumptions: &Assumptions,
    random: &mut Random,
) -> Vec<Period> {
    let mut periods: Vec<Period> = Vec::new();
    let mut closed = true;
    for (used, closes) in uses {
        if closed {
            let others = pick(&assumptions.tabs, |share| *share, random).map_or(0, |found| {
                assumptions.tabs.iter().position(|share| std::ptr::eq(share, found)).unwrap_or(0)
            });
            let tabs = std::iter::once(used.start)
                .chain((0..others).map(|_| used.start + random.random_range(0..used.end - used.start)))
                .collect();
            periods.push(Period { open: used.start..end, tabs, uses: Vec::new() });
        }
        closed = closes;
        if let Some(period) = periods.last_mut() {
            if closes {
                period.open.end = used.end;
            }
            period.uses.push(used);
        }
    }
    periods
}

fn pick<'a, T>(all: &'a [T], share: impl Fn(&T) -> f64, random: &mut Random) -> Option<&'a T> {
    let mut left: f64 = random.random();
    all.iter().find(|one| {
        left -= share(one);
        left < 0.0
    })
}

fn normal(random: &mut Random) -> f64 {
    StandardNormal.sample(random)
}

/// An exponentially distributed duration in milliseconds.
pub(crate) fn exponential(mean: f64, random: &mut Random) -> u64 {
    let one: f64 = Exp1.sample(random);
    (mean * one) as u64
}

#[cfg(test)]
mod tests {
    use super::{Life, Period};
    use crate::assumptions::Assumptions;
    use crate::clock::{DAY, HOUR, MIDNIGHT, MINUTE};
    use std::collections::HashMap;

    fn lives(count: u64) -> Vec<Life> {
        let assumptions = Assumptions::read().unwrap();
        (0..count).map(|session| Life::of(session, &assumptions)).collect()
    }

    #[test]
    fn uses_are_in_order_and_within_open_periods() {
        for life in lives(2_000) {
            let mut last = 0;
            for period in &life.periods {
                assert!(period.open.start >= last && !period.uses.is_empty());
                assert_eq!((period.open.start, period.tabs[0]), (period.uses[0].start, period.uses[0].start));
                for used in &period.uses {
                    assert!(
                        used.start >= last && used.start < used.end && used.end <= period.open.end,
                        "{life:?}"
                    );
                    last = used.end;
                }
                assert!(period.tabs.iter().all(|opened| period.open.contains(opened)));
                last = period.open.end;
            }
            assert!(last <= life.counted.end);
        }
    }

    #[test]
    fn the_share_of_unused_sessions_is_as_assumed() {
        let lives = lives(4_000);
        let unused: Vec<_> = lives.iter().filter(|life| life.unused).collect();
        let expected = 4_000.0 * Assumptions::read().unwrap().unused;
        assert!((unused.len() as f64 - expected).abs() < expected / 5.0, "{}", unused.len());
        for life in unused {
            assert!(
                life.periods.iter().flat_map(|period| &period.uses).all(|used| used.end < life.counted.start)
            );
        }
    }

    #[test]
    fn only_nine_o_clock_starts_are_clustered() {
        let mut begun = HashMap::new();
        for life in lives(20_000) {
            let uses = life.periods.iter().flat_map(|period| &period.uses);
            if let Some(first) = uses.map(|used| used.start).find(|start| life.counted.contains(start)) {
                *begun.entry(first.saturating_add_signed(life.offset) / 1_000).or_insert(0) += 1;
            }
        }
        let (second, most) = begun.into_iter().max_by_key(|(_, count)| *count).unwrap();
        let nine = (MIDNIGHT + 9 * HOUR) / 1_000;
        assert!(
            (second % (DAY / 1_000)).abs_diff(nine % (DAY / 1_000)) < 900 || most < 8,
            "{most} in second {second}"
        );
        assert!(most < 40, "{most} in second {second}");
    }

    #[test]
    fn a_machine_sleeps_when_idle_and_wakes_with_the_next_use() {
        let start = MIDNIGHT + 9 * HOUR;
        let uses = vec![start..start + 5 * MINUTE, start + HOUR..start + HOUR + 5 * MINUTE];
        let period = Period { open: start..start + 3 * HOUR, tabs: vec![start], uses };
        let life = |sleeps_after| Life {
            periods: vec![period.clone()],
            counted: MIDNIGHT..MIDNIGHT + DAY,
            sleeps_after,
            unused: false,
            offset: 0,
        };
        let sleeper = life(Some(15 * MINUTE));
        for (minute, happens) in [
            (0, Some(0)),
            (19, Some(19)),
            (20, Some(60)),
            (59, Some(60)),
            (60, Some(60)),
            (79, Some(79)),
            (80, None),
            (180, None),
        ] {
            let found = sleeper.happens(&period, start + minute * MINUTE);
            assert_eq!(found, happens.map(|minute: u64| start + minute * MINUTE), "{minute}");
        }
        assert_eq!(life(None).happens(&period, start + 100 * MINUTE), Some(start + 100 * MINUTE));
    }
}
