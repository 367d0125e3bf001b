//! The vault in a simulated world, where events occur in random order.
//!
//! Two rules hold after every step. A user who has signed in and not signed out is never anonymous while a
//! copy, in a keeper or on the device, or the authorization server's session exists. A user who has signed out
//! gets no token until the next sign-in. [`Browser::settle_step`] checks these and some smaller rules. At the
//! end, the network is up and all tabs are awake, and a request must get a response.

mod browser;
mod server;

use browser::{Browser, Fate, KEEPERS};
use proptest::prelude::*;
use server::Rotation;
use strongroom_core::config::Recovery;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

#[derive(Debug, Clone, Copy)]
enum Step {
    Request,
    Refresh,
    RenewalEnds(Fate),
    WorkerDies(Fate),
    BrowserRestarts(Fate),
    KeepersHadTheirTime,
    KeeperConnects(usize),
    KeeperOffersLate(usize),
    TabFreezes(usize),
    TabThaws(usize),
    TabCloses(usize),
    SilentSignIn,
    FrameResponds { unavailable: bool },
    ExchangeEnds(Fate),
    SignIn,
    SignInIsCancelled,
    SignOut,
    ServerForgetsUser,
    ServerEndsGrants,
    TimePasses(u64),
    MachineSleeps(u64),
    ClockIsSet(i64),
}

/// Every step, weighted by its likelihood.
fn steps() -> Vec<Step> {
    use Step::*;
    let fates = [Fate::Answered, Fate::Answered, Fate::Unavailable, Fate::LostOnTheWay, Fate::ResponseLost];
    let mut steps = Vec::new();
    steps.extend([Request; 6]);
    steps.extend([Refresh; 2]);
    steps.extend(fates.map(RenewalEnds));
    steps.extend(fates.map(WorkerDies));
    steps.extend(fates.map(BrowserRestarts));
    steps.extend([KeepersHadTheirTime; 2]);
    for tab in 0..KEEPERS {
        steps.extend([KeeperConnects(tab), KeeperConnects(tab), TabFreezes(tab), TabThaws(tab)]);
        steps.push(KeeperOffersLate(tab));
    }
    steps.push(TabCloses(0));
    steps.extend([SilentSignIn; 3]);
    steps.extend([false, false, true].map(|unavailable| FrameResponds { unavailable }));
    steps.extend(fates.map(ExchangeEnds));
    steps.extend([SignIn, SignInIsCancelled, SignOut, ServerForgetsUser, ServerEndsGrants]);
    steps.extend([SECOND, MINUTE, 20 * MINUTE, 55 * MINUTE, 70 * MINUTE].map(TimePasses));
    steps.extend([MINUTE, DAY].map(MachineSleeps));
    steps.extend([-DAY.cast_signed(), -HOUR.cast_signed(), HOUR.cast_signed()].map(ClockIsSet));
    steps
}

fn take(browser: &mut Browser, step: Step) {
    use Step::{ClockIsSet, KeepersHadTheirTime, MachineSleeps, TimePasses};
    if !matches!(step, Step::WorkerDies(_) | Step::BrowserRestarts(_)) {
        browser.publish();
    }
    // Sealing takes no time: a copy has the age of its tokens at the time.
    if !matches!(step, ClockIsSet(_) | KeepersHadTheirTime | MachineSleeps(_) | TimePasses(_)) {
        browser.delay_writes();
    }
    match step {
        Step::Request => browser.request(),
        Step::Refresh => browser.refresh(),
        Step::RenewalEnds(fate) => browser.end_renewal(fate),
        Step::WorkerDies(renewals) => browser.die(renewals),
        Step::BrowserRestarts(renewals) => browser.restart(renewals),
        Step::KeepersHadTheirTime => browser.give_up_keepers(),
        Step::KeeperConnects(tab) => browser.connect(tab),
        Step::KeeperOffersLate(tab) => browser.offer(tab),
        Step::TabFreezes(tab) => browser.freeze(tab),
        Step::TabThaws(tab) => browser.thaw(tab),
        Step::TabCloses(tab) => browser.close(tab),
        Step::SilentSignIn => browser.sign_in_silently(),
        Step::FrameResponds { unavailable } => browser.respond_in_frame(unavailable),
        Step::ExchangeEnds(fate) => browser.end_exchange(fate),
        Step::SignIn => browser.sign_in(),
        Step::SignInIsCancelled => browser.cancel_sign_in(),
        Step::SignOut => browser.sign_out(),
        Step::ServerForgetsUser => browser.server.knows_user = false,
        Step::ServerEndsGrants => browser.server.end_grants(),
        Step::TimePasses(ms) => browser.pass(ms, 0),
        Step::MachineSleeps(ms) => browser.pass(0, ms),
        Step::ClockIsSet(by) => browser.set_clock(by),
    }
    browser.settle_step();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_loses_a_session_or_restores_one_after_sign_out(
        rotation in prop::sample::select(
            vec![Rotation::Off, Rotation::NoneAtAll, Rotation::WithGrace, Rotation::Strict],
        ),
        recovery in prop_oneof![3 => Just(Recovery::Redirect), 1 => Just(Recovery::None)],
        remembers: bool,
        story in prop::collection::vec(prop::sample::select(steps()), 0..40),
    ) {
        let mut browser = Browser::new(rotation, recovery, remembers);
        for step in story {
            take(&mut browser, step);
        }
        browser.settle();
    }
}
