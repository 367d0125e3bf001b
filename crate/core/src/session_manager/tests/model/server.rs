//! A small authorization server: what it has granted, and whether it still knows the user.

use serde_json::{Value, json};
use std::collections::HashMap;

/// How it deals with refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rotation {
    /// There are no refresh tokens.
    NoneAtAll,
    /// The first one serves for ever.
    Off,
    /// Each serves until one that came after it has been used.
    WithGrace,
    /// Each serves once.
    Strict,
}

/// The truth about an access token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issued {
    pub(super) grant: usize,
    pub(super) at: u64,
    pub(super) lifetime: u64,
}

#[derive(Debug)]
pub(super) struct Server {
    rotation: Rotation,
    /// Its own cookie in this browser is good.
    pub(super) knows_user: bool,
    /// One for each sign-in.
    grants: Vec<Grant>,
    issued: HashMap<String, Issued>,
}

#[derive(Debug, Default)]
struct Grant {
    ended: bool,
    newest: usize,
    newest_used: usize,
}

impl Server {
    pub(super) fn new(rotation: Rotation) -> Self {
        Self { rotation, knows_user: false, grants: Vec::new(), issued: HashMap::new() }
    }

    /// The token response to a code, without its ID token.
    pub(super) fn exchange(&mut self, now: u64) -> Value {
        self.grants.push(Grant::default());
        self.tokens(self.newest_grant(), self.rotation != Rotation::NoneAtAll, now)
    }

    pub(super) fn newest_grant(&self) -> usize {
        self.grants.len() - 1
    }

    /// Status and body of the answer to a refresh request.
    pub(super) fn refresh(&mut self, refresh_token: &str, now: u64) -> (u16, String) {
        if !self.accepts(refresh_token) {
            return (400, json!({ "error": "invalid_grant" }).to_string());
        }
        let (grant, number) = parts(refresh_token);
        self.grants[grant].newest_used = number;
        let rotated = self.rotation != Rotation::Off;
        if rotated {
            self.grants[grant].newest += 1;
        }
        (200, self.tokens(grant, rotated, now).to_string())
    }

    pub(super) fn accepts(&self, refresh_token: &str) -> bool {
        let (grant, number) = parts(refresh_token);
        let grant = &self.grants[grant];
        !grant.ended
            && match self.rotation {
                Rotation::NoneAtAll => false,
                Rotation::Off => true,
                Rotation::WithGrace => number >= grant.newest_used,
                Rotation::Strict => number == grant.newest,
            }
    }

    /// Whether it refuses this refresh token though the user may go on: the vault should not have sent it. A server
    /// whose refresh tokens serve once leaves the vault no choice after a response that was lost.
    pub(super) fn should_not_have_been_asked(&self, refresh_token: &str) -> bool {
        self.rotation != Rotation::Strict && !self.grants[parts(refresh_token).0].ended
    }

    /// The user signs out everywhere: no refresh token is good any more.
    pub(super) fn end_grants(&mut self) {
        self.grants.iter_mut().for_each(|grant| grant.ended = true);
    }

    /// What is known of the access token in this `Authorization` header.
    pub(super) fn issued(&self, authorization: &str) -> Issued {
        self.issued[authorization.strip_prefix("Bearer ").expect("a bearer token")]
    }

    fn tokens(&mut self, grant: usize, with_refresh_token: bool, now: u64) -> Value {
        let number = self.issued.len();
        let seconds = if number % 3 == 2 { 300 } else { 3_600 };
        let access_token = format!("access.{number}");
        self.issued.insert(access_token.clone(), Issued { grant, at: now, lifetime: seconds * 1_000 });
        let refresh_token =
            with_refresh_token.then(|| format!("refresh-{grant}-{}", self.grants[grant].newest));
        json!({
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": seconds,
        })
    }
}

/// Which grant's refresh token it is, and the how manieth of it.
fn parts(refresh_token: &str) -> (usize, usize) {
    let (grant, number) = refresh_token.strip_prefix("refresh-").unwrap().split_once('-').unwrap();
    (grant.parse().unwrap(), number.parse().unwrap())
}
