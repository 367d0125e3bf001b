import type { StandIns } from "../stand-ins/stand-ins.js";
import { describe, expect, memoryTest, PLACES, type Sight, type WatchedApp } from "./memory-scenario.js";
import { report } from "./report.js";

describe("heaps of page, worker and keeper contain no secret, and wasm memory only the current tokens", () => {
  memoryTest("after sign-in", async ({ app, standIns }) => {
    await app.signInAda();
    await expectAtRest(app, standIns, "sign-in", ["ID token 1", "access token 1", "refresh token 1"]);
  });

  memoryTest("after an API request", async ({ app, standIns }) => {
    await app.signInAda();
    expect((await app.fetch(`${standIns.api.url}me`)).status).toBe(200);
    await expectAtRest(app, standIns, "api-request", ["ID token 1", "access token 1", "refresh token 1"]);
  });

  memoryTest("after a renewal, without the old tokens", async ({ app, standIns }) => {
    standIns.authorizationServer.testing.settings.rotation = { graceSeconds: 0 };
    await app.signInAda();
    expect((await app.fetch("/auth/refresh", { method: "POST" })).status).toBe(200);
    await app.waitForCopy("refresh token 2");
    await expectAtRest(app, standIns, "renewal", ["ID token 2", "access token 2", "refresh token 2"]);
  });

  memoryTest("after sign-out, with no token in wasm memory", async ({ app, standIns }) => {
    await app.signInAda();
    expect((await app.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect((await app.fetch("/auth/logout", { method: "POST" })).status).toBe(200);
    await app.waitForForgetting();
    await expectAtRest(app, standIns, "sign-out", []);
  });
});

describe("the memory search finds", () => {
  memoryTest(
    "a token in the page as a one-byte or two-byte string, inside another, in part, or as bytes",
    async ({ app, browser, standIns }) => {
      await app.signInAda();
      const [token = ""] = standIns.authorizationServer.testing.issued.accessTokens;
      await browser.evaluate((token) => {
        // Separate strings, not slices of the first.
        const copy = (text: string): string => JSON.parse(JSON.stringify([text]))[0];
        const half = token.length / 2;
        const kept = {
          whole: copy(token),
          wide: copy(`${token}€`),
          middle: copy("x".repeat(5_000) + token),
          part: copy(token.slice(half, half + 31)),
          bytes: new TextEncoder().encode(token),
        };
        Object.defineProperty(window, "held", { value: () => kept });
      }, token);
      const { heap, buffers } = await app.look("page");
      const paths = heap.filter(({ secret }) => secret === "access token 1").map(({ path }) => path);
      for (const property of ["whole", "wide", "middle", "part"]) {
        expect(paths).toContainEqual(expect.stringMatching(`\\.kept > Object\\.${property} > string`));
      }
      expect(buffers).toContainEqual({
        bytes: token.length,
        path: expect.stringMatching(/\.kept > Object\.bytes > /),
      });
    },
  );

  memoryTest("a token response that the worker keeps as a string", async ({ app, standIns }) => {
    standIns.host.testing.prelude = `
      const { arrayBuffer } = Response.prototype;
      self.kept = [];
      Response.prototype.arrayBuffer = async function () {
        const buffer = await arrayBuffer.call(this);
        kept.push(new TextDecoder().decode(buffer));
        return buffer;
      };`;
    await app.signInAda();
    const { heap } = await app.look("worker");
    expect(names(heap)).toEqual(["ID token 1", "access token 1", "refresh token 1"]);
    expect(heap[0]?.path).toMatch(/\.kept > /);
  });

  memoryTest(
    "a callback's URL and an API request's header that the worker keeps as strings",
    async ({ app, standIns }) => {
      standIns.host.testing.prelude = `
      self.kept = [];
      addEventListener("fetch", ({ request }) => void kept.push(request.url));
      const { set } = Headers.prototype;
      Headers.prototype.set = function (name, value) {
        kept.push(value);
        return set.call(this, name, value);
      };`;
      await app.signInAda();
      await app.fetch(`${standIns.api.url}me`);
      expect(names((await app.look("worker")).heap)).toEqual(["access token 1", "authorization code 1"]);
    },
  );

  memoryTest("the form of a code exchange that the worker keeps as a string", async ({ app, standIns }) => {
    standIns.host.testing.prelude = `
      self.kept = [];
      Uint8Array.prototype.fill = function () {
        kept.push(new TextDecoder().decode(this));
        return this;
      };`;
    await app.signInAda();
    expect(names((await app.look("worker")).heap)).toEqual([
      "ID token 1",
      "access token 1",
      "authorization code 1",
      "code verifier 1",
      "refresh token 1",
    ]);
  });

  memoryTest("bytes that worker and keeper do not release", async ({ app, standIns }) => {
    standIns.host.testing.prelude = `
      self.kept = [];
      const { fill } = Uint8Array.prototype;
      Uint8Array.prototype.fill = function (...how) {
        kept.push(this);
        return fill.apply(this, how);
      };`;
    await app.signInAda();
    for (const place of ["worker", "keeper"] as const) {
      const { buffers } = await app.look(place);
      expect(buffers.filter(({ bytes }) => bytes > shortestToken(standIns))).not.toEqual([]);
      for (const { path } of buffers) expect(path).toMatch(/\.kept > /);
    }
  });

  memoryTest(
    "the tokens of a worker and a keeper that only claim to have signed out",
    async ({ app, standIns }) => {
      standIns.host.testing.prelude = `
      addEventListener("fetch", (event) => {
        if (!event.request.url.endsWith("/auth/logout")) return;
        event.stopImmediatePropagation();
        event.respondWith(new Response("{}"));
      });`;
      await app.signInAda();
      expect((await app.fetch("/auth/logout", { method: "POST" })).status).toBe(200);
      for (const place of ["worker", "keeper"] as const) {
        expect((await app.look(place)).wasm).toEqual(["ID token 1", "access token 1", "refresh token 1"]);
      }
    },
  );
});

/** No string contains a secret, no buffer is as large as a token, and the wasm of worker and keeper contains `held`. */
async function expectAtRest(
  app: WatchedApp,
  standIns: StandIns,
  stage: string,
  held: string[],
): Promise<void> {
  const sights: Partial<Record<string, Sight>> = {};
  for (const place of PLACES) sights[place] = await app.look(place);
  await report(stage, sights);
  for (const place of PLACES) {
    expect(sights[place]?.heap, place).toEqual([]);
    expect(sights[place]?.wasm, place).toEqual(place === "page" ? [] : held);
  }
  // The browser retains the last chunk of the page's event stream.
  const large = sights.page?.buffers.filter(({ bytes }) => bytes >= shortestToken(standIns));
  expect(large).toEqual([]);
  expect(sights.worker?.buffers).toEqual([]);
  expect(sights.keeper?.buffers).toEqual([]);
}

function names(found: { secret: string }[]): string[] {
  return [...new Set(found.map(({ secret }) => secret))].sort();
}

function shortestToken({ authorizationServer }: StandIns): number {
  const { accessTokens, idTokens, refreshTokens } = authorizationServer.testing.issued;
  return Math.min(...[accessTokens, idTokens, refreshTokens].flat().map(({ length }) => length));
}
