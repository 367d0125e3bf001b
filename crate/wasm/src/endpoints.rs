//! The worker's own endpoints.

use crate::answer;
use crate::keepers;
use crate::platform::{self, now};
use crate::task::promise;
use crate::worker::Worker;
use js_sys::Uint8Array;
use std::future::ready;
use std::pin::Pin;
use std::rc::Rc;
use strongroom_core::answer::Answer;
use strongroom_core::callback::Callback;
use strongroom_core::json;
use strongroom_core::keep::PUBLIC_KEY_LENGTH;
use strongroom_core::pkce::from_base64url;
use strongroom_core::policy::Endpoint;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{AuthorizationRequest, CallbackOutcome, LoginOutcome};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FetchEvent, Response};

/// A request to one of them.
pub(crate) struct EndpointRequest {
    pub(crate) endpoint: Endpoint,
    pub(crate) query: String,
    pub(crate) is_navigation: bool,
    pub(crate) is_post: bool,
    pub(crate) client_id: String,
    pub(crate) event: FetchEvent,
}

impl EndpointRequest {
    /// Whether the answer depends on what becomes of an earlier worker's session. Keepers are whom that is up to.
    fn waits(&self) -> bool {
        !matches!(
            self.endpoint,
            Endpoint::Keep | Endpoint::NotAllowed(_) | Endpoint::NotFound | Endpoint::RefusedCallback
        )
    }
}

/// An answer to come. Boxed, so that each endpoint's waiting is a function of its own, and not part of everyone's.
type Pending<'a> = Pin<Box<dyn Future<Output = Result<Answer, JsValue>> + 'a>>;

/// The response to `request`.
pub(crate) async fn respond(worker: &Rc<Worker>, request: EndpointRequest) -> Result<Response, JsValue> {
    if request.waits() {
        worker.decided().await;
    }
    let is_navigation = request.is_navigation;
    let at_once = |answer| -> Pending<'_> { Box::pin(ready(Ok(answer))) };
    let answer: Pending<'_> = match request.endpoint {
        Endpoint::Login => Box::pin(login(worker, &request)),
        Endpoint::Callback => Box::pin(callback(worker, &request)),
        Endpoint::Session => at_once(session(worker, &request)),
        Endpoint::Events => return events(worker, request),
        Endpoint::Refresh => Box::pin(refresh(worker, &request)),
        Endpoint::Logout => Box::pin(logout(worker, &request)),
        Endpoint::Keep if !keepers::admits(&request.client_id).await => at_once(Answer::not_a_keeper()),
        Endpoint::Keep if request.is_post => Box::pin(give_back(worker, &request)),
        Endpoint::Keep => match keep(worker, request).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(answer)) => at_once(answer),
            Err(error) => Box::pin(ready(Err(error))),
        },
        Endpoint::NotAllowed(method) => at_once(Answer::method_not_allowed(method)),
        Endpoint::RefusedCallback => at_once(Answer::unfinished(worker.vault.borrow().config())),
        Endpoint::NotFound => at_once(Answer::not_found()),
    };
    let answer = answer.await;
    // What the browser said is not passed on: the page needs to know what to do, not what was thrown.
    let answer = answer.unwrap_or_else(|_| Answer::platform_failed());
    if is_navigation {
        return answer::response(&answer.for_navigation(worker.vault.borrow().config()));
    }
    answer::response(&answer)
}

async fn login(worker: &Rc<Worker>, request: &EndpointRequest) -> Result<Answer, JsValue> {
    let AuthorizationRequest { url, storage_key, trace } = loop {
        let outcome = worker.vault.borrow_mut().login(&request.query, &platform::randomness()?, now());
        match outcome {
            Ok(LoginOutcome::Authorize(authorization_request)) => break authorization_request,
            Ok(LoginOutcome::Wait(ms)) => worker.changes.next_within(ms).await,
            // To a browser that means: stay on the page that there is.
            Ok(LoginOutcome::NotNeeded) => return Ok(Answer::no_content()),
            Err(problem) => return Ok(Answer::problem(400, &problem)),
        }
    };
    if trace.is_silent() {
        let server = worker.vault.borrow().config().provider.token_endpoint.clone();
        // A page that left for a server out of reach would end on the browser's error page. It stays, and asks again.
        if !platform::is_there(server.as_str()).await {
            return Ok(Answer::no_content());
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "milliseconds fit in 53 bits")]
    let expires_at = trace.expires_at() as f64;
    // The redirect does not wait for storage: a page can block it, and only a worker that lost the transaction reads it.
    let storing = worker.store.put(&storage_key, &trace.to_text(), expires_at);
    for extension in [storing, worker.stay_for_response()] {
        // An event that is over needs no help.
        drop(request.event.wait_until(&extension));
    }
    Ok(Answer::found(url))
}

async fn callback(worker: &Rc<Worker>, request: &EndpointRequest) -> Result<Answer, JsValue> {
    let callback = Callback::parse(&request.query);
    let stored = match &callback {
        Ok(callback) => worker.store.take(&callback.storage_key()).await.as_string(),
        Err(_) => None,
    };
    let outcome = worker.vault.borrow_mut().callback(callback, stored.as_deref(), now());
    let return_to = match outcome {
        CallbackOutcome::Ended(return_to) => return_to,
        CallbackOutcome::Exchange(form, exchange) => {
            let response = platform::post_form(&form).await;
            let response = response.as_ref().map(|it| TokenResponse { status: it.status, body: &it.body });
            worker.vault.borrow_mut().complete_exchange(exchange, response.as_ref(), now())
        }
    };
    worker.changed();
    let saving = Rc::clone(worker);
    let saved = promise(async move {
        saving.save_marker().await;
        Ok(JsValue::UNDEFINED)
    });
    // The user does not wait for storage here either. The worker lives until it has the hint.
    drop(request.event.wait_until(&saved));
    Ok(Answer::see_other(&return_to))
}

fn session(worker: &Rc<Worker>, request: &EndpointRequest) -> Answer {
    drop(worker.vault.borrow_mut().meet(&request.client_id, "", now()));
    Answer::json(worker.snapshot(&request.client_id))
}

fn events(worker: &Rc<Worker>, request: EndpointRequest) -> Result<Response, JsValue> {
    worker.revoke_again();
    let happened = worker.vault.borrow_mut().meet(&request.client_id, &request.query, now());
    let snapshot = worker.snapshot(&request.client_id);
    let response = worker.events.open(request.client_id, snapshot, &happened);
    if worker.leaving.get() {
        worker.events.end();
    }
    response
}

async fn refresh(worker: &Rc<Worker>, request: &EndpointRequest) -> Result<Answer, JsValue> {
    // Before the renewal, which may end the session: the page is one of those to learn why.
    drop(worker.vault.borrow_mut().meet(&request.client_id, "", now()));
    worker.force_renewal();
    worker.renewed().await;
    Ok(Answer::json(worker.snapshot(&request.client_id)))
}

async fn logout(worker: &Rc<Worker>, request: &EndpointRequest) -> Result<Answer, JsValue> {
    drop(worker.vault.borrow_mut().meet(&request.client_id, "", now()));
    let sign_out = worker.vault.borrow_mut().sign_out();
    worker.changed();
    worker.save_marker().await;
    if let Some(form) = sign_out.revocation {
        let revoked = platform::post_form(&form).await.is_some_and(|response| response.status == 200);
        if !revoked {
            worker.vault.borrow_mut().revocation_failed();
            worker.unrevoked.replace(Some(form));
            worker.changed();
        }
    }
    Ok(Answer::json(json::object(&[("location", sign_out.location.as_str().into())])))
}

/// Opens a keeper's stream.
async fn keep(worker: &Rc<Worker>, request: EndpointRequest) -> Result<Result<Response, Answer>, JsValue> {
    if !worker.keepers.have_room_for(&request.client_id) {
        return Ok(Err(Answer::too_many_keepers()));
    }
    let key = request.query.strip_prefix("key=").and_then(from_base64url);
    let Some(key) = key.filter(|key| key.len() == PUBLIC_KEY_LENGTH) else {
        return Ok(Err(Answer::not_a_keeper()));
    };
    worker.started().await;
    let response = worker.keepers.open(request.client_id, key, &worker.vault).await?;
    if worker.leaving.get() {
        worker.keepers.end().await;
    } else {
        worker.changed();
    }
    Ok(Ok(response))
}

/// Takes a keeper's copy.
async fn give_back(worker: &Rc<Worker>, request: &EndpointRequest) -> Result<Answer, JsValue> {
    let body = Uint8Array::new(&JsFuture::from(request.event.request().array_buffer()?).await?).to_vec();
    let copy = match body.split_at_checked(PUBLIC_KEY_LENGTH) {
        Some((key, sealed)) => worker.keepers.unseal(key, sealed).await,
        None => None,
    };
    let Some(copy) = copy else { return Ok(Answer::wrong_seal()) };
    worker.vault.borrow_mut().restore(&request.client_id, &copy, now());
    worker.changed();
    Ok(Answer::no_content())
}
