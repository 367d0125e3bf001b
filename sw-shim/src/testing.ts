/**
 * A fake vault, for apps' own tests.
 *
 * @module strongroom/testing
 */

import type { Session, SessionStatus, StandardClaims } from "./page/session";
import type { LoginOptions, Vault, VaultEvents } from "./page/vault";

/** What an app asked of a {@link FakeVault}. */
export type FakeCall =
  | { method: "login"; options: LoginOptions }
  | { method: "logout" | "refresh" | "close" };

/** A vault for an app's own tests: no worker, no network, no navigation. The test says what becomes of the session. */
export interface FakeVault<Claims = StandardClaims> extends Vault<Claims> {
  /** All that the app asked for, in order. */
  readonly calls: readonly FakeCall[];
  /** Brings another session, and tells whoever subscribed. `signIn` follows, as in the worker, if it is not given. */
  become(session: FakeSession<Claims>): void;
  /** Tells whoever listens that this has happened. */
  happen<Type extends keyof VaultEvents>(type: Type, event: VaultEvents[Type]): void;
}

/** The status, and whatever else a test is about. The rest is as the worker has it for that status. */
export type FakeSession<Claims = StandardClaims> = Pick<Session<Claims>, "status"> & Partial<Session<Claims>>;

/** As a page knows it that the browser has just loaded. */
const LOADED = "anonymous";

/** How long a fake access token lives, in milliseconds. */
const LIFETIME = 3_600_000;

/**
 * A fake vault, for `<VaultProvider vault={…}>` or wherever an app wants what `connect()` gives. `logout()` ends its
 * session and `refresh()` prolongs it; `login()` is only written down, since it would leave the page.
 *
 * @param session The session at first. Default: nobody is signed in.
 */
export function createFakeVault<Claims = StandardClaims>(
  session: FakeSession<Claims> = { status: "anonymous" },
): FakeVault<Claims> {
  const listeners = new Set<() => void>();
  const watchers = new Map<string, Set<(event: never) => void>>();
  const calls: FakeCall[] = [];
  let current = complete(session, LOADED);
  const become = (session: FakeSession<Claims>) => {
    current = complete(session, current.status);
    for (const listener of listeners) listener();
  };
  return {
    calls,
    become,
    get session() {
      return current;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    on(type, listener) {
      const those = watchers.get(type) ?? new Set();
      watchers.set(type, those.add(listener));
      return () => those.delete(listener);
    },
    happen(type, event) {
      for (const listener of watchers.get(type) ?? []) listener(event as never);
    },
    login(options = {}) {
      calls.push({ method: "login", options });
    },
    async logout() {
      calls.push({ method: "logout" });
      become({ status: "anonymous" });
    },
    async refresh() {
      calls.push({ method: "refresh" });
      if (current.status === "authenticated") become({ status: "authenticated", user: current.user });
      return current;
    },
    close() {
      calls.push({ method: "close" });
      listeners.clear();
      watchers.clear();
    },
  };
}

function complete<Claims>(session: FakeSession<Claims>, before: SessionStatus): Session<Claims> {
  const nobody = { user: null, expiresAt: null, renewsAt: null };
  const now = Date.now();
  const somebody = {
    user: { sub: "fake-user", email: "user@example.com" } as Claims,
    expiresAt: now + LIFETIME,
    renewsAt: now + LIFETIME * 0.8,
  };
  return {
    ...(session.status === "authenticated" ? somebody : nobody),
    error: null,
    worker: { startedAt: now, keepers: 1 },
    ...session,
    signIn: session.signIn ?? signInAfter(before, session),
  };
}

/** As the worker has it for a page that is open: it knows a sign-out from a session that ended by itself by its error. */
function signInAfter(
  before: SessionStatus,
  { status, error }: Pick<FakeSession<unknown>, "status" | "error">,
): Session["signIn"] {
  if (status !== "anonymous") return null;
  const endedByItself = before !== "anonymous" && error;
  const isFresh = before === "anonymous" && !error;
  return endedByItself || isFresh ? "start" : "offer";
}
