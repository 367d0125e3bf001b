import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { clientTest, describe, engine, expect } from "./scenario.js";

/** Put before the worker's script: its listener is busy with some requests before it takes them. */
const BUSY_LISTENER = `
  const busy = new BroadcastChannel("busy");
  busy.onmessage = () => busy.postMessage("");
  addEventListener("fetch", ({ request }) => {
    if (!request.url.endsWith("?busy")) return;
    busy.postMessage("");
    for (const end = Date.now() + 5_000; Date.now() < end; );
  });
`;

/** A bare page with Ada signed in, and an API of the test's own, which sees the requests. */
const limitTest = clientTest.extend("api", async ({ page, standIns }, { onCleanup }) => {
  const requests: IncomingMessage[] = [];
  const listener = await listen();
  const api = {
    url: `http://localhost:${listener.port}/v1/`,
    requests,
    answer: (_request: IncomingMessage, response: ServerResponse): unknown => response.end(),
  };
  listener.serve((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "authorization, last-event-id");
    if (request.method === "OPTIONS") return void response.writeHead(204).end();
    requests.push(request);
    api.answer(request, response);
  });
  onCleanup(() => listener.close());
  standIns.host.testing.hostHeaders = false;
  standIns.host.testing.config = { api: [{ url: api.url }] };
  standIns.host.testing.prelude = BUSY_LISTENER;
  await page.openRegistered();
  await page.signIn(ada);
  return api;
});

// docs/guides/faq.md says so. A plain `respondWith(fetch(event.request))` behaves in the same way. If one of these tests fails, a browser
// has improved: update the document.
describe("a request that passes through a service worker", () => {
  limitTest("continues at the API if the page aborts it before the response", async ({ browser, api }) => {
    const outcomes: string[] = [];
    api.answer = (_request, response) => {
      response.on("close", () => outcomes.push(response.writableEnded ? "answered" : "aborted"));
    };
    await browser.evaluate((url) => {
      window.abort = new AbortController();
      window.aborted = fetch(url, { signal: window.abort.signal }).then(
        () => "a response",
        ({ name }) => name as string,
      );
    }, api.url);
    await browser.waitFor("the API to be asked", async () => api.requests.length === 1);
    expect(
      await browser.evaluate(() => {
        window.abort.abort();
        return window.aborted;
      }),
    ).toBe("AbortError");
    // A later request has completed, so the abort would have arrived too.
    api.answer = (_request, response) => response.end();
    await browser.evaluate(async (url) => void (await fetch(url)), `${api.url}later`);
    expect(outcomes).toEqual([]);
  });

  limitTest("gets the token from a synchronous XMLHttpRequest only in Firefox", async ({ browser, api }) => {
    await browser.evaluate((url) => {
      const request = new XMLHttpRequest();
      request.open("GET", url, false);
      request.send();
    }, api.url);
    expect(typeof api.requests.at(-1)?.headers.authorization).toBe(
      engine === "firefox" ? "string" : "undefined",
    );
  });

  limitTest("gets the token from a fetch with keepalive, except in Firefox", async ({ browser, api }) => {
    await browser.evaluate(async (url) => void (await fetch(url, { keepalive: true })), api.url);
    expect(typeof api.requests.at(-1)?.headers.authorization).toBe(
      engine === "firefox" ? "undefined" : "string",
    );
  });

  limitTest("reports no progress of an upload", async ({ browser, api }) => {
    api.answer = (request, response) => request.resume().on("end", () => response.end());
    const progress = await browser.evaluate(
      (url) =>
        new Promise<string[]>((resolve, reject) => {
          const events: string[] = [];
          const request = new XMLHttpRequest();
          for (const type of ["progress", "load"]) {
            request.upload.addEventListener(type, () => events.push(type));
          }
          request.onload = () => resolve(events);
          request.onerror = () => reject(new Error("the request failed"));
          request.open("POST", url);
          request.send(new Blob([new Uint8Array(20_000_000)]));
        }),
      api.url,
    );
    expect(progress).toEqual(engine === "firefox" ? ["load"] : []);
  });

  // WebKit does not pass requests of an EventSource to a worker.
  if (engine !== "webkit") {
    limitTest("by an EventSource has Last-Event-ID only in Firefox", async ({ browser, api }) => {
      api.answer = (_request, response) => {
        response.setHeader("Content-Type", "text/event-stream");
        response.end("retry: 10\nid: 7\ndata: x\n\n");
      };
      await browser.evaluate(
        (url) =>
          new Promise<void>((resolve) => {
            const source = new EventSource(url);
            let connections = 0;
            source.onopen = () => {
              connections += 1;
              if (connections < 2) return;
              source.close();
              resolve();
            };
          }),
        api.url,
      );
      expect(api.requests.map(({ headers }) => headers["last-event-id"]).slice(0, 2)).toEqual([
        undefined,
        engine === "firefox" ? "7" : undefined,
      ]);
    });
  }
});

// docs/session.md says so. Chromium starts the worker again for such a request, and WebKitGTK gives a driver no way to stop one.
if (engine === "firefox") {
  limitTest(
    "a request whose worker is stopped while its listener runs reaches the API without the token",
    async ({ browser, api }) => {
      await browser.evaluate(async (url) => {
        window.busy = new BroadcastChannel("busy");
        const message = () =>
          new Promise((resolve) => {
            window.busy.onmessage = resolve;
          });
        // The browser knows this channel once there is a reply.
        const reply = message();
        window.busy.postMessage("");
        await reply;
        const isBusy = message();
        window.cut = fetch(url).then(
          () => "a response",
          ({ name }) => name as string,
        );
        await isBusy;
      }, `${api.url}?busy`);
      await browser.stopWorkers();
      const outcome = await browser.evaluate(() => window.cut);
      const tokens = api.requests.map(({ headers }) => typeof headers.authorization);
      expect([outcome, tokens]).toEqual(["a response", ["undefined"]]);
    },
  );
}

declare global {
  // On `window`: in Firefox a driver's script has a global object of its own, which ends with it.
  var abort: AbortController;
  var aborted: Promise<string>;
  var busy: BroadcastChannel;
  var cut: Promise<string>;
}
