import { ada } from "../../../dev-provider/src/users.js";
import { asked } from "./requests-to-the-authorization-server.js";
import { versionPrelude } from "./session-page.js";
import {
  describe,
  engine,
  expect,
  hasVaultOrigin,
  livingSessionTest,
  sessionTest,
} from "./session-scenario.js";

/** Authorization requests of a sign-in during which the worker was stopped. On a vault origin, no worker keeps secrets of them. */
const requests = hasVaultOrigin ? 1 : 2;

/** Chromium starts a worker again for a request that has no response. The vault repeats none that may have taken effect. */
const isRepeated = engine === "chromium";

// WebKitGTK does not stop its workers, and its driver cannot.
if (engine !== "webkit") {
  describe("a worker that the browser stopped", () => {
    livingSessionTest(
      "while idle: the next API request gets the token, without a request to the authorization server",
      async ({ browser, tab, standIns }) => {
        const before = await tab.session();
        for (let death = 0; death < 3; death++) {
          await browser.stopWorkers();
          expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        }
        const after = await tab.session();
        expect(after).toMatchObject({ status: "authenticated", user: before.user, error: null });
        expect(after.worker.startedAt).toBeGreaterThan(before.worker.startedAt);
        expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      },
    );

    livingSessionTest("while twenty requests arrive: all get the token", async ({ browser, standIns }) => {
      await browser.stopWorkers();
      const statuses = await browser.evaluate(
        async (url) => await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).status)),
        `${standIns.api.url}me`,
      );
      expect(statuses).toEqual(Array(20).fill(200));
      expect(standIns.api.testing.requests.filter(({ status }) => status === 401)).toEqual([]);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    });

    livingSessionTest(
      `before an API responds to a write: ${isRepeated ? "the browser sends it again" : "the page's request fails"}`,
      async ({ browser, tab, standIns }) => {
        const { testing, url } = standIns.api;
        const body = JSON.stringify({ text: "once?" });
        const headers = { "Content-Type": "application/json" };
        const hold = testing.hold();
        await tab.begin("write", `${url}notes`, { method: "POST", headers, body });
        await hold.arrived;
        await browser.stopWorkers();
        if (isRepeated) {
          await browser.waitFor("the API to get it again", async () => hold.waiting === 2);
          hold.release();
          expect((await tab.outcome("write")).status).toBe(201);
        } else {
          const { status, text } = await tab.outcome("write");
          expect([status, text]).toEqual([0, expect.stringContaining("TypeError")]);
          hold.release();
        }
        expect((await tab.fetch(`${url}me`)).status).toBe(200);
        const writes = testing.requests.filter(({ method }) => method === "POST");
        expect(writes.map(({ contentLength }) => contentLength)).toEqual(
          Array(isRepeated ? 2 : 1).fill(body.length),
        );
      },
    );

    livingSessionTest(
      "during an API response: the page's request ends, and the session survives",
      async ({ browser, tab, standIns }) => {
        await tab.begin("ticks", `${standIns.api.url}events?count=3`);
        await browser.waitFor("the API to answer", async () =>
          standIns.api.testing.requests.some(({ path, status }) => path === "/v1/events" && status === 200),
        );
        await browser.stopWorkers();
        // The browser may cut the response that streams through the worker, or let it complete.
        await tab.outcome("ticks");
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      },
    );

    livingSessionTest(
      "during a renewal: the next worker renews, and the session survives",
      async ({ browser, tab, standIns }) => {
        const hold = standIns.authorizationServer.testing.tokenEndpoint.hold();
        await tab.begin("refresh", "/auth/refresh", { method: "POST" });
        await hold.arrived;
        await browser.stopWorkers();
        hold.release();
        await tab.outcome("refresh");
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        const renewed = await tab.fetch("/auth/refresh", { method: "POST" });
        expect(JSON.parse(renewed.text)).toMatchObject({ status: "authenticated", error: null });
        expect(asked(standIns)).toMatchObject({ authorization: 1, exchange: 1 });
      },
    );

    livingSessionTest(
      "after the refresh token was rotated, before the worker got the new one: a grace period saves the session",
      async ({ browser, tab, standIns }) => {
        const { settings, tokenEndpoint } = standIns.authorizationServer.testing;
        settings.rotation = { graceSeconds: 60 };
        // The rotation took effect, and its response was lost with the worker.
        tokenEndpoint.fail({ reset: "after" });
        await tab.fetch("/auth/refresh", { method: "POST" });
        await browser.stopWorkers();
        await browser.waitFor("a refresh that succeeds", async () => {
          const { text } = await tab.fetch("/auth/refresh", { method: "POST" });
          return (JSON.parse(text) as { error: unknown }).error === null && asked(standIns).refresh >= 2;
        });
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        expect(await tab.session()).toMatchObject({ status: "authenticated" });
        expect(asked(standIns)).toMatchObject({ authorization: 1, exchange: 1 });
      },
    );

    livingSessionTest(
      "after the refresh token was rotated, without a grace period: the error says what to do",
      async ({ browser, tab, standIns }) => {
        const { settings, tokenEndpoint } = standIns.authorizationServer.testing;
        settings.rotation = { graceSeconds: 0 };
        // A browser's own retry on a cut connection must not get a response either.
        tokenEndpoint.fail({ reset: "after" }, Number.POSITIVE_INFINITY);
        await tab.fetch("/auth/refresh", { method: "POST" });
        await browser.stopWorkers();
        tokenEndpoint.reset();
        await browser.waitFor("the end of the session", async () => {
          const { text } = await tab.fetch("/auth/refresh", { method: "POST" });
          return (JSON.parse(text) as { status: string }).status === "anonymous";
        });
        const { error } = await tab.session();
        expect(error?.code).toBe("invalid_grant");
        expect(error?.description).toMatch(/grace period/);
      },
    );

    sessionTest("during a code exchange: the next sign-in works", async ({ browser, tab, standIns }) => {
      const { tokenEndpoint } = standIns.authorizationServer.testing;
      // Drivers wait for a tab's navigation, and this one's waits for the exchange.
      const signingIn = await browser.currentTab();
      const other = await tab.openInNewTab();
      await browser.switchTo(signingIn);
      await tab.startSignIn("/notes?a=1");
      const hold = tokenEndpoint.hold();
      await tab.submitUntilExchange(ada, hold);
      await browser.switchTo(other);
      await browser.stopWorkers();
      hold.release();
      await tab.signInAgain();
      expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    });

    sessionTest(
      "while the user is at the login form: the sign-in starts again, without a second form",
      async ({ browser, tab, standIns }) => {
        await tab.startSignIn("/notes?a=1#b");
        await browser.stopWorkers();
        await tab.login.submit(ada);
        await tab.waitToBeBack();
        expect(await browser.url()).toBe(`${tab.origin}/notes?a=1#b`);
        expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        expect(asked(standIns)).toEqual({ authorization: requests, exchange: 1, refresh: 0 });
      },
    );

    sessionTest("during sign-ins in three tabs: all succeed", async ({ browser, tab, standIns }) => {
      const tabs = [await browser.currentTab()];
      await tab.startSignIn("/0");
      for (const number of [1, 2]) {
        tabs.push(await tab.openInNewTab());
        await tab.startSignIn(`/${number}`);
      }
      for (const [number, handle] of tabs.entries()) {
        await browser.stopWorkers();
        await browser.switchTo(handle);
        await tab.login.submit(ada);
        await tab.waitToBeBack();
        expect(await browser.url()).toBe(`${tab.origin}/${number}`);
        expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
      }
      for (const handle of tabs) {
        await browser.switchTo(handle);
        await tab.waitForStatus("authenticated");
      }
      expect(asked(standIns)).toEqual({ authorization: 3 * requests, exchange: 3, refresh: 0 });
    });
  });
}

describe("a sign-in that took longer than ten minutes", () => {
  sessionTest(
    "is refused with a clear error, on the page where it started",
    async ({ browser, tab, standIns }) => {
      const signingIn = await browser.currentTab();
      await tab.startSignIn("/notes?a=1#b");
      const other = await tab.openInNewTab();
      // The next version of the script has a clock that says so.
      standIns.host.testing.prelude = versionPrelude(2, 11 * 60);
      await tab.worker.update();
      await tab.worker.waitForVersion(2);
      await browser.switchTo(signingIn);
      await tab.login.submit(ada);
      await tab.waitToBeBack();
      expect(await browser.url()).toBe(`${tab.origin}/notes?a=1#b`);
      expect(await tab.session()).toMatchObject({ status: "anonymous", error: { code: "invalid_state" } });
      expect(asked(standIns)).toMatchObject({ exchange: 0 });

      await tab.signInAgain("/notes");
      expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
      await browser.switchTo(other);
      await tab.waitForStatus("authenticated");
    },
  );
});
