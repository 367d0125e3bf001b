//! Any sequence of events in a service worker.

use crate::Outcome;
use crate::executor::{Answer, Ask, Executor, Pending};
use crate::fixture::parse;
use serde_json::json;
use strongroom_core::keep::PUBLIC_KEY_LENGTH;
use strongroom_core::pkce::base64url;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{Call, Client, Event, FetchId, Outcome as Sent, Version};

/// Maximum number of steps.
const MOST_STEPS: usize = 400;

/// The first byte selects the configuration. Each further step is one byte and up to two for its details.
#[must_use]
pub fn events(data: &[u8]) -> Outcome {
    let mut bytes = Bytes(data);
    let mut worker = Executor::new(config(bytes.next()), None);
    let mut sent = false;
    for _ in 0..MOST_STEPS {
        let Some(step) = bytes.0.first().copied() else { break };
        bytes.next();
        step_of(step, &mut worker, &mut bytes, &mut sent);
    }
    worker.finish();
    Outcome::accepted_if(sent)
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
    parse(value.to_string().as_bytes()).expect("JSON").expect("a good configuration")
}

fn step_of(step: u8, worker: &mut Executor, bytes: &mut Bytes<'_>, sent: &mut bool) {
    match step % 16 {
        0..=4 => {
            let ask = ask(worker, bytes);
            let id = worker.fetch(&ask);
            *sent |= worker.authorization(id).is_some();
        }
        5..=7 => {
            let index = usize::from(bytes.next());
            if let Some(index) = index.checked_rem(worker.pending.len()) {
                worker.resolve(index, bytes.next());
            }
        }
        8 => worker.settle(),
        9 => sign_in(worker),
        10 => worker.run_timer(),
        11 => pass_time(worker, bytes.next()),
        12 => stray(worker, bytes),
        13 => {
            let versions = [Version::Installing, Version::Installed, Version::Activating, Version::Redundant];
            worker.handle(Event::Version(bytes.of(&versions)));
        }
        14 => worker.close_stream(usize::from(bytes.next())),
        _ => match bytes.next() % 5 {
            0 => worker.restart(),
            1 => worker.keepers = vec!["keeper".to_owned()],
            2 => worker.keepers.clear(),
            3 => flood(worker, bytes),
            _ => {
                worker.offer = worker.kept().map_or_else(Vec::new, |copy| copy.as_bytes().to_vec());
            }
        },
    }
}

/// A page sends requests in a loop.
fn flood(worker: &mut Executor, bytes: &mut Bytes<'_>) {
    let mut flooding = ask(worker, bytes);
    if flooding.url.contains("/auth/") {
        flooding.url.push_str(if flooding.url.contains('?') { "&" } else { "?" });
        flooding.url.push_str(&"x".repeat(100_000));
    }
    for _ in 0..50 {
        worker.fetch(&flooding);
    }
}

/// A complete sign-in, so that most sequences have a session.
fn sign_in(worker: &mut Executor) {
    worker.settle();
    let id = worker.complete(&Ask::navigation("/auth/login?returnTo=%2Fnotes"));
    if !matches!(worker.answer(id), Some(Answer::Respond(response)) if response.status == 302) {
        return;
    }
    let state = worker.logins.last().map_or_else(String::new, |login| login[0].clone());
    let id = worker.complete(&Ask::navigation(&["/auth/callback?code=CODE&state=", &state].concat()));
    let form = |pending: &Pending| matches!(pending, Pending::Form(Call::Exchange(other), _) if *other == id);
    if let Some(index) = worker.pending.iter().position(form) {
        worker.resolve(index, 0);
    }
    worker.settle();
}

fn pass_time(worker: &mut Executor, byte: u8) {
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
    worker.wait(monotonic, wall);
}

/// Any request that a page, a keeper, a link or the authorization server can make the browser send.
fn ask(worker: &Executor, bytes: &mut Bytes<'_>) -> Ask {
    let (kind, flags) = (bytes.next(), bytes.next());
    let state = |back: usize| {
        let index = worker.logins.len().checked_sub(back);
        index.and_then(|index| worker.logins.get(index)).map_or("unknown", |login| login[0].as_str())
    };
    let callback = |parameter: &str, back: usize| {
        Ask::navigation(&["/auth/callback?", parameter, "&state=", state(back)].concat())
    };
    let keep = ["/auth/keep?key=", &base64url(&[4; PUBLIC_KEY_LENGTH])].concat();
    let mut ask = match kind % 32 {
        0..=3 => Ask::fetch("GET", "https://api.example.com/v1/notes"),
        4 => {
            Ask { content_type: "application/json", ..Ask::fetch("POST", "https://api.example.com/v1/notes") }
        }
        5 => Ask::fetch("PUT", "https://api.example.com/v1/notes/1"),
        6 => Ask { content_type: "image/png", ..Ask::fetch("POST", "https://api.example.com/v1/images") },
        7 => Ask {
            content_type: "text/plain",
            is_keepalive: true,
            mode: "no-cors",
            ..Ask::fetch("POST", "https://api.example.com/v1/beacon")
        },
        8 => Ask { mode: "no-cors", destination: "image", ..Ask::fetch("GET", "/api/image") },
        9 => Ask::fetch("GET", "/api/things"),
        10 => Ask::navigation("https://app.example.com/api/things"),
        11 => Ask::fetch("GET", "https://api.example.com.evil.example/v1/notes"),
        12 => Ask::fetch("GET", "https://api.example.com/v1/..%2fnotes"),
        13 => Ask::fetch("POST", "https://auth.example.com/oauth2/token"),
        14 | 15 => Ask::fetch("GET", "/auth/session"),
        16 => Ask::fetch("GET", "/auth/events"),
        17 => Ask::fetch("GET", "/auth/events?signIn=offer"),
        18 | 19 => Ask::fetch("POST", "/auth/refresh"),
        20 => Ask::fetch("POST", "/auth/logout"),
        21 => return Ask::fetch("GET", &keep).of(&["keeper", &flags.to_string()].concat()),
        22 => Ask::fetch("GET", &keep).of("keeper"),
        23 => Ask::fetch("POST", "/auth/keep").of("keeper"),
        24 => Ask::navigation("/auth/login?returnTo=%2Fnotes"),
        25 => Ask::navigation("/auth/login?silent=1"),
        26 => callback("code=CODE", 1),
        27 => callback("code=CODE", 2),
        28 => callback("error=login_required", 1),
        29 => callback("error=temporarily_unavailable", 1),
        30 => Ask { destination: "iframe", ..callback("code=CODE", 1) },
        _ => Ask::fetch("DELETE", "/auth/nothing"),
    };
    if ask.mode != "navigate" && flags & 3 != 0 {
        ask.client_id.push_str(&(flags & 3).to_string());
    }
    ask.retried = flags & 4 != 0;
    ask.is_body_used = flags & 8 != 0;
    ask.is_online = flags & 16 == 0;
    ask.has_randomness = flags & 0xE0 != 0xE0;
    if flags & 0xE0 == 0x20 {
        ask.header_size = 3 * 1_024 * 1_024;
    }
    ask
}

/// A result that no effect led to: for a fetch event that has ended, is of another kind, or never existed.
fn stray(worker: &mut Executor, bytes: &mut Bytes<'_>) {
    let (kind, number) = (bytes.next(), bytes.next());
    // Not for an effect that is pending, since the edge cannot distinguish the two results.
    let id = FetchId(u32::from(number));
    let id = if worker.is_under_way(id) { FetchId(u32::MAX) } else { id };
    let response = TokenResponse { status: 200, body: b"{}" };
    match kind % 16 {
        0 => worker.handle(Event::Sent(id, Sent::Status(401))),
        1 => worker.handle(Event::Sent(id, Sent::Status(200))),
        2 => worker.handle(Event::BodyRead(id, kind & 16 == 0)),
        3 => worker.handle(Event::Body(id, &[4; 80])),
        4 => {
            let client = Client { id: "page".to_owned(), kind: "window".to_owned(), url: String::new() };
            worker.handle(Event::Client(id, (kind & 16 == 0).then_some(client)));
        }
        5 => worker.handle(Event::Probed { id, is_reachable: true }),
        6 => worker.handle(Event::FormResponse(Call::Exchange(id), Some(response))),
        7 => worker.handle(Event::FormResponse(Call::Revocation(id), None)),
        8 => worker.handle(Event::FormResponse(Call::LateRevocation, Some(response))),
        9 => worker.handle(Event::Opened(id, Some(b"{}".to_vec()))),
        10 => worker.handle(Event::StreamClosed(FetchId(u32::MAX))),
        11 if !worker.pending.iter().any(|pending| matches!(pending, Pending::Key)) => {
            worker.handle(Event::PublicKey((kind & 16 == 0).then(|| vec![5; PUBLIC_KEY_LENGTH])));
        }
        12 if !worker.pending.iter().any(|pending| matches!(pending, Pending::Write(_))) => {
            worker.handle(Event::RowWritten(Err("InvalidStateError".to_owned())));
        }
        13 if !worker.pending.iter().any(|pending| matches!(pending, Pending::List)) => {
            worker.handle(Event::Clients(Vec::new()));
        }
        14 if !worker.pending.iter().any(|pending| matches!(pending, Pending::Read)) => {
            worker.handle(Event::RowRead(Ok(None)));
        }
        15 => worker.handle(Event::SignedOutElsewhere),
        _ => worker.handle(Event::Timer),
    }
}
