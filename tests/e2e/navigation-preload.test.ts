import { ada } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";
import { clientTest, describe, engine, expect } from "./scenario.js";

/** Script of the page makes the browser send each navigation to the host too. */
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
  clientTest("sends the host no authorization code", async ({ browser, page, standIns }) => {
    await page.openRegistered();
    await enablePreload(browser);
    standIns.host.testing.requests.length = 0;
    await page.signIn(ada);
    expect(await page.session()).toMatchObject({ status: "authenticated" });
    const { requests } = standIns.host.testing;
    const atEndpoints = requests.filter(({ path }) => path.startsWith("/auth/"));
    // The browser did preload: the navigation to /auth/login, which has nothing secret, and none after it. WebKitGTK sends
    // that one twice at times, on a busy machine.
    expect(new Set(atEndpoints.map(({ path, query }) => `${path}?${new URLSearchParams(query)}`))).toEqual(
      new Set(["/auth/login?returnTo=%2F"]),
    );
    const { codes } = standIns.authorizationServer.testing.issued;
    expect(codes).toHaveLength(1);
    expect(JSON.stringify(requests)).not.toContain(codes[0]);
    expect(await isPreloadEnabled(browser)).toBe(false);
  });

  // WebKitGTK's driver cannot stop a worker.
  if (engine !== "webkit") {
    clientTest("is disabled when the worker starts again", async ({ browser, page }) => {
      await page.openRegistered();
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
