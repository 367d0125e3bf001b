//! Performs effects and reports their results.

use super::{Answer, Form, KEEPER_KEY, ORIGIN, Report, Slow, Work, World};
use strongroom_core::keep::PUBLIC_KEY_LENGTH;
use strongroom_core::policy::REPLAY_LIMIT;
use strongroom_core::vault::{Action, Client, Effect, Event, FetchId, Held};

impl World {
    /// Completes pending work; from now on, work is completed at once.
    pub fn release(&mut self) {
        self.slow.clear();
        self.work.extend(std::mem::take(&mut self.held));
        self.do_work();
    }

    pub(super) fn happens(&mut self, event: Event<'_>) {
        let arrived = match &event {
            Event::FormResponse(_, Some(response)) => response.body,
            Event::Opened(_, Some(copy)) => copy,
            _ => &[],
        };
        self.arrived = String::from_utf8_lossy(arrived).into_owned();
        self.look();
        let effects = self.vault.handle(event, self.now);
        self.perform(effects);
    }

    /// Before an event: what the vault holds.
    pub(super) fn look(&mut self) {
        let held = self.vault.held(self.now);
        self.was_recovering = matches!(held, Held::Lost);
        self.was_signed_in = matches!(held, Held::Session(_));
    }

    pub(super) fn perform(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.assert_secrecy(&effect);
            self.perform_one(effect);
        }
        self.assert_bounds();
        // A worker that cannot read storage signs nobody out: the next one may find the session.
        if matches!(self.vault.held(self.now), Held::Nothing) && (self.was_recovering || self.was_signed_in) {
            self.dead = self.issued.len();
        }
        self.do_work();
    }

    pub(super) fn do_work(&mut self) {
        while let Some(work) = self.work.pop_front() {
            self.do_one(work);
        }
    }

    pub(super) fn asks(&mut self, work: Work) {
        let slow = match &work {
            Work::Read => Some(Slow::Reads),
            Work::Write { .. } => Some(Slow::Writes),
            Work::List => Some(Slow::Clients),
            Work::MakeKey => Some(Slow::Key),
            Work::Report(Report::BodyRead(_)) => Some(Slow::Bodies),
            Work::Report(Report::Probed(_)) => Some(Slow::Probes),
            Work::Report(Report::Sealed(_)) => Some(Slow::Seals),
            Work::Report(_) => None,
        };
        if slow.is_some_and(|slow| self.slow.contains(&slow)) {
            self.held.push(work);
        } else {
            self.work.push_back(work);
        }
    }

    fn do_one(&mut self, work: Work) {
        match work {
            Work::Read => {
                let result = match self.read_errors.pop_front() {
                    Some(name) => Err(name.to_owned()),
                    None => Ok(self.row.clone()),
                };
                self.happens(Event::RowRead(result));
            }
            Work::Write { text, reset } => {
                self.writes.push(reset);
                let error = self.write_errors.pop_front();
                if error.is_none() {
                    self.row = Some(text);
                }
                let result = error.map_or(Ok(()), |name| Err(name.to_owned()));
                self.happens(Event::RowWritten(result));
            }
            Work::List => {
                let page = Client {
                    id: format!("page {}", self.page),
                    kind: "window".to_owned(),
                    url: ORIGIN.to_owned(),
                };
                let clients = self.clients.iter().cloned().chain([page]).collect();
                self.happens(Event::Clients(clients));
            }
            Work::MakeKey => {
                let key = self.has_web_crypto.then(|| self.worker_key());
                self.happens(Event::PublicKey(key));
            }
            Work::Report(report) => self.report(report),
        }
    }

    fn report(&mut self, report: Report) {
        match report {
            Report::Client(id) => {
                let client_id = &self.fetches[&id].client_id;
                let client = self.clients.iter().find(|client| client.id == *client_id).cloned();
                self.happens(Event::Client(id, client));
            }
            Report::Body(id) => {
                let body = self.fetches[&id].request.body.clone();
                self.happens(Event::Body(id, &body));
            }
            Report::BodyRead(id) => {
                let is_complete = self.fetches[&id].request.body.len() <= REPLAY_LIMIT as usize;
                self.happens(Event::BodyRead(id, is_complete));
            }
            Report::Probed(id) => {
                self.happens(Event::Probed { id, is_reachable: self.is_server_there });
            }
            Report::Opened { id, sealed } => {
                let copy = sealed.strip_prefix(self.worker_key().as_slice()).map(<[u8]>::to_vec);
                self.happens(Event::Opened(id, copy));
            }
            Report::Sealed(index) => {
                let (stream, mark, bytes) = self.seals[index].clone();
                self.happens(Event::Sealed { stream, generation: mark, bytes: Some(bytes) });
            }
        }
    }

    fn perform_one(&mut self, effect: Effect) {
        match effect {
            Effect::Fetch(id, action) => self.act(id, action),
            Effect::Extend(id) => self.fetches.get_mut(&id).unwrap().extensions += 1,
            Effect::Release(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                fetch.extensions = fetch.extensions.checked_sub(1).expect("it was extended");
            }
            Effect::Write(id, bytes) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(fetch.is_open, "written to a stream that is not open");
                fetch.written.push(bytes);
            }
            Effect::End(id) => {
                let fetch = self.fetches.get_mut(&id).unwrap();
                assert!(std::mem::take(&mut fetch.is_open), "ended a stream that is not open");
            }
            Effect::PostForm(call, form) => {
                self.went_out.push(format!("{:?}", Form::of(call)).to_lowercase());
                self.forms.push((call, form));
            }
            Effect::Probe(id, url) => {
                self.probes.push(url);
                self.asks(Work::Report(Report::Probed(id)));
            }
            Effect::ReadRow => {
                self.reads += 1;
                self.asks(Work::Read);
            }
            Effect::WriteRow { text, reset } => self.asks(Work::Write { text, reset }),
            Effect::ListClients => self.asks(Work::List),
            Effect::MakeKey => self.asks(Work::MakeKey),
            Effect::Seal { stream, peer, copy, generation: mark } => {
                assert_eq!(peer, KEEPER_KEY);
                self.seals.push((stream, mark, copy.expose().as_bytes().to_vec()));
                self.asks(Work::Report(Report::Sealed(self.seals.len() - 1)));
            }
            Effect::Open { id, peer, sealed } => {
                assert_eq!(peer.len(), PUBLIC_KEY_LENGTH);
                self.asks(Work::Report(Report::Opened { id, sealed }));
            }
            Effect::KeepVersionAlive => self.kept_alive += 1,
            Effect::AskToTakeOver => self.asked_to_take_over += 1,
            Effect::SignOutElsewhere => self.went_out.push("a sign-out for other vaults".to_owned()),
            Effect::SetTimer(ms) => self.timer = Some(self.now.monotonic + ms),
            Effect::Log(line) => self.log.push(line),
        }
    }

    fn act(&mut self, id: FetchId, action: Action) {
        let url = self.fetches[&id].request.url.clone();
        let fetch = self.fetches.get_mut(&id).unwrap();
        assert!(fetch.answer.is_none(), "{action:?} after {:?} for {url}", fetch.answer);
        assert!(!fetch.is_sent, "{action:?} while a request is under way for {url}");
        let answer = match action {
            Action::Pass => {
                self.went_out.push(format!("{url} as the page made it"));
                Answer::Pass
            }
            Action::Respond(response) => Answer::Respond(response),
            Action::Fail => Answer::Fail,
            Action::Deliver => Answer::Deliver,
            Action::Stream { first, .. } => {
                fetch.written.push(first);
                fetch.is_open = true;
                Answer::Stream
            }
            Action::Send(outgoing) => {
                self.went_out.push(format!("{url} with {}", outgoing.authorization.expose()));
                fetch.is_body_used |= !fetch.request.body.is_empty();
                fetch.is_sent = true;
                fetch.sent.push(outgoing);
                return;
            }
            Action::ReadBody | Action::AwaitBody => {
                fetch.is_body_used = true;
                return self.asks(Work::Report(Report::BodyRead(id)));
            }
            Action::TakeBody => return self.asks(Work::Report(Report::Body(id))),
            Action::Identify => return self.asks(Work::Report(Report::Client(id))),
        };
        fetch.answer = Some(answer);
    }
}
