import type { SessionStatus } from "strongroom";
import type { Problem } from "../problems/problem";

/**
 * The session's `error` in words. Its code is the authorization server's (RFC 6749 section 4.1.2.1) or the vault's own;
 * for the codes that need no words of this page's own, the description says what happened and what to do.
 */
export function sessionProblem(status: SessionStatus, code: string, description: string): Problem {
  const known = KNOWN[code] ?? { sentence: `Signing in did not work (${code}).`, remedy: description };
  return status !== "anonymous" && TRANSIENT.has(code) ? { ...known, remedy: STILL[status] } : known;
}

const KNOWN: Record<string, Problem> = {
  access_denied: {
    sentence: "Signing in was cancelled at the sign-in page.",
    remedy: "Nothing was kept. Sign in whenever you like.",
  },
  invalid_state: {
    sentence:
      "A sign-in came back that did not start here, was already used, or took too long. It was dropped.",
    remedy: "Sign in again.",
  },
  invalid_grant: {
    sentence: "Your session has ended.",
    remedy: "Sign in again to go on.",
  },
  login_required: {
    sentence: "Your session could not be picked up: the authorization server wants you to sign in.",
    remedy: "Sign in again to go on.",
  },
  session_lost: {
    sentence: "The browser dropped your session.",
    remedy: "Sign in again to go on.",
  },
  session_expired: {
    sentence: "Your session has ended.",
    remedy: "Sign in again to go on.",
  },
  revocation_failed: {
    sentence: "You are signed out of this app, but the refresh token could not be revoked.",
    remedy: "There is nothing for you to do: its side of the session ends by itself.",
  },
  token_endpoint_unreachable: {
    sentence: "The vault could not reach the authorization server.",
    remedy: "Check your connection, then sign in again.",
  },
  token_endpoint_error: {
    sentence: "The authorization server answered the vault with an error of its own.",
    remedy: "Sign in again in a moment.",
  },
  worker_lost: {
    sentence: "The vault’s worker does not answer.",
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
  authenticated: "You are still signed in, and the vault tries again with a later request.",
  recovering: "The vault tries again by itself to get your session back.",
};
