//! Renewal by timers: a fixed time before the token expires, whether or not the app is used.

use crate::assumptions::Assumptions;
use crate::life::{Life, Period, Random, random};
use crate::server::Disturbance;
use crate::tally::Log;
use rand::RngExt;

/// What owns a timer and tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timers {
    /// Each tab, as with `sessionStorage` or page memory.
    InEachTab,
    /// The browser, for all its tabs.
    OncePerBrowser,
}

/// Simulates `life`, whose index is `number`, and returns its log.
pub(crate) fn live(
    number: u64,
    life: &Life,
    timers: Timers,
    disturbance: Disturbance,
    assumptions: &Assumptions,
) -> Log {
    let mut log = Log::of(life);
    let mut random = random(assumptions.seed, number, 3);
    for period in &life.periods {
        // Each tab reloads for a new version at its own time, but a shared token is lost only once.
        let holders = match timers {
            Timers::InEachTab => period.tabs.as_slice(),
            Timers::OncePerBrowser => period.tabs.get(..1).unwrap_or_default(),
        };
        for opened in holders {
            let reload = disturbance.reloads(*opened, period.open.end, &mut random);
            let holder = Holder { assumptions, disturbance, life, period, reload };
            holder.live(*opened, &mut log, &mut random);
        }
    }
    log
}

/// One timer and its tokens.
struct Holder<'a> {
    assumptions: &'a Assumptions,
    disturbance: Disturbance,
    life: &'a Life,
    period: &'a Period,
    /// When the page reloads for a new version, which loses its memory.
    reload: Option<u64>,
}

impl Holder<'_> {
    fn live(mut self, opened: u64, log: &mut Log, random: &mut Random) {
        let mut is_sign_in = true;
        let mut due = opened;
        while let Some(moment) = self.life.happens(self.period, due) {
            if self.disturbance.is_out(moment) {
                let (shortest, longest) = self.assumptions.sign_in_retry;
                if is_sign_in {
                    // The sign-in page is out too, so no token request is made.
                    due = moment + random.random_range(shortest..longest) as u64;
                } else {
                    log.token_request(moment, false);
                    due = moment + self.assumptions.timer_retry;
                }
                continue;
            }
            log.token_request(moment, is_sign_in);
            let renewal = moment + self.assumptions.lifetime - self.assumptions.timer_margin;
            let reload = self.reload.take_if(|reload| *reload <= renewal);
            is_sign_in = reload.is_some();
            due = reload.map_or(renewal, |reload| reload.max(moment));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Timers, live};
    use crate::assumptions::Assumptions;
    use crate::clock::{DAY, Daily, HOUR, MIDNIGHT, MINUTE, SECOND};
    use crate::life::{Life, Period};
    use crate::server::Disturbance;
    use crate::tally::Tally;

    const OPEN: u64 = MIDNIGHT + 9 * HOUR;

    /// The minutes after nine with token requests. The app is open from nine to twelve in two tabs, and used
    /// for ten minutes at 9:00 and at 11:30.
    fn minutes(timers: Timers, sleeps_after: Option<u64>, disturbance: Disturbance) -> Vec<(u64, u32)> {
        let mut tally = Tally::new();
        let uses = vec![OPEN..OPEN + 10 * MINUTE, OPEN + 150 * MINUTE..OPEN + 160 * MINUTE];
        let period = Period { open: OPEN..OPEN + 3 * HOUR, tabs: vec![OPEN, OPEN + 5 * MINUTE], uses };
        let life = Life {
            periods: vec![period],
            counted: MIDNIGHT..MIDNIGHT + DAY,
            sleeps_after,
            unused: false,
            offset: 0,
        };
        tally.count(&live(7, &life, timers, disturbance, &Assumptions::read().unwrap()), &life);
        tally.utc.busy_minutes().into_iter().map(|(minute, count)| (minute - 540, count)).collect()
    }

    #[test]
    fn each_tab_renews_one_minute_before_expiry_even_if_unused() {
        assert_eq!(
            minutes(Timers::InEachTab, None, Disturbance::None),
            [(0, 1), (5, 1), (59, 1), (64, 1), (118, 1), (123, 1), (177, 1)]
        );
        assert_eq!(
            minutes(Timers::OncePerBrowser, None, Disturbance::None),
            [(0, 1), (59, 1), (118, 1), (177, 1)]
        );
    }

    #[test]
    fn timers_due_during_sleep_fire_when_the_machine_wakes() {
        assert_eq!(
            minutes(Timers::InEachTab, Some(15 * MINUTE), Disturbance::None),
            [(0, 1), (5, 1), (150, 2)]
        );
    }

    #[test]
    fn a_failed_renewal_is_retried_every_five_seconds() {
        let outage = Daily { begin: 9 * HOUR + 59 * MINUTE, length: 5 * MINUTE };
        let found = minutes(Timers::OncePerBrowser, None, Disturbance::Outage(outage));
        assert_eq!(found[..7], [(0, 1), (59, 12), (60, 12), (61, 12), (62, 12), (63, 12), (64, 1)]);
    }

    #[test]
    fn a_deploy_makes_every_tab_lose_its_token() {
        let deploy = Daily { begin: 9 * HOUR + 30 * MINUTE, length: 60 * SECOND };
        let found = minutes(Timers::InEachTab, None, Disturbance::Deploy(deploy));
        assert_eq!(found[..3], [(0, 1), (5, 1), (30, 2)]);
        let found = minutes(Timers::OncePerBrowser, None, Disturbance::Deploy(deploy));
        assert_eq!(found[..2], [(0, 1), (30, 1)]);
    }
}
