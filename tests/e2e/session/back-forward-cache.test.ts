import type { Browser } from "../engines/browser.js";
import { asked } from "./requests-to-the-authorization-server.js";
import type { SessionPage } from "./session-page.js";
import { describe, engine, expect, livingSessionTest } from "./session-scenario.js";

describe("a page that comes back from the back-forward cache", () => {
  livingSessionTest("follows the same session", async ({ browser, tab, standIns }) => {
    const { worker: _, ...before } = await tab.session();
    await leave(browser);
    await comeBack(browser, tab);
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect(await tab.session()).toMatchObject(before);
    expect(await tab.statuses()).not.toContain("anonymous");
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    await tab.fetch("/auth/logout", { method: "POST" });
    await tab.waitForStatus("anonymous");
  });

  livingSessionTest("sees a sign-out that it missed", async ({ browser, tab, standIns }) => {
    const left = await browser.currentTab();
    await leave(browser);
    await tab.openInNewTab();
    await tab.fetch("/auth/logout", { method: "POST" });
    await browser.switchTo(left);
    await comeBack(browser, tab);
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
    await tab.waitForStatus("anonymous");
  });

  // WebKitGTK does not stop its workers, and its driver cannot.
  if (engine === "webkit") return;

  livingSessionTest(
    "has its session if the worker was stopped meanwhile",
    async ({ browser, tab, standIns }) => {
      await leave(browser);
      await browser.stopWorkers();
      await comeBack(browser, tab);
      await tab.waitForStatus("authenticated");
      expect(await tab.statuses()).not.toContain("anonymous");
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    },
  );
});

declare global {
  /** Whether this document has been left before. */
  var wasLeft: boolean;
}

/** Leaves the page of the current tab for another one. */
async function leave(browser: Browser): Promise<void> {
  await browser.evaluate(() => {
    window.wasLeft = true;
  });
  await browser.leavePage();
}

/** Goes back: in Chromium to the very document that was left. Firefox and WebKitGTK may load it anew. */
async function comeBack(browser: Browser, tab: SessionPage): Promise<void> {
  await browser.driver.navigate().back();
  await tab.waitToBeBack();
  if (engine === "chromium") expect(await browser.evaluate(() => window.wasLeft)).toBe(true);
}
