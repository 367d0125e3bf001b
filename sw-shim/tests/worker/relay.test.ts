import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { relay } from "../../src/worker/relay";
import type { Vault } from "../../src/worker/wasm";

const APP = "https://app.example.com";
const NOTES = "https://api.example.com/v1/notes";

/** Relays only these. The core's rule has native tests. */
const TARGETS: Record<string, string> = {
  [NOTES]: NOTES,
  "/session": "https://vault.example.com/auth/session?",
  "/login?silent=1": "https://vault.example.com/auth/login?app=x&silent=1",
};
const asked: string[] = [];
/** The user whose session the relay keeps, and those that it was asked to send for. */
let kept = 1n;
const users: bigint[] = [];
const vault = {
  user: () => kept,
  relay(app: string, head: string, init: RequestInit, user: bigint) {
    users.push(user);
    asked.push(`${app}\n${head}`);
    const target = TARGETS[head.split("\n")[0] ?? ""];
    return target && fetch(target, init);
  },
} as Vault;

class Scope extends EventTarget {
  readonly location = new URL("https://vault.example.com/vault-worker.js");
  crossOriginIsolated = false;
  readonly postMessage = vi.fn();
}

let scope: Scope;
let ports: MessagePort[];
const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  asked.length = 0;
  users.length = 0;
  kept = 1n;
  ports = [];
  scope = new Scope();
  fetched.mockReset().mockImplementation(async () => new Response("ok"));
  vi.stubGlobal("fetch", fetched);
  relay(scope as unknown as DedicatedWorkerGlobalScope, vault, [APP]);
});

afterEach(() => {
  for (const port of ports) port.close();
  vi.unstubAllGlobals();
});

/** The interceptor's end of a new port of `app`. */
function connect(app: unknown = APP): MessagePort {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  scope.dispatchEvent(Object.assign(new Event("message"), { data: { app }, ports: [port2] }));
  return port1;
}

const next = (port: MessagePort) =>
  new Promise<Record<string, unknown>>((resolve) => {
    port.onmessage = ({ data }) => resolve(data);
  });

/** The relay's response to a request. */
async function ask(port: MessagePort, message: object): Promise<Record<string, unknown>> {
  const response = next(port);
  port.postMessage({
    id: 1,
    method: "GET",
    headers: [],
    mode: "cors",
    destination: "",
    redirect: "follow",
    ...message,
  });
  return response;
}

async function ready(): Promise<MessagePort> {
  const port = connect();
  expect(await next(port)).toEqual({ ready: 1 });
  return port;
}

/** Sends a request, and collects what the relay says about it. */
function collect(port: MessagePort, message: object): Record<string, unknown>[] {
  const parts: Record<string, unknown>[] = [];
  ask(port, message);
  port.onmessage = ({ data }) => parts.push(data);
  return parts;
}

/** The text of a body, once it has ended. */
async function textOf(parts: Record<string, unknown>[]): Promise<string> {
  await vi.waitFor(() => expect(parts.at(-1)).toEqual({ id: 1, end: true }));
  return parts.map(({ chunk }) => (chunk ? new TextDecoder().decode(chunk as Uint8Array) : "")).join("");
}

it("fetches what the core allows, and passes on head, body and end of the response", async () => {
  fetched.mockResolvedValue(new Response("the notes", { status: 201, headers: { "x-a": "b" } }));
  const port = await ready();
  const parts = collect(port, { url: NOTES, method: "POST", body: true });
  port.postMessage({ id: 1, body: new Blob(["a"]) });
  expect(await textOf(parts)).toBe("the notes");
  expect(parts[0]).toEqual({
    id: 1,
    status: 201,
    statusText: "",
    headers: [
      ["content-type", "text/plain;charset=UTF-8"],
      ["x-a", "b"],
    ],
    body: true,
  });
  const [url, init] = fetched.mock.calls[0] as [string, RequestInit];
  expect([url, init.method, init.body]).toEqual([NOTES, "POST", new Blob(["a"])]);
  expect(asked).toEqual([`${APP}\n${NOTES}\nPOST\ncors\n\nfollow`]);
});

describe("a request whose body follows", () => {
  let port: MessagePort;

  beforeEach(async () => {
    port = await ready();
    ask(port, { id: 2, url: NOTES, method: "POST", body: true });
    // The response to a later request says that the relay has the head.
    expect(await ask(port, { id: 3, url: NOTES })).toMatchObject({ id: 3, status: 200 });
    expect(users).toEqual([0n]);
  });

  const isSent = () => vi.waitFor(() => expect(users).toHaveLength(2));

  it("is sent for the user who was signed in when it began, whoever has signed in when the body is there", async () => {
    kept = 2n;
    port.postMessage({ id: 2, body: new Blob(["a note"]) });
    await isSent();
    expect(users).toEqual([0n, 1n]);
    expect(fetched.mock.lastCall?.[1]).toMatchObject({ body: new Blob(["a note"]) });
  });

  it("has no body if it was empty: Firefox does not say so in advance", async () => {
    port.postMessage({ id: 2, body: undefined });
    await isSent();
    expect(fetched.mock.lastCall?.[1]).not.toHaveProperty("body");
  });

  it("fails if it is aborted before", async () => {
    const parts: unknown[] = [];
    port.onmessage = ({ data }) => parts.push(data);
    fetched.mockImplementation(async (_, init) => {
      init?.signal?.throwIfAborted();
      return new Response("ok");
    });
    port.postMessage({ id: 2, abort: true });
    await vi.waitFor(() => expect(parts).toContainEqual({ id: 2, failed: true }));
  });
});

describe("a body whose length the API states", () => {
  const respondWith = (length: string, body: BodyInit) =>
    fetched.mockResolvedValue(new Response(body, { headers: { "content-length": length } }));

  it("comes with the head if it is short", async () => {
    respondWith("5", "short");
    const { body } = await ask(await ready(), { url: NOTES });
    expect(new TextDecoder().decode(body as ArrayBuffer)).toBe("short");
  });

  it.each(["16385", "-", ""])("is streamed if the length is %j", async (length) => {
    respondWith(length, "a body");
    const parts = collect(await ready(), { url: NOTES });
    expect(await textOf(parts)).toBe("a body");
    expect(parts[0]).toMatchObject({ body: true });
  });

  it("fails the request if the connection breaks", async () => {
    const breaks = new ReadableStream({ start: (controller) => controller.error(new TypeError("broken")) });
    respondWith("5", breaks);
    expect(await ask(await ready(), { url: NOTES })).toEqual({ id: 1, failed: true });
  });
});

describe("a body that the API streams", () => {
  let api: WritableStreamDefaultWriter<Uint8Array>;
  let port: MessagePort;
  let parts: Record<string, unknown>[];

  beforeEach(async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    api = writable.getWriter();
    fetched.mockResolvedValue(new Response(readable));
    port = await ready();
    parts = collect(port, { url: NOTES });
    await arrived(1);
  });

  const write = (text: string) => api.write(new TextEncoder().encode(text));
  const arrived = (count: number) => vi.waitFor(() => expect(parts).toHaveLength(count));

  it("is read only as fast as the page reads it", async () => {
    await Promise.all([write("one"), write("two")]);
    const third = vi.fn();
    write("three").then(third);
    await arrived(2);
    expect(third).not.toHaveBeenCalled();
    port.postMessage({ id: 1, pull: true });
    await arrived(3);
    await vi.waitFor(() => expect(third).toHaveBeenCalled());
    expect(parts).toHaveLength(3);
    port.postMessage({ id: 1, pull: true });
    await api.close();
    expect(await textOf(parts)).toBe("onetwothree");
  });

  it("that breaks fails the request", async () => {
    await write("one");
    await arrived(2);
    api.abort(new TypeError("connection lost")).catch(() => {});
    await arrived(3);
    expect(parts[2]).toEqual({ id: 1, failed: true });
  });

  it("is cancelled once the page aborts, even while it waits for a pull", async () => {
    const [, { signal }] = fetched.mock.lastCall as unknown as [string, { signal: AbortSignal }];
    // As the browser's fetch does.
    signal.addEventListener("abort", () => api.abort(signal.reason).catch(() => {}));
    await Promise.all([write("one"), write("two")]);
    port.postMessage({ id: 1, abort: true });
    await vi.waitFor(() => expect(parts.at(-1)).toEqual({ id: 1, failed: true }));
    expect(signal.aborted).toBe(true);
  });
});

it.each([
  "https://evil.example",
  "https://app.example.com.evil.example",
  "null",
  null,
  { toString: () => APP },
])("a page of an origin that is not listed is told so, and gets no port: %s", async (app) => {
  const port = connect(app);
  const closed = new Promise((resolve) => port.addEventListener("close", resolve));
  expect(await next(port)).toEqual({ failed: "invalid_app" });
  await closed;
  port.postMessage({ id: 1, url: NOTES, method: "GET", headers: [] });
  expect(fetched).not.toHaveBeenCalled();
});

it.each([
  "https://evil.example/",
  "/keep",
  "//evil.example/v1/",
  "/session/../keep",
  "https://vault.example.com/auth/keep",
])("an app cannot use it as a proxy to %s", async (url) => {
  expect(await ask(await ready(), { url })).toEqual({ id: 1, failed: true });
  expect(fetched).not.toHaveBeenCalled();
});

it("a line break in a property does not change the core's question", async () => {
  await ask(await ready(), { url: NOTES, method: "GET\nPOST", mode: "navigate\ncors" });
  expect(asked).toEqual([`${APP}\n${NOTES}\nGETPOST\nnavigatecors\n\nfollow`]);
});

it.each([null, 1, "x", {}, { id: 1 }, { id: 1, url: {} }, { id: 1, url: NOTES, headers: 1 }])(
  "a malformed message does not affect other requests: %j",
  async (message) => {
    const port = await ready();
    port.postMessage(message);
    const answers: Record<string, unknown>[] = [];
    await new Promise<void>((resolve) => {
      port.onmessage = ({ data }) => {
        answers.push(data);
        if (data.id === 2) resolve();
      };
      port.postMessage({
        id: 2,
        url: NOTES,
        method: "GET",
        headers: [],
        mode: "cors",
        destination: "",
        redirect: "follow",
      });
    });
    expect(answers.at(-1)).toMatchObject({ id: 2, status: 200 });
  },
);

it("a failed request says so", async () => {
  fetched.mockRejectedValue(new TypeError("offline"));
  expect(await ask(await ready(), { url: NOTES })).toEqual({ id: 1, failed: true });
});

it("an aborted request is aborted", async () => {
  fetched.mockImplementation(
    (_, init) =>
      new Promise((_, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason))),
  );
  const port = await ready();
  const response = ask(port, { url: NOTES });
  port.postMessage({ id: 1, abort: true });
  expect(await response).toEqual({ id: 1, failed: true });
});

it("more than 1,024 requests at once are refused, so that a page cannot exhaust the relay", async () => {
  fetched.mockImplementation(() => new Promise(() => {}));
  const port = await ready();
  const refused = next(port);
  for (let id = 1; id <= 1_025; id++) {
    port.postMessage({
      id,
      url: NOTES,
      method: "GET",
      headers: [],
      mode: "cors",
      destination: "",
      redirect: "follow",
    });
  }
  expect(await refused).toEqual({ id: 1_025, failed: true });
});

it("a page that opens ports in a loop keeps the last eight", async () => {
  const first = await ready();
  const closed = new Promise((resolve) => first.addEventListener("close", resolve));
  const others = await Promise.all(Array.from({ length: 8 }, ready));
  await closed;
  expect(await ask(others[0] as MessagePort, { url: NOTES })).toMatchObject({ status: 200 });
});

it("hands a silent sign-in to the frame, and the page stays", async () => {
  const page = "https://vault.example.com/login.html?app=x&silent=1";
  fetched.mockResolvedValue(Response.json({ frame: page }));
  const response = await ask(await ready(), { url: "/login?silent=1" });
  expect(response).toMatchObject({ status: 204, body: false });
  expect(scope.postMessage.mock.calls).toEqual([[{ silent: page }]]);
});

it("plays no silent sign-in in a cross-origin isolated frame, where browsers block it", async () => {
  const page = "https://vault.example.com/login.html?app=x&silent=1";
  scope.crossOriginIsolated = true;
  fetched.mockResolvedValue(Response.json({ frame: page }));
  const parts = collect(await ready(), { url: "/login?silent=1" });
  expect(JSON.parse(await textOf(parts))).toEqual({ location: page });
  expect(parts[0]).toMatchObject({ status: 200 });
  expect(scope.postMessage).not.toHaveBeenCalled();
});

it("passes on that a silent sign-in is not needed, or not possible now", async () => {
  fetched.mockResolvedValue(new Response(null, { status: 204 }));
  expect(await ask(await ready(), { url: "/login?silent=1" })).toMatchObject({ status: 204, body: false });
});

it("returns the login page's URL for any other sign-in", async () => {
  fetched.mockResolvedValue(Response.json({ location: "https://vault.example.com/login.html?app=x" }));
  const parts = collect(await ready(), { url: "/login?silent=1" });
  expect(JSON.parse(await textOf(parts))).toEqual({ location: "https://vault.example.com/login.html?app=x" });
  expect(parts[0]).toMatchObject({ status: 200 });
  expect(scope.postMessage).not.toHaveBeenCalled();
});
