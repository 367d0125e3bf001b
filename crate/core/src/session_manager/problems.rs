//! Session errors as pages see them.

use crate::problem::{Code, Problem};

pub(super) const MIXED_UP: Problem = Problem::new(
    Code::InvalidIssuer,
    "The authorization response names another issuer than the configured one. Sign in again.",
);

pub(super) const ANOTHER_USER: Problem = Problem::new(
    Code::LoginRequired,
    "The session was lost, and another user is signed in at the authorization server. Sign in again.",
);

pub(super) const SESSION_LOST: Problem =
    Problem::new(Code::SessionLost, "The session was lost, and `recovery` is \"none\". Sign in again.");

pub(super) const SESSION_EXPIRED: Problem = Problem::new(
    Code::SessionExpired,
    "The session has ended, and there is no refresh token. Sign in again.",
);

pub(super) const INTERRUPTED: Problem = Problem::new(
    Code::InvalidGrant,
    "The refresh token was refused. If the browser stopped the worker during a renewal, give refresh-token rotation a \
     grace period. Sign in again.",
);

pub(super) const REVOCATION_FAILED: Problem = Problem::new(
    Code::RevocationFailed,
    "You are signed out of this app, but the refresh token could not be revoked.",
);
