//! Counters.

use crate::clock::{DAY, HOUR, SECOND};
use crate::life::Life;
use std::ops::Range;

/// The number of seconds in a day.
pub(crate) const SECONDS: usize = (DAY / SECOND) as usize;

/// The requests of one session under one policy on the counted day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Log {
    counted: Range<u64>,
    token_requests: Vec<TokenRequest>,
    api: ApiRequests,
    session_hours: u64,
    last_hour: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct TokenRequest {
    moment: u64,
    is_sign_in: bool,
}

/// The outcomes of API requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ApiRequests {
    pub(crate) all: u64,
    /// Requests that were queued and got a token.
    pub(crate) waited: u64,
    /// Requests that got no token in time.
    pub(crate) without_token: u64,
}

impl Log {
    pub(crate) fn of(life: &Life) -> Self {
        Self {
            counted: life.counted.clone(),
            token_requests: Vec::new(),
            api: ApiRequests::default(),
            session_hours: 0,
            last_hour: None,
        }
    }

    /// Counts a request to the token endpoint.
    pub(crate) fn token_request(&mut self, moment: u64, is_sign_in: bool) {
        if self.counted.contains(&moment) {
            self.token_requests.push(TokenRequest { moment, is_sign_in });
        }
    }

    /// Counts an API request of the page.
    pub(crate) fn api_request(&mut self, moment: u64) {
        if self.counted.contains(&moment) {
            self.api.all += 1;
            let hour = moment / HOUR;
            self.session_hours += u64::from(self.last_hour.replace(hour) != Some(hour));
        }
    }

    /// Counts a queued API request of `moment`; `served` if it got a token.
    pub(crate) fn api_request_waited(&mut self, moment: u64, served: bool) {
        if self.counted.contains(&moment) {
            *(if served { &mut self.api.waited } else { &mut self.api.without_token }) += 1;
        }
    }
}

/// Requests in each second of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rates(Vec<u32>);

/// Token requests and API request outcomes under one policy.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// By UTC.
    pub(crate) utc: Rates,
    /// Renewals alone.
    pub(crate) utc_renewals: Rates,
    /// By each user's local time, as if all lived in one time zone.
    pub(crate) local: Rates,
    /// Renewals alone.
    pub(crate) local_renewals: Rates,
    pub(crate) sign_ins: u64,
    /// Token requests for sessions that were not used on the counted day.
    pub(crate) for_unused: u64,
    /// Pairs of a session and a clock hour in which it made an API request.
    pub(crate) session_hours: u64,
    /// Milliseconds in which the app was used.
    pub(crate) used: u64,
    pub(crate) api: ApiRequests,
}

impl Tally {
    pub(crate) fn new() -> Self {
        let nothing = Rates(vec![0; SECONDS]);
        Self {
            utc: nothing.clone(),
            utc_renewals: nothing.clone(),
            local: nothing.clone(),
            local_renewals: nothing,
            sign_ins: 0,
            for_unused: 0,
            session_hours: 0,
            used: 0,
            api: ApiRequests::default(),
        }
    }

    /// Adds the requests of one session.
    pub(crate) fn count(&mut self, log: &Log, life: &Life) {
        for request in &log.token_requests {
            let local = request.moment.saturating_add_signed(life.offset);
            self.utc.count(request.moment);
            self.local.count(local);
            if request.is_sign_in {
                self.sign_ins += 1;
            } else {
                self.utc_renewals.count(request.moment);
                self.local_renewals.count(local);
            }
        }
        if life.unused {
            self.for_unused += log.token_requests.len() as u64;
        }
        let uses = life.periods.iter().flat_map(|period| &period.uses);
        let counted = uses.filter(|used| life.counted.contains(&used.start));
        self.used += counted.map(|used| used.end - used.start).sum::<u64>();
        self.session_hours += log.session_hours;
        self.api.add(log.api);
    }

    /// Adds another thread's tally.
    pub(crate) fn add(&mut self, other: &Self) {
        self.utc.add(&other.utc);
        self.utc_renewals.add(&other.utc_renewals);
        self.local.add(&other.local);
        self.local_renewals.add(&other.local_renewals);
        self.sign_ins += other.sign_ins;
        self.for_unused += other.for_unused;
        self.session_hours += other.session_hours;
        self.used += other.used;
        self.api.add(other.api);
    }

    /// All token requests of the day.
    pub(crate) fn total(&self) -> u64 {
        self.utc.total()
    }

    /// Token requests per session-hour of use.
    pub(crate) fn per_session_hour(&self, session_hours: u64) -> f64 {
        (self.total() - self.for_unused) as f64 / session_hours as f64
    }
}

impl ApiRequests {
    fn add(&mut self, other: Self) {
        self.all += other.all;
        self.waited += other.waited;
        self.without_token += other.without_token;
    }
}

impl Rates {
    fn count(&mut self, moment: u64) {
        // All days are alike, so a request of the day before counts in the same second.
        if let Some(count) = self.0.get_mut((moment % DAY / SECOND) as usize) {
            *count += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        for (own, others) in self.0.iter_mut().zip(&other.0) {
            *own += others;
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// Mean requests per second over the day.
    pub(crate) fn mean(&self) -> f64 {
        self.total() as f64 / SECONDS as f64
    }

    /// Requests in the busiest second of the day.
    pub(crate) fn peak(&self) -> u32 {
        self.busiest_second(0..SECONDS / 60)
    }

    /// Requests in the busiest second within these minutes of the day.
    pub(crate) fn busiest_second(&self, minutes: Range<usize>) -> u32 {
        let seconds = self.0.get(minutes.start * 60..minutes.end * 60).unwrap_or_default();
        seconds.iter().copied().max().unwrap_or_default()
    }

    /// The rate that is exceeded in this share of seconds: `0.001` for p99.9.
    pub(crate) fn exceeded_in(&self, share: f64) -> u32 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(|a, b| b.cmp(a));
        sorted.get((share * SECONDS as f64) as usize).copied().unwrap_or_default()
    }

    /// The number of seconds with more than `rate` requests.
    pub(crate) fn seconds_above(&self, rate: f64) -> usize {
        self.0.iter().filter(|count| f64::from(**count) > rate).count()
    }

    /// Mean requests per second for each minute of the day.
    pub(crate) fn minutes(&self) -> Vec<f64> {
        self.0.chunks(60).map(|minute| f64::from(minute.iter().sum::<u32>()) / 60.0).collect()
    }

    /// The minutes with requests, and their number.
    #[cfg(test)]
    pub(crate) fn busy_minutes(&self) -> Vec<(u64, u32)> {
        let minutes = self.0.chunks(60).map(|minute| minute.iter().sum::<u32>());
        (0..).zip(minutes).filter(|(_, count)| *count > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Log, SECONDS, Tally};
    use crate::clock::{DAY, HOUR, MIDNIGHT};
    use crate::life::Life;

    fn life(offset: i64) -> Life {
        let counted = MIDNIGHT..MIDNIGHT + DAY;
        Life { periods: Vec::new(), counted, sleeps_after: None, unused: false, offset }
    }

    fn tally(life: &Life, tell: impl Fn(&mut Log)) -> Tally {
        let (mut tally, mut log) = (Tally::new(), Log::of(life));
        tell(&mut log);
        tally.count(&log, life);
        tally
    }

    #[test]
    fn the_statistics_of_a_day_with_one_busy_second_are_correct() {
        let tally = tally(&life(0), |log| {
            (0..120).for_each(|_| log.token_request(MIDNIGHT + HOUR, false));
            log.token_request(MIDNIGHT + 2 * HOUR, true);
            log.token_request(MIDNIGHT + DAY, true);
        });
        let rates = &tally.utc;
        assert_eq!(
            (tally.total(), tally.sign_ins, rates.peak()),
            (121, 1, 120),
            "the next day does not count"
        );
        assert!((rates.mean() - 121.0 / SECONDS as f64).abs() < 1e-12);
        assert_eq!((rates.exceeded_in(0.0), rates.exceeded_in(1.5 / SECONDS as f64)), (120, 1));
        assert_eq!((rates.seconds_above(119.0), rates.seconds_above(120.0)), (1, 0));
        assert_eq!((rates.busiest_second(60..61), rates.busiest_second(61..200)), (120, 1));
        assert!((rates.minutes().iter().copied().fold(0.0, f64::max) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn local_rates_use_each_users_time_zone() {
        let tell = |log: &mut Log| log.token_request(MIDNIGHT + 8 * HOUR, false);
        let berlin = tally(&life(HOUR.cast_signed()), tell);
        let lisbon = tally(&life(0), tell);
        assert_eq!((berlin.utc, berlin.local.busy_minutes()), (lisbon.utc, vec![(540, 1)]));
        assert_eq!(lisbon.local.busy_minutes(), [(480, 1)]);
    }

    #[test]
    fn a_session_hour_is_a_clock_hour_with_a_request() {
        let tally = tally(&life(0), |log| {
            for moment in [0, 1, HOUR - 1, HOUR, 5 * HOUR] {
                log.api_request(MIDNIGHT + moment);
            }
        });
        assert_eq!((tally.session_hours, tally.api.all), (3, 5));
    }
}
