import type { StandIns } from "../../stand-ins/stand-ins.js";
import { clientTestOf, hasVaultOrigin } from "../scenario.js";
import { asked } from "./requests-to-the-authorization-server.js";
import { describe, expect, livingSessionTest, signedInTab } from "./session-scenario.js";

/**
 * How often a request may have been refused before it reaches the vault's service worker: on a vault origin the relay tries first, unless
 * its stream of copies is being opened anew, as often happens in Firefox.
 */
const BEFORE = hasVaultOrigin ? 1 : 0;

/** The API refuses the tokens issued so far. */
function refuseTokens({ api, authorizationServer }: StandIns): void {
  api.testing.refusedTokens = [...authorizationServer.testing.issued.accessTokens];
}

describe("an API that refuses a valid token", () => {
  livingSessionTest("gets the request once more, with a renewed token", async ({ tab, standIns }) => {
    refuseTokens(standIns);
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    const gets = standIns.api.testing.requests.filter(({ method }) => method === "GET");
    const expected = [[401, 200], ...(hasVaultOrigin ? [[401, 401, 200]] : [])];
    expect(expected).toContainEqual(gets.map(({ status }) => status));
    expect(gets.at(-1)?.authorization?.jti).not.toBe(gets.at(-2)?.authorization?.jti);
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 1 });
  });

  livingSessionTest("twice: the page gets the second 401", async ({ tab, standIns }) => {
    standIns.api.testing.answer401(10);
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
    const gets = standIns.api.testing.requests.filter(({ method }) => method === "GET");
    expect([2, BEFORE + 2]).toContain(gets.length);
    expect(asked(standIns).refresh).toBe(1);
    expect(await tab.session()).toMatchObject({ status: "authenticated" });
  });

  livingSessionTest("each time does not cause a renewal for each request", async ({ tab, standIns }) => {
    standIns.api.testing.answer401(Number.POSITIVE_INFINITY);
    for (let count = 0; count < 10; count++) {
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
    }
    expect(asked(standIns).refresh).toBeLessThan(3);
  });

  livingSessionTest("for many requests at once causes one renewal", async ({ browser, tab, standIns }) => {
    refuseTokens(standIns);
    const statuses = await browser.evaluate(
      async (url) => await Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).status)),
      `${standIns.api.url}me`,
    );
    expect(statuses).toEqual(Array(10).fill(200));
    expect(asked(standIns).refresh).toBe(1);
    expect(await tab.session()).toMatchObject({ status: "authenticated" });
  });

  livingSessionTest("gets a JSON body a second time", async ({ tab, standIns }) => {
    refuseTokens(standIns);
    const created = await tab.fetch(`${standIns.api.url}notes`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "zweimal grün" }),
    });
    expect(created.status).toBe(201);
    expect(JSON.parse(created.text)).toMatchObject({ text: "zweimal grün" });
    expect(JSON.parse((await tab.fetch(`${standIns.api.url}notes`)).text)).toHaveLength(1);
    expect(asked(standIns).refresh).toBe(1);
  });

  for (const { what, contentType, length } of [
    { what: "a body of 100 kB", contentType: "application/json", length: 100_000 },
    { what: "an octet stream", contentType: "application/octet-stream", length: 10 },
  ]) {
    livingSessionTest(
      `does not get ${what} a second time: the page gets the 401`,
      async ({ tab, standIns }) => {
        refuseTokens(standIns);
        const { status } = await tab.fetch(`${standIns.api.url}upload`, {
          method: "POST",
          headers: { "content-type": contentType },
          body: "x".repeat(length),
        });
        expect(status).toBe(401);
        const posts = standIns.api.testing.requests.filter(({ method }) => method === "POST");
        expect([1, BEFORE + 1]).toContain(posts.length);
        for (const { contentLength } of posts) expect(contentLength).toBe(length);
        // The next one is repeated.
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      },
    );
  }
});

/** The same in front of an API whose own refusals have no CORS headers, so that a page sees a network error. */
const restTest = clientTestOf({ apiFlavour: "rest" }).extend("tab", signedInTab);

describe("a REST API, whose 401 has no CORS headers", () => {
  /** So near the token's expiry that a network error may be a refusal. The renewal in the background has not ended yet. */
  const NEAR_THE_END = 55 * 60;

  restTest("near the token's expiry: a GET is repeated with a renewed token", async ({ tab, standIns }) => {
    await tab.worker.sleepFor(NEAR_THE_END);
    standIns.api.testing.answer401(1);
    expect((await tab.fetch(`${standIns.api.url}notes`)).status).toBe(200);
    expect(asked(standIns).refresh).toBe(1);
  });

  restTest(
    "near the token's expiry: a POST is not repeated, because it may have taken effect",
    async ({ tab, standIns }) => {
      await tab.worker.sleepFor(NEAR_THE_END);
      standIns.api.testing.answer401(1);
      await tab.begin("post", `${standIns.api.url}upload`, { method: "POST" });
      expect(await tab.outcome("post")).toMatchObject({ status: 0 });
      expect(standIns.api.testing.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
    },
  );

  restTest("with a fresh token: the page gets the network error", async ({ tab, standIns }) => {
    standIns.api.testing.answer401(1);
    await tab.begin("get", `${standIns.api.url}notes`);
    expect(await tab.outcome("get")).toMatchObject({ status: 0 });
    expect(asked(standIns).refresh).toBe(0);
  });
});
