import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import {
  anonymous,
  event,
  FakeContainer,
  FakeLocation,
  FakeStream,
  FakeWorker,
  SCRIPT,
} from "./fake-browser";

type Connect = typeof import("../../src/page/connect").connect;

const VERSION = "1.2.3";
const SCOPE = "https://app.example.com/";
const greeting = { version: VERSION, scope: SCOPE, basePath: "/auth" };

let connect: Connect;
let container: FakeContainer;
let fetch: Mock<(url: unknown) => Promise<Response>>;
let sharedWorker: Mock<(url: string) => void>;
let dedicatedWorker: Mock<(url: string) => void>;

beforeEach(async () => {
  sharedWorker = vi.fn();
  dedicatedWorker = vi.fn();
  vi.stubGlobal("SharedWorker", sharedWorker);
  vi.stubGlobal("Worker", dedicatedWorker);
  container = new FakeContainer();
  vi.stubGlobal("navigator", { serviceWorker: container });
  const location = new FakeLocation();
  vi.stubGlobal("location", location);
  vi.stubGlobal("document", { baseURI: location.href });
  fetch = vi.fn(async () => {
    const stream = new FakeStream();
    stream.write(event(anonymous));
    return stream.response;
  });
  vi.stubGlobal("fetch", fetch);
  await loadPage();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A page for each test, because the client saves the browser's functions when it is evaluated, and connects once. */
async function loadPage(): Promise<void> {
  vi.resetModules();
  ({ connect } = await import("../../src/page/connect"));
}

/** Puts an active worker in place that controls the page. */
function controlled(worker: FakeWorker): FakeWorker {
  container.registration.activate(worker);
  container.controller = worker;
  return worker;
}

// Before a test replaces the timers.
const { setImmediate } = globalThis;

/** What becomes of a worker that skips waiting, and claims its pages: later, when the page has seen it being installed. */
async function becomesActive(worker: FakeWorker): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  for (const state of ["installed", "activating", "activated"] as const) worker.become(state);
  await vi.waitFor(() => expect(worker.messages).toEqual(["strongroom:hello"]));
  container.control(worker);
}

async function connected(options: { scope?: string } = {}): Promise<void> {
  const vault = await connect({ worker: "/vault-worker.js", ...options });
  expect(vault.session).toEqual(anonymous);
  vault.close();
}

async function refusal(): Promise<{ code: string; message: string }> {
  const error = await connect({ worker: "/vault-worker.js" }).catch((error) => error);
  expect(error).toMatchObject({ name: "VaultError" });
  expect(sharedWorker).not.toHaveBeenCalled();
  return error;
}

describe("registering", () => {
  it("requests an update check that bypasses the HTTP cache", async () => {
    controlled(new FakeWorker("activated", greeting));
    await connected();
    expect(container.registered.mock.calls).toEqual([
      [SCRIPT, expect.objectContaining({ updateViaCache: "none", scope: undefined })],
    ]);
  });

  it("passes the scope on", async () => {
    controlled(new FakeWorker("activated", greeting));
    await connected({ scope: "/" });
    expect(container.registered.mock.calls).toEqual([
      [SCRIPT, expect.objectContaining({ updateViaCache: "none", scope: "/" })],
    ]);
  });

  it("fails where there are no service workers", async () => {
    vi.stubGlobal("navigator", {});
    await loadPage();
    expect(await refusal()).toMatchObject({ code: "service_worker_unavailable" });
  });

  it("names worker-src if the browser refuses the script, which the page's policy may cause", async () => {
    container.registered.mockRejectedValue(new DOMException("Violates the policy.", "SecurityError"));
    fetch.mockResolvedValue(new Response("", { headers: { "content-type": "text/javascript" } }));
    expect(await refusal()).toMatchObject({
      code: "service_worker_unavailable",
      message: expect.stringContaining("name /vault-worker.js in its worker-src"),
    });
  });

  it("fails for a page outside the worker's scope", async () => {
    container.registrations.length = 0;
    container
      .add("https://app.example.com/admin/")
      .activate(new FakeWorker("activated", { ...greeting, scope: "https://app.example.com/admin/" }));
    expect(await refusal()).toMatchObject({
      code: "out_of_scope",
      message: expect.stringContaining("/admin/"),
    });
  });

  it("happens once per page; another call returns the same vault", async () => {
    const worker = controlled(new FakeWorker("activated", greeting));
    await Promise.all([connected(), connected()]);
    await connected();
    expect(container.registered).toHaveBeenCalledTimes(1);
    expect(worker.messages).toHaveLength(1);
    expect(fetch).toHaveBeenCalledTimes(3);
  });

  it("is retried by the next call after a failure", async () => {
    expect(await refusal()).toMatchObject({ code: "worker_failed" });
    controlled(new FakeWorker("activated", greeting));
    await connected();
    expect(container.registered).toHaveBeenCalledTimes(2);
  });
});

describe("waiting for the worker", () => {
  it("that already controls the page does not wait for register()", async () => {
    container.registered.mockReturnValue(new Promise(() => {}));
    controlled(new FakeWorker("activated", greeting));
    await connected();
  });

  it("that installs greets it once it is active", async () => {
    const worker = container.registration.install(new FakeWorker("installing", greeting));
    const connecting = connected();
    await vi.waitFor(() => expect(container.registered).toHaveBeenCalled());
    for (const state of ["installed", "activating"] as const) worker.become(state);
    expect(worker.messages).toEqual([]);
    worker.become("activated");
    await vi.waitFor(() => expect(worker.messages).toEqual(["strongroom:hello"]));
    container.control(worker);
    await connecting;
  });

  it("that cannot be installed beside a working one uses the working one", async () => {
    const working = controlled(new FakeWorker("activated", greeting));
    const broken = container.registration.install(new FakeWorker("installing"));
    const connecting = connected();
    await vi.waitFor(() => expect(container.registered).toHaveBeenCalled());
    broken.become("redundant");
    await connecting;
    expect(working.messages).toEqual(["strongroom:hello"]);
  });

  it("that is the only one and cannot be installed fails", async () => {
    const broken = container.registration.install(new FakeWorker("installing"));
    const refused = refusal();
    await vi.waitFor(() => expect(container.registered).toHaveBeenCalled());
    broken.become("redundant");
    expect(await refused).toMatchObject({ code: "worker_failed" });
  });

  it("that becomes redundant before the greeting fails", async () => {
    expect(await refusal()).toMatchObject({ code: "worker_failed" });
  });

  it("that does not respond fails after ten seconds with a link", async () => {
    vi.useFakeTimers();
    controlled(new FakeWorker("activated"));
    const refused = refusal();
    await vi.advanceTimersByTimeAsync(500);
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(9_999);
    const settled = vi.fn();
    refused.then(settled);
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await refused).toMatchObject({
      code: "worker_failed",
      message: expect.stringContaining("docs/errors.md#worker_failed"),
    });
  });

  it("that responds but does not control the page yet, as after a shift-reload, waits for control", async () => {
    const worker = container.registration.activate(new FakeWorker("activated", greeting));
    const connecting = connected();
    await vi.waitFor(() => expect(worker.messages).toEqual(["strongroom:hello"]));
    expect(fetch).not.toHaveBeenCalled();
    container.control(worker);
    await connecting;
    expect(worker.messages).toHaveLength(1);
  });
});

describe("a worker of another version", () => {
  it("is updated once, and the new one is used", async () => {
    const { registration } = container;
    controlled(new FakeWorker("activated", { ...greeting, version: "1.2.2" }));
    const updated = new FakeWorker("installing", greeting);
    registration.update.mockImplementation(async () => void registration.install(updated));
    const connecting = connected();
    await vi.waitFor(() => expect(registration.update).toHaveBeenCalled());
    await becomesActive(updated);
    await connecting;
    expect(registration.update).toHaveBeenCalledTimes(1);
  });

  it("is not updated while a newer one is being installed", async () => {
    controlled(new FakeWorker("activated", { ...greeting, version: "1.2.2" }));
    const newer = container.registration.install(new FakeWorker("installing", greeting));
    const connecting = connected();
    await vi.waitFor(() => expect(container.registered).toHaveBeenCalled());
    await becomesActive(newer);
    await connecting;
    expect(container.registration.update).not.toHaveBeenCalled();
  });

  it("that an update does not change is refused with both versions", async () => {
    controlled(new FakeWorker("activated", { ...greeting, version: "1.3.0" }));
    const error = await refusal();
    expect(error).toMatchObject({ code: "version_mismatch" });
    expect(error.message).toContain(VERSION);
    expect(error.message).toContain("1.3.0");
    expect(container.registration.update).toHaveBeenCalledTimes(1);
  });

  it("that stays because another tab delays its successor is reported after ten seconds", async () => {
    vi.useFakeTimers();
    controlled(new FakeWorker("activated", { ...greeting, version: "1.2.2" }));
    container.registration.install(new FakeWorker("installing", greeting)).become("installed");
    const refused = refusal();
    await vi.waitFor(() => expect(container.registered).toHaveBeenCalled());
    await vi.dynamicImportSettled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await refused).toMatchObject({ code: "version_mismatch" });
  });
});

describe("another app's worker at this scope", () => {
  it.each([
    ["controls the page", (old: FakeWorker) => controlled(old)],
    ["is active and does not control it", (old: FakeWorker) => container.registration.activate(old)],
    [
      "waits behind a version of its own",
      (old: FakeWorker) => {
        controlled(new FakeWorker("activated", undefined, old.scriptURL));
        container.registration.install(old).become("installed");
      },
    ],
  ])("that %s: the vault serves at once, and the other is not asked", async (_, place) => {
    const old = new FakeWorker("activated", undefined, "https://app.example.com/sw.js");
    place(old);
    const vault = new FakeWorker("installing", greeting);
    container.registered.mockImplementation(async () => {
      container.registration.install(vault);
      return container.registration;
    });
    const connecting = connected();
    await vi.waitFor(() => expect(vault.registration).toBeDefined());
    await becomesActive(vault);
    await connecting;
    expect(old.messages).toEqual([]);
  });

  it("of the same URL is replaced by an update", async () => {
    vi.useFakeTimers();
    const { registration } = container;
    controlled(new FakeWorker("activated"));
    const vault = new FakeWorker("installing", greeting);
    registration.update.mockImplementation(async () => void registration.install(vault));
    const connecting = connected();
    await vi.advanceTimersByTimeAsync(500);
    await vi.waitFor(() => expect(registration.update).toHaveBeenCalledTimes(1));
    await becomesActive(vault);
    await connecting;
  });

  it("of the same URL is replaced by an update that the browser finds itself", async () => {
    controlled(new FakeWorker("activated"));
    const connecting = connected();
    await vi.waitFor(() => expect(container.registered).toHaveBeenCalled());
    const vault = container.registration.install(new FakeWorker("installing", greeting));
    await becomesActive(vault);
    await connecting;
    expect(container.registration.update).not.toHaveBeenCalled();
  });

  it("with a longer scope causes an error instead of endless waiting", async () => {
    const rival = new FakeWorker("activated", undefined, "https://app.example.com/notes/sw.js");
    container.add("https://app.example.com/notes", rival);
    container.controller = rival;
    container.registration.activate(new FakeWorker("activated", greeting));
    expect(await refusal()).toMatchObject({
      code: "out_of_scope",
      message: expect.stringContaining("https://app.example.com/notes"),
    });
  });
});

describe("a script that unregisters the worker", () => {
  it("as soon as it is active makes connect() fail without waiting for a response", async () => {
    const worker = container.registration.install(new FakeWorker("installing"));
    const refused = refusal();
    await vi.waitFor(() => expect(container.registered).toHaveBeenCalled());
    for (const state of ["installed", "activating", "activated"] as const) worker.become(state);
    await vi.waitFor(() => expect(worker.messages).toHaveLength(1));
    worker.become("redundant");
    expect(await refused).toMatchObject({ code: "worker_unregistered" });
  });

  it("before it is active makes connect() fail, not with a failed installation", async () => {
    const worker = container.registration.install(new FakeWorker("installing"));
    const refused = refusal();
    for (const state of ["installed", "activating", "redundant"] as const) {
      await new Promise((resolve) => setImmediate(resolve));
      worker.become(state);
    }
    expect(await refused).toMatchObject({ code: "worker_unregistered" });
  });

  it("as soon as it is active makes connect() fail even if the browser still shows it as active", async () => {
    vi.useFakeTimers();
    const { registration } = container;
    controlled(new FakeWorker("activated"));
    registration.update.mockRejectedValue(new TypeError("Not found"));
    const refused = refusal();
    await registration.unregister();
    container.registered.mockResolvedValue(registration);
    await vi.advanceTimersByTimeAsync(500);
    expect(await refused).toMatchObject({ code: "worker_unregistered" });
  });
});

describe("the worker's own base path", () => {
  it("is where the session is requested", async () => {
    controlled(new FakeWorker("activated", { ...greeting, basePath: "/session/vault" }));
    await connected();
    expect(fetch.mock.calls[0]?.[0]).toBe("/session/vault/events");
  });
});

describe("the keeper", () => {
  it("is one shared worker of the worker's script per page", async () => {
    controlled(new FakeWorker("activated", greeting));
    await connected();
    await connected();
    expect(sharedWorker.mock.calls).toEqual([[SCRIPT]]);
    expect(dedicatedWorker).not.toHaveBeenCalled();
  });

  it("is a dedicated worker if there are no shared workers", async () => {
    Reflect.deleteProperty(globalThis, "SharedWorker");
    await loadPage();
    controlled(new FakeWorker("activated", greeting));
    await connected();
    expect(dedicatedWorker.mock.calls).toEqual([[SCRIPT]]);
  });

  it("starts only once the page is controlled: before, its requests would reach the host", async () => {
    const worker = container.registration.activate(new FakeWorker("activated", greeting));
    const connecting = connected();
    await vi.waitFor(() => expect(worker.messages).toEqual(["strongroom:hello"]));
    expect(sharedWorker).not.toHaveBeenCalled();
    container.control(worker);
    await connecting;
    expect(sharedWorker).toHaveBeenCalledTimes(1);
  });
});
