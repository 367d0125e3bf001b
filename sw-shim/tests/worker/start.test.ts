import { afterEach, beforeEach, expect, it, vi } from "vitest";

const listen = vi.fn();
const keep = vi.fn();
vi.mock("../../src/worker/wasm", () => ({
  instantiate: () => ({
    keep,
    listen,
    Vault: class {
      settings = "/auth\n/";
    },
  }),
}));

const fetched = vi.fn(() => Promise.reject(new TypeError("no network")));

/** The global of a worker. */
class Scope extends EventTarget {
  readonly indexedDB = {};
  readonly crypto = {};
  readonly location = new URL("https://app.example.com/vault-worker.js");

  /** Installs the script; resolves if the browser keeps it. */
  async install(): Promise<void> {
    const extensions: Promise<unknown>[] = [];
    const waitUntil = (extension: Promise<unknown>) => extensions.push(extension);
    this.dispatchEvent(Object.assign(new Event("install"), { waitUntil }));
    await Promise.all(extensions);
  }
}

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetched);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a keeper has the worker answer something every 15 s, and bears it if nobody does", async () => {
  vi.stubGlobal("self", new Scope());
  const { start } = await import("../../src/worker/start");
  start({} as never);
  expect(keep).toHaveBeenCalledOnce();
  expect(fetched).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(fetched.mock.calls).toEqual([
    ["/auth/keep", { method: "HEAD" }],
    ["/auth/keep", { method: "HEAD" }],
  ]);
  expect(listen).toHaveBeenCalledTimes(2);
});

it("the library file, registered as a worker by itself, is not installed in place of the vault", async () => {
  const self = new Scope();
  vi.stubGlobal("self", self);
  const { start } = await import("../../src/worker/start");
  await expect(self.install()).rejects.toThrow(/Register the script that calls strongroom\.start/);
  start({} as never);
  await self.install();
});
