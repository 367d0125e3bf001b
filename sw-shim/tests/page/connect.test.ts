import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { anonymous, event, FakeContainer, FakeLocation, FakeStream, FakeWorker } from "./fake-browser";

type Connect = typeof import("../../src/page/connect").connect;

const VERSION = "1.2.3";
const greeting = { version: VERSION, basePath: "/auth" };

let connect: Connect;
let container: FakeContainer;
let sharedWorker: Mock<(url: string) => void>;
let dedicatedWorker: Mock<(url: string) => void>;

beforeEach(async () => {
  // A page of its own for each test: the client starts one keeper a page.
  vi.resetModules();
  ({ connect } = await import("../../src/page/connect"));
  sharedWorker = vi.fn();
  dedicatedWorker = vi.fn();
  vi.stubGlobal("SharedWorker", sharedWorker);
  vi.stubGlobal("Worker", dedicatedWorker);
  container = new FakeContainer();
  vi.stubGlobal("navigator", { serviceWorker: container });
  vi.stubGlobal("location", new FakeLocation());
  vi.stubGlobal("fetch", async () => {
    const stream = new FakeStream();
    stream.write(event(anonymous));
    return stream.response;
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Puts an active worker in place that controls the page. */
function controlled(worker: FakeWorker): FakeWorker {
  container.registration.active = worker;
  container.controller = worker;
  return worker;
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
  it("asks for an update check that no cache answers", async () => {
    controlled(new FakeWorker("activated", greeting));
    await connected();
    expect(container.register).toHaveBeenCalledWith("/vault-worker.js", { updateViaCache: "none" });
  });

  it("passes on the scope it is told", async () => {
    controlled(new FakeWorker("activated", greeting));
    await connected({ scope: "/" });
    expect(container.register).toHaveBeenCalledWith("/vault-worker.js", {
      updateViaCache: "none",
      scope: "/",
    });
  });

  it("fails where there are no service workers", async () => {
    vi.stubGlobal("navigator", {});
    expect(await refusal()).toMatchObject({ code: "service_worker_unavailable" });
  });

  it("fails for a page outside the worker's scope, which no worker would ever control", async () => {
    controlled(new FakeWorker("activated", greeting));
    container.registration.scope = "https://app.example.com/admin/";
    expect(await refusal()).toMatchObject({
      code: "out_of_scope",
      message: expect.stringContaining("/admin/"),
    });
  });
});

describe("waiting for the worker", () => {
  it("that installs: it is greeted once it is active", async () => {
    const worker = new FakeWorker("installing", greeting);
    container.registration.installing = worker;
    const connecting = connected();
    await vi.waitFor(() => expect(container.register).toHaveBeenCalled());
    for (const state of ["installed", "activating"] as const) worker.become(state);
    expect(worker.messages).toEqual([]);
    worker.become("activated");
    await vi.waitFor(() => expect(worker.messages).toEqual(["strongroom:hello"]));
    container.control(worker);
    await connecting;
  });

  it("that cannot be installed beside one that works: the working one serves", async () => {
    const working = controlled(new FakeWorker("activated", greeting));
    const broken = new FakeWorker("installing");
    container.registration.installing = broken;
    const connecting = connected();
    await vi.waitFor(() => expect(container.register).toHaveBeenCalled());
    broken.become("redundant");
    await connecting;
    expect(working.messages).toEqual(["strongroom:hello"]);
  });

  it("that cannot be installed and is the only one: it fails", async () => {
    const broken = new FakeWorker("redundant");
    container.registration.installing = broken;
    expect(await refusal()).toMatchObject({ code: "worker_failed" });
  });

  it("that is gone before it could be greeted: it fails", async () => {
    expect(await refusal()).toMatchObject({ code: "worker_failed" });
  });

  it("that does not answer, for ten seconds: it fails and says where to read on", async () => {
    vi.useFakeTimers();
    controlled(new FakeWorker("activated"));
    const refused = refusal();
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

  it("that answers but does not control the page yet, as after a shift-reload", async () => {
    const worker = new FakeWorker("activated", greeting);
    container.registration.active = worker;
    const connecting = connected();
    await vi.waitFor(() => expect(worker.messages).toEqual(["strongroom:hello"]));
    container.control(worker);
    await connecting;
  });
});

describe("a worker of another version", () => {
  it("is updated once, and the new one serves", async () => {
    const { registration } = container;
    controlled(new FakeWorker("activated", { ...greeting, version: "1.2.2" }));
    const updated = new FakeWorker("installing", greeting);
    registration.update.mockImplementation(async () => {
      registration.installing = updated;
    });
    const connecting = connected();
    await vi.waitFor(() => expect(registration.update).toHaveBeenCalled());
    updated.become("activated");
    await connecting;
    expect(registration.update).toHaveBeenCalledTimes(1);
    expect(updated.messages).toEqual(["strongroom:hello"]);
  });

  it("that an update does not change is refused, both versions named", async () => {
    controlled(new FakeWorker("activated", { ...greeting, version: "1.3.0" }));
    const error = await refusal();
    expect(error).toMatchObject({ code: "version_mismatch" });
    expect(error.message).toContain(VERSION);
    expect(error.message).toContain("1.3.0");
    expect(container.registration.update).toHaveBeenCalledTimes(1);
  });
});

describe("the worker's own base path", () => {
  it("is where the session is read", async () => {
    const asked: unknown[] = [];
    const answer = globalThis.fetch;
    vi.stubGlobal("fetch", (url: unknown) => {
      asked.push(url);
      return answer("");
    });
    controlled(new FakeWorker("activated", { ...greeting, basePath: "/session/vault" }));
    await connected();
    expect(asked[0]).toBe("/session/vault/events");
  });
});

describe("the keeper", () => {
  it("is a shared worker of the worker's own script, one a page", async () => {
    controlled(new FakeWorker("activated", greeting));
    await connected();
    await connected();
    expect(sharedWorker.mock.calls).toEqual([["/vault-worker.js"]]);
    expect(dedicatedWorker).not.toHaveBeenCalled();
  });

  it("is a dedicated worker where there are no shared ones", async () => {
    Reflect.deleteProperty(globalThis, "SharedWorker");
    controlled(new FakeWorker("activated", greeting));
    await connected();
    expect(dedicatedWorker.mock.calls).toEqual([["/vault-worker.js"]]);
  });

  it("starts only once the page is controlled: before, it would speak to the host", async () => {
    const worker = new FakeWorker("activated", greeting);
    container.registration.active = worker;
    const connecting = connected();
    await vi.waitFor(() => expect(worker.messages).toEqual(["strongroom:hello"]));
    expect(sharedWorker).not.toHaveBeenCalled();
    container.control(worker);
    await connecting;
    expect(sharedWorker).toHaveBeenCalledTimes(1);
  });
});
