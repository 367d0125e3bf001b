// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { type ReactNode, StrictMode } from "react";
import { afterEach, describe, expect, it } from "vitest";
import { RequireSession, SignedIn, SignedOut, VaultProvider } from "../../src/react";
import { createFakeVault, type FakeSession, type FakeVault } from "../../src/testing";

const CANCELLED = { code: "access_denied", description: "The user cancelled." };

let vault: FakeVault;

/** Renders under a vault with this session. */
function show(session: FakeSession, children: ReactNode): void {
  vault = createFakeVault(session);
  render(
    <StrictMode>
      <VaultProvider vault={vault}>{children}</VaultProvider>
    </StrictMode>,
  );
}

function become(session: FakeSession): void {
  act(() => vault.become(session));
}

afterEach(cleanup);

const FALLBACK = "one moment";
const CHILDREN = "the notes";
const TRANSIENT = { code: "token_endpoint_unreachable", description: "The token endpoint does not respond." };
const ENDED = { code: "invalid_grant", description: "The refresh token was refused." };
const UNREGISTERED = { code: "worker_unregistered", description: "The service worker was unregistered." };
const LOGIN = { method: "login", options: {} };

const text = () => document.body.textContent;
const guarded = (
  <RequireSession fallback={FALLBACK}>
    <p>{CHILDREN}</p>
  </RequireSession>
);

// docs/configuration.md has the same table for users.
const rows: [FakeSession, require: string, leaves: boolean, gates: string][] = [
  [{ status: "authenticated", error: null }, CHILDREN, false, "in"],
  [{ status: "authenticated", error: TRANSIENT }, CHILDREN, false, "in"],
  [{ status: "authenticated", error: UNREGISTERED }, CHILDREN, false, "in"],
  [{ status: "recovering", signIn: "silent", error: null }, FALLBACK, false, ""],
  [{ status: "recovering", signIn: "silent", error: TRANSIENT }, FALLBACK, false, ""],
  [
    { status: "recovering", signIn: "offer", error: UNREGISTERED },
    `${UNREGISTERED.description}Sign in`,
    false,
    "",
  ],
  [{ status: "anonymous", signIn: "start", error: null }, FALLBACK, true, "out"],
  [{ status: "anonymous", signIn: "start", error: ENDED }, FALLBACK, true, "out"],
  [{ status: "anonymous", signIn: "offer", error: null }, "Sign in", false, "out"],
  [
    { status: "anonymous", signIn: "offer", error: CANCELLED },
    `${CANCELLED.description}Sign in`,
    false,
    "out",
  ],
  [{ status: "anonymous", signIn: "offer", error: ENDED }, `${ENDED.description}Sign in`, false, "out"],
];
const named = rows.map(
  ([session, ...expected]) =>
    [
      `${session.status}, ${session.signIn ?? null}, ${session.error?.code ?? null}`,
      session,
      ...expected,
    ] as const,
);

describe("RequireSession", () => {
  it.each(named)("with a session that is %s renders what the table says", (_, session, shown, leaves) => {
    show(session, guarded);
    expect(text()).toBe(shown);
    expect(vault.calls).toEqual(leaves ? [LOGIN] : []);
  });

  it.each(named)("with a session that becomes %s renders the same", (_, session, shown, leaves) => {
    show({ status: "recovering" }, guarded);
    become(session);
    expect(text()).toBe(shown);
    expect(vault.calls).toEqual(leaves ? [LOGIN] : []);
  });

  it("navigates to sign-in once, also if the session is sent again", () => {
    show({ status: "anonymous" }, guarded);
    become({ status: "anonymous", signIn: "start", worker: { startedAt: 2, keepers: 0 } });
    expect(vault.calls).toEqual([LOGIN]);
  });

  it("waits for a recovery before it shows or does anything", () => {
    show({ status: "recovering" }, guarded);
    become({ status: "authenticated" });
    expect(text()).toBe(CHILDREN);
    expect(vault.calls).toEqual([]);
  });

  it("keeps its children with their input while the session is recovered", () => {
    show({ status: "authenticated" }, guarded);
    const notes = screen.getByText(CHILDREN);
    become({ status: "recovering" });
    become({ status: "authenticated" });
    expect(screen.getByText(CHILDREN)).toBe(notes);
  });

  it("shows a button after a sign-out in any tab instead of starting a sign-in", () => {
    show({ status: "authenticated" }, guarded);
    become({ status: "anonymous" });
    expect(text()).toBe("Sign in");
    expect(vault.calls).toEqual([]);
    screen.getByRole("button").click();
    expect(vault.calls).toEqual([LOGIN]);
  });

  it("navigates to sign-in each time the session has ended by itself, whatever its error", () => {
    show({ status: "authenticated" }, guarded);
    become({ status: "anonymous", error: ENDED });
    expect(vault.calls).toEqual([LOGIN]);
    become({ status: "authenticated" });
    become({ status: "anonymous", error: { code: "made_up_tomorrow", description: "" } });
    expect(vault.calls).toEqual([LOGIN, LOGIN]);
  });

  it("shows the error of a sign-in as an alert", () => {
    show({ status: "anonymous", signIn: "offer", error: CANCELLED }, guarded);
    expect(screen.getByRole("alert").textContent).toBe(CANCELLED.description);
  });

  it("calls the app's own signedOutFallback with login and error", () => {
    show(
      { status: "anonymous", signIn: "offer", error: CANCELLED },
      <RequireSession
        signedOutFallback={(login, error) => (
          <button type="button" onClick={login}>
            {error?.code}
          </button>
        )}
      />,
    );
    screen.getByText(CANCELLED.code).click();
    expect(vault.calls).toEqual([LOGIN]);
  });

  it("shows a button after the Back button from sign-in", () => {
    show({ status: "anonymous" }, guarded);
    expect(text()).toBe(FALLBACK);
    act(() => void dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true })));
    expect(text()).toBe("Sign in");
    become({ status: "authenticated" });
    become({ status: "anonymous", error: ENDED });
    expect(vault.calls).toEqual([LOGIN, LOGIN]);
  });

  it("does not treat other pages from the back-forward cache like that", () => {
    show({ status: "authenticated" }, guarded);
    act(() => void dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true })));
    become({ status: "anonymous", error: ENDED });
    expect(vault.calls).toEqual([LOGIN]);
  });
});

describe("SignedIn and SignedOut", () => {
  it.each(named)("with a session that is %s show what the table says", (_, session, __, ___, shown) => {
    show(
      session,
      <>
        <SignedIn>in</SignedIn>
        <SignedOut>out</SignedOut>
      </>,
    );
    expect(text()).toBe(shown);
    expect(vault.calls).toEqual([]);
  });
});
