import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Recovery } from "../../src/page/recovery";
import { openVault, type Vault } from "../../src/page/vault";
import { ada, anonymous, event, FakeStream, recovering } from "./fake-browser";

/** As long as the worker gives one tab for its attempt, in milliseconds. */
const ATTEMPT = 10_000;

interface Frame {
  hidden: boolean;
  src: string;
  remove(): void;
}

/** A page with its frames, its visibility and its network. */
class FakePage extends EventTarget {
  readonly frames: Frame[] = [];
  readonly replace = vi.fn((_url: string) => {});
  hidden = false;
  onLine = true;

  readonly document = Object.assign(new EventTarget(), {
    createElement: (): Frame => {
      const frame: Frame = {
        hidden: false,
        src: "",
        remove: () => void this.frames.splice(this.frames.indexOf(frame), 1),
      };
      return frame;
    },
    body: { append: (frame: Frame) => void this.frames.push(frame) },
  });

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
    vi.stubGlobal("location", { href: `${origin}/notes?tab=2#top`, origin, replace: this.replace });
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

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  page = new FakePage();
  stream = new FakeStream();
  vi.stubGlobal("fetch", async () => stream.response);
});
afterEach(() => {
  vault?.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function open(recovery: Recovery, session: unknown = recovering): Promise<Vault> {
  stream.write(event(session));
  vault = (await openVault("/auth", recovery)) as Vault;
  await vi.dynamicImportSettled();
  return vault;
}

async function becomes(session: unknown): Promise<void> {
  stream.write(event(session));
  await vi.waitFor(() => expect(vault?.session).toEqual(session));
  await vi.dynamicImportSettled();
}

describe("by a frame", () => {
  it("asks the authorization server where nobody sees it", async () => {
    await open("iframe");
    expect(page.frames).toMatchObject([
      { hidden: true, src: expect.stringContaining("/auth/login?silent=1") },
    ]);
  });

  it("asks nobody while there is nothing to recover", async () => {
    await open("iframe", anonymous);
    await becomes(ada);
    expect(page.frames).toEqual([]);
  });

  it("begins when the session is lost", async () => {
    await open("iframe", ada);
    await becomes(recovering);
    expect(page.frames).toHaveLength(1);
  });

  it("asks again when an attempt has brought nothing, one frame at a time", async () => {
    await open("iframe");
    const [first] = page.frames;
    await vi.advanceTimersByTimeAsync(ATTEMPT);
    expect(page.frames).toHaveLength(1);
    expect(page.frames[0]).not.toBe(first);
  });

  it.each([
    ["back", ada],
    ["gone for good", anonymous],
  ])("takes its frame away once the session is %s", async (_, session) => {
    await open("iframe");
    await becomes(session);
    await vi.advanceTimersByTimeAsync(3 * ATTEMPT);
    expect(page.frames).toEqual([]);
  });

  it("asks at once when the network is back", async () => {
    await open("iframe");
    const [first] = page.frames;
    await vi.advanceTimersByTimeAsync(1_000);
    await page.goOnline();
    expect(page.frames).toHaveLength(1);
    expect(page.frames[0]).not.toBe(first);
    await vi.advanceTimersByTimeAsync(ATTEMPT - 1);
    const [second] = page.frames;
    expect(page.frames).toEqual([second]);
  });

  it("ends with the vault", async () => {
    const vault = await open("iframe");
    vault.close();
    await vi.advanceTimersByTimeAsync(3 * ATTEMPT);
    expect(page.frames).toEqual([]);
  });

  it("is told of once, however often the state is told", async () => {
    await open("iframe");
    await becomes({ ...recovering, error: { code: "x", description: "y" } });
    expect(page.frames).toHaveLength(1);
  });
});

describe("by leaving", () => {
  it("goes to the authorization server and back to this place", async () => {
    await open("redirect");
    expect(page.replace).toHaveBeenCalledTimes(1);
    const url = new URL(page.replace.mock.lastCall?.[0] ?? "", location.origin);
    expect(url.pathname).toBe("/auth/login");
    expect(Object.fromEntries(url.searchParams)).toEqual({ silent: "1", returnTo: "/notes?tab=2#top" });
    expect(page.frames).toEqual([]);
  });

  it("waits until somebody looks at the tab", async () => {
    page.hidden = true;
    await open("redirect");
    expect(page.replace).not.toHaveBeenCalled();
    await page.show();
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("waits for the network: without, the user would see an error page", async () => {
    page.onLine = false;
    await open("redirect");
    expect(page.replace).not.toHaveBeenCalled();
    await page.goOnline();
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("stays when another tab has brought the session back", async () => {
    page.hidden = true;
    await open("redirect");
    await becomes(ada);
    await page.show();
    await page.goOnline();
    expect(page.replace).not.toHaveBeenCalled();
  });

  it("asks again, later each time, when it could not leave: the authorization server is out of reach", async () => {
    await open("redirect");
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

  it("is not interrupted by a look at another tab while it leaves", async () => {
    await open("redirect");
    await page.show();
    await page.goOnline();
    expect(page.replace).toHaveBeenCalledTimes(1);
  });

  it("asks no more once the session is back", async () => {
    await open("redirect");
    await becomes(ada);
    await vi.advanceTimersByTimeAsync(10 * ATTEMPT);
    expect(page.replace).toHaveBeenCalledTimes(1);
  });
});
