import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { serve } from "../../src/worker/service-worker";
import type { Vault } from "../../src/worker/wasm";

/** A version of the worker, as the registration shows it. */
class Version extends EventTarget {
  state = "installing";
  readonly received: unknown[] = [];

  postMessage(message: unknown): void {
    this.received.push(message);
  }

  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

class Registration extends EventTarget {
  active: Version | null = new Version();
  installing: Version | null = null;
  waiting: Version | null = null;
}

class Scope extends EventTarget {
  readonly registration = new Registration();
  readonly serviceWorker = new Version();
  readonly clients = { claim: async () => {} };
  /** Resolves when this version is active. */
  readonly skipWaiting = vi.fn(() => new Promise<void>(() => {}));
}

const request = new Request("https://app.example.com/");
let scope: Scope;
const vault = {
  settings: "/auth\n/\nhttps://api.example.com/",
  leave: vi.fn(),
  stay: vi.fn(),
  fetch: vi.fn(),
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  scope = new Scope();
  const whole = vault as unknown as Vault;
  serve(scope as unknown as ServiceWorkerGlobalScope, whole, () => whole);
});

afterEach(() => {
  vi.useRealTimers();
});

/** Dispatches an event of the platform; returns what it was extended by. */
function dispatch(type: string, properties: object = {}): unknown[] {
  const extensions: unknown[] = [];
  const waitUntil = (extension: unknown) => extensions.push(extension);
  scope.dispatchEvent(Object.assign(new Event(type), { waitUntil, ...properties }));
  return extensions;
}

describe("a new version", () => {
  let installing: Version;

  beforeEach(() => {
    installing = new Version();
    scope.registration.installing = installing;
    scope.registration.dispatchEvent(new Event("updatefound"));
  });

  it("changes nothing before it is installed", () => {
    installing.become("installing");
    expect(vault.leave).not.toHaveBeenCalled();
    expect(installing.received).toEqual([]);
  });

  it("is made room for once it is installed; it skips waiting by itself", () => {
    installing.become("installed");
    scope.registration.waiting = installing;
    dispatch("fetch", { request });
    expect(vault.leave).toHaveBeenCalledOnce();
    expect(installing.received).toEqual([]);
  });

  it.each(["activating", "redundant"])(
    "is kept awake while it waits, and left alone once it is %s",
    (state) => {
      installing.become("installed");
      vi.advanceTimersByTime(6_000);
      expect(installing.received).toEqual([null, null, null]);
      installing.become(state);
      vi.advanceTimersByTime(60_000);
      expect(installing.received).toHaveLength(3);
    },
  );

  it("that is given up is no longer made room for", () => {
    installing.become("redundant");
    expect(vault.stay).toHaveBeenCalledOnce();
  });
});

describe("a version that waited already when this worker was started again", () => {
  let waiting: Version;

  beforeEach(() => {
    waiting = new Version();
    waiting.state = "installed";
    scope.registration.waiting = waiting;
    dispatch("fetch", { request });
    dispatch("fetch", { request });
  });

  it("is made room for, and told to take over, at the first request", () => {
    expect(vault.leave).toHaveBeenCalledOnce();
    expect(waiting.received).toEqual(["strongroom:take-over"]);
  });

  it("is kept awake", () => {
    vi.advanceTimersByTime(2_000);
    expect(waiting.received).toEqual(["strongroom:take-over", null]);
  });

  it("that is given up is no longer made room for", () => {
    waiting.become("redundant");
    expect(vault.stay).toHaveBeenCalledOnce();
  });
});

it("told to take over, this version skips waiting, and stays awake until it is active", () => {
  const [extension] = dispatch("message", { data: "strongroom:take-over" });
  expect(scope.skipWaiting).toHaveBeenCalledOnce();
  expect(extension).toBe(scope.skipWaiting.mock.results[0]?.value);
});

it("its own installation is no other version's", () => {
  scope.registration.installing = scope.serviceWorker;
  scope.registration.dispatchEvent(new Event("updatefound"));
  scope.serviceWorker.become("installed");
  expect(vault.leave).not.toHaveBeenCalled();
});

it("without a version that waits a request makes room for nobody", () => {
  dispatch("fetch", { request });
  expect(vault.leave).not.toHaveBeenCalled();
});
