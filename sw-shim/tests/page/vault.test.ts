import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from "vitest";
import { VaultError } from "../../src/page/errors";
import { type LoginOptions, openVault, type Vault } from "../../src/page/vault";
import { ada, anonymous, event, FakeLocation, FakeStream } from "./fake-browser";

// The client takes the browser's `fetch` when it is evaluated.
const network = vi.hoisted(() => {
  const network: { fetch?: typeof globalThis.fetch } = {};
  globalThis.fetch = (...request) => (network.fetch as typeof globalThis.fetch)(...request);
  return network;
});

let location: FakeLocation;
let isRegistered: Mock<() => Promise<boolean>>;
let fetch: Mock<(url: string, init?: RequestInit) => Promise<Response>>;
let vault: Vault | undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  isRegistered = vi.fn(async () => true);
  location = new FakeLocation();
  fetch = vi.fn();
  fetch.mockRejectedValue(new TypeError("Failed to fetch"));
  vi.stubGlobal("location", location);
  network.fetch = fetch as typeof globalThis.fetch;
});
afterEach(async () => {
  vault?.close();
  vault = undefined;
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** How long the client pauses after a stream, in milliseconds. */
const PAUSE = 1_500;

/** The worker's next stream. */
function nextStream(): FakeStream {
  const stream = new FakeStream();
  fetch.mockResolvedValueOnce(stream.response);
  return stream;
}

async function open(
  session: unknown = anonymous,
): Promise<{ vault: Vault; stream: FakeStream; listener: Mock<() => void> }> {
  const stream = nextStream();
  stream.write(event(session));
  vault = (await openVault({ basePath: "/auth" }, isRegistered)) as Vault;
  const listener = vi.fn<() => void>();
  vault.subscribe(listener);
  return { vault, stream, listener };
}

/** The response of a host without the worker. */
function page(): Response {
  return new Response("<!doctype html>", { headers: { "content-type": "text/html" } });
}

describe("the session", () => {
  it("is available when connect() resolves", async () => {
    const { vault } = await open(ada);
    expect(vault.session).toEqual(ada);
    expect(fetch).toHaveBeenCalledWith(
      "/auth/events",
      expect.objectContaining({ signal: expect.any(AbortSignal) }),
    );
  });

  it("follows each change", async () => {
    const { vault, stream, listener } = await open();
    stream.write(event(ada));
    await vi.waitFor(() => expect(vault.session).toEqual(ada));
    stream.write(event(anonymous));
    await vi.waitFor(() => expect(vault.session).toEqual(anonymous));
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it("is the same object until it changes, also if it is sent again", async () => {
    const { vault, stream, listener } = await open(ada);
    const before = vault.session;
    stream.write(event(ada));
    stream.write(event(anonymous));
    await vi.waitFor(() => expect(vault.session).toEqual(anonymous));
    expect(listener).toHaveBeenCalledTimes(1);
    expect(before).toEqual(ada);
  });

  it("is parsed however its bytes are split", async () => {
    const bytes = new TextEncoder().encode(event(ada));
    for (let cut = 1; cut < bytes.length; cut++) {
      const stream = nextStream();
      stream.write(bytes.slice(0, cut));
      stream.write(bytes.slice(cut));
      const opened = await openVault({ basePath: "/auth" }, isRegistered);
      expect(opened.session, `cut after ${cut}`).toEqual(ada);
      opened.close();
    }
  });

  it("is the last one when several come in one chunk", async () => {
    const { vault, stream, listener } = await open();
    stream.write(event(ada) + event(anonymous) + event({ ...ada, expiresAt: 2 }));
    await vi.waitFor(() => expect(vault.session.expiresAt).toBe(2));
    expect(listener).toHaveBeenCalledTimes(3);
  });

  it("does not change before an event is complete", async () => {
    const { vault, stream } = await open();
    stream.write(event(ada).slice(0, -1));
    stream.break();
    const again = nextStream();
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(vault.session).toEqual(anonymous);
    again.write(event(ada));
    await vi.waitFor(() => expect(vault.session).toEqual(ada));
  });

  it("is requested again with the last `signIn`, which the next worker does not know", async () => {
    const { stream } = await open({ ...anonymous, signIn: "offer" });
    stream.break();
    nextStream();
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(fetch.mock.calls.map(([url]) => url)).toEqual(["/auth/events", "/auth/events?signIn=offer"]);
  });

  it("may contain escaped line breaks and event names", async () => {
    const user = { sub: "\n\ndata: {}\n\nevent: session", email: "a\r\nb" };
    const { vault } = await open({ ...ada, user });
    expect(vault.session.user).toEqual(user);
  });
});

describe("a listener", () => {
  it("is not called after it has unsubscribed", async () => {
    const { vault, stream } = await open();
    const listener = vi.fn();
    vault.subscribe(listener)();
    const other = vi.fn();
    vault.subscribe(other);
    stream.write(event(ada));
    await vi.waitFor(() => expect(other).toHaveBeenCalledTimes(1));
    expect(listener).not.toHaveBeenCalled();
  });
});

describe("a stream that ends", () => {
  it.each(["end", "break"] as const)("by %s is opened again, and changes are reported", async (how) => {
    const { vault, stream } = await open();
    const again = nextStream();
    stream[how]();
    await vi.advanceTimersByTimeAsync(PAUSE);
    expect(fetch).toHaveBeenCalledTimes(2);
    again.write(event(ada));
    await vi.waitFor(() => expect(vault.session).toEqual(ada));
  });

  it("causes no notification if nothing has changed", async () => {
    const { vault, stream, listener } = await open(ada);
    const before = vault.session;
    const again = nextStream();
    stream.break();
    await vi.advanceTimersByTimeAsync(PAUSE);
    again.write(event(ada));
    again.write(event(anonymous));
    await vi.waitFor(() => expect(listener).toHaveBeenCalledTimes(1));
    expect(before).toEqual(ada);
  });

  it.each(["end", "break"] as const)(
    "by %s is not requested at once: a new version may be waiting",
    async (how) => {
      const { stream } = await open();
      stream[how]();
      await vi.advanceTimersByTimeAsync(PAUSE - 1);
      expect(fetch).toHaveBeenCalledTimes(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(fetch).toHaveBeenCalledTimes(2);
    },
  );

  it("is requested repeatedly while there is no response, and the session stays", async () => {
    const { vault, stream } = await open(ada);
    stream.break();
    await vi.advanceTimersByTimeAsync(4 * PAUSE);
    expect(fetch).toHaveBeenCalledTimes(5);
    expect(vault.session).toEqual(ada);
  });

  it("immediately each time does not cause a busy loop", async () => {
    fetch.mockImplementation(async () => {
      const stream = new FakeStream();
      stream.write(event(ada));
      stream.end();
      return stream.response;
    });
    vault = (await openVault({ basePath: "/auth" }, isRegistered)) as Vault;
    await vi.advanceTimersByTimeAsync(4 * PAUSE);
    expect(fetch).toHaveBeenCalledTimes(5);
  });
});

describe("without the worker", () => {
  /** How the browser came to this page. */
  function arriveBy(type: NavigationTimingType): void {
    vi.spyOn(performance, "getEntriesByType").mockReturnValue([{ type } as PerformanceNavigationTiming]);
  }

  beforeEach(() => arriveBy("reload"));
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(["navigate", "back_forward"] as const)(
    "a page that was just loaded by %s is reloaded: the worker may exist and get no requests",
    async (type) => {
      arriveBy(type);
      fetch.mockResolvedValueOnce(page());
      openVault({ basePath: "/auth" }, isRegistered);
      await vi.waitFor(() => expect(location.reload).toHaveBeenCalledOnce());
    },
  );

  it("the page stays, and the session is anonymous with an error", async () => {
    arriveBy("navigate");
    const { vault, stream } = await open(ada);
    fetch.mockResolvedValueOnce(page());
    stream.break();
    await vi.advanceTimersByTimeAsync(PAUSE);
    await vi.waitFor(() => expect(vault.session.error?.code).toBe("worker_lost"));
    expect(vault.session).toMatchObject({ status: "anonymous", user: null });
    expect(location.reload).not.toHaveBeenCalled();
  });

  it.each([
    ["an error", () => new Response(null, { status: 404, headers: { "content-type": "text/event-stream" } })],
    ["a page", page],
  ])(
    "nothing is read from %s of the host, also at first, and the page is not loaded again for ever",
    async (_, response) => {
      fetch.mockResolvedValueOnce(response());
      vault = (await openVault({ basePath: "/auth" }, isRegistered)) as Vault;
      expect(vault.session.error?.code).toBe("worker_lost");
      expect(location.reload).not.toHaveBeenCalled();
    },
  );

  it("the session returns with the worker", async () => {
    fetch.mockResolvedValueOnce(page());
    vault = (await openVault({ basePath: "/auth" }, isRegistered)) as Vault;
    const stream = nextStream();
    stream.write(event(ada));
    await vi.advanceTimersByTimeAsync(PAUSE);
    const { session } = vault;
    expect(session).toEqual(ada);
  });
});

describe("closing", () => {
  it("stops following the session", async () => {
    const { vault, stream, listener } = await open();
    const signal = fetch.mock.calls[0]?.[1]?.signal;
    vault.close();
    expect(signal?.aborted).toBe(true);
    stream.break();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(listener).not.toHaveBeenCalled();
  });
});

describe("what happens", () => {
  it("reaches listeners after the session has changed", async () => {
    const { vault, stream } = await open();
    const told: unknown[] = [];
    const stop = vault.on("signin", (event) => told.push([event, vault.session.status]));
    vault.on("error", (event) => told.push(event));
    const error = { code: "access_denied", description: "User said no" };
    stream.write(
      `${event(ada)}event: signin\ndata: {"duration":12}\n\nevent: error\ndata: ${JSON.stringify(error)}\n\n`,
    );
    await vi.waitFor(() => expect(told).toEqual([[{ duration: 12 }, "authenticated"], error]));
    stop();
    stream.write('event: signin\ndata: {"duration":13}\n\nevent: error\ndata: {}\n\n');
    await vi.waitFor(() => expect(told).toHaveLength(3));
    expect(told[2]).toEqual({});
  });

  it("of an unknown kind does not change the session", async () => {
    const { stream, listener, vault } = await open(ada);
    stream.write(`event: something\ndata: {}\n\n${event(anonymous)}`);
    await vi.waitFor(() => expect(vault.session).toEqual(anonymous));
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

describe("login", () => {
  it("navigates to the worker's endpoint and returns to this page", async () => {
    const { url, query } = await login();
    expect(url.pathname).toBe("/auth/login");
    expect(query).toEqual({ returnTo: "/notes?tab=2#top" });
  });

  it("passes on every option that has a value", async () => {
    const options = {
      returnTo: "/a?b=c&d#e",
      prompt: "login",
      login_hint: "ada@example.com",
      max_age: 300,
      acr_values: "urn:example:mfa urn:example:otp",
      identity_provider: "Google & Co",
      idp_identifier: "example.com",
    };
    const { query } = await login({ ...options, lang: undefined });
    expect(query).toEqual({ ...options, max_age: "300" });
  });

  it("returns to this page if `returnTo` is undefined", async () => {
    expect((await login({ returnTo: undefined })).query).toEqual({ returnTo: "/notes?tab=2#top" });
  });

  const filters = `?${"f".repeat(2_048)}`;
  it.each([
    ["as long as the worker accepts it is kept", `/n?${"f".repeat(2_045)}`, `/n?${"f".repeat(2_045)}`],
    ["with a long query is the path alone", `/notes${filters}#top`, "/notes"],
    ["with a long fragment is the path alone", `/notes#${filters}`, "/notes"],
    ["with a long path is the app's root", `/${"n".repeat(2_048)}`, undefined],
    ["with a backslash has it encoded", "/notes?path=C:\\notes", "/notes?path=C:%5Cnotes"],
    ["that looks like another host is the app's root", "//notes", undefined],
  ])("a page whose URL %s", async (_, path, returnTo) => {
    location.href = `https://app.example.com${path}`;
    expect((await login()).query).toEqual(returnTo === undefined ? {} : { returnTo });
  });

  it("shortens an app's own returnTo likewise", async () => {
    expect((await login({ returnTo: `/notes${filters}` })).query).toEqual({ returnTo: "/notes" });
  });

  async function login(options?: LoginOptions) {
    const { vault } = await open();
    vault.login(options);
    await vi.waitFor(() => expect(location.assign).toHaveBeenCalled());
    const url = new URL(location.assign.mock.lastCall?.[0] ?? "", location.origin);
    return { url, query: Object.fromEntries(url.searchParams) };
  }
});

describe("a worker that was unregistered, or replaced by another", () => {
  const CHECK = 5_000;
  const error = { code: "worker_unregistered", description: expect.stringContaining("unregistered") };

  it("is detected while the page is open; the session stays, since the page is still controlled", async () => {
    const { vault, listener } = await open(ada);
    isRegistered.mockResolvedValue(false);
    await vi.advanceTimersByTimeAsync(CHECK);
    expect(vault.session).toEqual({ ...ada, error });
    await vi.advanceTimersByTimeAsync(3 * CHECK);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("stays the session's error through changes until the worker is registered again", async () => {
    const { vault, stream } = await open(ada);
    isRegistered.mockResolvedValue(false);
    await vi.advanceTimersByTimeAsync(CHECK);
    stream.write(event(anonymous));
    await vi.waitFor(() => expect(vault.session.status).toBe("anonymous"));
    expect(vault.session).toEqual({ ...anonymous, signIn: "offer", error });
    isRegistered.mockResolvedValue(true);
    await vi.advanceTimersByTimeAsync(CHECK);
    expect(vault.session).toEqual(anonymous);
  });

  it("prevents login() from navigating to the host", async () => {
    const { vault, listener } = await open();
    isRegistered.mockResolvedValue(false);
    vault.login();
    await vi.waitFor(() => expect(listener).toHaveBeenCalled());
    expect(vault.session).toEqual({ ...anonymous, signIn: "offer", error });
    expect(location.assign).not.toHaveBeenCalled();
  });

  it("is not assumed if the browser does not report it", async () => {
    const { vault } = await open(ada);
    isRegistered.mockRejectedValue(new Error("InvalidStateError"));
    await vi.advanceTimersByTimeAsync(CHECK);
    expect(vault.session).toEqual(ada);
  });

  it("is not checked any more once the vault is closed", async () => {
    const { vault } = await open(ada);
    vault.close();
    await vi.advanceTimersByTimeAsync(3 * CHECK);
    expect(isRegistered).not.toHaveBeenCalled();
  });
});

describe("refresh", () => {
  it("resolves with the new session", async () => {
    const { vault, listener } = await open(ada);
    const renewed = { ...ada, expiresAt: 99 };
    fetch.mockResolvedValueOnce(Response.json(renewed));
    expect(await vault.refresh()).toEqual(renewed);
    expect(fetch).toHaveBeenLastCalledWith("/auth/refresh", { method: "POST" });
    expect(vault.session).toEqual(renewed);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it("fails if something other than the worker responded, and the session stays", async () => {
    const { vault } = await open(ada);
    fetch.mockResolvedValueOnce(page());
    await expect(vault.refresh()).rejects.toMatchObject({ code: "worker_lost" });
    expect(vault.session).toEqual(ada);
  });
});

describe.each(["refresh", "logout"] as const)("%s", (method) => {
  it("fails with the vault's own error, too, when the request fails", async () => {
    const { vault } = await open(ada);
    const cause = new TypeError("no network");
    fetch.mockRejectedValueOnce(cause);
    await expect(vault[method]()).rejects.toMatchObject({ name: "VaultError", code: "worker_lost", cause });
    expect(vault.session).toEqual(ada);
  });
});

describe("logout", () => {
  it("navigates to the URL that the worker returns", async () => {
    const { vault } = await open(ada);
    fetch.mockResolvedValueOnce(Response.json({ location: "https://login.example.com/logout?x" }));
    await vault.logout();
    expect(fetch).toHaveBeenLastCalledWith("/auth/logout", { method: "POST" });
    expect(location.assign).toHaveBeenCalledWith("https://login.example.com/logout?x");
  });

  it("reaches the worker although script of the page has replaced fetch", async () => {
    const { vault } = await open(ada);
    const hooked = vi.fn(async () => new Response());
    vi.stubGlobal("fetch", hooked);
    fetch.mockResolvedValueOnce(Response.json({ location: "https://login.example.com/logout?x" }));
    await vault.logout();
    expect(hooked).not.toHaveBeenCalled();
  });

  it("does not navigate if something other than the worker responded", async () => {
    const { vault } = await open(ada);
    fetch.mockResolvedValueOnce(page());
    const error = await vault.logout().catch((error) => error);
    expect(error).toBeInstanceOf(VaultError);
    expect(error.code).toBe("worker_lost");
    expect(location.assign).not.toHaveBeenCalled();
  });
});
