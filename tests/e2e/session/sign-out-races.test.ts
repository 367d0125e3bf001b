import { ada } from "../../../dev-provider/src/users.js";
import { asked } from "./requests-to-the-authorization-server.js";
import type { SessionPage } from "./session-page.js";
import { describe, engine, expect, livingSessionTest, sessionTest } from "./session-scenario.js";

const AFTER_ITS_END = 61 * 60;

describe("a sign-out", () => {
  livingSessionTest(
    "during a renewal wins: the tokens that arrive late are dropped",
    async ({ tab, standIns }) => {
      const { tokenEndpoint, tokenRequests } = standIns.authorizationServer.testing;
      const hold = tokenEndpoint.hold();
      await tab.begin("refresh", "/auth/refresh", { method: "POST" });
      await hold.arrived;
      await signOut(tab);
      hold.release();
      expect(JSON.parse((await tab.outcome("refresh")).text)).toMatchObject({ status: "anonymous" });
      await tab.waitFor("the refresh to end", async () => tokenRequests.at(-1)?.outcome !== "pending");
      await expectAnonymous(tab, standIns.api.url);
    },
  );

  livingSessionTest(
    "while API requests wait for a renewal: they go out without a token",
    async ({ tab, standIns }) => {
      const hold = standIns.authorizationServer.testing.tokenEndpoint.hold();
      await tab.worker.sleepFor(AFTER_ITS_END);
      await tab.begin("waiting", `${standIns.api.url}me`);
      await hold.arrived;
      await signOut(tab);
      expect((await tab.outcome("waiting")).status).toBe(401);
      hold.release();
      await expectAnonymous(tab, standIns.api.url);
    },
  );

  sessionTest(
    "during a code exchange wins: the tokens that arrive late are dropped",
    async ({ browser, tab, standIns }) => {
      const first = await browser.currentTab();
      const signingIn = await tab.openInNewTab();
      await tab.startSignIn();
      const hold = standIns.authorizationServer.testing.tokenEndpoint.hold();
      await tab.submitUntilExchange(ada, hold);
      await browser.switchTo(first);
      await signOut(tab);
      hold.release();
      await browser.switchTo(signingIn);
      await tab.waitToBeBack();
      await expectAnonymous(tab, standIns.api.url);
    },
  );

  livingSessionTest("in another tab reaches this one", async ({ browser, tab, standIns }) => {
    const first = await browser.currentTab();
    await tab.openInNewTab();
    await signOut(tab);
    await browser.switchTo(first);
    await tab.waitForStatus("anonymous");
    await expectAnonymous(tab, standIns.api.url);
  });

  livingSessionTest(
    "in two tabs at once: both succeed, with one revocation",
    async ({ browser, tab, standIns }) => {
      const hold = standIns.authorizationServer.testing.revocationEndpoint.hold();
      const first = await browser.currentTab();
      await tab.begin("sign-out", "/auth/logout", { method: "POST" });
      await hold.arrived;
      await tab.openInNewTab();
      await signOut(tab);
      hold.release();
      await browser.switchTo(first);
      expect(await tab.outcome("sign-out")).toMatchObject({ status: 200 });
      expect(standIns.authorizationServer.testing.revocationRequests).toMatchObject([{ outcome: "ok" }]);
      expect((await tab.session()).error).toBeNull();
    },
  );

  livingSessionTest(
    "whose revocation fails still signs out and reports it; the revocation is retried when the next page connects",
    async ({ browser, tab, standIns }) => {
      const { revocationEndpoint, revocationRequests } = standIns.authorizationServer.testing;
      revocationEndpoint.fail({ status: 500 });
      await signOut(tab);
      expect(await tab.session()).toMatchObject({
        status: "anonymous",
        error: { code: "revocation_failed" },
      });
      await expectAnonymous(tab, standIns.api.url);
      await browser.evaluate(async () => {
        const { body } = await fetch("/auth/events");
        await body?.cancel();
      });
      await browser.waitFor("the second attempt", async () => (await tab.session()).error === null);
      expect(revocationRequests.map(({ outcome }) => outcome).at(-1)).toBe("ok");
    },
  );

  livingSessionTest("can be followed by a sign-in", async ({ browser, tab, standIns }) => {
    const { text } = await tab.fetch("/auth/logout", { method: "POST" });
    await browser.goto((JSON.parse(text) as { location: string }).location);
    await tab.waitToBeBack();
    await tab.signIn(ada);
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
  });

  // WebKitGTK does not stop its workers, and its driver cannot.
  if (engine === "webkit") return;

  livingSessionTest(
    "holds when the worker is stopped: no keeper restores the session",
    async ({ browser, tab, standIns }) => {
      await signOut(tab);
      await browser.stopWorkers();
      await expectAnonymous(tab, standIns.api.url);
      await tab.worker.waitForKeeper();
      await browser.stopWorkers();
      await expectAnonymous(tab, standIns.api.url);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    },
  );

  livingSessionTest(
    "holds when the worker is stopped during the revocation",
    async ({ browser, tab, standIns }) => {
      const hold = standIns.authorizationServer.testing.revocationEndpoint.hold();
      await tab.begin("sign-out", "/auth/logout", { method: "POST" });
      await hold.arrived;
      await browser.stopWorkers();
      hold.release();
      await tab.outcome("sign-out");
      await expectAnonymous(tab, standIns.api.url);
    },
  );

  livingSessionTest(
    "as the first request of a new worker wins over the keeper's copy",
    async ({ browser, tab, standIns }) => {
      await browser.stopWorkers();
      await signOut(tab);
      await expectAnonymous(tab, standIns.api.url);
      await browser.stopWorkers();
      await expectAnonymous(tab, standIns.api.url);
      expect(standIns.authorizationServer.testing.revocationRequests).toMatchObject([{ outcome: "ok" }]);
    },
  );
});

livingSessionTest(
  "a global sign-out at the authorization server ends the session at the next refresh, in every tab",
  async ({ browser, tab, standIns }) => {
    const first = await browser.currentTab();
    await tab.openInNewTab();
    await standIns.authorizationServer.testing.signOutEverywhere(ada.username);
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    await tab.fetch("/auth/refresh", { method: "POST" });
    expect(await tab.session()).toMatchObject({ status: "anonymous", error: { code: "invalid_grant" } });
    await browser.switchTo(first);
    await tab.waitForStatus("anonymous");
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
    if (engine === "webkit") return;
    await browser.stopWorkers();
    expect(await tab.session()).toMatchObject({ status: "anonymous" });
  },
);

async function signOut(tab: SessionPage): Promise<void> {
  expect((await tab.fetch("/auth/logout", { method: "POST" })).status).toBe(200);
}

async function expectAnonymous(tab: SessionPage, api: string): Promise<void> {
  expect((await tab.fetch(`${api}me`)).status).toBe(401);
  expect(await tab.session()).toMatchObject({ status: "anonymous", user: null, expiresAt: null });
}
