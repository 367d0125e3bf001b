import { ada } from "strongroom-demo/servers/users.js";
import type { BarePage } from "./bare-page.js";
import type { Browser } from "./engines/browser.js";
import { bareTest, describe, engine, expect } from "./scenario.js";

/** Every member of a `Request`, as text; headers without `Authorization`, and without those that only the browser sets. */
type Members = Record<string, string>;

/** Records each request to the API as it came to the worker, and as it went out. The members are the browser's own list. */
const RECORD = `{
  const text = (value) =>
    value instanceof Headers ? JSON.stringify([...value].filter(([name]) => !/^(authorization|user-agent|sec-.*)$/.test(name)))
    : value !== null && typeof value === "object" ? value.constructor.name
    : typeof value === "function" ? "function" : JSON.stringify(value) ?? "undefined";
  const members = Object.getOwnPropertyNames(Request.prototype);
  const read = (request) => Object.fromEntries(members.map((name) => [name, text(request[name])]));
  const isApi = ({ url }) => new URL(url).pathname.startsWith("/api/");
  const came = [], went = [];
  addEventListener("fetch", ({ request }) => { if (isApi(request)) came.push(read(request)); });
  const { fetch } = self;
  self.fetch = (request, ...rest) => {
    if (request instanceof Request && isApi(request)) went.push(read(request));
    return fetch(request, ...rest);
  };
  addEventListener("message", ({ data, ports }) => {
    if (data === "recorded") ports[0].postMessage({ came: came.splice(0), went: went.splice(0) });
  });
}`;

async function recorded(browser: Browser): Promise<{ came: Members[]; went: Members[] }> {
  return await browser.evaluate(
    () =>
      new Promise<{ came: Members[]; went: Members[] }>((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => resolve(data);
        navigator.serviceWorker.controller?.postMessage("recorded", [port2]);
      }),
  );
}

/** What differs, as `before → after`. */
function differences(before: Members = {}, after: Members = {}): Members {
  const names = Object.keys(before).filter((name) => before[name] !== after[name]);
  return Object.fromEntries(names.map((name) => [name, `${before[name]} → ${after[name]}`]));
}

async function signedIn(browser: Browser, page: BarePage): Promise<void> {
  await page.open();
  await page.signIn(ada);
  // The driver waits for the document, which may still be asking the worker for something.
  await recorded(browser);
}

const NOT_FOLLOWED = { redirect: '"follow" → "manual"' };

describe("a request to an API at a path of the app's own origin", () => {
  for (const { what, init, lost } of [
    { what: "by default", init: {}, lost: NOT_FOLLOWED },
    {
      what: "with every member set",
      init: {
        referrer: "/elsewhere?a=1",
        referrerPolicy: "unsafe-url",
        cache: "no-store",
        credentials: "omit",
        mode: "same-origin",
        redirect: "error",
        priority: "high",
        headers: { "x-own": "1" },
      },
      lost: {},
    },
    {
      what: "with the hash of an empty response",
      init: { integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
      lost: NOT_FOLLOWED,
    },
    { what: "without a referrer", init: { referrerPolicy: "no-referrer" }, lost: NOT_FOLLOWED },
    { what: "with another referrer", init: { referrer: "/elsewhere" }, lost: NOT_FOLLOWED },
    {
      what: "with a body that outlives the page",
      init: { method: "POST", body: "last words", keepalive: true, referrerPolicy: "origin" },
      lost: NOT_FOLLOWED,
    },
  ] as { what: string; init: RequestInit & { priority?: string }; lost: Members }[]) {
    bareTest(`${what} keeps every member of Request`, async ({ browser, page, standIns }) => {
      standIns.host.testing.prelude = RECORD;
      await signedIn(browser, page);
      // Firefox 153 sends keepalive fetches past every service worker.
      const bypasses = engine === "firefox" && init.keepalive;
      // To the worker a refusal with another hash is a network error, as it would be to the page.
      const replays = bypasses || init.integrity ? 0 : 1;
      standIns.api.testing.answer401(replays);
      await browser.evaluate(
        async (init) => void (await fetch("/api/v1/status?status=200", init as RequestInit)),
        init as Record<string, never>,
      );
      const { came, went } = await recorded(browser);
      if (bypasses) {
        expect(came).toEqual([]);
        expect(standIns.api.testing.requests.at(-1)).toMatchObject({ authorization: null, status: 401 });
        return;
      }
      // The request itself, and its replay with a renewed token.
      expect({ came: came.length, went: went.length }).toEqual({ came: 1, went: 1 + replays });
      for (const after of went) expect(differences(came[0], after)).toEqual(lost);
      expect(came[0]).toHaveProperty("referrerPolicy");

      const hosts = standIns.host.testing.requests.filter(({ path }) => path === "/api/v1/status");
      const { referrer, referrerPolicy } = init;
      const expected =
        referrerPolicy === "no-referrer"
          ? undefined
          : new URL(referrerPolicy === "origin" ? "/" : (referrer ?? "/"), page.origin).href;
      expect(hosts.map(({ headers }) => headers.referer)).toEqual(went.map(() => expected));
    });
  }

  bareTest("as an image becomes a CORS request, and keeps the rest", async ({ browser, page, standIns }) => {
    standIns.host.testing.prelude = RECORD;
    await signedIn(browser, page);
    await browser.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const image = new Image();
          image.referrerPolicy = "unsafe-url";
          image.onload = () => resolve(null);
          image.onerror = () => reject(new Error("the image failed"));
          image.src = "/api/v1/pixel.png";
        }),
    );
    const { came, went } = await recorded(browser);
    expect(differences(came[0], went[0])).toEqual({
      ...NOT_FOLLOWED,
      // No script can make a request for an image.
      destination: '"image" → ""',
      mode: '"no-cors" → "cors"',
      credentials: '"include" → "same-origin"',
    });
  });
});
