import { afterEach, beforeEach, expect, it, vi } from "vitest";

const keep = vi.fn();
vi.mock("../../src/worker/wasm", () => ({
  instantiate: () => ({
    keep,
    Vault: class {
      settings = "/auth";
    },
  }),
}));

const fetched = vi.fn(() => Promise.reject(new TypeError("no network")));

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", fetched);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("a keeper has the worker answer something every 15 s, and bears it if nobody does", async () => {
  vi.stubGlobal("self", { indexedDB: {}, crypto: {} });
  const { start } = await import("../../src/worker/start");
  start({} as never);
  expect(keep).toHaveBeenCalledOnce();
  expect(fetched).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(fetched.mock.calls).toEqual([
    ["/auth/keep", { method: "HEAD" }],
    ["/auth/keep", { method: "HEAD" }],
  ]);
});
