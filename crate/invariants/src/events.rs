//! Any sequence of events in a service world.

use crate::Outcome;
use crate::fixture::parse;
use crate::world::{KEEPER_KEY, NOTES, Request, Slow, Work, World};
use serde_json::json;
use strongroom_core::frames::PUBLIC_KEY_LENGTH;
use strongroom_core::pkce::base64url;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{Call, Client, Event, FetchId, Generation, Outcome as Sent, Version};

/// Maximum number of steps.
const MOST_STEPS: usize = 400;

/// The first byte selects the configuration. Each further step is one byte and up to two for its details.
#[must_use]
pub fn events(data: &[u8]) -> Outcome {
    let mut bytes = Bytes(data);
    let mut story = Story { world: World::with(config(bytes.next())), offers: vec![Vec::new()], sent: false };
    story.world.slow = vec![Slow::All];
    for _ in 0..MOST_STEPS {
        let Some(step) = bytes.0.first().copied() else { break };
        bytes.next();
        story.step(step, &mut bytes);
    }
    Outcome::accepted_if(story.sent)
}

struct Story {
    world: World,
    /// What keepers may send: nothing, or the copies that they got.
    offers: Vec<Vec<u8>>,
    /// Whether a request was sent with a token.
    sent: bool,
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::from(self.next()) % all.len()]
    }
}

fn config(byte: u8) -> strongroom_core::config::Config {
    let mut value = crate::fixture::configured();
    if byte & 1 != 0 {
        value["recovery"] = json!("none");
    }
    if byte & 2 != 0 {
        value["unauthenticated"] = json!("reject");
    }
    if byte & 4 != 0 {
        value["debug"] = json!(true);
    }
    let mut config = parse(value.to_string().as_bytes()).expect("JSON").expect("a good configuration");
    if byte & 8 != 0 {
        config.remember_for = Some(86_400_000 * u64::from(1 + (byte >> 4)));
    }
    config
}

impl Story {
    fn step(&mut self, step: u8, bytes: &mut Bytes<'_>) {
        let world = &mut self.world;
        match step % 16 {
            0..=4 => {
                let request = self.request(bytes);
                let id = self.world.request(request);
                self.sent |= !self.world.sent(id).is_empty();
            }
            5..=7 => {
                let index = usize::from(bytes.next());
                if let Some(index) = index.checked_rem(world.pending.len()) {
                    world.resolve(index, bytes.next());
                }
            }
            8 => world.settle(),
            9 => self.sign_in(),
            10 => world.run_timer(),
            11 => pass_time(world, bytes.next()),
            12 => stray(world, bytes),
            13 => {
                let versions =
                    [Version::Installing, Version::Installed, Version::Activating, Version::Redundant];
                world.version(bytes.of(&versions));
            }
            14 => {
                let (streams, index) = (world.open_streams(), usize::from(bytes.next()));
                if let Some(index) = index.checked_rem(streams.len()) {
                    world.close(streams[index]);
                }
            }
            _ => match bytes.next() % 11 {
                0 => world.worker_dies(),
                1 => world.has_keeper("keeper"),
                2 => world.clients.clear(),
                3 => self.flood(bytes),
                4 => {
                    for stream in world.open_streams() {
                        if world.is_keeper_stream(stream) {
                            self.offers.extend(world.copies(stream));
                        }
                    }
                }
                5 => world.worker_traps(),
                6 => {
                    let index = usize::from(bytes.next()) % self.offers.len();
                    self.offers[index..].rotate_left(1);
                }
                7 => world.row = bytes.of(&[None, Some("junk")]).map(str::to_owned),
                8 => world.browser_restarts(),
                9 => world.is_key_lost = !world.is_key_lost,
                _ => world.device_copy = bytes.of(&[None, Some("junk")]).map(|copy| copy.as_bytes().to_vec()),
            },
        }
    }

    /// A page sends requests in a loop.
    fn flood(&mut self, bytes: &mut Bytes<'_>) {
        let mut flooding = self.request(bytes);
        if flooding.url.contains("/auth/") {
            flooding.url.push_str(if flooding.url.contains('?') { "&" } else { "?" });
            flooding.url.push_str(&"x".repeat(100_000));
        }
        for _ in 0..50 {
            self.world.request(flooding.clone());
        }
    }

    /// A complete sign-in, so that most sequences have a session.
    fn sign_in(&mut self) {
        let world = &mut self.world;
        world.settle();
        let login = world.navigate("/auth/login?returnTo=%2Fnotes");
        world.settle();
        if world.is_pending(login) || world.response(login).status != 302 {
            return;
        }
        let login = world.authorization_request(login);
        let callback = world.come_back(&login);
        world.settle();
        if let Some(index) = world.pending_exchange(callback) {
            world.resolve(index, 0);
        }
        world.settle();
    }

    /// Any request that a page, a keeper, a link or the authorization server can make the browser send.
    fn request(&mut self, bytes: &mut Bytes<'_>) -> Request {
        let world = &mut self.world;
        let (kind, flags) = (bytes.next(), bytes.next());
        let logins = world.logins.clone();
        let state = |back: usize| {
            let index = logins.len().checked_sub(back);
            index.and_then(|index| logins.get(index)).map_or("unknown", |login| login[0].as_str())
        };
        let callback = |parameter: &str, back: usize| {
            Request::navigation(&["/auth/callback?", parameter, "&state=", state(back)].concat())
        };
        let keep = ["/auth/keep?key=", &base64url(&KEEPER_KEY)].concat();
        let mut request = match kind % 32 {
            0..=3 => Request::get(NOTES),
            4 => Request { content_type: "application/json", body: b"{}".to_vec(), ..Request::post(NOTES) },
            5 => Request { method: "PUT", ..Request::get("https://api.example.com/v1/notes/1") },
            6 => Request { content_type: "image/png", ..Request::post("https://api.example.com/v1/images") },
            7 => Request {
                content_type: "text/plain",
                is_keepalive: true,
                mode: "no-cors",
                ..Request::post("https://api.example.com/v1/beacon")
            },
            8 => Request { mode: "no-cors", destination: "image", ..Request::get("/api/image") },
            9 => Request::get("/api/things"),
            10 => Request::navigation("https://app.example.com/api/things"),
            11 => Request::get("https://api.example.com.evil.example/v1/notes"),
            12 => Request::get("https://api.example.com/v1/..%2fnotes"),
            13 => Request::post("https://auth.example.com/oauth2/token"),
            14 | 15 => Request::get("/auth/session"),
            16 => Request::get("/auth/events"),
            17 => Request::get("/auth/events?signIn=offer"),
            18 | 19 => Request::post("/auth/refresh"),
            20 => Request::post("/auth/logout"),
            21 => {
                let id = ["keeper", &flags.to_string()].concat();
                world.has_keeper(&id);
                return Request::get(&keep).of(&id);
            }
            22 => {
                world.has_keeper("keeper");
                Request::get(&keep).of("keeper")
            }
            23 => {
                world.has_keeper("keeper");
                let body = [&KEEPER_KEY, &*world.worker_key(), &self.offers[self.offers.len() - 1]].concat();
                Request { body, ..Request::post("/auth/keep").of("keeper") }
            }
            24 => Request::navigation("/auth/login?returnTo=%2Fnotes"),
            25 => Request::navigation("/auth/login?silent=1"),
            26 => callback("code=CODE", 1 + usize::from(flags & 3)),
            27 => callback("code=CODE", 2),
            28 => callback("error=login_required", 1),
            29 => callback("error=temporarily_unavailable", 1),
            30 => Request { destination: "iframe", ..callback("code=CODE", 1) },
            _ => Request { method: "DELETE", ..Request::get("/auth/nothing") },
        };
        if request.mode != "navigate" && flags & 3 != 0 {
            let client_id = request.client_id.unwrap_or_else(|| "page ".to_owned());
            request.client_id = Some([client_id, (flags & 3).to_string()].concat());
        }
        request.is_retried = flags & 4 != 0;
        request.is_body_used |= flags & 8 != 0;
        request.is_online = flags & 16 == 0;
        request.has_randomness = flags & 0xE0 != 0xE0;
        if flags & 0xE0 == 0x20 {
            request.header_size = 3 * 1_024 * 1_024;
        }
        request
    }
}

fn pass_time(world: &mut World, byte: u8) {
    const SECOND: u64 = 1_000;
    const DAY: i64 = 86_400_000;
    let (monotonic, wall) = match byte % 16 {
        0 => (1, 1),
        1 => (250, 250),
        2 | 3 => (SECOND, 1_000),
        4 => (4 * SECOND, 4_000),
        5 => (10 * SECOND, 10_000),
        6 | 7 => (60 * SECOND, 60_000),
        8 => (600 * SECOND, 600_000),
        9 => (3_000 * SECOND, 3_000_000),
        10 => (3_600 * SECOND, 3_600_000),
        // The machine sleeps.
        11 => (0, DAY),
        // The clock is set.
        12 => (0, -DAY),
        13 => (0, -400 * DAY),
        14 => (SECOND, i64::MAX / 2),
        _ => (0, i64::MIN),
    };
    world.wait(monotonic, wall);
}

/// A result that no effect led to: for a fetch event that has ended, is of another kind, or never existed.
fn stray(world: &mut World, bytes: &mut Bytes<'_>) {
    let (kind, number) = (bytes.next(), bytes.next());
    // Not for an effect that is pending, since the edge cannot distinguish the two results.
    let id = FetchId(u32::from(number));
    let id = if world.is_under_way(id) { FetchId(u32::MAX) } else { id };
    let response = TokenResponse { status: 200, body: b"{}" };
    match kind % 16 {
        0 => world.happens(Event::Sent(id, Sent::Status(401))),
        1 => world.happens(Event::Sent(id, Sent::Status(200))),
        2 => world.happens(Event::BodyRead(id, kind & 16 == 0)),
        3 => world.happens(Event::Body(id, &[4; 80])),
        4 => {
            let client = Client { id: "page".to_owned(), kind: "window".to_owned(), url: String::new() };
            world.happens(Event::Client(id, (kind & 16 == 0).then_some(client)));
        }
        5 => world.happens(Event::Probed(id, true)),
        6 => world.happens(Event::FormResponse(Call::Exchange(id), Some(response))),
        7 => world.happens(Event::FormResponse(Call::Revocation(id), None)),
        8 => {
            let late = Call::LateRevocation(Generation::default());
            world.happens(Event::FormResponse(late, Some(response)));
        }
        9 => world.happens(Event::Opened(id, Some(b"{}".to_vec()))),
        10 => world.happens(Event::StreamClosed(FetchId(u32::MAX))),
        11 if !world.pending.iter().any(|pending| matches!(pending, Work::MakeKey)) => {
            world.happens(Event::PublicKey((kind & 16 == 0).then(|| vec![5; PUBLIC_KEY_LENGTH])));
        }
        12 if !world.pending.iter().any(|pending| matches!(pending, Work::Write { .. })) => {
            world.happens(Event::RowWritten(Err("InvalidStateError".to_owned())));
        }
        13 if !world.pending.iter().any(|pending| matches!(pending, Work::List)) => {
            world.happens(Event::Clients(Vec::new()));
        }
        14 if !world.pending.iter().any(|pending| matches!(pending, Work::Read { .. })) => {
            world.happens(Event::RowRead { row: Ok(None), copy: None });
        }
        15 => world.happens(Event::SignedOutElsewhere),
        _ => world.happens(Event::Timer),
    }
}
