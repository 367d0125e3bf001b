//! Performs effects and reports their results.

use super::{Answer, Form, KEEPER_KEY, ORIGIN, Slow, Work, World};
use serde_json::json;
use strongroom_core::frames::{Frame, FrameReader, PUBLIC_KEY_LENGTH};
use strongroom_core::policy::REPLAY_LIMIT;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{Action, Call, Client, Effect, Event, FetchId, Held, Outcome};

/// The outcome of pending work: 0 for the usual one, other numbers for others.
pub(crate) type Fortune = u8;

impl World {
    /// Completes pending work; from now on, work is completed at once.
    pub fn release(&mut self) {
        self.slow.clear();
        self.do_work();
    }

    /// Completes the write that is pending; a later one stays slow.
    pub fn complete_write(&mut self) {
        let write = self.pending.iter().position(|work| matches!(work, Work::Write { .. }));
        self.resolve(write.expect("a write is pending"), 0);
    }

    /// Completes all pending work except the forms of the authorization server.
    pub(crate) fn settle(&mut self) {
        while let Some(index) = self.pending.iter().position(|work| !matches!(work, Work::Form(..))) {
            self.resolve(index, 0);
        }
    }

    /// Reports an event, performs its effects and checks the invariants.
    pub(crate) fn happens(&mut self, event: Event<'_>) {
        let arrived = match &event {
            Event::FormResponse(_, Some(response)) => response.body,
            Event::Opened(_, Some(copy)) | Event::RowRead { copy: Some(copy), .. } => copy,
            _ => &[],
        };
        self.arrived = String::from_utf8_lossy(arrived).into_owned();
        self.look();
        let is_sign_out = matches!(event, Event::SignedOutElsewhere);
        let effects = self.vault.handle(event, self.now);
        self.perform(effects, is_sign_out);
    }

    /// Before an event: what the vault holds.
    pub(super) fn look(&mut self) {
        // A device copy may restore a session in the event that tells whether there are keepers.
        let may_restore = self.vault.config().remember_for.is_some() && matches!(self.held, Held::Unknown);
        self.was_recovering = may_restore || matches!(self.held, Held::Asking | Held::Lost);
        self.was_signed_in = matches!(self.held, Held::Session(_));
    }

    pub(super) fn perform(&mut self, effects: Vec<Effect>, is_sign_out: bool) {
        // Only these: another sign-in may begin in the same event, if its requests waited behind the sign-out.
        let mut before_sign_out = is_sign_out.then(|| self.calls().collect());
        self.held = self.vault.held(self.now);
        self.assert_few(&effects);
        for effect in effects {
            if matches!(effect, Effect::SignOutElsewhere) {
                before_sign_out = Some(self.calls().collect());
            }
            self.assert_secrecy(&effect);
            self.perform_one(effect);
        }
        self.assert_bounds();
        if matches!(self.held(), Held::Nothing) {
            self.assert_keepers_forget();
            // A worker that cannot read storage signs nobody out: the next one may find the session.
            if self.was_recovering || self.was_signed_in {
                self.dead = self.issued.len();
            }
            if let Some(calls) = before_sign_out {
                self.outlived = calls;
            }
        }
        self.do_work();
    }

    fn do_work(&mut self) {
        while let Some(index) = self.pending.iter().position(|work| self.is_quick(work)) {
            self.resolve(index, 0);
        }
    }

    /// Whether the work is completed at once.
    fn is_quick(&self, work: &Work) -> bool {
        let slow = match work {
            Work::Sent(_) | Work::Form(..) => return false,
            Work::Read { .. } => Slow::Reads,
            Work::Write { .. } => Slow::Writes,
            Work::List => Slow::Clients,
            Work::MakeKey => Slow::Key,
            Work::BodyRead(_) => Slow::Bodies,
            Work::Probed(_) => Slow::Probes,
            Work::Sealed { .. } => Slow::Seals,
            Work::Client(_) | Work::Body(_) | Work::Opened { .. } => Slow::All,
        };
        !self.slow.contains(&slow) && !self.slow.contains(&Slow::All)
    }

    /// Completes the pending work with this index.
    pub(crate) fn resolve(&mut self, index: usize, fortune: Fortune) {
        let is_usual = fortune.is_multiple_of(2);
        match self.pending.remove(index) {
            Work::Sent(id) => {
                let outcomes = [
                    Outcome::Status(200),
                    Outcome::Status(401),
                    Outcome::Failed,
                    Outcome::Status(0),
                    Outcome::NotSent,
                    Outcome::Status(503),
                ];
                self.sends(id, outcomes[usize::from(fortune) % outcomes.len()]);
            }
            Work::Form(call, _) => self.server_does(call, fortune),
            Work::Read { opens_copy } => {
                let opened = |copy| if opens_copy && !self.is_key_lost { copy } else { Vec::new() };
                let copy = self.device_copy.clone().map(opened);
                let junk = || Some(b"junk".to_vec());
                let (row, copy) = match (fortune % 6, self.read_errors.pop_front()) {
                    (0, Some(name)) => (Err(name), None),
                    (0, None) => (Ok(self.row.clone()), copy),
                    (1, _) => (Err("UnknownError"), None),
                    (2, _) => (Err("TimeoutError"), None),
                    (3, _) => (Ok(Some("junk".to_owned())), copy),
                    (4, _) => (Ok(self.row.clone()), copy.and_then(|_| junk())),
                    _ => (Err("NotFoundError"), None),
                };
                self.happens(Event::RowRead { row: row.map_err(str::to_owned), copy });
            }
            Work::Write { text, reset, copy } => {
                self.writes.push(reset);
                if reset {
                    (self.row, self.device_copy) = (None, None);
                }
                let size = text.len() + copy.as_ref().map_or(0, Vec::len);
                let error = match fortune % 3 {
                    _ if size > self.room => Some("QuotaExceededError"),
                    0 => self.write_errors.pop_front(),
                    1 => Some("TimeoutError"),
                    _ => Some("InvalidStateError"),
                };
                self.has_write_failed = error.is_some();
                if error.is_none() {
                    (self.row, self.device_copy) = (Some(text), copy);
                }
                self.happens(Event::RowWritten(error.map_or(Ok(()), |name| Err(name.to_owned()))));
            }
            Work::List => {
                let page = Client {
                    id: format!("page {}", self.page),
                    kind: "window".to_owned(),
                    url: ORIGIN.to_owned(),
                };
                let clients = self.clients.iter().filter(|_| is_usual).cloned().chain([page]).collect();
                self.happens(Event::Clients(clients));
            }
            Work::MakeKey => {
                let key = (self.has_web_crypto && fortune % 4 != 1).then(|| self.worker_key());
                self.happens(Event::PublicKey(key));
            }
            Work::Client(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                let client = self.clients.iter().find(|client| client.id == fetch.client_id);
                let client = client.filter(|_| fortune % 4 != 1).cloned();
                fetch.is_client_known = client.is_some();
                self.happens(Event::Client(id, client));
            }
            Work::Body(id) => {
                let body = self.fetches[&id].request.body.clone();
                let length = if fortune % 4 == 2 { body.len().min(40) } else { body.len() };
                self.happens(Event::Body(id, &body[..length]));
            }
            Work::BodyRead(id) => {
                let is_complete = self.fetches[&id].request.body.len() <= REPLAY_LIMIT as usize;
                self.happens(Event::BodyRead(id, is_complete && is_usual));
            }
            Work::Probed(id) => {
                self.happens(Event::Probed(id, self.is_server_there && is_usual));
            }
            Work::Opened { id, sealed } => {
                let copy = sealed.strip_prefix(self.worker_key().as_slice()).map(<[u8]>::to_vec);
                self.happens(Event::Opened(id, copy.filter(|_| fortune % 4 != 1)));
            }
            Work::Sealed { stream, generation, bytes } => {
                let bytes = (fortune % 4 != 1).then_some(bytes);
                self.happens(Event::Sealed { stream, generation, bytes });
            }
        }
    }

    /// The API's outcome of a request.
    pub(super) fn sends(&mut self, id: FetchId, outcome: Outcome) {
        if outcome != Outcome::NotSent {
            self.fetches.get_mut(&id).unwrap().outcomes.push(outcome);
        }
        self.happens(Event::Sent(id, outcome));
    }

    /// The authorization server's response to a form.
    fn server_does(&mut self, call: Call, fortune: Fortune) {
        let good = |world: &mut Self, subject: &str| {
            let nonce = world.nonce_of(call);
            world.issue(subject, &nonce).body
        };
        let (status, body) = match fortune % 10 {
            0 | 1 => (200, good(self, "ada-1")),
            2 => (200, good(self, "ada-1").replace("\"expires_in\":3600", "\"expires_in\":30")),
            3 => (400, json!({ "error": "invalid_grant" }).to_string()),
            4 => (503, String::new()),
            5 => (200, "{}".to_owned()),
            6 => (200, good(self, "ada-1").replace("Bearer", "DPoP")),
            7 => return self.happens(Event::FormResponse(call, None)),
            8 => (200, good(self, "bob-1")),
            _ => (400, json!({ "error": "server_error" }).to_string()),
        };
        self.responds(call, Some(TokenResponse { status, body: body.as_bytes() }));
    }

    /// Delivers a response of the authorization server.
    pub(super) fn responds(&mut self, call: Call, response: Option<TokenResponse<'_>>) {
        if self.outlived.contains(&call)
            && let Some(response) = &response
        {
            let body = String::from_utf8_lossy(response.body);
            let came_late = self.issued.iter().filter(|issued| body.contains(&issued.access));
            self.came_late.extend(came_late.cloned());
        }
        self.happens(Event::FormResponse(call, response));
    }

    fn perform_one(&mut self, effect: Effect) {
        match effect {
            Effect::Fetch(id, action) => self.act(id, action),
            Effect::Extend(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(!std::mem::replace(&mut fetch.is_extended, true), "{id:?} is kept alive already");
            }
            Effect::Release(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(std::mem::take(&mut fetch.is_extended), "{id:?} was not kept alive");
            }
            Effect::Write(id, bytes) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(fetch.is_open, "written to a stream that is not open");
                fetch.has_copy &= bytes != Frame::Forget.to_bytes();
                fetch.written.push(bytes);
            }
            Effect::End(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(std::mem::take(&mut fetch.is_open), "ended a stream that is not open");
            }
            Effect::PostForm(call, form) => {
                self.went_out.push(format!("{:?}", Form::of(call)).to_lowercase());
                self.pending.push(Work::Form(call, form));
            }
            Effect::Probe(id, url) => {
                self.probes.push(url);
                self.pending.push(Work::Probed(id));
            }
            Effect::ReadRow { opens_copy } => {
                self.reads += 1;
                self.pending.push(Work::Read { opens_copy });
            }
            Effect::WriteRow { text, reset, copy } => {
                let copy = copy.map(|copy| copy.expose().as_bytes().to_vec());
                self.pending.push(Work::Write { text, reset, copy });
            }
            Effect::ListClients => self.pending.push(Work::List),
            Effect::MakeKey => self.pending.push(Work::MakeKey),
            Effect::Seal { stream, peer, copy, generation } => {
                let fetch = self.fetches.get_mut(&stream).unwrap();
                assert!(peer == KEEPER_KEY && fetch.is_open, "a copy for {stream:?}");
                fetch.has_copy = true;
                let bytes = copy.expose().as_bytes().to_vec();
                self.pending.push(Work::Sealed { stream, generation, bytes });
            }
            Effect::Open { id, peer, sealed } => {
                assert_eq!(peer.len(), PUBLIC_KEY_LENGTH);
                self.pending.push(Work::Opened { id, sealed });
            }
            Effect::KeepVersionAlive => self.kept_alive += 1,
            Effect::AskToTakeOver => self.asked_to_take_over += 1,
            Effect::SignOutElsewhere => self.went_out.push("a sign-out for other vaults".to_owned()),
            Effect::SetTimer(ms) => {
                assert!((1..=300_000).contains(&ms), "a timer of {ms} ms");
                self.timer = Some(self.now.monotonic.saturating_add(ms));
            }
            Effect::Log(line) => self.log.push(line),
        }
    }

    fn act(&mut self, id: FetchId, action: Action) {
        let is_under_way = self.is_under_way(id);
        let fetch = &self.fetches[&id];
        if fetch.request.url.ends_with("/auth/logout")
            && matches!(&action, Action::Respond(response) if response.status == 200)
        {
            self.assert_is_forgotten_after(fetch);
        }
        let fetch = self.fetches.get_mut(&id).unwrap();
        assert!(fetch.answer.is_none(), "{action:?} after {:?} for {:?}", fetch.answer, fetch.request);
        assert!(!is_under_way, "{action:?} too early for {:?}", fetch.request);
        let answer = match action {
            Action::Pass => {
                self.went_out.push(format!("{} as the page made it", fetch.request.url));
                Answer::Pass
            }
            Action::Respond(response) => Answer::Respond(response),
            Action::Fail => Answer::Fail,
            Action::Deliver => {
                assert!(!fetch.sent.is_empty(), "there is nothing to deliver");
                Answer::Deliver
            }
            Action::Stream { first, .. } => {
                fetch.written.push(first);
                fetch.is_open = true;
                Answer::Stream
            }
            Action::Send(outgoing) => {
                self.went_out.push(format!("{} with {}", fetch.request.url, outgoing.authorization.expose()));
                fetch.is_body_used |= !fetch.request.body.is_empty();
                fetch.sent.push(outgoing);
                assert!(fetch.sent.len() <= 2, "a request is replayed once");
                return self.pending.push(Work::Sent(id));
            }
            Action::ReadBody | Action::AwaitBody => {
                fetch.is_body_used = true;
                return self.pending.push(Work::BodyRead(id));
            }
            Action::TakeBody => return self.pending.push(Work::Body(id)),
            Action::Identify => return self.pending.push(Work::Client(id)),
        };
        fetch.answer = Some(answer);
    }

    /// Whether the edge still works on an action for this fetch event.
    pub(crate) fn is_under_way(&self, fetch: FetchId) -> bool {
        self.pending.iter().any(|work| match work {
            Work::Sent(id)
            | Work::BodyRead(id)
            | Work::Body(id)
            | Work::Client(id)
            | Work::Form(Call::Exchange(id) | Call::Revocation(id), _)
            | Work::Probed(id)
            | Work::Opened { id, .. } => *id == fetch,
            _ => false,
        })
    }

    /// The frames in these bytes.
    pub(super) fn frames_in(bytes: &[u8]) -> Vec<Frame> {
        let mut reader = FrameReader::default();
        reader.push(bytes);
        std::iter::from_fn(|| reader.next_frame().unwrap()).collect()
    }
}
