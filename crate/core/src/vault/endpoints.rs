//! The worker's endpoints.

use super::fetches::Fetch;
use super::keepers::{self, OwnKey};
use super::{Action, Call, Client, Effect, FetchId, Platform, Until, Vault};
use crate::authorization::Randomness;
use crate::callback::Callback;
use crate::json;
use crate::keep::{MEDIA_TYPE, PUBLIC_KEY_LENGTH};
use crate::pkce::from_base64url;
use crate::policy::{self, Endpoint};
use crate::problem::{
    METHOD_NOT_ALLOWED, NOT_A_KEEPER, NOT_FOUND, PLATFORM_FAILED, QUEUE_FULL, TOO_MANY_KEEPERS, WRONG_SEAL,
};
use crate::response::Response;
use crate::return_to::ReturnTo;
use crate::session_manager::{
    AuthorizationRequest, CallbackOutcome, Exchange, FormRequest, LoginOutcome, OVERHEAD, SignOut,
};
use crate::time::Now;
use crate::token::TokenResponse;
use crate::url::HttpUrl;

/// Memory limit for all waiting endpoint requests together, in bytes. A page that sends requests in a loop
/// must not exhaust the worker's memory: the session would be lost with the worker.
const WAITING_SIZE: usize = 4 * 1_024 * 1_024;

#[derive(Debug)]
pub(super) struct EndpointFetch {
    endpoint: Endpoint,
    query: String,
    client_id: String,
    is_navigation: bool,
    is_post: bool,
    is_online: bool,
    randomness: Option<Randomness>,
    stage: Stage,
}

/// What a request waits for.
#[derive(Debug)]
enum Stage {
    /// The session's status: an earlier worker's session may be restored.
    Undecided,
    /// Another tab's silent sign-in, since this time; check again after this many milliseconds.
    Login(Now, u64),
    /// The probe of the authorization server.
    Probing(AuthorizationRequest),
    /// The token response.
    Exchanging(Exchange),
    /// The end of a renewal.
    Refreshing,
    /// The deletion of the session hint, which is among this many changes of the row.
    SavingSignOut(SignOut, u64),
    /// The end of the revocation.
    Revoking { form: FormRequest, location: String },
    /// The browser's description of the client.
    Identifying,
    /// This worker's public key, and the session's status.
    OpeningKeeperStream { keeper_key: Vec<u8> },
    /// The body with a keeper's sealed copy.
    TakingCopy,
    /// The decryption of a keeper's copy.
    OpeningCopy,
}

impl EndpointFetch {
    /// Its memory in bytes.
    pub(super) fn size(&self) -> usize {
        OVERHEAD + self.query.len()
    }

    pub(super) fn deadline(&self, now: Now) -> Option<u64> {
        match self.stage {
            Stage::Login(since, length) => Some(length.saturating_sub(now.since(since))),
            _ => None,
        }
    }
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
            is_navigation: request.mode == "navigate",
            is_post: request.method == "POST",
            is_online: endpoint == Endpoint::Events && platform.is_online(),
            randomness: if endpoint == Endpoint::Login { platform.randomness() } else { None },
            stage: Stage::Undecided,
        };
        // Keepers are exempt: they restore the session, and their number is limited.
        if endpoint != Endpoint::Keep && self.fetches.size_of_endpoint_fetches() + fetch.size() > WAITING_SIZE
        {
            return self.respond(
                id,
                &fetch,
                Response::problem_with(503, &QUEUE_FULL, "retry-after", "1".to_owned()),
            );
        }
        self.serve(id, fetch, now);
    }

    fn serve(&mut self, id: FetchId, mut fetch: EndpointFetch, now: Now) {
        match fetch.endpoint {
            // Keepers must not wait for the session's status, since they determine it.
            Endpoint::Keep => {
                fetch.stage = Stage::Identifying;
                self.act(id, Action::Identify);
                self.wait(id, fetch);
            }
            Endpoint::NotAllowed(method) => {
                let refusal = Response::problem_with(405, &METHOD_NOT_ALLOWED, "allow", method.to_owned());
                self.respond(id, &fetch, refusal);
            }
            Endpoint::NotFound => self.respond(id, &fetch, Response::problem(404, &NOT_FOUND)),
            Endpoint::RefusedCallback => self.respond(id, &fetch, Response::unfinished(self.config())),
            _ if !self.sessions.is_decided() => {
                if fetch.endpoint == Endpoint::Login {
                    self.storage.sign_in_waits();
                }
                self.wait(id, fetch);
            }
            Endpoint::Login => self.login(id, fetch, now),
            Endpoint::Callback => self.callback(id, fetch, now),
            Endpoint::Session => {
                drop(self.sessions.meet(&fetch.client_id, "", now));
                self.respond_with_session(id, &fetch);
            }
            Endpoint::Events => self.open_events(id, &fetch, now),
            Endpoint::Refresh => {
                // Register the page before the renewal, which may end the session: this page must get the
                // error.
                drop(self.sessions.meet(&fetch.client_id, "", now));
                self.renew(None, |sessions| sessions.renewal(true, now));
                self.changed = true;
                fetch.stage = Stage::Refreshing;
                self.wait(id, fetch);
            }
            Endpoint::Logout => {
                drop(self.sessions.meet(&fetch.client_id, "", now));
                let sign_out = self.sessions.sign_out();
                self.effects.push(Effect::SignOutElsewhere);
                fetch.stage = Stage::SavingSignOut(sign_out, self.storage.delete_hint(&mut self.effects));
                self.changed = true;
                self.wait(id, fetch);
            }
        }
    }

    pub(super) fn continue_endpoint_fetch(&mut self, id: FetchId, mut fetch: EndpointFetch, now: Now) {
        match fetch.stage {
            Stage::Undecided => self.serve(id, fetch, now),
            Stage::Login(..) => self.login(id, fetch, now),
            Stage::Refreshing if !self.sessions.is_renewing() => self.respond_with_session(id, &fetch),
            Stage::SavingSignOut(sign_out, changes) if self.storage.is_settled(changes) => {
                let SignOut { revocation, location } = sign_out;
                let Some(form) = revocation else {
                    fetch.stage = Stage::Undecided;
                    return self.respond(id, &fetch, sign_out_location(&location));
                };
                self.effects.push(Effect::PostForm(Call::Revocation(id), form.clone()));
                fetch.stage = Stage::Revoking { form, location };
                self.wait(id, fetch);
            }
            Stage::OpeningKeeperStream { .. } => self.open_keeper_stream(id, fetch),
            _ => self.wait(id, fetch),
        }
    }

    fn wait(&mut self, id: FetchId, fetch: EndpointFetch) {
        self.fetches.insert(id, Fetch::Endpoint(fetch));
    }

    fn respond(&mut self, id: FetchId, fetch: &EndpointFetch, response: Response) {
        let response = if fetch.is_navigation { response.for_navigation(self.config()) } else { response };
        self.act(id, Action::Respond(response));
    }

    fn respond_with_session(&mut self, id: FetchId, fetch: &EndpointFetch) {
        let session = self.snapshot(&fetch.client_id);
        self.respond(id, fetch, Response::json(session));
    }

    /// Removes and returns the endpoint request `id` and its stage, if the stage matches.
    fn endpoint(&mut self, id: FetchId, is_due: fn(&Stage) -> bool) -> Option<(EndpointFetch, Stage)> {
        match self.fetches.remove(id)? {
            Fetch::Endpoint(mut fetch) if is_due(&fetch.stage) => {
                let stage = std::mem::replace(&mut fetch.stage, Stage::Undecided);
                Some((fetch, stage))
            }
            fetch => {
                self.fetches.insert(id, fetch);
                None
            }
        }
    }

    fn login(&mut self, id: FetchId, mut fetch: EndpointFetch, now: Now) {
        let Some(randomness) = &fetch.randomness else {
            return self.respond(id, &fetch, Response::problem(503, &PLATFORM_FAILED));
        };
        match self.sessions.login(&fetch.query, randomness, now) {
            Ok(LoginOutcome::Authorize(request)) if request.stored.is_silent() => {
                // Probe first: if the server is unreachable, the page would navigate to the browser's error
                // page. It stays and tries again later.
                let server = self.config().provider.token_endpoint.as_str().to_owned();
                self.effects.push(Effect::Probe(id, server));
                fetch.stage = Stage::Probing(request);
                self.wait(id, fetch);
            }
            Ok(LoginOutcome::Authorize(request)) => self.authorize(id, &fetch, request, now),
            Ok(LoginOutcome::Wait(ms)) => {
                fetch.stage = Stage::Login(now, ms);
                self.wait(id, fetch);
            }
            // 204 makes the browser stay on the current page.
            Ok(LoginOutcome::NotNeeded) => self.respond(id, &fetch, Response::empty(204)),
            Err(problem) => self.respond(id, &fetch, Response::problem(400, &problem)),
        }
    }

    pub(super) fn probed(&mut self, id: FetchId, is_reachable: bool, now: Now) {
        match self.endpoint(id, |stage| matches!(stage, Stage::Probing(_))) {
            Some((fetch, Stage::Probing(request))) if is_reachable => {
                self.authorize(id, &fetch, request, now);
            }
            Some((fetch, _)) => self.respond(id, &fetch, Response::empty(204)),
            None => {}
        }
    }

    /// Redirects to the authorization server without waiting for storage: a page can block storage, and only
    /// a worker that has lost the transaction reads it.
    fn authorize(&mut self, id: FetchId, fetch: &EndpointFetch, request: AuthorizationRequest, now: Now) {
        let AuthorizationRequest { url, storage_key, stored } = request;
        self.storage.put(storage_key, stored.to_text(), stored.expires_at(), now, &mut self.effects);
        self.extend(id, Until::SignedIn);
        self.release_older_sign_ins(id);
        self.respond(id, fetch, Response::found(url));
    }

    fn callback(&mut self, id: FetchId, mut fetch: EndpointFetch, now: Now) {
        let callback = Callback::parse(&fetch.query);
        let stored = match &callback {
            Ok(callback) => self.storage.take(&callback.storage_key(), &mut self.effects),
            Err(_) => None,
        };
        match self.sessions.callback(callback, stored.as_deref(), now) {
            CallbackOutcome::Ended(return_to) => self.return_to(id, &fetch, &return_to),
            CallbackOutcome::Exchange(form, exchange) => {
                self.effects.push(Effect::PostForm(Call::Exchange(id), form));
                fetch.stage = Stage::Exchanging(exchange);
                self.wait(id, fetch);
            }
        }
    }

    pub(super) fn exchanged(&mut self, id: FetchId, response: Option<&TokenResponse<'_>>, now: Now) {
        let is_due = |stage: &Stage| matches!(stage, Stage::Exchanging(_));
        if let Some((fetch, Stage::Exchanging(exchange))) = self.endpoint(id, is_due) {
            let (return_to, replaced) = self.sessions.complete_exchange(exchange, response, now);
            self.effects.extend(replaced.map(|form| Effect::PostForm(Call::LateRevocation, form)));
            self.return_to(id, &fetch, &return_to);
        }
    }

    /// Redirects to the page of the sign-in without waiting for storage. The worker stays alive until the
    /// session hint is stored.
    fn return_to(&mut self, id: FetchId, fetch: &EndpointFetch, return_to: &ReturnTo) {
        self.changed = true;
        self.extend(id, Until::Saved);
        self.respond(id, fetch, Response::see_other(return_to));
    }

    fn open_events(&mut self, id: FetchId, fetch: &EndpointFetch, now: Now) {
        // A page reconnects and the network is up: retry a failed revocation.
        if fetch.is_online
            && let Some(form) = self.unrevoked.take()
        {
            self.effects.push(Effect::PostForm(Call::LateRevocation, form));
        }
        let events = self.sessions.meet(&fetch.client_id, &fetch.query, now);
        let snapshot = self.snapshot(&fetch.client_id);
        self.pages.open(id, fetch.client_id.clone(), snapshot, &events, &mut self.effects);
        self.changed |= self.versions.is_draining;
    }

    /// Signs out because the user has signed out of another vault. A vault that is reading storage ignores the hint of that
    /// session, which the other vault may delete too late. One that has not begun to read has no session to end. Any page can
    /// cause this, just as it can sign out.
    pub(super) fn signed_out_elsewhere(&mut self) {
        if self.sessions.is_starting() {
            return self.storage.signed_out();
        }
        if let Some(form) = self.sessions.sign_out().revocation {
            self.effects.push(Effect::PostForm(Call::LateRevocation, form));
        }
        self.changed = true;
    }

    pub(super) fn revoked(&mut self, id: FetchId, response: Option<&TokenResponse<'_>>) {
        let is_due = |stage: &Stage| matches!(stage, Stage::Revoking { .. });
        if let Some((fetch, Stage::Revoking { form, location })) = self.endpoint(id, is_due) {
            if response.is_none_or(|response| response.status != 200) {
                self.sessions.revocation_failed();
                self.unrevoked = Some(form);
                self.changed = true;
            }
            self.respond(id, &fetch, sign_out_location(&location));
        }
    }

    pub(super) fn identified(&mut self, id: FetchId, client: Option<&Client>) {
        let is_due = |stage: &Stage| matches!(stage, Stage::Identifying);
        let Some((mut fetch, _)) = self.endpoint(id, is_due) else { return };
        if !client.is_some_and(|client| keepers::admits(client, self.config())) {
            return self.respond(id, &fetch, Response::problem(403, &NOT_A_KEEPER));
        }
        if fetch.is_post {
            fetch.stage = Stage::TakingCopy;
            self.act(id, Action::TakeBody);
            return self.wait(id, fetch);
        }
        let key = fetch.query.strip_prefix("key=").and_then(from_base64url);
        let Some(keeper_key) = key.filter(|key| key.len() == PUBLIC_KEY_LENGTH) else {
            return self.respond(id, &fetch, Response::problem(403, &NOT_A_KEEPER));
        };
        if self.keepers.own_key == OwnKey::Unknown {
            self.keepers.own_key = OwnKey::Asked;
            self.effects.push(Effect::MakeKey);
        }
        fetch.stage = Stage::OpeningKeeperStream { keeper_key };
        self.open_keeper_stream(id, fetch);
    }

    fn open_keeper_stream(&mut self, id: FetchId, mut fetch: EndpointFetch) {
        if self.sessions.is_starting() {
            return self.wait(id, fetch);
        }
        // Not before: other keepers may connect while this one waits.
        if !self.keepers.have_room_for(&fetch.client_id) {
            return self.respond(id, &fetch, Response::problem(429, &TOO_MANY_KEEPERS));
        }
        match (&self.keepers.own_key, std::mem::replace(&mut fetch.stage, Stage::Undecided)) {
            (OwnKey::Known(own_key), Stage::OpeningKeeperStream { keeper_key }) => {
                let first = keepers::greeting(own_key, self.sessions.wanted_copy());
                self.act(id, Action::Stream { media_type: MEDIA_TYPE, first });
                self.keepers.open(id, fetch.client_id, keeper_key, &mut self.effects);
                self.changed = true;
            }
            (OwnKey::Refused, _) => self.respond(id, &fetch, Response::problem(503, &PLATFORM_FAILED)),
            (_, stage) => self.wait(id, EndpointFetch { stage, ..fetch }),
        }
    }

    pub(super) fn body(&mut self, id: FetchId, bytes: &[u8]) {
        let is_due = |stage: &Stage| matches!(stage, Stage::TakingCopy);
        let Some((mut fetch, _)) = self.endpoint(id, is_due) else { return };
        match bytes.split_at_checked(PUBLIC_KEY_LENGTH) {
            Some((peer, sealed)) => {
                fetch.stage = Stage::OpeningCopy;
                self.effects.push(Effect::Open { id, peer: peer.to_vec(), sealed: sealed.to_vec() });
                self.wait(id, fetch);
            }
            None => self.respond(id, &fetch, Response::problem(409, &WRONG_SEAL)),
        }
    }

    pub(super) fn opened(&mut self, id: FetchId, copy: Option<&[u8]>, now: Now) {
        let is_due = |stage: &Stage| matches!(stage, Stage::OpeningCopy);
        let Some((fetch, _)) = self.endpoint(id, is_due) else { return };
        match copy {
            Some(copy) => {
                self.sessions.restore(&fetch.client_id, copy, now);
                self.changed = true;
                self.respond(id, &fetch, Response::empty(204));
            }
            None => self.respond(id, &fetch, Response::problem(409, &WRONG_SEAL)),
        }
    }
}

fn sign_out_location(location: &str) -> Response {
    Response::json(json::object(&[("location", location.into())]))
}
