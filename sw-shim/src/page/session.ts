/**
 * The status of a session.
 *
 * - `anonymous`: nobody is signed in.
 * - `authenticated`: API requests get the token.
 * - `recovering`: there was a session, every copy in this browser is gone, and the worker is asking the authorization server for it.
 *
 * @example
 * ```ts
 * import type { SessionStatus } from "strongroom";
 *
 * const LABELS: Record<SessionStatus, string> = {
 *   anonymous: "Signed out",
 *   authenticated: "Signed in",
 *   recovering: "One moment…",
 * };
 * ```
 */
export type SessionStatus = "anonymous" | "authenticated" | "recovering";

/**
 * The default type of `session.user`: the claims of the default `sessionClaims`.
 *
 * @example
 * ```ts
 * import { connect, type StandardClaims } from "strongroom";
 *
 * interface Claims extends StandardClaims {
 *   "custom:tenant": string;
 * }
 * const vault = await connect<Claims>({ worker: "/vault-worker.js" });
 * ```
 */
export interface StandardClaims {
  /** The user's ID at the authorization server. */
  sub: string;
  /** The user's e-mail address, if the scopes include `email`. */
  email?: string;
  /** The groups of the user pool that the user is in. Cognito leaves the claim out if there are none. */
  "cognito:groups"?: string[];
  /** Other claims in `sessionClaims`. */
  [claim: string]: unknown;
}

/**
 * The session as a page sees it. Immutable: a change creates a new object.
 *
 * @example
 * ```ts
 * import type { Session } from "strongroom";
 *
 * export function greeting({ status, user, error }: Session): string {
 *   if (status === "authenticated") return `Hello ${user?.email}`;
 *   return error?.description ?? "Please sign in.";
 * }
 * ```
 */
export interface Session<Claims = StandardClaims> {
  /** Whether a user is signed in. */
  readonly status: SessionStatus;
  /** The ID-token claims in the worker's `sessionClaims`; `null` unless `authenticated`. */
  readonly user: Claims | null;
  /** When the access token expires, in milliseconds since 1970 by this machine's clock; `null` unless `authenticated`. For display only. */
  readonly expiresAt: number | null;
  /** When API requests begin to renew the access token, in the same unit; `null` unless `authenticated`. For display only. */
  readonly renewsAt: number | null;
  /**
   * What went wrong for this page: its sign-in failed, the session ended, or the session cannot be renewed at the moment. `code`
   * is the vault's own or the authorization server's (RFC 6749 section 4.1.2.1). A page that is loaded again starts without it.
   */
  readonly error: { readonly code: string; readonly description: string } | null;
  /**
   * The page's next step.
   *
   * - `"start"`: if the page needs a user, call `login()`.
   * - `"offer"`: show a sign-in button, because the user signed out or the last sign-in failed.
   * - `"silent"`: do nothing. The page client starts a silent sign-in to recover the session.
   * - `null`: the user is signed in.
   */
  readonly signIn: "start" | "offer" | "silent" | null;
  /**
   * The worker: when the browser started it, in milliseconds since 1970, and how many keepers it has. `null` if it does not respond. For
   * support: a new `startedAt` explains a recovery, and without keepers the next restart loses the session.
   */
  readonly worker: { readonly startedAt: number; readonly keepers: number } | null;
}
