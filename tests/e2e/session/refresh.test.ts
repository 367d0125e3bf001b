import { ada } from "../../../dev-provider/src/users.js";
import type { StandIns } from "../../stand-ins/stand-ins.js";
import { asked } from "./requests-to-the-authorization-server.js";
import type { SessionPage } from "./session-page.js";
import { describe, expect, livingSessionTest, sessionTest } from "./session-scenario.js";
import { openAtOnce } from "./tabs.js";

/** An access token lives an hour here: in its last fifth it is renewed beside a request, in its last minute before. */
const IN_THE_LAST_TENTH = 55 * 60;
const IN_THE_LAST_MINUTE = 59 * 60 + 30;
const AFTER_ITS_END = 61 * 60;

describe("the access token is renewed", () => {
  livingSessionTest("once for all requests and tabs when it expires", async ({ browser, tab, standIns }) => {
    const tabs = [await browser.currentTab(), await tab.openInNewTab(), await tab.openInNewTab()];
    for (const expiry of [1, 2, 3]) {
      await tab.worker.sleepFor(AFTER_ITS_END);
      for (const handle of tabs) {
        await browser.switchTo(handle);
        await browser.evaluate((url) => {
          window.burst = Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).status));
        }, `${standIns.api.url}me`);
      }
      for (const handle of tabs) {
        await browser.switchTo(handle);
        expect(await browser.evaluate(() => window.burst)).toEqual(Array(10).fill(200));
      }
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: expiry });
    }
  });

  livingSessionTest(
    "once, when twenty tabs open after it has expired and each calls the API",
    async ({ browser, tab, standIns }) => {
      await tab.worker.sleepFor(AFTER_ITS_END);
      await browser.newTab("data:text/html,");
      const tabs = await openAtOnce(browser, tab.origin, 20);
      for (const handle of tabs) {
        await browser.switchTo(handle);
        await tab.waitForConnection();
        await browser.evaluate((url) => {
          const go = new BroadcastChannel("go");
          window.burst = new Promise((resolve) => {
            go.onmessage = () => resolve(fetch(url).then(({ status }) => [status]));
          });
        }, `${standIns.api.url}me`);
      }
      expect(asked(standIns).refresh).toBe(0);
      await browser.evaluate(() => new BroadcastChannel("go").postMessage(null));
      for (const handle of tabs) {
        await browser.switchTo(handle);
        expect(await browser.evaluate(() => window.burst)).toEqual([200]);
      }
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 1 });
    },
  );

  sessionTest(
    "once for each expiry of a token that lives ten seconds",
    async ({ browser, tab, standIns }) => {
      standIns.authorizationServer.testing.settings.accessTokenLifetime = 10;
      await tab.signIn(ada);
      for (const expiry of [1, 2]) {
        const { renewsAt } = await tab.session();
        await browser.waitFor("the token's last fifth", async () => Date.now() > (renewsAt ?? 0) + 100);
        const statuses = await browser.evaluate(
          async (url) => await Promise.all(Array.from({ length: 10 }, async () => (await fetch(url)).status)),
          `${standIns.api.url}me`,
        );
        expect(statuses).toEqual(Array(10).fill(200));
        expect(asked(standIns).refresh).toBe(expiry);
      }
      expect(standIns.api.testing.requests.filter(({ status }) => status === 401)).toEqual([]);
    },
  );

  livingSessionTest("beside the request in its last fifth", async ({ tab, standIns }) => {
    const first = await jti(tab, standIns);
    const hold = standIns.authorizationServer.testing.tokenEndpoint.hold();
    await tab.worker.sleepFor(IN_THE_LAST_TENTH);
    expect(await jti(tab, standIns)).toBe(first);
    await hold.arrived;
    hold.release();
    await untilRenewed(tab, standIns, first);
    expect(asked(standIns).refresh).toBe(1);
  });

  livingSessionTest("before the request in its last minute", async ({ tab, standIns }) => {
    const first = await jti(tab, standIns);
    await tab.worker.sleepFor(IN_THE_LAST_MINUTE);
    expect(await jti(tab, standIns)).not.toBe(first);
    expect(asked(standIns).refresh).toBe(1);
  });

  livingSessionTest("when the page asks for it", async ({ browser, tab, standIns }) => {
    const before = await tab.session();
    const first = await jti(tab, standIns);
    const { status, contentType, text } = await tab.fetch("/auth/refresh", { method: "POST" });
    expect([status, contentType]).toEqual([200, "application/json"]);
    const after = JSON.parse(text) as typeof before;
    expect(after).toMatchObject({ status: "authenticated", user: before.user, error: null });
    expect(after.expiresAt).toBeGreaterThan(before.expiresAt ?? 0);
    expect(await jti(tab, standIns)).not.toBe(first);

    const refreshed = await browser.evaluate(async () => (await vault.refresh()).status);
    expect(refreshed).toBe("authenticated");
    expect(asked(standIns).refresh).toBe(2);
  });

  livingSessionTest("never for a session that is not used", async ({ tab, standIns }) => {
    await tab.worker.sleepFor(AFTER_ITS_END);
    expect(await tab.session()).toMatchObject({ status: "authenticated" });
    await tab.openInNewTab();
    await tab.waitForStatus("authenticated");
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
  });
});

describe("with refresh-token rotation", () => {
  for (const graceSeconds of [0, 60]) {
    livingSessionTest(
      `and ${graceSeconds} s of grace, each refresh uses the newest token`,
      async ({ tab, standIns }) => {
        const { settings, issued } = standIns.authorizationServer.testing;
        settings.rotation = { graceSeconds };
        for (let expiry = 0; expiry < 3; expiry++) {
          await tab.worker.sleepFor(AFTER_ITS_END);
          expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        }
        expect(standIns.authorizationServer.testing.tokenRequests.map(({ outcome }) => outcome)).toEqual(
          Array(4).fill("ok"),
        );
        expect(new Set(issued.refreshTokens).size).toBe(4);
      },
    );
  }
});

describe("a token endpoint that fails for a moment", () => {
  for (const { what, fault } of [
    { what: "500", fault: { status: 500 } },
    { what: "503 with HTML", fault: { status: 503, body: "<h1>Down</h1>", contentType: "text/html" } },
    { what: "a cut connection", fault: { reset: "before" } },
    { what: "a lost response", fault: { reset: "after" } },
  ] as const) {
    livingSessionTest(
      `${what}: the session stays, and is renewed later`,
      async ({ browser, tab, standIns }) => {
        const first = await jti(tab, standIns);
        const { tokenEndpoint } = standIns.authorizationServer.testing;
        tokenEndpoint.fail(fault, Number.POSITIVE_INFINITY);
        await tab.worker.sleepFor(IN_THE_LAST_TENTH);
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        await browser.waitFor("the failure to be known", async () => (await tab.session()).error !== null);
        expect(await tab.session()).toMatchObject({ status: "authenticated" });
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);

        tokenEndpoint.reset();
        await untilRenewed(tab, standIns, first);
        expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
      },
    );
  }

  livingSessionTest(
    "when the token has expired: requests wait for the next attempt and succeed",
    async ({ tab, standIns }) => {
      standIns.authorizationServer.testing.tokenEndpoint.fail({ status: 500 });
      await tab.worker.sleepFor(AFTER_ITS_END);
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      expect(standIns.authorizationServer.testing.tokenRequests.map(({ outcome }) => outcome)).toEqual([
        "ok",
        "500",
        "ok",
      ]);
    },
  );
});

livingSessionTest("a refresh token that is no longer valid ends the session", async ({ tab, standIns }) => {
  const { testing } = standIns.authorizationServer;
  await testing.signOutEverywhere(ada.username);
  await tab.worker.sleepFor(AFTER_ITS_END);
  expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
  expect(await tab.session()).toMatchObject({
    status: "anonymous",
    user: null,
    error: { code: "invalid_grant" },
  });
  await tab.waitForStatus("anonymous");
  // The second request causes no other refresh request.
  expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
  expect(testing.tokenRequests).toMatchObject([{ outcome: "ok" }, { outcome: "invalid_grant" }]);
});

declare global {
  /** Statuses of requests that a page has sent at once. */
  var burst: Promise<number[]>;
}

/** The last characters of the access token's `jti`, as the API saw it. */
async function jti(tab: SessionPage, standIns: StandIns): Promise<string> {
  const { text } = await tab.fetch(`${standIns.api.url}me`);
  return (JSON.parse(text) as { jtiTail: string }).jtiTail;
}

/** Waits until the API sees another token than `first`. Each attempt is a request, which starts a renewal if one is due. */
async function untilRenewed(tab: SessionPage, standIns: StandIns, first: string): Promise<void> {
  await tab.waitFor("a renewed token", async () => (await jti(tab, standIns)) !== first);
}
