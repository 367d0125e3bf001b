import { ada } from "strongroom-demo/servers/users.js";
import type { Browser } from "./engines/browser.js";
import { bareTest, describe, engine, expect } from "./scenario.js";

/** Script of the page has the browser send each navigation to the host as well. */
async function enablePreload(browser: Browser): Promise<void> {
  await browser.evaluate(async () => {
    const { navigationPreload } = await navigator.serviceWorker.ready;
    await navigationPreload.enable();
  });
}

async function isPreloadEnabled(browser: Browser): Promise<boolean> {
  return await browser.evaluate(async () => {
    const { navigationPreload } = await navigator.serviceWorker.ready;
    return (await navigationPreload.getState()).enabled === true;
  });
}

describe("navigation preload that a page enables", () => {
  bareTest("sends the host no authorization code", async ({ browser, page, standIns }) => {
    await page.open();
    await enablePreload(browser);
    standIns.host.testing.requests.length = 0;
    await page.signIn(ada);
    expect(await page.session()).toMatchObject({ status: "authenticated" });
    const atEndpoints = standIns.host.testing.requests.filter(({ path }) => path.startsWith("/auth/"));
    // The browser did preload: the navigation to /auth/login, which has nothing secret, and none after it.
    expect(atEndpoints.map(({ path, query }) => ({ path, query }))).toEqual([
      { path: "/auth/login", query: { returnTo: "/" } },
    ]);
    expect(await isPreloadEnabled(browser)).toBe(false);
  });

  // WebKitGTK gives a driver no way to stop a worker.
  if (engine !== "webkit") {
    bareTest("is disabled when the worker starts again", async ({ browser, page }) => {
      await page.open();
      await enablePreload(browser);
      expect(await isPreloadEnabled(browser)).toBe(true);
      await browser.stopWorkers();
      // Any request to the vault starts it.
      await page.session();
      await browser.waitFor(
        "navigation preload to be disabled",
        async () => !(await isPreloadEnabled(browser)),
      );
    });
  }
});
