import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeContainer, FakeWorker } from "../page/fake-browser";

const APP = "https://app.example.com";
const VAULT = "https://vault.example.com";
const SCRIPT = `${VAULT}/vault-worker.js`;
const greeting = { version: "1.2.3", scope: `${VAULT}/`, basePath: "/auth" };
const LOGIN = `${VAULT}/login.html?silent=1`;

/** The relay, as the page that started it sees it. */
class FakeRelay {
  readonly postMessage = vi.fn((_message: unknown, _ports: MessagePort[]) => {});
  onmessage = (_event: { data: unknown }) => {};

  constructor(readonly url: string) {
    relays.push(this);
  }
}

/** A frame inside the vault's frame. */
class FakeFrame {
  src = "";
  hidden = false;
  readonly contentWindow = {};
  readonly remove = vi.fn(() => {});

  say(data: unknown, { source = this.contentWindow as unknown, origin = VAULT } = {}): void {
    page.dispatchEvent(Object.assign(new Event("message"), { data, source, origin, ports: [] }));
  }
}

/** `window` of the vault's frame, and of the app's page around it. */
let page: EventTarget;
let app: { postMessage: ReturnType<typeof vi.fn> };
let container: FakeContainer;
let relays: FakeRelay[];
let frames: FakeFrame[];
let cookies: Map<string, string>;
/** Cookies as they were set. */
let setCookies: string[];
let fetch: ReturnType<typeof vi.fn>;
const ports: MessagePort[] = [];

beforeEach(() => {
  page = new EventTarget();
  app = { postMessage: vi.fn() };
  [relays, frames, cookies, setCookies] = [[], [], new Map(), []];
  fetch = vi.fn(async () => Response.json({}));
  container = new FakeContainer();
  container.registrations.length = 0;
  container.controller = new FakeWorker("activated", greeting, SCRIPT);
  container.add(`${VAULT}/`, container.controller);
  visit(`${VAULT}/frame.html`);
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("window", page);
  vi.stubGlobal("parent", app);
  vi.stubGlobal("navigator", { serviceWorker: container });
  vi.stubGlobal("Worker", FakeRelay);
  vi.stubGlobal("fetch", fetch);
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubGlobal("document", {
    createElement: () => new FakeFrame(),
    body: { append: (frame: FakeFrame) => frames.push(frame) },
    get cookie() {
      return [...cookies].map((cookie) => cookie.join("=")).join("; ");
    },
    set cookie(text: string) {
      setCookies.push(text);
      if (text.includes("Max-Age=0")) cookies.delete(text.slice(0, text.indexOf("=")));
    },
  });
});
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function visit(url: string): void {
  vi.stubGlobal("location", new URL(url));
}

async function load(): Promise<void> {
  vi.resetModules();
  await import("../../src/frame/main");
}

/** A page sends a port. Returns the other end. */
function send(properties: object = {}): MessagePort {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const event = { data: "strongroom:port", source: app, origin: APP, ports: [port2], ...properties };
  page.dispatchEvent(Object.assign(new Event("message"), event));
  return port1;
}

async function relay(): Promise<FakeRelay> {
  return await vi.waitFor(() => {
    const [relay] = relays;
    if (!relay) throw new Error("the relay was not started");
    return relay;
  });
}

/** The messages to the page around the frame, with their target origins. */
async function told(): Promise<unknown[]> {
  const states = () => app.postMessage.mock.calls.filter(([{ strongroom }]) => strongroom !== "starting");
  await vi.waitFor(() => expect(states()).not.toEqual([]));
  return states();
}

describe("the frame", () => {
  it("starts the vault's worker, and then the relay, from the same script", async () => {
    container.registered.mockReturnValue(new Promise(() => {}));
    await load();
    expect((await relay()).url).toBe(SCRIPT);
    expect(container.registered.mock.calls).toEqual([
      [SCRIPT, expect.objectContaining({ updateViaCache: "none", scope: undefined })],
    ]);
    expect(relays).toHaveLength(1);
  });

  it("gives the relay each port with the origin that the browser reports, and answers that page", async () => {
    await load();
    send();
    const { postMessage } = await relay();
    await vi.waitFor(() => expect(postMessage.mock.calls).toEqual([[{ app: APP }, [expect.anything()]]]));
    send();
    await vi.waitFor(() => expect(postMessage).toHaveBeenCalledTimes(2));
    expect(relays).toHaveLength(1);
    expect(await told()).toEqual([
      [{ strongroom: "ready" }, APP],
      [{ strongroom: "ready" }, APP],
    ]);
  });

  it("opened by itself does nothing", async () => {
    vi.stubGlobal("parent", page);
    await load();
    send({ source: page });
    expect(container.registered).not.toHaveBeenCalled();
  });
});

describe("a message that is ignored", () => {
  it.each<[string, object]>([
    ["comes from another frame of the app's page", { source: {} }],
    ["comes from a window that opened this one", { source: null }],
    ["says something else", { data: { app: VAULT } }],
    ["has no port", { ports: [] }],
  ])("%s", async (_, properties) => {
    await load();
    send(properties);
    const allowed = send();
    const { postMessage } = await relay();
    await vi.waitFor(() => expect(postMessage).toHaveBeenCalledOnce());
    expect(await told()).toHaveLength(1);
    expect(allowed).toBeDefined();
  });
});

it("an origin cannot pretend to be another", async () => {
  await load();
  send({ data: "strongroom:port", app: APP, origin: "https://evil.example" });
  const { postMessage } = await relay();
  await vi.waitFor(() => expect(postMessage.mock.lastCall?.[0]).toEqual({ app: "https://evil.example" }));
  expect(await told()).toEqual([[{ strongroom: "ready" }, "https://evil.example"]]);
});

describe("a vault that cannot start", () => {
  /** The messages of a port. */
  const received = (port: MessagePort) =>
    new Promise((resolve) => {
      port.onmessage = ({ data }) => resolve(data);
    });

  it("is reported by its code, to the page and on each port; the next port makes another attempt", async () => {
    container.controller = null;
    container.registrations.length = 0;
    container.registered.mockRejectedValue(new TypeError("evaluation failed"));
    fetch.mockResolvedValue(new Response("", { status: 404 }));
    await load();
    const failed = { failed: "worker_not_found" };
    expect(await Promise.all([received(send()), received(send())])).toEqual([failed, failed]);
    const message = [{ strongroom: "failed", code: "worker_not_found" }, APP];
    expect(await told()).toEqual([message, message]);
    expect(relays).toEqual([]);

    container.controller = new FakeWorker("activated", greeting, SCRIPT);
    container.add(`${VAULT}/`, container.controller);
    send();
    const { postMessage } = await relay();
    await vi.waitFor(() => expect(postMessage).toHaveBeenCalledOnce());
  });

  it("because there are no service workers says so", async () => {
    vi.stubGlobal("navigator", {});
    await load();
    expect(await received(send())).toEqual({ failed: "service_worker_unavailable" });
  });

  it("for another reason reports `failed`", async () => {
    vi.stubGlobal("Worker", undefined);
    await load();
    expect(await received(send())).toEqual({ failed: "worker_failed" });
  });
});

describe("the result of a sign-in, in a cookie,", () => {
  it("is redeemed and deleted before the page may use the vault", async () => {
    cookies.set("__Host-strongroom-a1_B-", "eyJjb2RlIjoiYSJ9");
    cookies.set("__Host-strongroom-second", "b");
    let redeem = () => {};
    fetch.mockReturnValueOnce(new Promise((resolve) => (redeem = () => resolve(Response.json({})))));
    await load();
    send();
    await vi.waitFor(() => expect(fetch).toHaveBeenCalled());
    expect(fetch.mock.lastCall).toEqual(["/auth/redeem", { method: "POST", body: "eyJjb2RlIjoiYSJ9" }]);
    expect([relays, setCookies]).toEqual([[], []]);
    // So that the page waits, however long the token endpoint takes.
    expect(app.postMessage.mock.calls).toEqual([[{ strongroom: "starting" }, APP]]);
    redeem();
    await told();
    expect(fetch.mock.lastCall).toEqual(["/auth/redeem", { method: "POST", body: "b" }]);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(setCookies).toEqual([
      "__Host-strongroom-a1_B-=; Max-Age=0; Path=/; SameSite=Strict; Secure",
      "__Host-strongroom-second=; Max-Age=0; Path=/; SameSite=Strict; Secure",
    ]);
  });

  it("that cannot be redeemed does not block the page", async () => {
    cookies.set("__Host-strongroom-a", "a");
    fetch.mockRejectedValue(new TypeError("network error"));
    await load();
    send();
    expect(await told()).toEqual([[{ strongroom: "ready" }, APP]]);
  });

  it("that belongs to no sign-in of this vault is kept for the frame of another app", async () => {
    cookies.set("__Host-strongroom-a", "a");
    cookies.set("__Host-strongroom-b", "b");
    fetch.mockResolvedValueOnce(new Response(null, { status: 204 }));
    await load();
    await relay();
    expect(fetch).toHaveBeenCalledTimes(2);
    expect([...cookies.keys()]).toEqual(["__Host-strongroom-a"]);
  });

  it("that has another prefix, which every host of the site can set, is not redeemed", async () => {
    cookies.set("strongroom-a", "a");
    cookies.set("__Secure-strongroom-a", "a");
    cookies.set("__host-strongroom-a", "a");
    cookies.set("other", "__Host-strongroom-a");
    await load();
    await relay();
    expect(fetch).not.toHaveBeenCalled();
    expect(setCookies).toEqual([]);
  });

  it("has no prefix on http, which only hosts of this machine may use", async () => {
    const url = "http://vault.strongroom.localhost:8080";
    visit(`${url}/frame.html`);
    const place = { ...greeting, scope: `${url}/` };
    container.controller = new FakeWorker("activated", place, `${url}/vault-worker.js`);
    container.add(`${url}/`, container.controller);
    cookies.set("strongroom-a", "a");
    await load();
    await relay();
    expect(fetch).toHaveBeenCalledOnce();
    expect(setCookies).toEqual(["strongroom-a=; Max-Age=0; Path=/; SameSite=Strict"]);
  });
});

describe("a silent sign-in, when the relay asks for it,", () => {
  async function begin(): Promise<FakeFrame> {
    await load();
    (await relay()).onmessage({ data: { silent: LOGIN } });
    return frames.at(-1) as FakeFrame;
  }

  it("is played in a hidden frame, until the callback page is there; then its result is redeemed", async () => {
    const frame = await begin();
    expect(frame).toMatchObject({ src: LOGIN, hidden: true });
    expect(fetch).not.toHaveBeenCalled();
    frame.say({ response: "the response" });
    await vi.waitFor(() => expect(fetch).toHaveBeenCalledOnce());
    expect(fetch).toHaveBeenCalledWith("/auth/redeem", { method: "POST", body: "the response" });
    expect(frame.remove).toHaveBeenCalledOnce();
  });

  it("ends after ten seconds, as when the authorization server shows a page", async () => {
    vi.useFakeTimers();
    const frame = await begin();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(frame.remove).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(frame.remove).toHaveBeenCalledOnce();
  });

  it.each<[string, unknown, object]>([
    ["the app's page", { response: "a" }, { source: {} }],
    ["a page of another origin in its frame", { response: "a" }, { origin: "https://evil.example" }],
    ["a message that says something else", { response: 1 }, {}],
    ["an empty message", null, {}],
  ])("is not ended by %s", async (_, data, from) => {
    const frame = await begin();
    frame.say(data, from);
    await new Promise((resolve) => setImmediate(resolve));
    expect(frame.remove).not.toHaveBeenCalled();
    frame.say({ response: "" });
    await vi.waitFor(() => expect(frame.remove).toHaveBeenCalledOnce());
  });

  it("runs one at a time", async () => {
    const frame = await begin();
    const { onmessage } = await relay();
    onmessage({ data: { silent: LOGIN } });
    expect(frames).toHaveLength(1);
    frame.say({ response: "" });
    await vi.waitFor(() => {
      onmessage({ data: { silent: LOGIN } });
      expect(frames).toHaveLength(2);
    });
  });
});
