import type { SessionStatus } from "strongroom";
import type { Problem } from "../problems/problem";

/**
 * The session's `error` in words. Its code is the authorization server's (RFC 6749 section 4.1.2.1) or the vault's own;
 * for the codes that need no words of this page's own, the description says what happened and what to do.
 */
export function sessionProblem(status: SessionStatus, code: string, description: string): Problem {
  const known = KNOWN[code] ?? { sentence: `Sign-in failed (${code}).`, remedy: description };
  return status !== "anonymous" && TRANSIENT.has(code) ? { ...known, remedy: STILL[status] } : known;
}

const KNOWN: Record<string, Problem> = {
  access_denied: {
    sentence: "Sign-in was cancelled at the login page.",
    remedy: "Sign in when you are ready.",
  },
  invalid_state: {
    sentence: "This sign-in did not start here, was already used, or took too long.",
    remedy: "Sign in again.",
  },
  invalid_grant: {
    sentence: "Your session has ended.",
    remedy: "Sign in again to continue.",
  },
  login_required: {
    sentence: "Your session could not be recovered: the authorization server asks you to sign in.",
    remedy: "Sign in again to continue.",
  },
  session_lost: {
    sentence: "The browser dropped your session.",
    remedy: "Sign in again to continue.",
  },
  session_expired: {
    sentence: "Your session has ended.",
    remedy: "Sign in again to continue.",
  },
  revocation_failed: {
    sentence: "You are signed out of this app, but the refresh token could not be revoked.",
    remedy: "You need not do anything: it expires by itself.",
  },
  token_endpoint_unreachable: {
    sentence: "The vault could not reach the authorization server.",
    remedy: "Check your connection, then sign in again.",
  },
  token_endpoint_error: {
    sentence: "The authorization server returned an error.",
    remedy: "Sign in again in a moment.",
  },
  worker_lost: {
    sentence: "The vault’s worker does not respond.",
    remedy: "Reload the page to start it again.",
  },
  worker_unregistered: {
    sentence: "The vault’s worker was unregistered, by a script of this page or by clearing the site’s data.",
    remedy: "Reload the page to register it again.",
  },
};

/** What the vault tries again by itself, as long as there is a session to try it for. */
const TRANSIENT = new Set(["token_endpoint_unreachable", "token_endpoint_error"]);

const STILL = {
  authenticated: "You are still signed in. The vault tries again with a later request.",
  recovering: "The vault keeps trying to recover your session.",
};
