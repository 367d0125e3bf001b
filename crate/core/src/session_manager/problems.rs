//! Session errors as pages see them.

use crate::problem::{Code, Problem};

pub(super) const MIXED_UP: Problem = Problem::new(
    Code::InvalidIssuer,
    "The authorization response names another issuer than the configured one. Sign in again.",
);

pub(super) const ANOTHER_USER: Problem = Problem::new(
    Code::LoginRequired,
    "The session is lost, and the authorization server knows another user by now. Sign in again.",
);

pub(super) const SESSION_LOST: Problem = Problem::new(
    Code::SessionLost,
    "The browser dropped the session, and `recovery` is \"none\". Sign in again.",
);

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
    "You are signed out here, but the authorization server could not be told.",
);
