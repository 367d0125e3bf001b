import { bob } from "../../../dev-provider/src/users.js";
import { buildClientApp } from "../client-page.js";
import type { Browser } from "../engines/browser.js";
import { hasVaultOrigin, scenarioIn } from "../scenario.js";
import { asked } from "./requests-to-the-authorization-server.js";
import type { SessionPage } from "./session-page.js";
import { describe, engine, expect, livingSessionTest, signedInTab } from "./session-scenario.js";

/**
 * Ada is signed in, in a browser without shared workers, where each page has a keeper of its own that is frozen with it. The
 * constructor is deleted before the client's module is evaluated, which looks for it once.
 */
const frozenKeeperTest = scenarioIn(() =>
  buildClientApp(`${engine}-no-shared-workers`, "delete globalThis.SharedWorker;"),
).extend("tab", signedInTab);

// WebKitGTK does not stop its workers, and its driver cannot.
if (engine !== "webkit") {
  describe("a hidden tab behind another one", () => {
    livingSessionTest("has the keeper for a worker that was stopped", async ({ browser, tab, standIns }) => {
      const hidden = await browser.currentTab();
      await browser.evaluate(() => {
        window.visibilities = [];
        document.onvisibilitychange = () => visibilities.push(document.visibilityState);
      });
      await tab.openWithoutVault();
      for (let death = 0; death < 3; death++) {
        await browser.stopWorkers();
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      }
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      await browser.switchTo(hidden);
      await browser.waitFor("the tab to be visible again", () =>
        browser.evaluate(() => visibilities.at(-1) === "visible"),
      );
      expect(await browser.evaluate(() => visibilities)).toEqual(["hidden", "visible"]);
    });

    livingSessionTest(
      "gets the token for its own requests, and learns of a sign-out",
      async ({ browser, tab, standIns }) => {
        await browser.evaluate((url) => {
          const answers = new BroadcastChannel("answers");
          new BroadcastChannel("requests").onmessage = async () => {
            const { status } = await fetch(url);
            answers.postMessage([document.visibilityState, status, vault.session.status]);
          };
        }, `${standIns.api.url}me`);
        await tab.openWithoutVault();
        const askHiddenTab = () =>
          browser.evaluate(
            () =>
              new Promise<unknown>((resolve) => {
                new BroadcastChannel("answers").onmessage = ({ data }) => resolve(data);
                new BroadcastChannel("requests").postMessage(null);
              }),
          );
        for (let death = 0; death < 3; death++) {
          await browser.stopWorkers();
          expect(await askHiddenTab()).toEqual(["hidden", 200, "authenticated"]);
        }
        expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });

        await tab.fetch("/auth/logout", { method: "POST" });
        await tab.waitFor("the hidden tab to know", async () => {
          const [visibility, status, session] = (await askHiddenTab()) as [string, number, string];
          expect([visibility, status]).toEqual(["hidden", 401]);
          return session === "anonymous";
        });
      },
    );
  });
}

// Firefox and WebKitGTK freeze no tabs.
if (engine === "chromium") {
  describe("a frozen tab", () => {
    livingSessionTest(
      "has its session when it thaws after the worker was stopped",
      async ({ browser, tab, standIns }) => {
        const frozen = await browser.currentTab();
        await browser.freeze();
        await browser.newTab();
        await browser.stopWorkers();
        await browser.switchTo(frozen);
        await browser.thaw();
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        await tab.waitForStatus("authenticated");
        expect(await tab.statuses()).not.toContain("anonymous");
        expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      },
    );

    livingSessionTest("calls the API when it thaws after a minute", async ({ browser, tab, standIns }) => {
      const frozen = await browser.currentTab();
      await browser.freeze();
      await tab.openInNewTab();
      await tab.worker.sleepFor(61);
      await browser.switchTo(frozen);
      await browser.thaw();
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    });

    livingSessionTest(
      "has no token after a sign-out that happened while it was frozen",
      async ({ browser, tab, standIns }) => {
        const frozen = await browser.currentTab();
        await browser.freeze();
        await tab.openWithoutVault();
        await tab.fetch("/auth/logout", { method: "POST" });
        await browser.stopWorkers();
        await browser.switchTo(frozen);
        await browser.thaw();
        await expectNeverAToken(browser, tab, standIns.api.url);
        expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      },
    );

    // On a vault origin there is none.
    if (!hasVaultOrigin) {
      livingSessionTest(
        "has the keeper for a worker that was stopped: shared workers are not frozen",
        async ({ browser, tab, standIns }) => {
          await browser.freeze();
          await tab.openWithoutVault();
          await browser.stopWorkers();
          expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
          expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
        },
      );
    }
  });

  describe("a keeper that is frozen with its page, where there are no shared workers", () => {
    frozenKeeperTest("hands its copy over when it thaws", async ({ browser, tab, standIns }) => {
      const frozen = await browser.currentTab();
      await freeze(browser, tab);
      await browser.stopWorkers();
      await browser.switchTo(frozen);
      await browser.thaw();
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    });

    frozenKeeperTest(
      "does not delay a recovery, and follows the recovered session",
      async ({ browser, tab, standIns }) => {
        const frozen = await browser.currentTab();
        await freeze(browser, tab);
        await browser.stopWorkers();
        await tab.openInNewTab();
        // The recovery navigates, which aborts a waiting request of this document.
        await tab.waitForStatus("authenticated");
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        const recovered = await tab.session();
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });

        await browser.switchTo(frozen);
        await browser.thaw();
        // The document before the recovery's navigation may still have one too.
        await tab.waitFor("two keepers", async () => (await tab.session()).worker.keepers >= 2);
        expect(await tab.session()).toMatchObject({
          status: "authenticated",
          expiresAt: recovered.expiresAt,
        });
        await browser.stopWorkers();
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        expect(await tab.statuses()).not.toContain("anonymous");
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
      },
    );

    frozenKeeperTest(
      "does not restore a session that was signed out meanwhile",
      async ({ browser, tab, standIns }) => {
        const frozen = await browser.currentTab();
        await freeze(browser, tab);
        await tab.openControlled();
        await tab.fetch("/auth/logout", { method: "POST" });
        await browser.stopWorkers();
        await browser.switchTo(frozen);
        await browser.thaw();
        await expectNeverAToken(browser, tab, standIns.api.url);
        expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      },
    );

    frozenKeeperTest("does not replace the next user's session", async ({ browser, tab, standIns }) => {
      const frozen = await browser.currentTab();
      await freeze(browser, tab);
      await tab.openControlled();
      const { text } = await tab.fetch("/auth/logout", { method: "POST" });
      await browser.goto((JSON.parse(text) as { location: string }).location);
      await tab.waitToBeBack();
      await tab.signIn(bob);
      await tab.worker.waitForKeeper();
      await browser.stopWorkers();
      await browser.switchTo(frozen);
      await browser.thaw();
      const me = await tab.fetch(`${standIns.api.url}me`);
      expect(JSON.parse(me.text)).toMatchObject({ username: bob.username });
      expect(await tab.session()).toMatchObject({ user: { email: bob.email } });
      await tab.waitFor("the page to know", async () => {
        await tab.waitForConnection();
        return await browser.evaluate((email) => vault.session.user?.email === email, bob.email);
      });
    });
  });
}

declare global {
  /** The states of this document's visibility. */
  var visibilities: string[];
}

/** Freezes the page of the current tab and its keeper with it, and goes to another tab without a keeper. */
async function freeze(browser: Browser, tab: SessionPage): Promise<void> {
  await browser.freeze();
  // On a vault origin every connected page has a keeper.
  if (hasVaultOrigin) return void (await browser.newTab());
  await tab.openWithoutVault();
  expect(await tab.worker.hasAwakeKeeper()).toBe(false);
}

async function expectNeverAToken(browser: Browser, tab: SessionPage, api: string): Promise<void> {
  expect((await tab.fetch(`${api}me`)).status).toBe(401);
  await tab.waitForStatus("anonymous");
  await browser.stopWorkers();
  expect((await tab.fetch(`${api}me`)).status).toBe(401);
  expect(await tab.session()).toMatchObject({ status: "anonymous", user: null, expiresAt: null });
}
