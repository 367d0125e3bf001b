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

function become(status: FakeSession["status"], code?: string): void {
  act(() => vault.become({ status, error: code === undefined ? null : { code, description: "" } }));
}

afterEach(cleanup);

describe("RequireSession", () => {
  const guarded = (
    <RequireSession
      fallback="one moment"
      errorFallback={({ description }, login) => (
        <button type="button" onClick={login}>
          {description}
        </button>
      )}
    >
      <p>the notes</p>
    </RequireSession>
  );
  const isShown = () => screen.queryByText("the notes") !== null;
  const login = { method: "login", options: {} };

  it("leads whoever is signed out to sign-in, once, and back to where they were going", () => {
    show({ status: "anonymous" }, guarded);
    expect(isShown()).toBe(false);
    expect(screen.queryByText("one moment")).not.toBeNull();
    expect(vault.calls).toEqual([login]);
  });

  it("shows its children to whoever is signed in, and leads nobody anywhere", () => {
    show({ status: "authenticated" }, guarded);
    expect(isShown()).toBe(true);
    expect(vault.calls).toEqual([]);
  });

  it("waits for a recovery before it shows or does anything", () => {
    show({ status: "recovering" }, guarded);
    expect(isShown()).toBe(false);
    expect(vault.calls).toEqual([]);
    become("authenticated");
    expect(isShown()).toBe(true);
  });

  it("keeps its children, with all that was typed into them, while their session is recovered", () => {
    show({ status: "authenticated" }, guarded);
    const notes = screen.getByText("the notes");
    become("recovering");
    become("authenticated");
    expect(screen.getByText("the notes")).toBe(notes);
  });

  it("does not lead to sign-in after a sign-out", () => {
    show({ status: "authenticated" }, guarded);
    become("anonymous");
    expect(isShown()).toBe(false);
    expect(vault.calls).toEqual([]);
  });

  it("leads to sign-in when the session has ended, each time", () => {
    show({ status: "authenticated" }, guarded);
    become("anonymous", "login_required");
    expect(vault.calls).toEqual([login]);
    become("authenticated");
    become("anonymous", "session_lost");
    expect(vault.calls).toEqual([login, login]);
  });

  it("begins no sign-in by itself after one that failed, and says what went wrong", () => {
    show({ status: "anonymous", error: CANCELLED }, guarded);
    expect(vault.calls).toEqual([]);
    screen.getByText(CANCELLED.description).click();
    expect(vault.calls).toEqual([login]);
  });

  it("shows its fallback then, if it was given nothing to say it with", () => {
    show(
      { status: "anonymous", error: CANCELLED },
      <RequireSession fallback="one moment">the notes</RequireSession>,
    );
    expect(screen.queryByText("one moment")).not.toBeNull();
    expect(vault.calls).toEqual([]);
  });
});

describe("SignedIn and SignedOut", () => {
  it.each([
    ["authenticated", ["in"]],
    ["anonymous", ["out"]],
    ["recovering", []],
  ] as const)("while %s show %j", (status, shown) => {
    show(
      { status },
      <>
        <SignedIn>
          <p>in</p>
        </SignedIn>
        <SignedOut>
          <p>out</p>
        </SignedOut>
      </>,
    );
    expect(screen.queryAllByText(/^(in|out)$/).map(({ textContent }) => textContent)).toEqual(shown);
  });
});
