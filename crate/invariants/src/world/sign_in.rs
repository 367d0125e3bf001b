//! Sign-in, sign-out and the authorization server.

use super::{LIFETIME, Request, Work, World};
use crate::fixture::{good_claims, jwt};
use serde_json::json;
use std::collections::HashMap;
use strongroom_core::token::TokenResponse;
use strongroom_core::vault::{Call, FetchId, FormRequest};

/// Kinds of form requests to the authorization server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Exchange,
    Renewal,
    Revocation,
    LateRevocation,
}

impl Form {
    pub(super) fn of(call: Call) -> Self {
        match call {
            Call::Exchange(_) => Self::Exchange,
            Call::Renewal(_) => Self::Renewal,
            Call::Revocation(_) => Self::Revocation,
            Call::LateRevocation(_) => Self::LateRevocation,
        }
    }
}

/// The tokens of one token response.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: String,
    pub id: String,
    pub refresh: String,
    /// The token response's body.
    pub body: String,
}

impl Tokens {
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.access)
    }
}

/// The parameters of an authorization request that the browser sees.
#[derive(Debug, Clone)]
pub struct Login {
    pub fetch: FetchId,
    pub state: String,
    pub asked: HashMap<String, String>,
}

impl World {
    /// Issues the next tokens.
    pub fn issue(&mut self, subject: &str, nonce: &str) -> Tokens {
        let refresh_token = format!("refresh.{:04}", self.issued.len() + 1);
        self.issue_with(subject, nonce, Some(refresh_token), LIFETIME)
    }

    /// Issues the next tokens, perhaps without a refresh token, for so many milliseconds.
    pub fn issue_with(
        &mut self,
        subject: &str,
        nonce: &str,
        refresh_token: Option<String>,
        lifetime: u64,
    ) -> Tokens {
        let number = self.issued.len() + 1;
        let mut claims = good_claims();
        claims["sub"] = json!(subject);
        claims["nonce"] = json!(nonce);
        claims["jti"] = json!(number);
        let (access, id) = (format!("access.{number:04}"), jwt(claims.to_string().as_bytes()));
        let body = json!({
            "access_token": access, "id_token": id, "refresh_token": refresh_token,
            "token_type": "Bearer", "expires_in": lifetime / 1_000,
        });
        let refresh = refresh_token.unwrap_or_else(|| access.clone());
        let tokens = Tokens { access, id, refresh, body: body.to_string() };
        self.issued.push(tokens.clone());
        tokens
    }

    /// Opens the login endpoint, which redirects to the authorization server.
    pub fn login(&mut self, query: &str) -> Login {
        let fetch = self.navigate(&format!("/auth/login?{query}"));
        self.authorization_request(fetch)
    }

    /// The authorization request to which `fetch` was redirected.
    pub fn authorization_request(&self, fetch: FetchId) -> Login {
        let (status, location) = self.redirect(fetch);
        assert_eq!(status, 302);
        let url = url::Url::parse(location).unwrap();
        let asked: HashMap<_, _> = url.query_pairs().into_owned().collect();
        Login { fetch, state: asked["state"].clone(), asked }
    }

    pub fn begin_login(&mut self) -> Login {
        self.login("returnTo=%2Fnotes")
    }

    /// The authorization server redirects back with a code.
    pub fn come_back(&mut self, login: &Login) -> FetchId {
        self.secrets.push("the-code".to_owned());
        self.navigate(&format!("/auth/callback?code=the-code&state={}", login.state))
    }

    /// The authorization server redirects back with an error.
    pub fn come_back_refused(&mut self, login: &Login, error: &str) -> FetchId {
        self.navigate(&format!("/auth/callback?error={error}&state={}", login.state))
    }

    /// The token endpoint accepts the code of `login`.
    pub fn exchange(&mut self, login: &Login, subject: &str) -> Tokens {
        let tokens = self.issue(subject, &login.asked["nonce"]);
        self.server_responds(Form::Exchange, 200, &tokens.body);
        tokens
    }

    pub fn sign_in(&mut self) -> Tokens {
        self.sign_in_as("ada-1")
    }

    pub fn sign_in_as(&mut self, subject: &str) -> Tokens {
        let login = self.begin_login();
        self.finish(&login, subject)
    }

    /// The user returns with a code, which the token endpoint accepts.
    pub fn finish(&mut self, login: &Login, subject: &str) -> Tokens {
        let callback = self.come_back(login);
        let tokens = self.exchange(login, subject);
        assert_eq!(self.response(callback).status, 303);
        tokens
    }

    /// The page client recovers the session with a silent sign-in.
    pub fn sign_in_silently(&mut self) -> Tokens {
        let login = self.login("silent=1&returnTo=%2Fnotes");
        self.finish(&login, "ada-1")
    }

    /// A page signs out; the revocation is pending.
    pub fn begin_sign_out(&mut self) -> FetchId {
        self.request(Request::post("/auth/logout"))
    }

    pub fn sign_out(&mut self) -> FetchId {
        let fetch = self.begin_sign_out();
        if self.forms().contains(&Form::Revocation) {
            self.server_responds(Form::Revocation, 200, "");
        }
        assert_eq!(self.response(fetch).status, 200);
        fetch
    }

    /// Pending form requests.
    pub fn forms(&self) -> Vec<Form> {
        self.calls().map(Form::of).collect()
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = Call> {
        self.form_requests().map(|(call, _)| call)
    }

    pub(crate) fn form_requests(&self) -> impl Iterator<Item = (Call, &FormRequest)> {
        self.pending.iter().filter_map(|work| match work {
            Work::Form(call, form) => Some((*call, form)),
            _ => None,
        })
    }

    /// The parameters of the oldest pending form request.
    pub fn form(&self, form: Form) -> HashMap<String, String> {
        let (_, request) =
            self.form_requests().find(|(call, _)| Form::of(*call) == form).expect("it was posted");
        url::form_urlencoded::parse(request.body.expose().as_bytes()).into_owned().collect()
    }

    /// The `state` of the callback whose code exchange is the oldest pending one.
    pub fn state_of_exchange(&self) -> Option<String> {
        let callback = self.calls().find_map(|call| match call {
            Call::Exchange(id) => Some(&self.fetches[&id].request.url),
            _ => None,
        })?;
        callback.split_once("state=").map(|(_, state)| state.to_owned())
    }

    /// The nonce of the sign-in whose code is exchanged; empty for a renewal.
    pub(super) fn nonce_of(&self, call: Call) -> String {
        let Call::Exchange(id) = call else { return String::new() };
        let url = &self.fetches[&id].request.url;
        let login = self.logins.iter().rev().find(|[state, ..]| url.contains(state));
        login.map(|[_, nonce, _]| nonce.clone()).unwrap_or_default()
    }

    pub fn server_responds(&mut self, form: Form, status: u16, body: &str) {
        self.respond_to(form, Some(TokenResponse { status, body: body.as_bytes() }));
    }

    pub fn server_is_unreachable(&mut self, form: Form) {
        self.respond_to(form, None);
    }

    fn respond_to(&mut self, form: Form, response: Option<TokenResponse<'_>>) {
        let call = self.calls().find(|call| Form::of(*call) == form).expect("it was posted");
        self.respond_to_call(call, response);
    }

    pub(super) fn respond_to_call(&mut self, call: Call, response: Option<TokenResponse<'_>>) {
        let is_it = |work: &Work| matches!(work, Work::Form(other, _) if *other == call);
        let index = self.pending.iter().position(is_it).expect("it was posted");
        self.pending.remove(index);
        self.responds(call, response);
    }

    /// The authorization server responds to the oldest form request, with any tokens.
    pub(crate) fn respond(&mut self, response: &TokenResponse<'_>) {
        self.has_other_tokens = true;
        let call = self.calls().next().expect("a form was posted");
        self.respond_to_call(call, Some(TokenResponse { status: response.status, body: response.body }));
    }

    /// The token endpoint renews and rotates the refresh token.
    pub fn renew(&mut self) -> Tokens {
        let tokens = self.issue("ada-1", "");
        self.server_responds(Form::Renewal, 200, &tokens.body);
        tokens
    }

    /// A page forces a renewal.
    pub fn refresh(&mut self) -> FetchId {
        self.request(Request::post("/auth/refresh"))
    }

    /// A page forces a renewal, and the token endpoint renews.
    pub fn refresh_and_renew(&mut self) -> Tokens {
        self.refresh();
        self.renew()
    }

    /// The token endpoint refuses the refresh token.
    pub fn refuse_renewal(&mut self) {
        self.server_responds(Form::Renewal, 400, r#"{ "error": "invalid_grant" }"#);
    }

    /// The pending code exchange of this callback.
    pub(crate) fn pending_exchange(&self, callback: FetchId) -> Option<usize> {
        let is_it = |work: &Work| matches!(work, Work::Form(Call::Exchange(id), _) if *id == callback);
        self.pending.iter().position(is_it)
    }
}
