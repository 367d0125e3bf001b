//! The worker's endpoints.

use super::api::OVERHEAD;
use super::fetches::Fetch;
use super::sign_in::{Exchange, SignInPage};
use super::state::State;
use super::{Action, Call, Effect, FetchId, Platform, Vault};
use crate::authorization::Randomness;
use crate::json;
use crate::policy::{self, Endpoint};
use crate::problem::{METHOD_NOT_ALLOWED, NOT_FOUND, QUEUE_FULL};
use crate::response::Response;
use crate::time::Now;
use crate::token::FormRequest;
use crate::url::HttpUrl;
use crate::vault_origin::app_of;

/// Memory limit for all waiting endpoint requests together, in bytes. A page that sends requests in a loop
/// must not exhaust the worker's memory: the session would be lost with the worker.
const WAITING_SIZE: usize = 4 * 1_024 * 1_024;

#[derive(Debug)]
pub(super) struct EndpointFetch {
    pub(super) endpoint: Endpoint,
    pub(super) query: String,
    pub(super) client_id: String,
    pub(super) is_navigation: bool,
    pub(super) is_post: bool,
    pub(super) is_online: bool,
    pub(super) randomness: Option<Randomness>,
}

/// What a request waits for.
#[derive(Debug)]
pub(super) enum Stage {
    /// The session's status: an earlier worker's session may be restored.
    Undecided,
    /// Another tab's silent sign-in, since this time; check again after this many milliseconds.
    Login(Now, u64),
    /// The probe of the authorization server, before the silent sign-in.
    Probing(Box<SignInPage>),
    /// The body with an authorization response.
    TakingResponse,
    /// The token response.
    Exchanging(Box<Exchange>),
    /// The end of a renewal.
    Refreshing,
    /// The deletion of the session hint, among this many changes of the row. Then comes the revocation.
    SavingSignOut(Option<FormRequest>, u64),
    /// The end of the revocation.
    Revoking(FormRequest),
    /// The browser's description of the client.
    Identifying,
    /// This worker's public key, and the session hint. Holds the keeper's key.
    OpeningKeeperStream(Vec<u8>),
    /// The body with a keeper's sealed copy.
    TakingCopy,
    /// The decryption of a keeper's copy.
    OpeningCopy,
}

impl Vault {
    pub(super) fn endpoint_fetch(
        &mut self,
        id: FetchId,
        endpoint: Endpoint,
        request: policy::Request<'_>,
        platform: &dyn Platform,
        now: Now,
    ) {
        let query = HttpUrl::from_serialised(request.url).map(|url| url.query().to_owned());
        let fetch = EndpointFetch {
            endpoint,
            query: query.unwrap_or_default(),
            client_id: platform.client_id(),
            // On a vault origin the request is a fetch of the relay, but the app's interceptor responds to a navigation with it.
            is_navigation: request.mode == "navigate" || endpoint == Endpoint::Login,
            is_post: request.method == "POST",
            is_online: endpoint == Endpoint::Events && platform.is_online(),
            randomness: if endpoint == Endpoint::Login { platform.randomness() } else { None },
        };
        let size = |fetch: &EndpointFetch| OVERHEAD + fetch.query.len();
        let waiting = self.fetches.0.iter().map(|(_, fetch)| match fetch {
            Fetch::Api(_) => 0,
            Fetch::Endpoint(fetch, _) => size(fetch),
        });
        // Keepers are exempt: they restore the session, and their number is limited.
        if endpoint != Endpoint::Keep && waiting.sum::<usize>() + size(&fetch) > WAITING_SIZE {
            let refusal = if endpoint == Endpoint::Callback && !self.config.is_vault_origin() {
                // A refusal would be a document whose URL has the code, and the browser may refuse a redirect.
                Response::empty(204)
            } else {
                Response::problem_with(503, &QUEUE_FULL, "retry-after", "1".to_owned())
            };
            return self.respond(id, &fetch, refusal);
        }
        self.serve(id, fetch, now);
    }

    pub(super) fn serve(&mut self, id: FetchId, fetch: EndpointFetch, now: Now) {
        match fetch.endpoint {
            // Keepers must not wait for the session's status, since they determine it.
            Endpoint::Keep => {
                self.act(id, Action::Identify);
                self.wait(id, fetch, Stage::Identifying);
            }
            Endpoint::NotAllowed(method) => {
                let refusal = Response::problem_with(405, &METHOD_NOT_ALLOWED, "allow", method.to_owned());
                self.respond(id, &fetch, refusal);
            }
            Endpoint::NotFound => self.respond(id, &fetch, Response::problem(404, &NOT_FOUND)),
            // Decided at compile time in each library, so that it lacks the code of the other mode.
            Endpoint::Redeem if !self.config.is_vault_origin() => {
                self.respond(id, &fetch, Response::problem(404, &NOT_FOUND));
            }
            Endpoint::Callback | Endpoint::RefusedCallback if self.config.is_vault_origin() => {
                self.respond(id, &fetch, Response::problem(404, &NOT_FOUND));
            }
            Endpoint::RefusedCallback => self.respond(id, &fetch, Response::empty(204)),
            _ if !self.is_decided() => {
                // A sign-in waits only a short time for storage, which a page can block. No page can block a vault origin's,
                // and there a sign-in that does not wait would make the vault forget the sign-ins of other tabs.
                if fetch.endpoint == Endpoint::Login && !self.config.is_vault_origin() {
                    self.storage.sign_in_waits();
                }
                self.wait(id, fetch, Stage::Undecided);
            }
            Endpoint::Login => self.login(id, fetch, now),
            Endpoint::Callback => self.callback(id, fetch, now),
            Endpoint::Redeem => {
                self.act(id, Action::TakeBody);
                self.wait(id, fetch, Stage::TakingResponse);
            }
            Endpoint::Events => self.open_events(id, &fetch, now),
            Endpoint::Session => {
                drop(self.meet(&fetch.client_id, "", now));
                self.respond_with_session(id, &fetch);
            }
            Endpoint::Refresh => {
                // Register the page before the renewal, which may end the session: this page must get the
                // error.
                drop(self.meet(&fetch.client_id, "", now));
                self.begin_renewal(true, false, now);
                self.changed = true;
                self.wait(id, fetch, Stage::Refreshing);
            }
            Endpoint::Logout => {
                drop(self.meet(&fetch.client_id, "", now));
                let revocation = self.sign_out();
                self.record_sign_out(now);
                self.effects.push(Effect::SignOutElsewhere);
                // Write even if this worker knows no hint: a row that could not be read may have one.
                self.storage.is_unsaved = true;
                self.save(now);
                self.wait(id, fetch, Stage::SavingSignOut(revocation, self.storage.changes));
            }
        }
    }

    pub(super) fn continue_endpoint_fetch(
        &mut self,
        id: FetchId,
        fetch: EndpointFetch,
        stage: Stage,
        now: Now,
    ) {
        match stage {
            Stage::Undecided => self.serve(id, fetch, now),
            Stage::Login(..) => self.login(id, fetch, now),
            Stage::Refreshing if !self.is_renewing() => self.respond_with_session(id, &fetch),
            Stage::SavingSignOut(revocation, changes) if self.storage.is_settled(changes) => {
                let Some(form) = revocation else { return self.respond_signed_out(id, &fetch) };
                self.effects.push(Effect::PostForm(Call::Revocation(id), form.clone()));
                self.wait(id, fetch, Stage::Revoking(form));
            }
            Stage::OpeningKeeperStream(keeper_key) => self.open_keeper_stream(id, fetch, keeper_key),
            stage => self.wait(id, fetch, stage),
        }
    }

    pub(super) fn wait(&mut self, id: FetchId, fetch: EndpointFetch, stage: Stage) {
        self.fetches.insert(id, Fetch::Endpoint(fetch, stage));
    }

    pub(super) fn respond(&mut self, id: FetchId, fetch: &EndpointFetch, response: Response) {
        let response = if fetch.is_navigation { response.for_navigation(&self.config) } else { response };
        self.act(id, Action::Respond(response));
    }

    pub(super) fn respond_with_session(&mut self, id: FetchId, fetch: &EndpointFetch) {
        let session = self.snapshot(&fetch.client_id);
        self.respond(id, fetch, Response::json(session));
    }

    fn respond_signed_out(&mut self, id: FetchId, fetch: &EndpointFetch) {
        let app = if self.config.is_vault_origin() { app_of(&self.config, &fetch.query).ok() } else { None };
        let location = self.logout_location(app.unwrap_or(&self.config.origin));
        let body = json::object(&[("location", location.as_str().into())]);
        self.respond(id, fetch, Response::json(body));
    }

    /// Processes the body of a request.
    pub(super) fn body(&mut self, id: FetchId, bytes: &[u8], now: Now) {
        let is_due = |stage: &Stage| matches!(stage, Stage::TakingCopy | Stage::TakingResponse);
        match self.endpoint(id, is_due) {
            Some((fetch, Stage::TakingResponse)) => self.redeem(id, fetch, bytes, now),
            Some((fetch, _)) => self.copy_taken(id, fetch, bytes),
            None => {}
        }
    }

    /// Removes and returns the endpoint request `id`, if its stage matches.
    pub(super) fn endpoint(
        &mut self,
        id: FetchId,
        is_due: fn(&Stage) -> bool,
    ) -> Option<(EndpointFetch, Stage)> {
        let is_due = |fetch: &Fetch| matches!(fetch, Fetch::Endpoint(_, stage) if is_due(stage));
        match self.fetches.remove_if(id, is_due)? {
            Fetch::Endpoint(fetch, stage) => Some((fetch, stage)),
            Fetch::Api(_) => None,
        }
    }

    fn open_events(&mut self, id: FetchId, fetch: &EndpointFetch, now: Now) {
        // A page reconnects and the network is up: retry a failed revocation. Not during the user's next session:
        // some servers then revoke all tokens of that user.
        if fetch.is_online
            && self.generation == self.signed_out
            && let Some(form) = self.unrevoked.take()
        {
            self.effects.push(Effect::PostForm(Call::LateRevocation(self.generation), form));
        }
        self.open_stream(id, &fetch.client_id, &fetch.query, now);
        self.changed |= self.versions.is_draining;
    }

    /// Signs out because the user has signed out of another vault. A vault that has not begun the session of
    /// the hint ignores the hint, which the other vault may delete too late. One that has not begun to read has
    /// no session to end. Any page can cause this, just as it can sign out.
    pub(super) fn signed_out_elsewhere(&mut self, now: Now) {
        self.record_sign_out(now);
        if !self.is_starting() {
            let revocation = self.sign_out();
            let call = Call::LateRevocation(self.generation);
            self.effects.extend(revocation.map(|form| Effect::PostForm(call, form)));
        } else if self.storage.is_read() {
            self.state = State::Starting(None);
            self.storage.is_unsaved = true;
        } else {
            self.storage.signed_out();
        }
    }

    pub(super) fn revoked(&mut self, id: FetchId, is_revoked: bool) {
        let is_due = |stage: &Stage| matches!(stage, Stage::Revoking(_));
        if let Some((fetch, Stage::Revoking(form))) = self.endpoint(id, is_due) {
            if !is_revoked {
                self.unrevoked = Some(form);
                self.revocation_ended(self.signed_out, false);
            }
            self.respond_signed_out(id, &fetch);
        }
    }
}
