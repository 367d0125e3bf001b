import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { deliver } from "../../src/worker/lifecycle";

let scope: { registration: { waiting: object | null } };
/** What the event was extended by. */
let extensions: Promise<unknown>[];

beforeEach(() => {
  scope = { registration: { waiting: null } };
  extensions = [];
});
afterEach(() => vi.restoreAllMocks());

/** Delivers a response to an event that, as in browsers, takes promises only until it has been responded to. */
async function respond(response: Response | Promise<Response>): Promise<Response> {
  let isActive = true;
  const waitUntil = (extension: Promise<unknown>) => {
    if (!isActive) throw new DOMException("the event is over", "InvalidStateError");
    extensions.push(extension);
  };
  const whole = scope as unknown as ServiceWorkerGlobalScope;
  try {
    return await deliver(whole, { waitUntil } as unknown as FetchEvent, response);
  } finally {
    isActive = false;
  }
}

/** A response whose body the test writes. */
function streamed() {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  return { response: new Response(readable), writer };
}

/** Whether the event is over, once all tasks so far have run. */
async function isOver(): Promise<boolean> {
  const tasks = new Promise<boolean>((resolve) => setTimeout(resolve, 0, false));
  return await Promise.race([Promise.allSettled(extensions).then(() => true), tasks]);
}

describe("while a new version waits, a response", () => {
  beforeEach(() => {
    scope.registration.waiting = {};
  });

  it("keeps this version until its body has ended, and is delivered as it is", async () => {
    const { response, writer } = streamed();
    const delivered = await respond(Promise.resolve(response));
    expect(delivered).toBe(response);
    const text = delivered.text();
    await writer.write(new TextEncoder().encode("half and "));
    expect(await isOver()).toBe(false);
    await writer.write(new TextEncoder().encode("half"));
    await writer.close();
    expect(await text).toBe("half and half");
    expect(await isOver()).toBe(true);
  });

  it("keeps this version no longer than a limited time, and goes on", async () => {
    const time = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(time.signal);
    const { response, writer } = streamed();
    const text = (await respond(response)).text();
    expect(timeout).toHaveBeenCalledWith(5_000);
    time.abort();
    expect(await isOver()).toBe(true);
    await writer.write(new TextEncoder().encode("late"));
    await writer.close();
    expect(await text).toBe("late");
  });

  it("without a body does not keep this version", async () => {
    await respond(new Response(null, { status: 204 }));
    expect(await isOver()).toBe(true);
  });

  it("that fails, fails", async () => {
    await expect(respond(Promise.reject(new TypeError("no network")))).rejects.toThrow("no network");
    expect(extensions).toEqual([]);
  });
});

it("without a new version, a response is not read a second time", async () => {
  const { response } = streamed();
  expect(await respond(response)).toBe(response);
  expect(extensions).toEqual([]);
});
