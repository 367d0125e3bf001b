//! A simulated authorization server: its grants, and whether it still has the user's session.

use crate::{LIFETIME, World};
use serde_json::json;
use std::collections::HashMap;

/// How the server rotates refresh tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rotation {
    /// No refresh tokens.
    NoneAtAll,
    /// The first one stays valid.
    Off,
    /// Each is valid until a later one has been used.
    WithGrace,
    /// Each can be used once.
    Strict,
}

/// The ground truth about an access token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issued {
    pub(super) grant: usize,
    pub(super) at: u64,
    pub(super) lifetime: u64,
}

#[derive(Debug)]
pub(super) struct Server {
    rotation: Rotation,
    /// The server's own session in this browser is valid.
    pub(super) knows_user: bool,
    /// One per sign-in.
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

    /// The token response to a code.
    pub(super) fn exchange(&mut self, nonce: &str, now: u64, world: &mut World) -> String {
        self.grants.push(Grant::default());
        self.tokens(self.newest_grant(), self.rotation != Rotation::NoneAtAll, nonce, now, world)
    }

    pub(super) fn newest_grant(&self) -> usize {
        self.grants.len() - 1
    }

    /// Status and body of the response to a refresh request.
    pub(super) fn refresh(&mut self, refresh_token: &str, now: u64, world: &mut World) -> (u16, String) {
        if !self.accepts(refresh_token) {
            return (400, json!({ "error": "invalid_grant" }).to_string());
        }
        let (grant, number) = parts(refresh_token);
        self.grants[grant].newest_used = number;
        let rotated = self.rotation != Rotation::Off;
        if rotated {
            self.grants[grant].newest += 1;
        }
        (200, self.tokens(grant, rotated, "", now, world))
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

    /// Whether the server refuses this refresh token although the user is still signed in: the vault should
    /// not have sent it. With strict rotation, a lost response makes that unavoidable.
    pub(super) fn should_not_get(&self, refresh_token: &str) -> bool {
        self.rotation != Rotation::Strict && !self.grants[parts(refresh_token).0].ended
    }

    /// The user signs out everywhere: all refresh tokens become invalid.
    pub(super) fn end_grants(&mut self) {
        self.grants.iter_mut().for_each(|grant| grant.ended = true);
    }

    /// Looks up the access token of this `Authorization` header.
    pub(super) fn issued(&self, authorization: &str) -> Issued {
        self.issued[authorization.strip_prefix("Bearer ").expect("a bearer token")]
    }

    fn tokens(&mut self, grant: usize, rotated: bool, nonce: &str, now: u64, world: &mut World) -> String {
        let lifetime = if self.issued.len() % 3 == 2 { 300_000 } else { LIFETIME };
        let refresh_token = rotated.then(|| format!("refresh-{grant:03}-{:03}", self.grants[grant].newest));
        let tokens = world.issue_with("ada-1", nonce, refresh_token, lifetime);
        self.issued.insert(tokens.access, Issued { grant, at: now, lifetime });
        tokens.body
    }
}

/// The grant of a refresh token, and its position within the grant.
fn parts(refresh_token: &str) -> (usize, usize) {
    let (grant, number) = refresh_token.strip_prefix("refresh-").unwrap().split_once('-').unwrap();
    (grant.parse().unwrap(), number.parse().unwrap())
}
