/** `recovering`: there was a session, and the worker is getting it back. */
export type SessionStatus = "anonymous" | "authenticated" | "recovering";

/** ID-token claims as the worker's `sessionClaims` lets them through. */
export interface StandardClaims {
  sub: string;
  email?: string;
  "cognito:groups"?: string[];
  [claim: string]: unknown;
}

/** What a page may know of the session. Immutable; a change brings a new object. */
export interface Session<Claims = StandardClaims> {
  readonly status: SessionStatus;
  readonly user: Claims | null;
  /** When the access token ends, in milliseconds since 1970 by this machine's clock. */
  readonly expiresAt: number | null;
  /** From when on a request renews the access token, by the same clock. */
  readonly renewsAt: number | null;
  /**
   * What concerns this page: the sign-in that it comes back from failed, the session ended, or it cannot be renewed at the
   * moment. The vault's own code or the authorization server's (RFC 6749 section 4.1.2.1). Gone when the page is loaded again.
   */
  readonly error: { readonly code: string; readonly description: string } | null;
  /**
   * What to do while nobody is signed in. `"start"`: `login()` is the right next step if the page needs a user. `"offer"`:
   * let the user decide, with a button, since the user signed out or the last sign-in failed. `null` in every other status.
   */
  readonly signIn: "start" | "offer" | null;
  /** The worker that answered: when the browser started it, and how many keepers it has. */
  readonly worker: { readonly startedAt: number; readonly keepers: number } | null;
}
