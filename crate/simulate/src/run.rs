//! Runs every scenario under every policy.

use crate::assumptions::Assumptions;
use crate::browser;
use crate::life::Life;
use crate::server::Disturbance;
use crate::tally::Tally;
use crate::timers::{self, Timers};
use std::num::NonZero;
use std::thread;

/// One day of the same users under each policy.
#[derive(Debug, Clone)]
pub(crate) struct Day {
    pub(crate) vault: Tally,
    pub(crate) per_browser: Tally,
    pub(crate) per_tab: Tally,
}

/// The results of every scenario.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) ordinary: Day,
    pub(crate) outage: Day,
    pub(crate) deploy: Day,
}

/// Runs every scenario. Sessions are independent, so threads share them.
pub(crate) fn all(assumptions: &Assumptions) -> Results {
    let threads = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    thread::scope(|scope| {
        let shares: Vec<_> = (0..threads)
            .map(|first| {
                let sessions = (first..assumptions.sessions).step_by(threads as usize);
                scope.spawn(move || share(sessions, assumptions))
            })
            .collect();
        let shares = shares.into_iter().map(|share| share.join().expect("no session fails"));
        shares.fold(Results::new(), Results::add)
    })
}

fn share(sessions: impl Iterator<Item = u64>, assumptions: &Assumptions) -> Results {
    let config = browser::config();
    let mut results = Results::new();
    for number in sessions {
        let life = Life::of(number, assumptions);
        let vault = |disturbance| browser::live(number, &life, disturbance, assumptions, &config);
        let usual = vault(Disturbance::None);
        for (day, disturbance) in [
            (&mut results.ordinary, Disturbance::None),
            (&mut results.outage, Disturbance::Outage(assumptions.outage)),
            (&mut results.deploy, Disturbance::Deploy(assumptions.deploy)),
        ] {
            if disturbance.touches(&life) {
                day.vault.count(&vault(disturbance), &life);
            } else {
                day.vault.count(&usual, &life);
            }
            let timers = |timers| timers::live(number, &life, timers, disturbance, assumptions);
            day.per_browser.count(&timers(Timers::OncePerBrowser), &life);
            day.per_tab.count(&timers(Timers::InEachTab), &life);
        }
    }
    results
}

impl Results {
    fn new() -> Self {
        let nothing = Day { vault: Tally::new(), per_browser: Tally::new(), per_tab: Tally::new() };
        Self { ordinary: nothing.clone(), outage: nothing.clone(), deploy: nothing }
    }

    fn add(mut self, other: Self) -> Self {
        for (own, others) in [
            (&mut self.ordinary, other.ordinary),
            (&mut self.outage, other.outage),
            (&mut self.deploy, other.deploy),
        ] {
            own.vault.add(&others.vault);
            own.per_browser.add(&others.per_browser);
            own.per_tab.add(&others.per_tab);
        }
        self
    }
}

impl Day {
    /// The policies by name, in the order of the tables.
    pub(crate) fn policies(&self) -> [(&'static str, &Tally); 3] {
        [
            ("Strongroom", &self.vault),
            ("timer, once per browser", &self.per_browser),
            ("timer, in each tab", &self.per_tab),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::assumptions::Assumptions;

    fn small() -> Assumptions {
        Assumptions { sessions: 300, ..Assumptions::read().unwrap() }
    }

    #[test]
    fn the_same_seed_gives_the_same_day() {
        let run = |seed| all(&Assumptions { seed, ..small() }).ordinary.vault.utc;
        assert!(run(1) == run(1), "the same seed");
        assert!(run(1) != run(2), "another seed");
    }

    #[test]
    fn only_timers_cause_token_requests_for_unused_sessions() {
        let day = all(&Assumptions { unused: 1.0, ..small() }).ordinary;
        assert_eq!(day.vault.total(), 0);
        assert!(day.per_browser.for_unused > 0 && day.per_tab.for_unused > day.per_browser.for_unused);
    }

    #[test]
    fn every_scenario_has_the_same_users_and_api_requests() {
        let results = all(&small());
        let usual = &results.ordinary.vault;
        assert!(usual.used > 0 && usual.api.without_token == 0);
        for day in [&results.outage, &results.deploy] {
            assert_eq!((day.vault.used, day.vault.sign_ins), (usual.used, usual.sign_ins));
        }
        assert_eq!(results.deploy.vault.total(), usual.total(), "a deploy costs nothing");
    }
}
