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
  readonly navigationPreload = { disable: vi.fn(async () => {}) };
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

/** Dispatches an event of the platform, which takes promises no later than now; returns what it was extended by. */
function dispatch(type: string, { respondWith, ...properties }: Dispatched = {}): unknown[] {
  const extensions: unknown[] = [];
  let isActive = true;
  const inTime = (take: (promise: unknown) => void) => (promise: unknown) => {
    if (!isActive) throw new DOMException("the event is over", "InvalidStateError");
    take(promise);
  };
  const waitUntil = inTime((extension) => extensions.push(extension));
  const event = { waitUntil, ...(respondWith ? { respondWith: inTime(respondWith) } : {}), ...properties };
  scope.dispatchEvent(Object.assign(new Event(type), event));
  isActive = false;
  return extensions;
}

interface Dispatched {
  // biome-ignore lint/suspicious/noExplicitAny: what a test takes of it
  respondWith?: (response: any) => void;
  [property: string]: unknown;
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

describe("navigation preload, which a page can enable,", () => {
  const { disable } = new Registration().navigationPreload;

  beforeEach(() => {
    scope.registration.navigationPreload.disable = disable.mockReset();
    disable.mockResolvedValue(undefined);
  });

  /** What the worker responds to a navigation, once it does. */
  function navigate(): Promise<Response> {
    const navigation = { mode: "navigate", url: "https://app.example.com/auth/login" };
    vault.fetch.mockReturnValueOnce(Promise.resolve(Response.json("the response")));
    return new Promise((respondWith) => dispatch("fetch", { request: navigation, respondWith }));
  }

  it("is disabled at each start, which does not fail while there is no active version", () => {
    disable.mockRejectedValue(new DOMException("no active worker", "InvalidStateError"));
    const whole = vault as unknown as Vault;
    serve(scope as unknown as ServiceWorkerGlobalScope, whole, () => whole);
    expect(disable).toHaveBeenCalledOnce();
  });

  it("is disabled at activation, which waits for it", async () => {
    let disabled = () => {};
    disable.mockReturnValue(new Promise((resolve) => (disabled = resolve)));
    const [activated] = dispatch("activate");
    let isActivated = false;
    const done = Promise.resolve(activated).then(() => (isActivated = true));
    await Promise.resolve();
    expect(isActivated).toBe(false);
    disabled();
    await done;
  });

  it("is disabled before a navigation is responded to", async () => {
    const order: string[] = [];
    disable.mockImplementation(async () => void order.push("disabled"));
    await navigate();
    order.push("responded");
    expect(order).toEqual(["disabled", "responded"]);
  });

  it("that cannot be disabled keeps no navigation from its response", async () => {
    disable.mockRejectedValue(new DOMException("no", "InvalidStateError"));
    expect(await (await navigate()).json()).toBe("the response");
  });

  it("costs other requests nothing", () => {
    const respondWith = vi.fn();
    vault.fetch.mockReturnValueOnce(Promise.resolve(new Response()));
    dispatch("fetch", { request, respondWith });
    expect(respondWith).toHaveBeenCalledOnce();
    expect(disable).not.toHaveBeenCalled();
  });
});

describe("static routes", () => {
  it.each([
    [
      "throws",
      () => {
        throw new TypeError("too many conditions");
      },
    ],
    ["rejects", () => Promise.reject(new TypeError("invalid pattern"))],
  ])("do not keep the worker from being installed when addRoutes %s", async (_, addRoutes) => {
    for (const extension of dispatch("install", { addRoutes }).slice(0, -1)) await extension;
    expect(scope.skipWaiting).toHaveBeenCalledOnce();
  });

  it("take every character of a route literally", () => {
    const addRoutes = vi.fn(async () => {});
    const whole = { ...vault, settings: ["/auth", "/", ...hostile].join("\n") } as unknown as Vault;
    const other = new Scope();
    serve(other as unknown as ServiceWorkerGlobalScope, whole, () => whole);
    other.dispatchEvent(Object.assign(new Event("install"), { waitUntil: () => {}, addRoutes }));
    const [[{ condition }]] = addRoutes.mock.lastCall as unknown as [
      [{ condition: { not: { or: unknown[] } } }],
    ];
    expect(condition.not.or).toMatchObject([
      { urlPattern: { protocol: "http", hostname: "[\\:\\:1]", port: "8080", pathname: "/v1/*" } },
      { urlPattern: { hostname: "api.example.com", pathname: "/\\(a\\)/\\:id/\\*\\+/*" } },
    ]);
  });
  const hostile = ["http://[::1]:8080/v1/", "https://api.example.com/(a)/:id/*+/"];
});
