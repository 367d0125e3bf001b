import { describe, expect, it, vi } from "vitest";
import { createFakeVault } from "../src/testing";

describe("a fake vault", () => {
  it("is anonymous by default", () => {
    expect(createFakeVault().session).toMatchObject({ status: "anonymous", user: null, expiresAt: null });
    const { session } = createFakeVault({ status: "authenticated" });
    expect(session).toMatchObject({ status: "authenticated", user: { sub: "fake-user" }, error: null });
    expect(session.expiresAt).toBeGreaterThan(Date.now());
    const user = { sub: "1", plan: "gold" };
    expect(createFakeVault({ status: "authenticated", user }).session.user).toBe(user);
  });

  it("derives `signIn` as the worker does, unless the test sets it", () => {
    const error = { code: "access_denied", description: "" };
    expect(createFakeVault().session.signIn).toBe("start");
    expect(createFakeVault({ status: "anonymous", error }).session.signIn).toBe("offer");
    expect(createFakeVault({ status: "anonymous", signIn: "offer" }).session.signIn).toBe("offer");
    const vault = createFakeVault({ status: "authenticated" });
    expect(vault.session.signIn).toBeNull();
    vault.become({ status: "anonymous" });
    expect(vault.session.signIn).toBe("offer");
    vault.become({ status: "recovering" });
    expect(vault.session.signIn).toBe("silent");
    vault.become({ status: "anonymous", error });
    expect(vault.session.signIn).toBe("start");
  });

  it("keeps the session object until it changes, and notifies subscribers", () => {
    const vault = createFakeVault();
    const [first, second] = [vi.fn(), vi.fn()];
    vault.subscribe(first);
    const unsubscribe = vault.subscribe(second);
    expect(vault.session).toBe(vault.session);
    vault.become({ status: "recovering" });
    unsubscribe();
    vault.become({ status: "anonymous", error: { code: "login_required", description: "" } });
    expect(vault.session).toMatchObject({ status: "anonymous", error: { code: "login_required" } });
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([2, 1]);
  });

  it("records calls, signs out and renews, and does not navigate", async () => {
    const vault = createFakeVault({ status: "authenticated", user: { sub: "1" }, expiresAt: 1 });
    expect((await vault.refresh()).expiresAt).toBeGreaterThan(1);
    expect(vault.session.user).toEqual({ sub: "1" });
    await vault.logout();
    expect(vault.session).toMatchObject({ status: "anonymous", user: null });
    expect((await vault.refresh()).status).toBe("anonymous");
    vault.login({ returnTo: "/notes" });
    vault.close();
    expect(vault.calls).toEqual([
      { method: "refresh" },
      { method: "logout" },
      { method: "refresh" },
      { method: "login", options: { returnTo: "/notes" } },
      { method: "close" },
    ]);
  });

  it("notifies nobody once it is closed", () => {
    const vault = createFakeVault();
    const listener = vi.fn();
    vault.subscribe(listener);
    vault.close();
    vault.become({ status: "authenticated" });
    expect(listener).not.toHaveBeenCalled();
  });
});
