//! Random sequences of events. The simulated edge checks the invariants after each event, and that every
//! fetch event gets a response in the end.

use super::{Form, NOTES, OWN_API, Request, World};
use proptest::prelude::*;
use strongroom_core::vault::{FetchId, Outcome, Version};
use strongroom_invariants::world::{Login, Slow};

/// The next step; `n` chooses among the possible targets.
#[derive(Debug, Clone, Copy)]
struct Step {
    what: u8,
    n: u16,
}

#[derive(Default)]
struct Walk {
    logins: Vec<Login>,
    copies: Vec<Vec<u8>>,
    keepers: Vec<FetchId>,
}

fn pick<T: Clone>(n: u16, of: &[T]) -> Option<T> {
    of.get(usize::from(n) % of.len().max(1)).cloned()
}

impl Walk {
    fn step(&mut self, world: &mut World, Step { what, n }: Step) {
        match what {
            0..=2 => drop(world.fetch(NOTES)),
            3 => drop(world.fetch(OWN_API)),
            4 => drop(world.request(Request::note())),
            5 => drop(world.request(Request { is_keepalive: true, ..Request::note() })),
            6 => drop(world.request(Request {
                mode: "no-cors",
                header_size: usize::from(n) * 64,
                ..Request::get(NOTES)
            })),
            7..=9 => {
                let silent = if what == 9 { "silent=1&" } else { "" };
                let fetch = world.navigate(&format!("/auth/login?{silent}returnTo=%2Fnotes"));
                if !world.is_pending(fetch) && world.response(fetch).status == 302 {
                    self.logins.push(world.authorization_request(fetch));
                }
            }
            10..=12 => {
                if let Some(login) = pick(n, &self.logins) {
                    world.come_back(&login);
                }
            }
            13 => {
                if let Some(login) = pick(n, &self.logins) {
                    world.come_back_refused(
                        &login,
                        if n.is_multiple_of(2) { "login_required" } else { "server_error" },
                    );
                }
            }
            14..=18 => self.server_answers(world, n),
            19 => {
                if let Some(form) = pick(n, &world.forms()) {
                    world.server_is_unreachable(form);
                }
            }
            20 => {
                if let Some(form) = pick(n, &world.forms()) {
                    world.server_answers(form, 400, r#"{ "error": "invalid_grant" }"#);
                }
            }
            21..=24 => {
                if let Some(fetch) = pick(n, &world.under_way()) {
                    let outcomes = [200, 401, 401, 0, 503].map(Outcome::Status);
                    let outcome =
                        pick(n / 16, &[&outcomes[..], &[Outcome::Failed, Outcome::NotSent]].concat());
                    world.api_has(fetch, outcome.unwrap());
                }
            }
            25 => drop(world.begin_sign_out()),
            26 => drop(world.request(Request::post("/auth/refresh"))),
            27 => drop(world.fetch("/auth/events")),
            28 => drop(world.fetch("/auth/session")),
            29..=30 => {
                let id = format!("keeper {}", n % 3);
                if !world.clients.iter().any(|client| client.id == id) {
                    world.has_keeper(&id);
                }
                self.keepers.push(world.keeper_comes(&id));
            }
            31 => {
                if let Some(keeper) = pick(n, &self.keepers) {
                    self.copies.extend(world.copies(keeper));
                }
            }
            32..=33 => {
                let copy = pick(n, &self.copies).unwrap_or_default();
                world.give_back(&format!("keeper {}", n % 3), &copy);
            }
            34 => {
                if let Some(stream) = pick(n, &world.open_streams()) {
                    world.close(stream);
                }
            }
            35 => world.worker_dies(),
            36 => world.worker_traps(),
            37..=39 => world.pass([1, 250, 1_000, 4_000, 10_000, 60_000, 3_000_000][usize::from(n) % 7]),
            40 => world.now.wall += u64::from(n) * 1_000,
            41 => world.now.wall -= u64::from(n) * 1_000,
            42 => {
                let slow = [Slow::Reads, Slow::Writes, Slow::Key, Slow::Seals, Slow::Bodies, Slow::Probes];
                world.slow.extend(pick(n, &slow));
            }
            43..=44 => world.release(),
            45 => {
                let versions =
                    [Version::Installing, Version::Installed, Version::Activating, Version::Redundant];
                world.version(pick(n, &versions).unwrap());
            }
            46 => world.read_errors.extend(pick(n, &["UnknownError", "TimeoutError", "NotFoundError"])),
            47 => world.write_errors.extend(pick(n, &["UnknownError", "TimeoutError", "QuotaExceededError"])),
            48 => world.row = pick(n, &[None, Some("junk".to_owned()), world.row.clone()]).unwrap(),
            _ => world.is_server_there = n.is_multiple_of(2),
        }
    }

    fn server_answers(&self, world: &mut World, n: u16) {
        let Some(form) = pick(n, &world.forms()) else { return };
        let subject = if n.is_multiple_of(8) { "bob-1" } else { "ada-1" };
        let state = world.state_of_exchange();
        let login = self.logins.iter().find(|login| Some(&login.state) == state.as_ref());
        let nonce = login.map_or("", |login| &login.asked["nonce"]).to_owned();
        let tokens = world.issue(subject, if form == Form::Exchange { &nonce } else { "" });
        world.server_answers(form, 200, &tokens.body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_invariants_hold_for_random_sequences_of_events(
        signed_in in any::<bool>(),
        steps in prop::collection::vec((0_u8..50, any::<u16>()).prop_map(|(what, n)| Step { what, n }), 1..80),
    ) {
        let mut world = World::new();
        if signed_in {
            world.sign_in();
        }
        let mut walk = Walk::default();
        for step in steps {
            walk.step(&mut world, step);
        }
    }
}
