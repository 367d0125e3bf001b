import { ada } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";
import type { Page } from "./page.js";
import { describe, engine, expect, test } from "./scenario.js";

/** On a vault origin each page has one, and a page that was left may still have its own. */
async function waitForKeeper(browser: Browser, demo: Page): Promise<void> {
  await browser.waitFor("a keeper", async () => (await demo.session()).worker.keepers > 0);
}

describe("the keeper", () => {
  test("is there once the page is connected", async ({ browser, demo }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await waitForKeeper(browser, demo);
  });

  // WebKitGTK does not stop its workers, and its driver cannot.
  if (engine === "webkit") return;

  test("gives a worker that was stopped its session back, without the authorization server", async ({
    browser,
    demo,
    standIns,
  }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await waitForKeeper(browser, demo);
    const before = await demo.session();
    const asked = standIns.authorizationServer.testing.tokenRequests.length;
    for (let death = 0; death < 3; death++) {
      await browser.stopWorkers();
      const response = await demo.fetch(`${standIns.api.url}me`);
      expect(response.status).toBe(200);
    }
    const after = await demo.session();
    expect(after.status).toBe("authenticated");
    expect(after.user).toEqual(before.user);
    expect(after.worker.startedAt).toBeGreaterThan(before.worker.startedAt);
    expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(asked);
    expect(standIns.authorizationServer.testing.authorizationRequests).toHaveLength(1);
  });
});
