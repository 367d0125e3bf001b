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
  /** What went wrong last: the vault's own code or the authorization server's (RFC 6749 section 4.1.2.1). */
  readonly error: { readonly code: string; readonly description: string } | null;
  /** The worker that answered: when the browser started it, and how many keepers it has. */
  readonly worker: { readonly startedAt: number; readonly keepers: number } | null;
}
