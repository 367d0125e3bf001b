import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  API,
  eventStream,
  FakeClient,
  FakeRelay,
  FakeScope,
  FakeVersion,
  navigation,
  nextText,
  request,
  VAULT,
} from "./fake-worker";

let scope: FakeScope;
let page: FakeClient;

beforeEach(async () => {
  scope = new FakeScope();
  page = new FakeClient("page");
  scope.pages = [page];
  await scope.start();
});
afterEach(() => {
  FakeRelay.closeAll();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Sends a request of `client` that the interceptor must handle. */
function send(sent: Request = request(API), client: FakeClient | undefined = page): Promise<Response> {
  const response = scope.fetch(client, sent);
  if (!response) throw new Error("the browser handles it");
  return response;
}

/** A request of a sign-in: the browser does not say which page navigates. */
function navigate(url = "/auth/login?returnTo=/notes"): Promise<Response> {
  return send(navigation(url), undefined);
}

/** The code of the interceptor's own response. */
async function problemOf(response: Promise<Response>): Promise<unknown> {
  const { status, headers } = await response;
  expect(headers.get("content-type")).toBe("application/problem+json");
  const { code, status: told } = await (await response).json();
  expect(told).toBe(status);
  return [status, code];
}

/** Ten seconds pass, and the tasks that follow run. */
async function tenSecondsPass(): Promise<void> {
  await vi.advanceTimersByTimeAsync(10_000);
}

describe("a request to the API", () => {
  let relay: FakeRelay;

  beforeEach(() => {
    relay = scope.connect(page).ready();
  });

  it("goes through the page's relay, whose response the page gets", async () => {
    const init = { method: "GET", headers: { "X-Tag": "a" }, cache: "no-store" } as const;
    const response = send(request(API, { ...init, credentials: "include", redirect: "error" }));
    const { id, ...sent } = await relay.message();
    expect(id).toEqual(expect.any(Number));
    expect(sent).toEqual({
      url: API,
      method: "GET",
      headers: [["x-tag", "a"]],
      mode: "cors",
      destination: "",
      redirect: "error",
      credentials: "include",
      cache: "no-store",
      body: false,
    });
    const headers: [string, string][] = [["content-type", "application/json"]];
    const body = await relay.respond({ status: 201, statusText: "Created", headers, body: true });
    body.write("[1, 2]");
    body.end();
    const { status, statusText } = await response;
    expect({ status, statusText }).toEqual({ status: 201, statusText: "Created" });
    expect((await response).headers.get("content-type")).toBe("application/json");
    expect(await (await response).json()).toEqual([1, 2]);
  });

  it("is sent with its whole body", async () => {
    send(request(API, { method: "POST", body: "a note", headers: { "content-type": "text/plain" } }));
    expect(await relay.message()).toMatchObject({ headers: [["content-type", "text/plain"]], body: true });
    expect(await relay.bodyText()).toBe("a note");
  });

  describe("whose body the page streams", () => {
    let upload: WritableStreamDefaultWriter<Uint8Array>;
    let response: Promise<Response>;

    beforeEach(() => {
      const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
      upload = writable.getWriter();
      response = send(request(API, { method: "POST", body: readable, duplex: "half" } as RequestInit));
    });

    it("is announced before the body is complete, so that the relay knows whose it is", async () => {
      expect(await relay.message()).toMatchObject({ method: "POST", body: true });
      expect(relay.bodies.size).toBe(0);
      await upload.write(new TextEncoder().encode("a note"));
      await upload.close();
      expect(await relay.bodyText()).toBe("a note");
    });

    it("is aborted at the relay if the stream breaks", async () => {
      const { id } = await relay.message();
      await upload.abort(new TypeError("no such file"));
      await expect(response).rejects.toThrow("no such file");
      await vi.waitFor(() => expect(relay.aborted).toEqual([id]));
      expect(relay.bodies.size).toBe(0);
    });
  });

  it.each(["POST", "DELETE", "GET", "HEAD"])(
    "with %s and without a body is sent without one",
    async (method) => {
      send(request(API, { method }));
      expect(await relay.message()).toMatchObject({ body: false });
    },
  );

  it("whose body the browser does not expose, as in Firefox, is sent with it unless it is empty", async () => {
    const hidden = { body: undefined };
    send(request(API, { method: "POST", body: "a note" }, hidden));
    expect(await relay.bodyText(0)).toBe("a note");
    send(request(API, { method: "POST" }, hidden));
    expect(await relay.bodyText(1)).toBeUndefined();
  });

  it("may have a short response, whose body comes with the head", async () => {
    const response = send();
    const { buffer } = new TextEncoder().encode("short");
    await relay.respond({ status: 201, body: buffer });
    expect((await response).status).toBe(201);
    expect(await (await response).text()).toBe("short");
    expect(relay.pulled).toEqual([]);
  });

  it("streams its response, and pulls each chunk but the first", async () => {
    const response = send();
    const body = await relay.respond({ body: true });
    const reader = ((await response).body as ReadableStream<Uint8Array>).getReader();
    body.write("one");
    expect(await nextText(reader)).toBe("one");
    await vi.waitFor(() => expect(body.pulls).toBe(1));
    body.write("two");
    await vi.waitFor(() => expect(relay.received).toHaveLength(1));
    expect(await nextText(reader)).toBe("two");
    await vi.waitFor(() => expect(body.pulls).toBe(2));
    body.end();
    expect(await nextText(reader)).toBeUndefined();
    expect(relay.aborted).toEqual([]);
  });

  it("pulls no chunk while the page does not read", async () => {
    const response = send();
    const body = await relay.respond({ body: true });
    await response;
    body.write("one");
    const next = send();
    await relay.respond({ status: 201 }, 1);
    expect(await next).toMatchObject({ status: 201 });
    expect(relay.pulled).toEqual([]);
  });

  it("fails its response if the connection breaks", async () => {
    const response = send();
    const body = await relay.respond({ body: true });
    body.write("half of");
    body.fail();
    await expect((await response).text()).rejects.toThrow(/connection to the API/);
  });

  it("is aborted at the relay if the page stops reading", async () => {
    const response = send();
    const body = await relay.respond({ body: true });
    body.write("one");
    await (await response).body?.cancel("enough");
    await body.aborted();
  });

  it.each([204, 205, 304])("may have the status %i, with which no response has a body", async (status) => {
    const response = send();
    const body = await relay.respond({ status, body: true });
    expect(await response).toMatchObject({ status, body: null });
    await body.aborted();
  });

  it.each([0, 101, 103, 199, 600, -1, Number.NaN])(
    "with the status %d is a network error, since no script can respond with it",
    async (status) => {
      const response = send();
      await relay.respond({ status });
      expect(await response).toMatchObject({ type: "error" });
    },
  );

  it("with a header that no script can respond with is a network error", async () => {
    const response = send();
    await relay.respond({ headers: [["a header", "a"]] });
    expect(await response).toMatchObject({ type: "error" });
  });

  it("that fails at the relay is a network error", async () => {
    const response = send();
    relay.say({ id: (await relay.message()).id, failed: true });
    expect(await response).toMatchObject({ type: "error" });
  });

  it("that does not follow redirects gets an opaque redirect", async () => {
    const response = send(request(API, { redirect: "manual" }));
    await relay.respond({ status: 0 });
    expect(await response).toMatchObject({ status: 302 });
    expect((await response).headers.get("location")).toBe(API);
  });

  it("that is aborted is aborted at the relay", async () => {
    const controller = new AbortController();
    const response = send(request(API, { signal: controller.signal }));
    const { id } = await relay.message();
    controller.abort();
    await expect(response).rejects.toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => expect(relay.aborted).toEqual([id]));
    await relay.respond();
  });

  it("that is aborted after the response began is not aborted twice", async () => {
    const controller = new AbortController();
    const response = send(request(API, { signal: controller.signal }));
    await relay.respond({ body: true });
    await response;
    controller.abort();
    send();
    await relay.message(1);
    expect(relay.aborted).toEqual([]);
  });

  it("gets its own response in any order", async () => {
    const first = send();
    const second = send();
    await relay.respond({ status: 202 }, 1);
    await relay.respond({ status: 201 }, 0);
    expect([(await first).status, (await second).status]).toEqual([201, 202]);
  });

  it.each([null, "ready", 7, { id: 99, status: 200 }, { id: "0", failed: true }, {}, { ready: 2 }])(
    "ignores the message %j",
    async (message) => {
      const response = send();
      await relay.message();
      relay.say(message);
      await relay.respond({ status: 201 });
      expect(await response).toMatchObject({ status: 201 });
    },
  );
});

describe("a request that no rule selects", () => {
  it("is left to the browser", () => {
    expect(scope.fetch(page, request("/index.html"))).toBeUndefined();
    expect(scope.fetch(page, request("https://api.example.com/v2"))).toBeUndefined();
  });

  it("below the base path gets 404 without a message to any page", async () => {
    expect(await problemOf(send(request("/auth/keep")))).toEqual([404, "not_found"]);
    expect((await send(navigation("/auth/callback?code=a"))).status).toBe(404);
    expect(page.postMessage).not.toHaveBeenCalled();
  });
});

describe("an interceptor that was restarted", () => {
  it("asks the page for a port, and the request waits for it", async () => {
    const response = send();
    await vi.waitFor(() => expect(page.postMessage.mock.calls).toEqual([["strongroom:port"]]));
    const relay = scope.connect(page).ready();
    await relay.respond({ status: 201 });
    expect(await response).toMatchObject({ status: 201 });
  });

  it("asks once for many requests", async () => {
    const responses = Array.from({ length: 50 }, () => send());
    await vi.waitFor(() => expect(page.postMessage).toHaveBeenCalled());
    const relay = scope.connect(page).ready();
    for (const index of responses.keys()) await relay.respond({ status: 201 }, index);
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual(Array(50).fill(201));
    expect(page.postMessage).toHaveBeenCalledOnce();
  });

  it("does not send requests that were aborted meanwhile", async () => {
    const controller = new AbortController();
    const response = send(request(API, { signal: controller.signal }));
    controller.abort();
    const relay = scope.connect(page).ready();
    await expect(response).rejects.toMatchObject({ name: "AbortError" });
    send(request(`${API}/next`));
    expect(await relay.message()).toMatchObject({ url: `${API}/next` });
  });

  it("asks every page for the request of a worker, and takes the first relay", async () => {
    const other = new FakeClient("other");
    scope.pages.push(other);
    const response = send(request(API), new FakeClient("worker", "sharedworker"));
    await vi.waitFor(() => expect(other.postMessage).toHaveBeenCalled());
    expect(page.postMessage).toHaveBeenCalled();
    await scope.connect(other).ready().respond({ status: 201 });
    expect(await response).toMatchObject({ status: 201 });
  });
});

describe("no relay: a request waits ten seconds, then fails with", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  it("frame_missing if its page offers none", async () => {
    const response = problemOf(send());
    await tenSecondsPass();
    expect(await response).toEqual([503, "frame_missing"]);
  });

  it("vault_unreachable if the relay is never ready; the next request asks for another", async () => {
    const relay = scope.connect(page);
    const response = problemOf(send());
    await tenSecondsPass();
    expect(await response).toEqual([503, "vault_unreachable"]);
    expect(relay.received).toEqual([]);
    send();
    await vi.advanceTimersByTimeAsync(0);
    expect(page.postMessage).toHaveBeenCalledOnce();
  });

  it("page_missing at once if there is no page", async () => {
    scope.pages = [];
    const worker = new FakeClient("worker", "worker");
    expect(await problemOf(send(request(API), worker))).toEqual([503, "page_missing"]);
  });

  it("frame_missing at once if 256 wait already", async () => {
    const waiting = Array.from({ length: 256 }, () => problemOf(send()));
    await vi.advanceTimersByTimeAsync(0);
    expect(await problemOf(send())).toEqual([503, "frame_missing"]);
    await tenSecondsPass();
    expect(await waiting[255]).toEqual([503, "frame_missing"]);
    const next = send();
    await scope.connect(page).ready().respond({ status: 201 });
    expect(await next).toMatchObject({ status: 201 });
  });

  it("an empty response to a silent sign-in: script of another tab must not move the user to an error page", async () => {
    scope.pages = [];
    expect(await navigate("/auth/login?silent=1")).toMatchObject({ status: 204, body: null });
    expect(await send(request("/auth/login?silent=frame"))).toMatchObject({ status: 204, body: null });
  });

  it("a problem for an API request that looks like a silent sign-in", async () => {
    scope.pages = [];
    expect((await send(request(`${API}?silent=frame`)))?.status).toBe(503);
  });

  it("a page for a sign-in, with a link to the app", async () => {
    scope.pages = [];
    const response = await navigate();
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await response.text()).toMatch(/page_missing.*<a href="\/">Back to the app/);
  });
});

describe("a relay that cannot be used", () => {
  it.each([
    ["the vault could not start", { failed: "worker_failed" }],
    ["it speaks another version of the protocol", { ready: 2 }],
  ])("because %s: requests fail at once, and the next asks again", async (_, message) => {
    const relay = scope.connect(page);
    const response = problemOf(send());
    relay.say(message);
    expect(await response).toEqual([503, "vault_unreachable"]);
    const next = send();
    await vi.waitFor(() => expect(page.postMessage).toHaveBeenCalledOnce());
    await scope.connect(page).ready().respond({ status: 201 });
    expect(await next).toMatchObject({ status: 201 });
    expect(relay.received).toEqual([]);
  });

  it("because it is not ready yet gets no request", async () => {
    const relay = scope.connect(page);
    const response = send();
    await new Promise((resolve) => setImmediate(resolve));
    expect(relay.received).toEqual([]);
    await relay.ready().respond({ status: 201 });
    expect(await response).toMatchObject({ status: 201 });
  });
});

describe("a frame that was removed from its page", () => {
  it.each([
    ["offers another port", () => scope.connect(page)],
    ["says so", () => scope.dispatch("message", { data: "strongroom:port", source: page, ports: [] })],
  ])("whose page %s: what was under way fails, because a port does not end", async (_, tell) => {
    const relay = scope.connect(page).ready();
    const [waiting, begun] = [send(request(API, { method: "POST" })), send()];
    await relay.respond({ body: true }, 1);
    const reading = (await begun).text();
    tell();
    expect(await waiting).toMatchObject({ type: "error" });
    await expect(reading).rejects.toThrow(/frame is gone/);
  });

  it("just before a request: a safe request is sent once more", async () => {
    const gone = scope.connect(page).ready();
    const responses = [send(), send(request(API, { method: "HEAD" })), send(request(API, { method: "PUT" }))];
    await gone.message(2);
    const relay = scope.connect(page).ready();
    await relay.respond({ status: 201 }, 0);
    await relay.respond({ status: 202 }, 1);
    expect((await Promise.all(responses)).map(({ status }) => status)).toEqual([201, 202, 0]);
    expect(relay.received.map(({ method }) => method)).toEqual(["GET", "HEAD"]);
  });

  it("repeatedly: a request is sent at most twice", async () => {
    const response = send();
    for (let index = 0; index < 2; index++) await scope.connect(page).ready().message();
    scope.connect(page);
    expect(await response).toMatchObject({ type: "error" });
  });
});

describe("the relay of another page", () => {
  let other: FakeClient;

  beforeEach(() => {
    other = new FakeClient("other");
    scope.pages.push(other);
  });

  it("gets no request of this page: a port that injected script offers serves only that page", async () => {
    const foreign = scope.connect(other).ready();
    const response = send();
    await vi.waitFor(() => expect(page.postMessage).toHaveBeenCalled());
    await scope.connect(page).ready().respond({ status: 201 });
    expect(await response).toMatchObject({ status: 201 });
    expect(foreign.received).toEqual([]);
  });

  it.each([
    ["a worker", new FakeClient("client", "worker", "none")],
    ["a page in a frame, which has not connected", new FakeClient("client", "window", "nested")],
  ])("serves %s", async (_, client) => {
    if (client.type === "window") scope.pages.push(client);
    const response = send(request(API), client);
    await scope.connect(other).ready().respond({ status: 201 });
    expect(await response).toMatchObject({ status: 201 });
  });

  it("is not used once that page is closed", async () => {
    const closed = scope.connect(other).ready();
    scope.pages = [page];
    const response = send(request(API), new FakeClient("worker", "worker"));
    await scope.connect(page).ready().respond({ status: 201 });
    expect(await response).toMatchObject({ status: 201 });
    expect(closed.received).toEqual([]);
  });
});

describe("messages that are ignored", () => {
  it.each([
    ["a port with another message", { data: "strongroom:other" }],
    ["a port from a service worker, which has no id", { source: new FakeVersion() }],
    ["a port from nowhere", { source: null }],
  ])("%s", async (_, properties) => {
    const { port1, port2 } = new MessageChannel();
    scope.dispatch("message", { data: "strongroom:port", source: page, ports: [port2], ...properties });
    port1.postMessage({ ready: 1 });
    send();
    await vi.waitFor(() => expect(page.postMessage).toHaveBeenCalled());
    port1.close();
  });
});

describe("a sign-in", () => {
  let relay: FakeRelay;

  beforeEach(() => {
    relay = scope.connect(page).ready();
  });

  /** The vault responds to the sign-in. */
  async function respond(status: number, contentType: string, text: string, more: [string, string][] = []) {
    const headers: [string, string][] = [["content-type", contentType], ...more];
    const body = await relay.respond({ status, headers, body: true });
    body.write(text);
    body.end();
  }

  const respondJson = (value: unknown) => respond(200, "application/json", JSON.stringify(value));

  it("leads to the vault's login page", async () => {
    const response = navigate();
    expect(await relay.message()).toMatchObject({
      url: "/login?returnTo=/notes",
      method: "GET",
      mode: "navigate",
      destination: "document",
    });
    const location = `${VAULT}/login.html?app=https%3A%2F%2Fapp.example.com&returnTo=%2Fnotes`;
    await respondJson({ location });
    expect(await response).toMatchObject({ status: 302 });
    expect((await response).headers.get("location")).toBe(location);
  });

  it.each([
    "https://vault.example.com.evil.example/login.html",
    "https://evil.example/",
    "https://vault.example.com@evil.example/",
    "javascript:alert(1)//https://vault.example.com/",
    "/evil",
    null,
    { toString: `${VAULT}/` },
  ])("that the relay of injected script would send to %j leads nowhere", async (location) => {
    const response = navigate();
    await respondJson({ location });
    expect(await response).toMatchObject({ status: 503 });
    expect(await (await response).text()).toContain("vault_unreachable");
  });

  it.each(["null", "no JSON"])(
    "that the relay of injected script responds to with %s leads nowhere",
    async (text) => {
      const response = navigate();
      await respond(200, "application/json", text);
      expect(await response).toMatchObject({ status: 503 });
    },
  );

  it("that is not needed leaves the page where it is", async () => {
    const response = navigate("/auth/login?silent=1");
    await relay.respond({ status: 204 });
    expect(await response).toMatchObject({ status: 204, body: null });
  });

  it("that the vault refuses shows the vault's page, without script", async () => {
    const response = navigate("/auth/login?returnTo=//evil.example");
    await respond(400, "text/html; charset=utf-8", "<p>invalid_return_to", [
      ["content-security-policy", "script-src *"],
      ["refresh", "0; url=https://evil.example"],
    ]);
    expect((await response).status).toBe(400);
    expect(Object.fromEntries((await response).headers)).toEqual({
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(await (await response).text()).toBe("<p>invalid_return_to");
  });

  // The navigation ends the page once it has a response, and with the page its relay.
  it("that the vault refuses gets no response before the vault's page is complete", async () => {
    const responded = vi.fn();
    const response = navigate("/auth/login?returnTo=//evil.example");
    response.then(responded);
    const body = await relay.respond({ status: 400, headers: [["content-type", "text/html"]], body: true });
    body.write("<p>invalid_");
    await vi.waitFor(() => expect(relay.pulled).toHaveLength(1));
    expect(responded).not.toHaveBeenCalled();
    body.write("return_to");
    body.end();
    expect(await (await response).text()).toBe("<p>invalid_return_to");
  });

  it("whose response breaks off shows a page with a link to the app", async () => {
    const response = navigate();
    const body = await relay.respond({ status: 400, headers: [["content-type", "text/html"]], body: true });
    body.write("<p>invalid_");
    relay.say({ id: (await relay.message()).id, failed: true });
    expect((await response).status).toBe(503);
    expect(await (await response).text()).toContain("vault_unreachable");
  });

  it("that is silent and fails at the relay leaves the page where it is", async () => {
    const response = navigate("/auth/login?silent=1");
    relay.say({ id: (await relay.message()).id, failed: true });
    expect(await response).toMatchObject({ status: 204, body: null });
  });

  it("that is silent and that injected script redirects elsewhere leaves the page where it is", async () => {
    const response = navigate("/auth/login?silent=1");
    await respondJson({ location: "https://evil.example/" });
    expect(await response).toMatchObject({ status: 204, body: null });
  });

  it("that fails at the relay shows a page with a link to the app", async () => {
    const response = navigate();
    relay.say({ id: (await relay.message()).id, failed: true });
    const page = await (await response).text();
    expect(page).toContain("vault_unreachable");
    expect(page).toContain("`apps` of the vault does not list this app");
  });
});

describe("a new version of the script", () => {
  let relay: FakeRelay;

  beforeEach(() => {
    relay = scope.connect(page).ready();
  });

  /** The browser begins to install a version. */
  function install(version = new FakeVersion()): FakeVersion {
    scope.registration.installing = version;
    scope.registration.dispatchEvent(new Event("updatefound"));
    return version;
  }

  /** Opens an event stream, and reads its first event. */
  async function openEvents(index: number) {
    const response = send(request("/auth/events"));
    const body = await relay.respond({ headers: eventStream, body: true }, index);
    const reader = ((await response).body as ReadableStream<Uint8Array>).getReader();
    body.write("event");
    expect(await nextText(reader)).toBe("event");
    return { body, reader };
  }

  it("ends the event streams once it is installed, because they delay its activation", async () => {
    const { body, reader } = await openEvents(0);
    const version = install();
    body.write("another");
    expect(await nextText(reader)).toBe("another");
    const next = nextText(reader);
    version.become("installed");
    expect(await next).toBeUndefined();
    await body.aborted();
  });

  it("lets a new event stream have its first event while it waits", async () => {
    install().become("installed");
    const { body, reader } = await openEvents(0);
    expect(await nextText(reader)).toBeUndefined();
    await body.aborted();
  });

  it("does not end other responses", async () => {
    const response = send();
    const body = await relay.respond({ body: true });
    const text = (await response).text();
    install().become("installed");
    body.write("all of it");
    body.end();
    expect(await text).toBe("all of it");
  });

  it("lets this one deliver its last response", async () => {
    scope.registration.waiting = install();
    let response: Promise<Response> | undefined;
    const respondWith = (promise: Promise<Response>) => {
      response = promise;
    };
    const extensions = scope.dispatch("fetch", { clientId: page.id, request: request(API), respondWith });
    const body = await relay.respond({ body: true });
    const text = (await response)?.text();
    expect(extensions).toHaveLength(1);
    body.write("all of it");
    body.end();
    expect(await text).toBe("all of it");
    await extensions[0];
  });

  it("that cannot be installed has no effect", async () => {
    install().become("redundant");
    const { body, reader } = await openEvents(0);
    body.write("another");
    expect(await nextText(reader)).toBe("another");
  });

  it("is kept alive while it waits", () => {
    vi.useFakeTimers();
    const version = install();
    version.become("installed");
    vi.advanceTimersByTime(4_000);
    expect(version.received).toEqual([null, null]);
    version.become("activating");
    vi.advanceTimersByTime(4_000);
    expect(version.received).toEqual([null, null]);
  });

  it("that was installed while this one was stopped is told to take over at the first request", async () => {
    const version = new FakeVersion();
    version.state = "installed";
    scope.registration.waiting = version;
    scope.fetch(page, request("/index.html"));
    scope.fetch(page, request("/index.html"));
    expect(version.received).toEqual(["strongroom:take-over"]);
    const { reader } = await openEvents(0);
    expect(await nextText(reader)).toBeUndefined();
    version.become("redundant");
  });

  it("is distinguished from this one's own installation", async () => {
    install(scope.serviceWorker).become("installed");
    scope.registration.active = null;
    install().become("installed");
    const { body, reader } = await openEvents(0);
    body.write("another");
    expect(await nextText(reader)).toBe("another");
  });
});
