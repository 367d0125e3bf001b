import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

const VAULT = "https://vault.example.com";
const PORT = "strongroom:port";
const greeting = { version: "1.2.3", scope: "https://app.example.com/", basePath: "/auth", vault: VAULT };

/** An iframe element, and the vault's page in it. */
class FakeFrame {
  src = "";
  allow = "";
  title = "";
  hidden = false;
  readonly style = { display: "" };
  readonly attributes: Record<string, string> = {};
  parent: FakeParent | undefined;
  onload = () => {};
  contentWindow: { postMessage: FakeFrame["received"] } | null = null;
  /** What its page got: message, target origin and ports. */
  readonly received = vi.fn((_message: unknown, _origin: string, _ports: MessagePort[]) => {});

  get isConnected(): boolean {
    return this.parent !== undefined;
  }

  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
  }

  remove(): void {
    this.parent?.children.delete(this);
    this.parent = undefined;
    this.contentWindow = null;
  }

  /** What the page says of itself to the page around it. */
  say(data: unknown, { source = this.contentWindow as unknown, origin = VAULT } = {}): void {
    page.dispatchEvent(Object.assign(new Event("message"), { data, source, origin }));
  }

  /** Waits for `count` ports, and returns the last one. */
  async port(count = 1): Promise<MessagePort> {
    await vi.waitFor(() => expect(this.received).toHaveBeenCalledTimes(count));
    const [message, origin, ports] = this.received.mock.lastCall ?? [];
    expect([message, origin]).toEqual([PORT, VAULT]);
    return ports?.[0] as MessagePort;
  }
}

class FakeParent {
  readonly children = new Set<FakeFrame>();

  append(frame: FakeFrame): void {
    frame.parent = this;
    this.children.add(frame);
    frame.contentWindow = { postMessage: frame.received };
    if (loads) queueMicrotask(() => frame.onload());
  }
}

/** `window`. */
let page: EventTarget;
let container: FakeContainer;
let interceptor: FakeWorker;
let body: FakeParent | null;
let root: FakeParent;
let frames: FakeFrame[];
/** Whether frames load. */
let loads: boolean;
let connect: Connect;
let startsWorker: ReturnType<typeof vi.fn>;
let observed: { callback: () => void; nodes: Set<unknown> };

beforeEach(async () => {
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  startsWorker = vi.fn();
  vi.stubGlobal("crossOriginIsolated", false);
  vi.stubGlobal("SharedWorker", startsWorker);
  vi.stubGlobal("Worker", startsWorker);
  container = new FakeContainer();
  vi.stubGlobal("navigator", { serviceWorker: container });
  const location = new FakeLocation();
  vi.stubGlobal("location", location);
  [body, root, frames, loads] = [new FakeParent(), new FakeParent(), [], true];
  vi.stubGlobal("document", {
    baseURI: location.href,
    createElement: () => {
      const frame = new FakeFrame();
      frames.push(frame);
      return frame;
    },
    get body() {
      return body;
    },
    documentElement: root,
  });
  vi.stubGlobal(
    "MutationObserver",
    class {
      readonly nodes = new Set<unknown>();
      constructor(readonly callback: () => void) {
        observed = this;
      }
      observe(node: unknown) {
        this.nodes.add(node);
      }
    },
  );
  vi.stubGlobal("fetch", async () => {
    const stream = new FakeStream();
    stream.write(event(anonymous));
    return stream.response;
  });
  interceptor = container.registration.activate(new FakeWorker("activated", greeting));
  container.controller = interceptor;
  vi.resetModules();
  ({ connect } = await import("../../src/page/connect"));
});
afterEach(() => {
  for (const frame of frames) for (const [, , [port]] of frame.received.mock.calls) port?.close();
  for (const port of interceptor.ports) port.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const open = (vault: string | URL = VAULT) => connect({ worker: "/vault-worker.js", vault });

async function frameOf(index = 0): Promise<FakeFrame> {
  return await vi.waitFor(() => {
    const frame = frames[index];
    if (!frame) throw new Error(`there are ${frames.length} frames`);
    return frame;
  });
}

/** Connects, to a frame that is ready. */
async function connected(): Promise<FakeFrame> {
  const opening = open();
  const frame = await frameOf();
  await frame.port();
  frame.say({ strongroom: "ready" });
  (await opening).close();
  return frame;
}

/** The interceptor, or another worker, asks the page for a port. */
function ask(source = interceptor): void {
  container.dispatchEvent(Object.assign(new Event("message"), { data: PORT, source }));
}

/** Whether what goes into one port comes out of the other. */
async function areConnected(one: MessagePort, other: MessagePort | undefined): Promise<boolean> {
  const arrived = new Promise((resolve) => {
    one.onmessage = ({ data }) => resolve(data);
  });
  other?.postMessage("a message");
  return (await arrived) === "a message";
}

describe("the vault's frame", () => {
  it("is in the page, hidden", async () => {
    const frame = await connected();
    expect(frame).toMatchObject({
      src: `${VAULT}/frame.html`,
      hidden: true,
      style: { display: "none" },
      attributes: { "aria-hidden": "true" },
      title: expect.stringMatching(/./),
      parent: body,
    });
  });

  it("begins to load before the worker is registered", async () => {
    container.registered.mockReturnValue(new Promise(() => {}));
    container.controller = null;
    open().catch(() => {});
    expect((await frameOf()).isConnected).toBe(true);
  });

  it("is cross-origin isolated in a page that is", async () => {
    vi.stubGlobal("crossOriginIsolated", true);
    const { src, allow } = await connected();
    expect([src, allow]).toEqual([`${VAULT}/frame-isolated.html`, "cross-origin-isolated"]);
  });

  it("comes from the vault in the worker script if the page names none", async () => {
    const opening = connect({ worker: "/vault-worker.js" });
    const frame = await frameOf();
    expect([frame.src, frame.allow]).toEqual([`${VAULT}/frame.html`, ""]);
    await frame.port();
    frame.say({ strongroom: "ready" });
    expect((await opening).session.status).toBe("anonymous");
    expect(startsWorker).not.toHaveBeenCalled();
  });

  it("is added to the document if there is no body yet", async () => {
    body = null;
    expect((await connected()).parent).toBe(root);
  });

  it("replaces the keeper: the page starts no worker", async () => {
    await connected();
    expect(startsWorker).not.toHaveBeenCalled();
  });

  it("is added once, however often the page connects", async () => {
    const frame = await connected();
    (await open()).close();
    expect(frames).toEqual([frame]);
    expect(frame.received).toHaveBeenCalledOnce();
  });

  it("is connected with the interceptor", async () => {
    const frame = await connected();
    expect(interceptor.messages).toEqual(["strongroom:hello", PORT]);
    expect(await areConnected(await frame.port(), interceptor.ports[0])).toBe(true);
  });

  it("may take longer than ten seconds to redeem a sign-in at a slow token endpoint", async () => {
    vi.useFakeTimers();
    const opening = open();
    const frame = await frameOf();
    await frame.port();
    frame.say({ strongroom: "starting" });
    await vi.advanceTimersByTimeAsync(20_000);
    frame.say({ strongroom: "ready" });
    expect((await opening).session.status).toBe("anonymous");
  });

  it("gets its port once it has loaded", async () => {
    loads = false;
    const opening = open();
    const frame = await frameOf();
    await vi.waitFor(() => expect(interceptor.ports).toHaveLength(1));
    expect(frame.received).not.toHaveBeenCalled();
    frame.onload();
    await frame.port();
    frame.say({ strongroom: "ready" });
    (await opening).close();
  });
});

describe("a vault that cannot be used", () => {
  it("because it could not start causes an error with the vault's code", async () => {
    const opening = open();
    const frame = await frameOf();
    await frame.port();
    frame.say({ strongroom: "failed", code: "invalid_configuration" });
    await expect(opening).rejects.toMatchObject({
      name: "VaultError",
      code: "vault_unreachable",
      message: expect.stringMatching(
        /vault\.example\.com\/frame\.html could not start: invalid_configuration\./,
      ),
    });
  });

  it.each([
    ["it never loads", false],
    ["another page is in its place", true],
  ])(
    "because %s: the error comes after ten seconds, and the next attempt loads the frame again",
    async (_, isLoaded) => {
      vi.useFakeTimers();
      loads = isLoaded;
      const refused = expect(open()).rejects.toMatchObject({
        code: "vault_unreachable",
        message: expect.stringContaining("does not respond"),
      });
      const frame = await frameOf();
      const before = frame.contentWindow;
      await vi.waitFor(() => expect(interceptor.ports).toHaveLength(1));
      await vi.advanceTimersByTimeAsync(10_000);
      await refused;
      loads = true;
      const opening = open();
      await frame.port(isLoaded ? 2 : 1);
      expect(frame.contentWindow).not.toBe(before);
      expect(frames).toHaveLength(1);
      frame.say({ strongroom: "ready" });
      (await opening).close();
    },
  );

  it("because it does not finish starting causes an error after a minute more", async () => {
    vi.useFakeTimers();
    const ended = vi.fn();
    open().catch(({ code }) => ended(code));
    const frame = await frameOf();
    await frame.port();
    await vi.advanceTimersByTimeAsync(9_000);
    frame.say({ strongroom: "starting" });
    await vi.advanceTimersByTimeAsync(59_999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledExactlyOnceWith("vault_unreachable");
  });

  it.each<[string, object]>([
    ["a frame of another origin", { origin: "https://evil.example" }],
    ["another window", { source: {} }],
  ])("is not taken for ready because %s says so", async (_, from) => {
    const opening = open();
    const frame = await frameOf();
    await frame.port();
    frame.say({ strongroom: "ready" }, from);
    frame.say({ strongroom: "failed", code: "worker_failed" });
    await expect(opening).rejects.toMatchObject({ code: "vault_unreachable" });
  });

  it("is not reported because of other messages of the frame", async () => {
    const opening = open();
    const frame = await frameOf();
    await frame.port();
    for (const data of [null, "ready", {}]) frame.say(data);
    frame.say({ strongroom: "ready" });
    (await opening).close();
  });
});

describe("an interceptor that asks for a port", () => {
  it("gets one end of a new channel each time", async () => {
    const frame = await connected();
    expect(container.startMessages).toHaveBeenCalled();
    for (const count of [2, 3]) {
      ask();
      const port = await frame.port(count);
      expect(interceptor.ports).toHaveLength(count);
      expect(await areConnected(port, interceptor.ports.at(-1))).toBe(true);
    }
  });

  it("gets a keep-alive from the page every 15 seconds, because Firefox stops a worker without events", async () => {
    vi.useFakeTimers();
    await connected();
    const before = interceptor.messages.length;
    await vi.advanceTimersByTimeAsync(45_000);
    expect(interceptor.messages.slice(before)).toEqual([null, null, null]);
  });

  it("in a new version gets it itself, although the old one may still control the page", async () => {
    const frame = await connected();
    const next = new FakeWorker("activated", greeting);
    ask(next);
    await frame.port(2);
    expect(next.ports).toHaveLength(1);
    expect(interceptor.ports).toHaveLength(1);
  });

  it("for another app of the origin gets none: its requests are not this page's", async () => {
    const frame = await connected();
    const other = new FakeWorker("activated", greeting, "https://app.example.com/other/worker.js");
    ask(other);
    ask();
    await frame.port(2);
    expect(other.messages).toEqual([]);
  });

  it("is told that the frame was removed, and gets a new one with the next port", async () => {
    const frame = await connected();
    expect([...observed.nodes]).toEqual([root, body]);
    observed.callback();
    expect(interceptor.messages).toEqual(["strongroom:hello", PORT]);
    frame.remove();
    observed.callback();
    expect(interceptor.messages).toEqual(["strongroom:hello", PORT, PORT]);
    expect(interceptor.ports).toHaveLength(1);
    expect(frame.isConnected).toBe(false);
    body = new FakeParent();
    ask();
    await frame.port(2);
    expect(frame.parent).toBe(body);
    expect(observed.nodes.has(body)).toBe(true);
  });
});

describe("the option `vault`", () => {
  it.each(["https://vault.example.com/", new URL("https://vault.example.com")])(
    "may be %s",
    async (vault) => {
      const opening = open(vault);
      const frame = await frameOf();
      await frame.port();
      frame.say({ strongroom: "ready" });
      (await opening).close();
    },
  );

  it.each([
    "vault.example.com",
    "https://vault.example.com/auth",
    "https://vault.example.com/?a",
    "https://user@vault.example.com",
    "javascript:alert(1)",
    "data:text/html,a",
    "https://app.example.com",
  ])("that is %s is refused, and no frame is made of it", async (vault) => {
    await expect(open(vault)).rejects.toMatchObject({
      code: "invalid_configuration",
      message: expect.stringContaining(`\`vault\` in connect() is ${vault}.`),
    });
    expect(frames).toEqual([]);
  });

  it.each([
    ["another vault", { ...greeting, vault: "https://other.example.com" }],
    ["no vault, as the vault's own worker", { ...greeting, vault: undefined as never }],
  ])("is refused if the worker has %s", async (_, greeting) => {
    container.controller = container.registration.activate(new FakeWorker("activated", greeting));
    await expect(open()).rejects.toMatchObject({
      code: "invalid_configuration",
      message: expect.stringContaining("strongroom.intercept"),
    });
  });

  it.each<[string, string | undefined]>([
    ["another vault", "https://evil.example"],
    ["no vault", undefined],
  ])("cannot be changed by script that calls connect() later, to %s", async (_, vault) => {
    await connected();
    await expect(connect({ worker: SCRIPT, vault })).rejects.toMatchObject({
      code: "already_connected",
      message: expect.stringContaining(VAULT),
    });
    expect(frames).toHaveLength(1);
  });
});
