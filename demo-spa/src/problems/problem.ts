import { ApiError } from "../api";
import { ConfigError } from "../config";

/** Something that went wrong, in words for the person at the page. */
export interface Problem {
  /** What happened. */
  sentence: string;
  /** What to do about it. */
  remedy: string;
  /** The remedy as a button, where signing in is the remedy. */
  action?: "sign-in";
}

/** The problem of `error`, met while trying to `doing` ("load your notes"). */
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
