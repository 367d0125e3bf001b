import { afterEach, beforeEach, expect, it, vi } from "vitest";

const keep = vi.fn();
vi.mock("../../src/worker/wasm", () => ({
  instantiate: () => ({
    Vault: class {
      settings = ["/auth", []];
      keep = keep;
    },
  }),
}));

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

const serviceWorker = { ServiceWorkerGlobalScope: class {}, registration: new EventTarget() };

beforeEach(() => {
  vi.resetModules();
  vi.clearAllMocks();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each([
  ["another worker becomes a keeper", new Scope(), 1],
  ["a service worker serves", Object.assign(new Scope(), serviceWorker), 0],
])("%s", async (_, self, keepers) => {
  vi.stubGlobal("self", self);
  const { start } = await import("../../src/worker/start");
  const listens = vi.spyOn(self, "addEventListener");
  start({} as never);
  expect(keep).toHaveBeenCalledTimes(keepers);
  expect(listens.mock.calls.some(([type]) => type === "fetch")).toBe(keepers === 0);
});

it("the library file, registered as a worker by itself, is not installed in place of the vault", async () => {
  const self = new Scope();
  vi.stubGlobal("self", self);
  const { start } = await import("../../src/worker/start");
  await expect(self.install()).rejects.toThrow(/Register the script that calls strongroom\.start/);
  start({} as never);
  await self.install();
});
