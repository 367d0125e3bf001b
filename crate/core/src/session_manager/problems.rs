//! What can go wrong with a session, for the page.

use crate::problem::Problem;

pub(super) const MIXED_UP: Problem = Problem::new(
    "invalid_issuer",
    "The authorization response names another issuer than the configured one. Sign in again.",
);

pub(super) const ANOTHER_USER: Problem = Problem::new(
    "login_required",
    "The session is lost, and the authorization server knows another user by now. Sign in again.",
);

pub(super) const SESSION_LOST: Problem = Problem::new(
    "session_lost",
    "The browser dropped the session, and `recovery` is \"none\". Sign in again.",
);

pub(super) const SESSION_EXPIRED: Problem =
    Problem::new("session_expired", "The session has ended, and there is no refresh token. Sign in again.");

pub(super) const INTERRUPTED: Problem = Problem::new(
    "invalid_grant",
    "The refresh token was refused. If the browser stopped the worker during a renewal, give refresh-token rotation a \
     grace period. Sign in again.",
);

pub(super) const REVOCATION_FAILED: Problem = Problem::new(
    "revocation_failed",
    "You are signed out here, but the authorization server could not be told.",
);
