import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openVault, type Vault } from "../../src/page/vault";
import { ada, anonymous, event, FakeStream, recovering } from "./fake-browser";

// The client takes the browser's `fetch` when it is evaluated.
const network = vi.hoisted(() => {
  const network: { fetch?: typeof globalThis.fetch } = {};
  globalThis.fetch = (...request) => (network.fetch as typeof globalThis.fetch)(...request);
  return network;
});

/** As long as the worker gives one tab for its attempt, in milliseconds. */
const ATTEMPT = 10_000;

/** A page with its visibility and its network. */
class FakePage extends EventTarget {
  readonly replace = vi.fn((_url: string) => {});
  hidden = false;
  onLine = true;

  readonly document = new EventTarget();

  constructor() {
    super();
    const page = this;
    Object.defineProperty(this.document, "hidden", { get: () => page.hidden });
    vi.stubGlobal("document", this.document);
    vi.stubGlobal("navigator", {
      get onLine() {
        return page.onLine;
      },
    });
    vi.stubGlobal("addEventListener", this.addEventListener.bind(this));
    vi.stubGlobal("removeEventListener", this.removeEventListener.bind(this));
    const origin = "https://app.example.com";
    vi.stubGlobal("location", {
      href: `${origin}/notes?tab=2#top`,
      origin,
      replace: this.replace,
      assign: () => {},
    });
  }

  async goOnline(): Promise<void> {
    this.onLine = true;
    this.dispatchEvent(new Event("online"));
    await vi.advanceTimersByTimeAsync(0);
  }

  async show(): Promise<void> {
    this.hidden = false;
    this.document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
  }
}

let page: FakePage;
let stream: FakeStream;
let vault: Vault | undefined;
let isRegistered: boolean;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  page = new FakePage();
  stream = new FakeStream();
  isRegistered = true;
  network.fetch = async () => stream.response;
});
afterEach(() => {
  vault?.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function open(session: unknown = recovering, origin?: string): Promise<Vault> {
  stream.write(event(session));
  const greeting = { basePath: "/auth", ...(origin ? { vault: origin } : {}) };
  vault = (await openVault(greeting, async () => isRegistered)) as Vault;
  await vi.dynamicImportSettled();
  return vault;
}

async function becomes(session: unknown): Promise<void> {
  stream.write(event(session));
  await vi.waitFor(() => expect(vault?.session).toEqual(session));
  await vi.dynamicImportSettled();
}

describe("a page whose session is lost", () => {
  it("goes to the authorization server and back to this place", async () => {
    await open();
    expect(page.replace).toHaveBeenCalledTimes(1);
    const url = new URL(page.replace.mock.lastCall?.[0] ?? "", location.origin);
    expect(url.pathname).toBe("/auth/login");
    expect(Object.fromEntries(url.searchParams)).toEqual({ silent: "1", returnTo: "/notes?tab=2#top" });
  });

  it("requests nothing while there is nothing to recover", async () => {
    await open(anonymous);
    await becomes(ada);
    expect(page.replace).not.toHaveBeenCalled();
  });

  it("navigates when the session is lost while it is open", async () => {
    await open(ada);
    await becomes(recovering);
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("navigates because of `signIn`, not of `status`", async () => {
    await open({ ...recovering, signIn: null });
    expect(page.replace).not.toHaveBeenCalled();
    await becomes({ ...anonymous, signIn: "silent" });
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("navigates once, however often the state is published", async () => {
    await open();
    await becomes({ ...recovering, error: { code: "x", description: "y" } });
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("stays once its vault is closed", async () => {
    page.hidden = true;
    const vault = await open();
    vault.close();
    await page.show();
    expect(page.replace).not.toHaveBeenCalled();
  });

  it("stays, with an error, if the worker was unregistered", async () => {
    isRegistered = false;
    const vault = await open();
    await vi.waitFor(() => expect(vault.session.error?.code).toBe("worker_unregistered"));
    expect(page.replace).not.toHaveBeenCalled();
  });

  it("navigates as soon as the worker is registered again", async () => {
    isRegistered = false;
    const vault = await open();
    await vi.waitFor(() => expect(vault.session.signIn).toBe("offer"));
    isRegistered = true;
    vault.login();
    await vi.waitFor(() => expect(page.replace).toHaveBeenCalledTimes(1));
  });

  it("waits until the tab is visible", async () => {
    page.hidden = true;
    await open();
    expect(page.replace).not.toHaveBeenCalled();
    await page.show();
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("waits until it is online", async () => {
    page.onLine = false;
    await open();
    expect(page.replace).not.toHaveBeenCalled();
    await page.goOnline();
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("stays if another tab has recovered the session", async () => {
    page.hidden = true;
    await open();
    await becomes(ada);
    await page.show();
    await page.goOnline();
    expect(page.replace).not.toHaveBeenCalled();
  });

  it("tries again with back-off if the authorization server is unreachable", async () => {
    await open();
    for (const [attempts, pause] of [
      [2, 15_000],
      [3, 30_000],
      [4, 60_000],
    ] as const) {
      await vi.advanceTimersByTimeAsync(pause - 1);
      expect(page.replace).toHaveBeenCalledTimes(attempts - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(page.replace).toHaveBeenCalledTimes(attempts);
    }
  });

  it("is not interrupted by becoming hidden while it navigates", async () => {
    await open();
    await page.show();
    await page.goOnline();
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("stops once the session is recovered", async () => {
    await open();
    await becomes(ada);
    await vi.advanceTimersByTimeAsync(10 * ATTEMPT);
    expect(page.replace).toHaveBeenCalledTimes(1);
  });
});

describe("a page whose vault is on an origin of its own, when its session is lost", () => {
  const VAULT = "https://vault.example.com";
  const asked: string[] = [];
  let respond: () => Promise<Response>;

  beforeEach(() => {
    asked.length = 0;
    vi.stubGlobal("crossOriginIsolated", false);
    network.fetch = async (url) => {
      if (`${url}`.startsWith("/auth/events")) return stream.response;
      asked.push(`${url}`);
      return respond();
    };
  });

  it("does not navigate if the vault's frame recovers the session", async () => {
    respond = async () => new Response(null, { status: 204 });
    await open(recovering, VAULT);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(asked).toEqual(Array(2).fill("/auth/login?silent=frame"));
    expect(page.replace).not.toHaveBeenCalled();
  });

  it.each<[string, () => Promise<Response>]>([
    ["the vault requires a navigation", async () => Response.json({})],
    ["the interceptor is of an older version", async () => new Response(null, { status: 404 })],
    ["the host responds", async () => new Response("<!doctype html>")],
    ["there is no response", () => Promise.reject(new TypeError())],
  ])("navigates if %s", async (_case, response) => {
    respond = response;
    await open(recovering, VAULT);
    expect(asked).toHaveLength(1);
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("does not navigate if the app has closed the vault before there is a response", async () => {
    let refuse = () => {};
    respond = () => new Promise((resolve) => (refuse = () => resolve(Response.json({}))));
    const vault = await open(recovering, VAULT);
    vault?.close();
    refuse();
    await vi.advanceTimersByTimeAsync(0);
    expect(page.replace).not.toHaveBeenCalled();
  });

  it("navigates without asking if it is cross-origin isolated: browsers block the sign-in in that frame", async () => {
    vi.stubGlobal("crossOriginIsolated", true);
    await open(recovering, VAULT);
    expect(page.replace).toHaveBeenCalledTimes(1);
    expect(asked).toEqual([]);
  });
});
