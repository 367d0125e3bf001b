import { ada } from "../../../dev-provider/src/users.js";
import { startLanes, stopLanes } from "../../faults/lane.js";
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

const AFTER_ITS_END = 61 * 60;

describe("a new version of the worker's script becomes active, and the session goes on", () => {
  livingSessionTest("three times in a row", async ({ tab, standIns }) => {
    const before = await tab.session();
    for (const version of [2, 3, 4]) {
      standIns.host.testing.prelude = versionPrelude(version);
      await tab.worker.update();
      await tab.worker.waitForVersion(version);
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    }
    expect(await tab.session()).toMatchObject({ status: "authenticated", user: before.user, error: null });
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    expect(await tab.statuses()).not.toContain("anonymous");
  });

  livingSessionTest(
    "in one file instead of two, and then with another configuration",
    async ({ browser, tab, standIns }) => {
      const { testing } = standIns.host;
      // The pages of a vault origin load its library as a file of its own.
      const oneFile = hasVaultOrigin ? [] : [{ workerScript: "one file" }];
      for (const change of [...oneFile, { config: { sessionClaims: ["sub", "email"] } }]) {
        Object.assign(testing, change);
        const { startedAt } = (await tab.session()).worker;
        await tab.worker.update();
        await browser.waitFor(
          "the new version",
          async () => (await tab.session()).worker.startedAt > startedAt,
        );
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      }
      expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      expect(await tab.statuses()).not.toContain("anonymous");
    },
  );

  livingSessionTest("during an API request, which succeeds", async ({ tab, standIns }) => {
    await tab.begin("ticks", `${standIns.api.url}events?count=3`);
    standIns.host.testing.prelude = versionPrelude(2);
    await tab.worker.update();
    await tab.worker.waitForVersion(2);
    const ticks = await tab.outcome("ticks");
    expect(ticks.status).toBe(200);
    // Firefox and WebKitGTK end the old worker, and what streams through it, when the new one is activated.
    if (engine === "chromium") expect(ticks.text.match(/event: tick/g)).toHaveLength(3);
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
  });

  // The other two do not let a new version wait for what streams.
  if (engine === "chromium") {
    livingSessionTest(
      "though it was stopped while it waited for an API's stream to end",
      async ({ browser, tab, standIns }) => {
        await tab.begin("ticks", `${standIns.api.url}events?count=10`);
        standIns.host.testing.prelude = versionPrelude(2);
        await tab.worker.update();
        await tab.worker.waitForInstallation();
        await browser.stopWaitingWorker();
        expect((await tab.outcome("ticks")).text.match(/event: tick/g)).toHaveLength(10);
        await tab.worker.waitForVersion(2);
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
        expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
      },
    );
  }

  for (const rotation of [null, { graceSeconds: 0 }]) {
    livingSessionTest(
      `with a refresh in flight, ${rotation ? "rotated without grace" : "without rotation"}, and a request that waits for it`,
      async ({ tab, standIns }) => {
        const { settings, tokenEndpoint } = standIns.authorizationServer.testing;
        settings.rotation = rotation;
        const hold = tokenEndpoint.hold();
        await tab.worker.sleepFor(AFTER_ITS_END);
        await tab.begin("waiting", `${standIns.api.url}me`);
        await hold.arrived;
        standIns.host.testing.prelude = versionPrelude(2);
        await tab.worker.update();
        await tab.worker.waitForInstallation();
        hold.release();
        const waiting = await tab.outcome("waiting");
        expect(waiting.status).toBe(200);
        // All of it, although WebKit activates the new version once the response has begun.
        expect(JSON.parse(waiting.text)).toMatchObject({ username: ada.username });
        await tab.worker.waitForVersion(2);
        expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
        const { text } = await tab.fetch("/auth/refresh", { method: "POST" });
        expect(JSON.parse(text)).toMatchObject({ status: "authenticated", error: null });
        expect(asked(standIns)).toMatchObject({ authorization: 1, exchange: 1 });
      },
    );
  }

  sessionTest("during a sign-in, which completes", async ({ browser, tab, standIns }) => {
    const signingIn = await browser.currentTab();
    await tab.startSignIn("/notes?a=1#b");
    await tab.openInNewTab();
    standIns.host.testing.prelude = versionPrelude(2);
    await tab.worker.update();
    await tab.worker.waitForVersion(2);
    await browser.switchTo(signingIn);
    await tab.login.submit(ada);
    await tab.waitToBeBack();
    expect(await browser.url()).toBe(`${tab.origin}/notes?a=1#b`);
    expect(await tab.session()).toMatchObject({ status: "authenticated", error: null });
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
  });

  livingSessionTest("with twenty tabs", async ({ browser, tab, standIns }) => {
    const tabs = [await browser.currentTab()];
    while (tabs.length < 20) tabs.push(await tab.openInNewTab());
    standIns.host.testing.prelude = versionPrelude(2);
    await tab.worker.update();
    await tab.worker.waitForVersion(2);
    for (const handle of tabs) {
      await browser.switchTo(handle);
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
      await tab.waitForStatus("authenticated");
      expect(await tab.statuses()).not.toContain("anonymous");
    }
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
  });

  livingSessionTest(
    "with a page that sends requests continuously: each one that a worker saw succeeds",
    async ({ browser, tab, standIns }) => {
      // One after the other: Chromium lets a new version in between two requests, and waits while they overlap.
      await browser.evaluate(startLanes, `${standIns.api.url}me`, 1);
      const requesting = await browser.currentTab();
      await tab.openInNewTab();
      const answered = () => standIns.api.testing.requests.filter(({ status }) => status === 200).length;
      for (const version of [2, 3, 4]) {
        standIns.host.testing.prelude = versionPrelude(version);
        await tab.worker.update();
        // Requests that arrived just when Chromium stopped the old version make it wait for the next page to load.
        if (engine === "chromium") {
          await tab.worker.waitForVersion(version, 5_000).catch(() => browser.reload());
        }
        await tab.worker.waitForVersion(version);
        const before = answered();
        await tab.waitFor("two more requests to be answered", async () => answered() >= before + 2);
      }
      await browser.switchTo(requesting);
      const tallies = await browser.evaluate(stopLanes, 15_000);
      for (const tally of tallies) {
        expect(tally).toMatchObject({ refused: [], unanswered: [] });
        expect(tally.answered).toBeGreaterThanOrEqual(6);
        // Firefox shows a request to no worker now and then, in the moment in which a new version takes over.
        expect(tally.bypassed.length).toBeLessThanOrEqual(engine === "firefox" ? 3 : 0);
      }
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    },
  );
});
