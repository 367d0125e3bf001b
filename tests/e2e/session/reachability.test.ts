import { ada } from "../../../dev-provider/src/users.js";
import type { Browser } from "../engines/browser.js";
import { asked } from "./requests-to-the-authorization-server.js";
import type { SessionPage } from "./session-page.js";
import { describe, engine, expect, livingSessionTest, sessionTest } from "./session-scenario.js";

/** An access token lives an hour here: in its last fifth it is renewed beside a request. */
const IN_THE_LAST_TENTH = 55 * 60;
const AFTER_ITS_END = 61 * 60;

describe("a page that opens while the authorization server and the API cannot be reached", () => {
  sessionTest("is connected, and its user can sign in later", async ({ tab, standIns }) => {
    standIns.network.lose("authorizationServer", "api");
    await tab.openConnected();
    expect(await tab.session()).toMatchObject({ status: "anonymous", error: null });
    expect(await isNetworkError(tab, `${standIns.api.url}me`)).toBe(true);
    expect(standIns.network.attempts.authorizationServer).toBe(0);

    standIns.network.restore();
    await tab.signIn(ada);
    expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
  });

  livingSessionTest("has the session that another tab's keeper has", async ({ browser, tab, standIns }) => {
    standIns.network.lose("authorizationServer", "api");
    if (engine !== "webkit") await browser.stopWorkers();
    await tab.openInNewTab();
    await tab.waitForStatus("authenticated");
    expect(await isNetworkError(tab, `${standIns.api.url}me`)).toBe(true);
    expect(standIns.network.attempts.authorizationServer).toBe(0);

    standIns.network.restore();
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    expect(await tab.statuses()).not.toContain("anonymous");
  });
});

describe("the network is lost", () => {
  livingSessionTest(
    "during a renewal that a request waits for: the request succeeds once the network is back",
    async ({ tab, standIns }) => {
      const hold = standIns.authorizationServer.testing.tokenEndpoint.hold();
      await tab.worker.sleepFor(AFTER_ITS_END);
      await tab.begin("waiting", `${standIns.api.url}me`);
      await hold.arrived;
      standIns.network.lose("app", "authorizationServer", "api");
      await tab.waitFor("the failure to be known", async () => (await tab.session()).error !== null);
      expect(await tab.session()).toMatchObject({ status: "authenticated" });
      standIns.network.restore();
      hold.release();
      expect((await tab.outcome("waiting")).status).toBe(200);
      expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
      expect(asked(standIns)).toMatchObject({ authorization: 1, exchange: 1 });
    },
  );

  livingSessionTest(
    "during a sign-out: the user is signed out, the page learns that the revocation failed, and it is retried later",
    async ({ browser, tab, standIns }) => {
      const signedOut = await browser.currentTab();
      standIns.network.lose("app", "authorizationServer", "api");
      expect((await tab.fetch("/auth/logout", { method: "POST" })).status).toBe(200);
      expect(await tab.session()).toMatchObject({
        status: "anonymous",
        error: { code: "revocation_failed" },
      });
      standIns.network.restore();
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
      await tab.openInNewTab();
      // Only the tab that was open is told of the failure.
      expect(await tab.session()).toMatchObject({ status: "anonymous", error: null });
      await browser.switchTo(signedOut);
      await browser.waitFor("the second attempt", async () => (await tab.session()).error === null);
      expect(standIns.authorizationServer.testing.revocationRequests).toMatchObject([{ outcome: "ok" }]);
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
    },
  );
});

describe("the authorization server is down for a minute while two tabs use the API", () => {
  /** How far each step puts the worker's clock forward, in seconds. */
  const STEP = 5;
  /** The pauses between attempts are 1, 2, 4 … 32 s, each shortened by up to half. */
  const MOST_ATTEMPTS = 8;

  livingSessionTest(
    "with a valid token: every request succeeds, and renewals back off",
    async ({ browser, tab, standIns }) => {
      const tabs = [await browser.currentTab(), await tab.openInNewTab()];
      const { tokenEndpoint } = standIns.authorizationServer.testing;
      tokenEndpoint.fail({ status: 503 }, Number.POSITIVE_INFINITY);
      await tab.worker.sleepFor(IN_THE_LAST_TENTH);
      for (let passed = 0; passed < 60; passed += STEP) {
        for (const handle of tabs) {
          await browser.switchTo(handle);
          expect(await burst(browser, `${standIns.api.url}me`)).toEqual(Array(5).fill(200));
        }
        await tab.worker.sleepFor(STEP);
      }
      const attempts = asked(standIns).refresh;
      expect(attempts).toBeGreaterThan(2);
      expect(attempts).toBeLessThanOrEqual(MOST_ATTEMPTS);
      expect(await tab.session()).toMatchObject({
        status: "authenticated",
        error: { code: "token_endpoint_error" },
      });

      tokenEndpoint.reset();
      await tab.worker.sleepFor(60);
      expect(await burst(browser, `${standIns.api.url}me`)).toEqual(Array(5).fill(200));
      await tab.waitFor("the renewal", async () => (await tab.session()).error === null);
      // Its records begin with its recovery.
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 0, refresh: 1 });
      for (const handle of tabs) {
        await browser.switchTo(handle);
        expect(await tab.statuses()).not.toContain("anonymous");
      }
    },
  );

  livingSessionTest(
    "with an expired token: requests get 503 after at most ten seconds, and the session survives",
    async ({ browser, tab, standIns }) => {
      const tabs = [await browser.currentTab(), await tab.openInNewTab()];
      const { tokenEndpoint } = standIns.authorizationServer.testing;
      tokenEndpoint.fail({ reset: "before" }, Number.POSITIVE_INFINITY);
      await tab.worker.sleepFor(AFTER_ITS_END);
      for (const handle of tabs) {
        await browser.switchTo(handle);
        await tab.begin("waiting", `${standIns.api.url}me`);
      }
      await tab.waitFor("the failure to be known", async () => (await tab.session()).error !== null);
      await tab.worker.sleepFor(60);
      for (const handle of tabs) {
        await browser.switchTo(handle);
        const { status, text, retryAfter } = await tab.outcome("waiting");
        expect([status, JSON.parse(text).code]).toEqual([503, "token_unavailable"]);
        expect(Number(retryAfter)).toBeGreaterThanOrEqual(5);
        expect(await tab.session()).toMatchObject({ status: "authenticated" });
      }
      tokenEndpoint.reset();
      await tab.worker.sleepFor(60);
      for (const handle of tabs) {
        await browser.switchTo(handle);
        expect(await burst(browser, `${standIns.api.url}me`)).toEqual(Array(5).fill(200));
        expect(await tab.statuses()).not.toContain("anonymous");
      }
      // Its records begin with its recovery.
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 0, refresh: 1 });
    },
  );
});

/** The statuses of five requests that the page sends at once. */
async function burst(browser: Browser, url: string): Promise<number[]> {
  return await browser.evaluate(
    async (url) => await Promise.all(Array.from({ length: 5 }, async () => (await fetch(url)).status)),
    url,
  );
}

/** Whether a request of the page ends in a network error. */
async function isNetworkError(tab: SessionPage, url: string): Promise<boolean> {
  await tab.begin("lost", url);
  return (await tab.outcome("lost")).status === 0;
}
