/**
 * A fake vault for unit tests of your app.
 *
 * @module strongroom/testing
 */

import type { Session, SessionStatus, StandardClaims } from "../page/session";
import type { LoginOptions, Vault, VaultEvents } from "../page/vault";

/**
 * A call that the app made to a {@link FakeVault}.
 *
 * @example
 * ```ts
 * import { createFakeVault, type FakeCall } from "strongroom/testing";
 * import { expect } from "vitest";
 *
 * const vault = createFakeVault();
 * vault.login({ returnTo: "/notes" });
 * const expected: FakeCall[] = [{ method: "login", options: { returnTo: "/notes" } }];
 * expect(vault.calls).toEqual(expected);
 * ```
 */
export type FakeCall =
  | { method: "login"; options: LoginOptions }
  | { method: "logout" | "refresh" | "close" };

/**
 * A vault without a worker, network or navigation. The test sets the session. Made by {@link createFakeVault}.
 *
 * @example
 * ```ts
 * import { createFakeVault } from "strongroom/testing";
 *
 * const vault = createFakeVault({ status: "authenticated" });
 * vault.on("error", ({ code }) => console.warn(code));
 * vault.happen("error", { code: "token_endpoint_error", description: "Try again in a moment." });
 * vault.become({ status: "anonymous" });
 * ```
 */
export interface FakeVault<Claims = StandardClaims> extends Vault<Claims> {
  /** The calls that the app made, in order. */
  readonly calls: readonly FakeCall[];
  /** Sets the session and notifies subscribers. If you leave out `signIn`, it gets the value that the worker would set. */
  become(session: FakeSession<Claims>): void;
  /** Sends a session event to the listeners. */
  happen<Type extends keyof VaultEvents>(type: Type, event: VaultEvents[Type]): void;
}

/**
 * A session for a {@link FakeVault}: the status, and the properties that matter to the test. All others get the values that the worker
 * sets for that status.
 *
 * @example
 * ```ts
 * import { createFakeVault, type FakeSession } from "strongroom/testing";
 *
 * const signedIn: FakeSession = { status: "authenticated", user: { sub: "1", email: "ada@example.com" } };
 * const vault = createFakeVault(signedIn);
 * ```
 */
export type FakeSession<Claims = StandardClaims> = Pick<Session<Claims>, "status"> & Partial<Session<Claims>>;

/** The status before a page is loaded. */
const LOADED = "anonymous";

/** How long a fake access token lives, in milliseconds. */
const LIFETIME = 3_600_000;

/**
 * Creates a fake vault, for `<VaultProvider vault={…}>` or in place of `connect()`. `logout()` ends its session, and `refresh()` extends
 * it. `login()` only records the call, because the real one navigates.
 *
 * @typeParam Claims The type of `session.user`.
 * @param session The initial session. Default: `anonymous`.
 * @returns The fake vault.
 *
 * @example
 * ```tsx
 * import { act, render, screen } from "@testing-library/react";
 * import { VaultProvider } from "strongroom/react";
 * import { createFakeVault } from "strongroom/testing";
 * import { expect } from "vitest";
 *
 * const vault = createFakeVault({ status: "authenticated" });
 * render(<VaultProvider vault={vault}><App /></VaultProvider>);
 * act(() => vault.become({ status: "anonymous" }));
 * screen.getByText("Sign in").click();
 * expect(vault.calls).toEqual([{ method: "login", options: {} }]);
 * ```
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

/** `signIn` as the worker sets it for an open page. A session that ended by itself has an error; a sign-out has none. */
function signInAfter(
  before: SessionStatus,
  { status, error }: Pick<FakeSession<unknown>, "status" | "error">,
): Session["signIn"] {
  if (status === "recovering") return "silent";
  if (status !== "anonymous") return null;
  const endedByItself = before !== "anonymous" && error;
  const isFresh = before === "anonymous" && !error;
  return endedByItself || isFresh ? "start" : "offer";
}
