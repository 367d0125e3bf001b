//! The vault in a simulated world, where events occur in random order.
//!
//! Two rules hold after every step. A user who has signed in and not signed out is never anonymous while a
//! copy or the authorization server's session exists. A user who has signed out gets no token until the next
//! sign-in. [`World::settle_step`](world::World) checks these and some smaller rules. At the end, the network
//! is up and all tabs are awake, and a request must get a response.

mod server;
mod world;

use super::*;
use proptest::prelude::*;
use server::Rotation;
use world::{Fate, KEEPERS, World};

#[derive(Debug, Clone, Copy)]
enum Step {
    Request,
    Refresh,
    RenewalEnds(Fate),
    WorkerDies(Fate),
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

fn take(world: &mut World, step: Step) {
    if !matches!(step, Step::WorkerDies(_)) {
        world.publish();
    }
    match step {
        Step::Request => world.request(false),
        Step::Refresh => world.request(true),
        Step::RenewalEnds(fate) => world.end_renewal(fate),
        Step::WorkerDies(renewals) => world.die(renewals),
        Step::KeepersHadTheirTime => world.give_up_keepers(),
        Step::KeeperConnects(tab) => world.connect(tab),
        Step::KeeperOffersLate(tab) => world.offer(tab),
        Step::TabFreezes(tab) => world.freeze(tab),
        Step::TabThaws(tab) => world.thaw(tab),
        Step::TabCloses(tab) => world.close(tab),
        Step::SilentSignIn => world.sign_in_silently(),
        Step::FrameResponds { unavailable } => world.respond_in_frame(unavailable),
        Step::ExchangeEnds(fate) => world.end_exchange(fate),
        Step::SignIn => world.sign_in(),
        Step::SignInIsCancelled => world.cancel_sign_in(),
        Step::SignOut => world.sign_out(),
        Step::ServerForgetsUser => world.server.knows_user = false,
        Step::ServerEndsGrants => world.server.end_grants(),
        Step::TimePasses(ms) => world.pass(ms, 0),
        Step::MachineSleeps(ms) => world.pass(0, ms),
        Step::ClockIsSet(by) => world.set_clock(by),
    }
    world.settle_step();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_loses_a_session_or_restores_one_after_sign_out(
        rotation in prop::sample::select(
            vec![Rotation::Off, Rotation::NoneAtAll, Rotation::WithGrace, Rotation::Strict],
        ),
        recovery in prop_oneof![3 => Just(Recovery::Redirect), 1 => Just(Recovery::None)],
        story in prop::collection::vec(prop::sample::select(steps()), 0..40),
    ) {
        let mut world = World::new(rotation, recovery);
        for step in story {
            take(&mut world, step);
        }
        world.settle();
    }
}
