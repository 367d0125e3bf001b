import { createHash } from "node:crypto";
import { ada, bob } from "../../dev-provider/src/users.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import type { ClientPage } from "./client-page.js";
import { startHttp2Front } from "./http2-front.js";
import { startRecorder } from "./recorder.js";
import { clientTest, describe, engine, expect, hasVaultOrigin, signedInTest, test } from "./scenario.js";

const FIVE_MB = 5 * 1024 * 1024;

/** The API is served twice: on an origin of its own and on the app's. */
const places = [
  { where: "on another origin", urlOf: ({ api }: StandIns) => api.url },
  { where: "on the app's own origin", urlOf: ({ app }: StandIns) => `${app.origin}/api/v1/` },
];

describe.each(places)("an API $where gets the access token", ({ urlOf }) => {
  signedInTest("with a fetch", async ({ page, standIns }) => {
    const { status, text } = await page.fetch(`${urlOf(standIns)}me`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ scheme: "Bearer", tokenUse: "access", username: "ada" });
    expectToken(standIns, { method: "GET" });
  });

  signedInTest("with every method, header and body that the page chose", async ({ page, standIns }) => {
    const api = urlOf(standIns);
    const headers = { "content-type": "application/json" };
    const created = await page.fetch(`${api}notes`, {
      method: "POST",
      headers,
      body: JSON.stringify({ text: "grün" }),
    });
    expect(created.status).toBe(201);
    const note = JSON.parse(created.text) as { id: string; text: string };
    expect(note.text).toBe("grün");
    expectToken(standIns, { method: "POST" });
    expect((await page.fetch(`${api}notes/${note.id}`, { method: "DELETE" })).status).toBe(204);
    expectToken(standIns, { method: "DELETE" });
  });

  signedInTest("with an XMLHttpRequest", async ({ browser, standIns }) => {
    const text = await browser.evaluate(
      (url) =>
        new Promise<string>((resolve, reject) => {
          const request = new XMLHttpRequest();
          request.open("GET", url);
          request.onload = () => resolve(request.responseText);
          request.onerror = () => reject(new Error("the request failed"));
          request.send();
        }),
      `${urlOf(standIns)}me`,
    );
    expect(JSON.parse(text)).toMatchObject({ scheme: "Bearer", username: "ada" });
    expectToken(standIns, { method: "GET" });
  });

  signedInTest("with an <img>, which asks without CORS", async ({ browser, standIns }) => {
    const width = await browser.evaluate(
      (url) =>
        new Promise<number>((resolve, reject) => {
          const image = new Image();
          image.onload = () => resolve(image.naturalWidth);
          image.onerror = () => reject(new Error("the image failed"));
          image.src = url;
        }),
      `${urlOf(standIns)}pixel.png`,
    );
    expect(width).toBe(1);
    expectToken(standIns, { method: "GET", path: expect.stringMatching(/pixel\.png$/) });
  });

  signedInTest("with a fetch of a dedicated worker", async ({ browser, standIns }) => {
    const { status, text } = await browser.evaluate(
      (url) => fetchInDedicatedWorker(url),
      `${urlOf(standIns)}me`,
    );
    expect({ status, ...JSON.parse(text) }).toMatchObject({ status: 200, scheme: "Bearer", username: "ada" });
  });

  signedInTest("with a 5 MB blob", async ({ browser, standIns }) => {
    const answer = await browser.evaluate(
      async (url, bytes) => {
        const body = new Blob([new Uint8Array(bytes).fill(65)]);
        const response = await fetch(url, { method: "POST", body });
        return { status: response.status, ...(await response.json()) };
      },
      `${urlOf(standIns)}upload`,
      FIVE_MB,
    );
    expect(answer).toEqual({ status: 200, bytes: FIVE_MB, sha256: sha256OfAs(FIVE_MB) });
    expectToken(standIns, { method: "POST" });
  });

  signedInTest("with a 5 MB form upload", async ({ browser, standIns }) => {
    const answer = await browser.evaluate(
      async (url, bytes) => {
        const form = new FormData();
        form.set("file", new File([new Uint8Array(bytes).fill(65)], "a.bin"));
        const response = await fetch(url, { method: "POST", body: form });
        return { status: response.status, ...(await response.json()) };
      },
      `${urlOf(standIns)}upload`,
      FIVE_MB,
    );
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.bytes).toBeGreaterThan(FIVE_MB);
    expectToken(standIns, { method: "POST" });
  });

  signedInTest("with a beacon", async ({ browser, standIns }) => {
    standIns.api.testing.reset();
    await browser.evaluate((url) => navigator.sendBeacon(url, "so long"), `${urlOf(standIns)}upload`);
    await browser.waitFor("the beacon to arrive", async () =>
      standIns.api.testing.requests.some(({ method, status }) => method === "POST" && status === 200),
    );
    expectToken(standIns, { method: "POST" });
  });

  signedInTest("with a 5 MB download", async ({ browser, standIns }) => {
    const bytes = await browser.evaluate(
      async (url) => (await (await fetch(url)).arrayBuffer()).byteLength,
      `${urlOf(standIns)}download?bytes=${FIVE_MB}`,
    );
    expect(bytes).toBe(FIVE_MB);
    expectToken(standIns, { method: "GET" });
  });

  signedInTest(
    "with server-sent events read by fetch, each when it is sent",
    async ({ browser, standIns }) => {
      // The second event is sent half a second after the first. A worker that waits for the end would deliver both at once.
      const { first, more } = await browser.evaluate(
        async (url) => {
          const response = await fetch(url);
          const reader = (response.body as ReadableStream<Uint8Array>)
            .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
            .getReader();
          const first = (await reader.read()).value;
          let more = "";
          for (let piece = await reader.read(); !piece.done; piece = await reader.read()) more += piece.value;
          return { first, more };
        },
        `${urlOf(standIns)}events?count=3`,
      );
      expect(first).toContain("id: 1\n");
      expect(first).not.toContain("id: 2\n");
      expect(more).toContain("id: 3\n");
      expectToken(standIns, { method: "GET" });
    },
  );

  signedInTest("with an EventSource", async ({ browser, standIns }) => {
    const ids = await browser.evaluate(
      (url) =>
        new Promise<string[]>((resolve, reject) => {
          const ids: string[] = [];
          const source = new EventSource(url);
          source.addEventListener("tick", ({ lastEventId }) => {
            ids.push(lastEventId);
            if (ids.length < 3) return;
            source.close();
            resolve(ids);
          });
          source.onerror = () => {
            source.close();
            reject(new Error(`the stream failed after ${ids.length} events`));
          };
        }),
      `${urlOf(standIns)}events?count=3`,
    );
    expect(ids).toEqual(["1", "2", "3"]);
    expectToken(standIns, { method: "GET" });
  });
});

describe("a request to the API", () => {
  clientTest("carries the vault's token, whatever the page puts there", async ({ page, standIns }) => {
    await signedIn(page);
    const { status } = await page.fetch(`${standIns.api.url}me`, {
      headers: { authorization: "Bearer the-pages-own" },
    });
    expect(status).toBe(200);
    expectToken(standIns, { method: "GET" });
  });

  clientTest("goes out without a token when nobody is signed in", async ({ page, standIns }) => {
    await page.openRegistered();
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(401);
    expect(standIns.api.testing.requests.at(-1)?.authorization).toBeNull();
  });

  clientTest(
    "gets a 401 from the worker when nobody is signed in and the configuration says `reject`",
    async ({ page, standIns }) => {
      standIns.host.testing.config = { unauthenticated: "reject" };
      await page.openRegistered();
      standIns.api.testing.reset();
      const { status, contentType, text } = await page.fetch(`${standIns.api.url}me`);
      expect({ status, contentType, ...JSON.parse(text) }).toMatchObject({
        status: 401,
        contentType: "application/problem+json",
        code: "unauthenticated",
      });
      expect(standIns.api.testing.requests).toEqual([]);
    },
  );

  clientTest("gets the ID token where the configuration says so", async ({ page, standIns }) => {
    standIns.host.testing.config = { api: [{ url: standIns.api.url, token: "id" }] };
    await signedIn(page);
    expect(JSON.parse((await page.fetch(`${standIns.api.url}me`)).text)).toMatchObject({ tokenUse: "id" });
  });

  const itsReferrer = hasVaultOrigin
    ? "has no referrer, whatever the page chose"
    : "has the referrer that the page chose";
  clientTest(itsReferrer, async ({ browser, page, standIns }) => {
    const { origin, requests } = await startRecorder();
    standIns.host.testing.config = { api: [{ url: `${origin}/` }] };
    standIns.host.testing.hostHeaders = false;
    await signedIn(page);
    const referer = async (init: { referrer?: string; referrerPolicy: ReferrerPolicy }) => {
      await browser.evaluate(async (url, init) => void (await fetch(url, init)), `${origin}/me`, init);
      return requests.at(-1)?.headers.referer;
    };
    expect(await referer({ referrerPolicy: "no-referrer" })).toBeUndefined();
    const red = "/notes?tag=red";
    expect(await referer({ referrerPolicy: "unsafe-url", referrer: red })).toBe(
      hasVaultOrigin ? undefined : page.origin + red,
    );
    expect(await referer({ referrerPolicy: "origin" })).toBe(hasVaultOrigin ? undefined : `${page.origin}/`);
  });

  clientTest("that the page aborts is aborted at the API", async ({ browser, page, standIns }) => {
    await signedIn(page);
    const error = await browser.evaluate(async (url) => {
      const abort = new AbortController();
      const response = await fetch(url, { signal: abort.signal });
      const reader = (response.body as ReadableStream<Uint8Array>).getReader();
      await reader.read();
      abort.abort();
      return await reader.read().then(
        () => "went on",
        ({ name }) => name as string,
      );
    }, `${standIns.api.url}events`);
    expect(error).toBe("AbortError");
  });

  // Firefox and WebKit have no streaming uploads.
  if (engine === "chromium") {
    clientTest("streams a 5 MB body through", async ({ browser, page, standIns }) => {
      // Chromium streams uploads only over HTTP/2, which requires TLS.
      const front = await startHttp2Front(standIns.api.origin);
      standIns.host.testing.hostHeaders = false;
      standIns.host.testing.config = { api: [{ url: `${front.origin}/v1/` }] };
      await signedIn(page);
      const answer = await browser.evaluate(
        async (url, bytes) => {
          let left = bytes;
          const body = new ReadableStream<Uint8Array>({
            pull(controller) {
              if (left === 0) return controller.close();
              const piece = new Uint8Array(Math.min(left, 64 * 1024)).fill(65);
              left -= piece.length;
              controller.enqueue(piece);
            },
          });
          const init = { method: "POST", body, duplex: "half" } as RequestInit;
          const response = await fetch(url, init);
          return { status: response.status, ...(await response.json()) };
        },
        `${front.origin}/v1/upload`,
        FIVE_MB,
      );
      expect(answer).toEqual({ status: 200, bytes: FIVE_MB, sha256: sha256OfAs(FIVE_MB) });
      // The interceptor passes bodies on as a whole.
      expectToken(standIns, { method: "POST", contentLength: hasVaultOrigin ? FIVE_MB : null });
    });
  }
});

// A driven WebKitGTK has no HTTP cache: the same user's second request reaches the API too.
if (engine !== "webkit") {
  clientTest(
    "a response that the API allows to be cached is still there after a sign-out, unless it varies by the token",
    async ({ browser, page, standIns }) => {
      const { testing, url } = standIns.api;
      const cached = { "Cache-Control": "max-age=600" };
      const userOf = async (query: string, headers: Record<string, string>) => {
        testing.headers = headers;
        const { username } = JSON.parse((await page.fetch(`${url}me?${query}`)).text) as {
          username?: string;
        };
        return username;
      };
      const users = async () => [
        await userOf("any", cached),
        await userOf("vary", { ...cached, Vary: "Authorization" }),
        await userOf("none", { "Cache-Control": "no-store" }),
      ];
      await signedIn(page);
      expect(await users()).toEqual(["ada", "ada", "ada"]);
      const { text } = await page.fetch("/auth/logout", { method: "POST" });
      expect(await users()).toEqual(["ada", undefined, undefined]);
      await browser.goto((JSON.parse(text) as { location: string }).location);
      await page.waitToBeBack();
      await page.signIn(bob);
      expect(await users()).toEqual(["ada", "bob", "bob"]);
    },
  );
}

test("the demo's own requests, plain fetches, arrive with the token", async ({ browser, demo, standIns }) => {
  await demo.openConnected();
  await demo.signIn(ada);
  const [token = ""] = standIns.authorizationServer.testing.issued.accessTokens;
  const tail = await browser.waitFor("the demo to show what the API saw", () => demo.textOf("api-saw-jti"));
  expect(await demo.textOf("api-saw-scheme")).toBe("Bearer");
  expect(jtiOf(token).endsWith(tail)).toBe(true);
});

async function signedIn(page: ClientPage): Promise<void> {
  await page.openRegistered();
  await page.signIn(ada);
}

/** The last request that the API received has these properties and the access token. */
function expectToken({ api, authorizationServer }: StandIns, request: Record<string, unknown>): void {
  const { accessTokens, idTokens } = authorizationServer.testing.issued;
  expect(accessTokens).toHaveLength(1);
  expect(idTokens).not.toContain(accessTokens[0]);
  expect(api.testing.requests.at(-1)).toMatchObject({
    ...request,
    authorization: { scheme: "Bearer", raw: `Bearer ${accessTokens[0]}` },
  });
}

function jtiOf(token: string): string {
  return (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { jti: string }).jti;
}

function sha256OfAs(bytes: number): string {
  return createHash("sha256").update(Buffer.alloc(bytes, "A")).digest("hex");
}
