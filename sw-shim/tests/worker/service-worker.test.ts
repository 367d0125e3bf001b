import { beforeEach, describe, expect, it, vi } from "vitest";
import { OtherWorkers, serve } from "../../src/worker/service-worker";
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
let others: OtherWorkers;
const vault = {
  settings: ["/auth", ["https://api.example.com/"]],
  version: vi.fn(),
  signOut: vi.fn(),
  fetch: vi.fn(),
};
/** Replaces the vault when it crashes. */
const next = { ...vault, version: vi.fn() };

beforeEach(() => {
  vi.clearAllMocks();
  scope = new Scope();
  start(scope);
});

function start(scope: Scope, first: object = vault): void {
  const whole = scope as unknown as ServiceWorkerGlobalScope;
  others = new OtherWorkers(whole);
  serve(whole, first as Vault, others, () => next as unknown as Vault);
}

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

/** The browser begins to install `version`. */
function install(version: Version): void {
  scope.registration.installing = version;
  scope.registration.dispatchEvent(new Event("updatefound"));
}

function told(): unknown[] {
  return vault.version.mock.calls.flat();
}

describe("of a new version", () => {
  it("the vault is told each state, once", () => {
    const version = new Version();
    install(version);
    version.become("installed");
    scope.registration.waiting = version;
    dispatch("fetch", { request });
    version.become("activating");
    version.become("activated");
    expect(told()).toEqual(["installing", "installed", "activating", "activated"]);
  });

  it("that is followed by a newer one nothing more is told", () => {
    const [older, newer] = [new Version(), new Version()];
    install(older);
    install(newer);
    older.become("redundant");
    expect(told()).toEqual(["installing", "installing"]);
  });

  it("that waited already when this worker was started the vault is told at the first request", () => {
    const waiting = new Version();
    waiting.state = "installed";
    scope.registration.waiting = waiting;
    expect(told()).toEqual([]);
    dispatch("fetch", { request });
    dispatch("fetch", { request });
    expect(told()).toEqual(["installed"]);
    waiting.become("redundant");
    expect(told()).toEqual(["installed", "redundant"]);
  });

  it("the vault that takes the place of a crashed one is told", () => {
    const waiting = new Version();
    install(waiting);
    waiting.become("installed");
    scope.registration.waiting = waiting;
    const error = new WebAssembly.RuntimeError("unreachable");
    scope.dispatchEvent(Object.assign(new Event("error"), { error }));
    dispatch("fetch", { request });
    dispatch("fetch", { request });
    expect(next.version.mock.calls).toEqual([["installed"]]);
  });

  it("that is this one, or the first one, the vault is told nothing", () => {
    install(scope.serviceWorker);
    scope.serviceWorker.become("installed");
    scope.registration.active = null;
    install(new Version());
    expect(told()).toEqual([]);
  });

  it("that waits, a response keeps this one until it is delivered", async () => {
    scope.registration.waiting = new Version();
    vault.fetch.mockReturnValueOnce(Promise.resolve(new Response("the response")));
    const waitUntil = vi.fn();
    const response = new Promise<Response>((respondWith) =>
      dispatch("fetch", { request, respondWith, waitUntil }),
    );
    expect(await (await response).text()).toBe("the response");
    expect(waitUntil).toHaveBeenCalledOnce();
    await waitUntil.mock.lastCall?.[0];
  });

  it("there is none: a request tells the vault nothing", () => {
    dispatch("fetch", { request });
    expect(told()).toEqual([]);
  });
});

it("the version that is followed gets what the vault has to say", () => {
  others.keepAlive();
  const version = new Version();
  install(version);
  others.keepAlive();
  others.askToTakeOver();
  expect(version.received).toEqual([null, "strongroom:take-over"]);
});

it("told to take over, this version skips waiting, and is kept alive until it is active", () => {
  const [extension] = dispatch("message", { data: "strongroom:take-over" });
  expect(scope.skipWaiting).toHaveBeenCalledOnce();
  expect(extension).toBe(scope.skipWaiting.mock.results[0]?.value);
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

  it("is disabled at each start, also without an active version", () => {
    disable.mockRejectedValue(new DOMException("no active worker", "InvalidStateError"));
    start(scope);
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

  it("that cannot be disabled does not block navigations", async () => {
    disable.mockRejectedValue(new DOMException("no", "InvalidStateError"));
    expect(await (await navigate()).json()).toBe("the response");
  });

  it("does not delay other requests", () => {
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

  it("match every character of a URL literally", () => {
    const addRoutes = vi.fn(async () => {});
    const other = new Scope();
    start(other, { ...vault, settings: ["/auth", hostile] });
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

describe("a sign-out", () => {
  it("is announced to every other vault of the origin, and to the instance that replaces a crashed one", async () => {
    const [own, other, inItsPlace] = [vi.fn(), vi.fn(), vi.fn()];
    const signsOut = (signOut: () => void) => ({ ...vault, signOut });
    const elsewhere = new OtherWorkers(new Scope() as unknown as ServiceWorkerGlobalScope);
    let present = signsOut(other);
    elsewhere.follow(() => present as unknown as Vault);
    start(new Scope(), signsOut(own));
    others.signOut();
    await vi.waitFor(() => expect(other).toHaveBeenCalledOnce());
    present = signsOut(inItsPlace);
    others.signOut();
    await vi.waitFor(() => expect(inItsPlace).toHaveBeenCalledOnce());
    expect(other).toHaveBeenCalledOnce();
    expect(own).not.toHaveBeenCalled();
  });
});
