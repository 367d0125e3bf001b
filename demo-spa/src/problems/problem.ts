import type { SessionStatus, VaultError } from "strongroom";
import { ApiError } from "../api";
import { ConfigError } from "../config";

/** A problem, described for the user. */
export interface Problem {
  /** What happened. */
  sentence: string;
  /** What to do about it. */
  remedy: string;
  /** Shows a sign-in button as the remedy. */
  action?: "sign-in";
}

/** The problem of an error while `doing` ("load your notes"). */
export function problemOf(error: unknown, doing: string): Problem {
  if (error instanceof ApiError) return apiProblem(error, doing);
  if (error instanceof ConfigError) {
    return {
      sentence: `Could not ${doing}: /config.json, which names the API, could not be read.`,
      remedy: "Check your connection and try again. If the error remains, the host must provide the file.",
    };
  }
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
  return { sentence: `Could not ${doing}: ${reason}.`, remedy: "Reload the page and try again." };
}

function apiProblem({ status, url }: ApiError, doing: string): Problem {
  switch (status) {
    case null:
      return {
        sentence: `Could not ${doing}: the API at ${url.host} did not respond.`,
        remedy: navigator.onLine
          ? "Check that it is running and that you can reach it, then try again."
          : "You are offline. Connect to the network, then try again.",
      };
    case 401:
      return {
        sentence: `Could not ${doing}: the API found no valid token on the request (401).`,
        remedy: "Your session has probably ended. Sign in again.",
        action: "sign-in",
      };
    case 403:
      return {
        sentence: `Could not ${doing}: your session lacks the permission (403).`,
        remedy: "The API requires a scope that your session lacks. Sign in with an account that has it.",
        action: "sign-in",
      };
    case 404:
      return {
        sentence: `Could not ${doing}: it no longer exists (404).`,
        remedy: "It was probably deleted in another tab. Reload the page.",
      };
    case 413:
      return {
        sentence: `Could not ${doing}: it is larger than the API accepts (413).`,
        remedy: "Choose a file of at most 64 MB.",
      };
    default:
      return {
        sentence: `Could not ${doing}: the API returned an error (${status}).`,
        remedy: "Nothing is wrong on your side. Try again in a moment.",
      };
  }
}

/** Why the page could not connect to the vault's worker, and what to do. */
export function connectProblem({ code, message }: VaultError): Problem {
  if (code === "service_worker_unavailable") {
    return {
      sentence: "This window has no service workers, which the vault needs.",
      remedy: "Open the page over https or on localhost, in an ordinary window of a current browser.",
    };
  }
  // The other codes are for the site's operator; the vault's message says what to correct.
  return { sentence: message, remedy: "When this is fixed on the server, try again." };
}

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

/** What the vault retries by itself while there is a session. */
const TRANSIENT = new Set(["token_endpoint_unreachable", "token_endpoint_error"]);

const STILL = {
  authenticated: "You are still signed in. The vault tries again with a later request.",
  recovering: "The vault keeps trying to recover your session.",
};
