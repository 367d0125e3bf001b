import { ada } from "../../../dev-provider/src/users.js";
import type { StandIns } from "../../stand-ins/stand-ins.js";
import type { Browser } from "../engines/browser.js";
import { clientTestOf, hasVaultOrigin } from "../scenario.js";
import { asked } from "./requests-to-the-authorization-server.js";
import { SessionPage } from "./session-page.js";
import { describe, engine, expect, sessionTest } from "./session-scenario.js";
import { loseEveryCopy, openAtOnce } from "./tabs.js";

/** A login domain that is not same-site with the app. */
const crossSiteTest = clientTestOf({ authorizationServerHostname: "127.0.0.1" }).extend(
  "tab",
  ({ browser, standIns }) => new SessionPage(browser, standIns),
);

/** A login domain of the same site as the app and the vault's own origin. */
const sameSiteTest = clientTestOf({ loginDomainOfTheSite: true }).extend(
  "tab",
  async ({ browser, standIns }) => {
    const tab = new SessionPage(browser, standIns);
    await tab.openConnected();
    await tab.signIn(ada);
    await loseEveryCopy(browser);
    standIns.host.testing.requests.length = 0;
    return tab;
  },
);

// WebKitGTK does not stop its workers, and gives a driver no way to: there no copy is ever lost.
if (engine !== "webkit") {
  describe("when every copy of the session is gone", () => {
    sessionTest(
      "a silent sign-in recovers it, and returns to the same URL",
      async ({ browser, tab, standIns }) => {
        await tab.signIn(ada);
        const before = await tab.session();
        await loseEveryCopy(browser);

        await browser.goto(`${tab.origin}/notes?a=1&b=%C3%BC#c`);
        await tab.waitToBeRecovered();
        expect(await browser.url()).toBe(`${tab.origin}/notes?a=1&b=%C3%BC#c`);
        expect(await tab.session()).toMatchObject({
          status: "authenticated",
          user: before.user,
          error: null,
        });
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
        expect(standIns.authorizationServer.testing.authorizationRequests.at(-1)).toMatchObject({
          prompt: "none",
        });
      },
    );

    sessionTest("one recovery serves twenty tabs that open at once", async ({ browser, tab, standIns }) => {
      await tab.signIn(ada);
      await loseEveryCopy(browser);
      const tabs = await openAtOnce(browser, tab.origin, 20);
      await inEach(tabs, browser, tab, () => expectSession(tab, standIns));
      expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
    });

    sessionTest(
      "and the server requires interaction: anonymous with login_required, after one request for all tabs",
      async ({ browser, tab, standIns }) => {
        await tab.signIn(ada);
        await loseEveryCopy(browser);
        await standIns.authorizationServer.testing.endBrowserSessions();
        const tabs = await openAtOnce(browser, tab.origin, 4);
        await inEach(tabs, browser, tab, async () => {
          await tab.waitForStatus("anonymous");
          expect((await tab.statuses()).filter((status) => status === "anonymous").length).toBeLessThan(2);
          expect(await tab.session()).toMatchObject({
            status: "anonymous",
            error: { code: "login_required" },
          });
          expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
        });
        // Neither another page, nor another worker, asks again.
        await tab.openInNewTab();
        await browser.stopWorkers();
        expect(await tab.session()).toMatchObject({ status: "anonymous" });
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 1, refresh: 0 });

        await tab.signIn(ada);
        expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
      },
    );

    sessionTest("after a sign-out, the user stays signed out", async ({ browser, tab, standIns }) => {
      await tab.signIn(ada);
      await tab.fetch("/auth/logout", { method: "POST" });
      await loseEveryCopy(browser);
      await tab.openConnected();
      expect(await tab.session()).toMatchObject({ status: "anonymous", error: null });
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    });

    sessionTest(
      "and the token endpoint is temporarily unavailable: the recovery continues",
      async ({ browser, tab, standIns }) => {
        await tab.signIn(ada);
        await loseEveryCopy(browser);
        const { tokenEndpoint } = standIns.authorizationServer.testing;
        tokenEndpoint.fail({ status: 500 });
        await tab.openConnected();
        await tab.waitToBeRecovered();
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      },
    );

    sessionTest(
      "and the server requires interaction: back at the same URL, anonymous, no loop",
      async ({ browser, tab, standIns }) => {
        await tab.signIn(ada);
        await loseEveryCopy(browser);
        await standIns.authorizationServer.testing.endBrowserSessions();
        await browser.goto(`${tab.origin}/notes?a=1#b`);
        await tab.waitForStatus("anonymous");
        expect(await browser.url()).toBe(`${tab.origin}/notes?a=1#b`);
        expect(await tab.session()).toMatchObject({ status: "anonymous", error: { code: "login_required" } });
        await browser.reload();
        await tab.waitForConnection();
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 1, refresh: 0 });
      },
    );

    sessionTest(
      "and the server is unreachable: the page stays, and recovers once it is back",
      async ({ browser, tab, standIns }) => {
        await tab.signIn(ada);
        await loseEveryCopy(browser);
        standIns.network.lose("authorizationServer");
        await browser.goto(`${tab.origin}/notes?a=1#b`);
        await tab.waitForConnection();
        await tab.waitFor(
          "the worker to look for the server",
          async () => standIns.network.attempts.authorizationServer > 0,
        );
        expect(await tab.status()).toBe("recovering");

        standIns.network.restore();
        await tab.waitToBeRecovered();
        expect(await browser.url()).toBe(`${tab.origin}/notes?a=1#b`);
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
      },
    );

    sessionTest('recovery: "none" says session_lost', async ({ browser, tab, standIns }) => {
      await tab.worker.configure({ recovery: "none" });
      await tab.signIn(ada);
      await loseEveryCopy(browser);
      await tab.openConnected();
      expect(await tab.session()).toMatchObject({ status: "anonymous", error: { code: "session_lost" } });
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    });

    // The vault's frame plays the silent sign-in if it gets the authorization server's cookie.
    if (hasVaultOrigin) {
      sameSiteTest(
        "and the authorization server is same-site: it is recovered in every tab without a navigation",
        async ({ browser, tab, standIns }) => {
          const tabs = await openAtOnce(browser, tab.origin, 4);
          await inEach(tabs, browser, tab, () => expectSession(tab, standIns));
          expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
          expect(timesLoaded(standIns)).toBe(4);
        },
      );

      sameSiteTest(
        "and the authorization server is same-site and requires interaction: the page stays, and gets the error",
        async ({ browser, tab, standIns }) => {
          await standIns.authorizationServer.testing.endBrowserSessions();
          await browser.goto(`${tab.origin}/`);
          await tab.waitForStatus("anonymous");
          expect(await tab.session()).toMatchObject({ error: { code: "login_required" }, signIn: "start" });
          expect(asked(standIns)).toEqual({ authorization: 2, exchange: 1, refresh: 0 });
          expect(timesLoaded(standIns)).toBe(1);
        },
      );
    }

    crossSiteTest(
      "and the authorization server is cross-site: the page goes there and comes back",
      async ({ browser, tab, standIns }) => {
        await tab.openConnected();
        await tab.signIn(ada);
        await loseEveryCopy(browser);
        await tab.openConnected();
        await tab.waitToBeRecovered();
        expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
      },
    );
  });
}

/** Checks each tab once all of them are connected. */
async function inEach(
  tabs: readonly string[],
  browser: Browser,
  tab: SessionPage,
  check: () => Promise<void>,
): Promise<void> {
  for (const then of [() => tab.waitForConnection(), check]) {
    for (const handle of tabs) {
      await browser.switchTo(handle);
      await then();
    }
  }
}

/** The page gets the session, and was never told that nobody is signed in. */
async function expectSession(tab: SessionPage, standIns: StandIns): Promise<void> {
  await tab.waitForStatus("authenticated");
  expect(await tab.statuses()).not.toContain("anonymous");
  expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
}

/** How often the browser has loaded the app's page. */
function timesLoaded({ host }: StandIns): number {
  return host.testing.requests.filter(({ path }) => path === "/").length;
}
