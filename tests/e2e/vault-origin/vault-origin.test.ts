import { ada } from "../../../dev-provider/src/users.js";
import { clientTest, describe, expect } from "../scenario.js";

describe("an app whose vault has an origin of its own", () => {
  clientTest("signs in, calls the API, and signs out, in every tab", async ({ browser, page, standIns }) => {
    expect(await page.openConnected()).toBe("anonymous");
    await page.startSignInByClient("/notes?a=1#b");
    await page.login.submit(ada);
    await page.waitToBeBack();
    expect(await browser.url()).toBe(`${page.origin}/notes?a=1#b`);
    await page.waitForStatus("authenticated");
    expect(await page.session()).toMatchObject({ user: { sub: ada.sub }, error: null });
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);

    await browser.reload();
    expect(await page.waitForConnection()).toBe("authenticated");
    const first = await browser.currentTab();
    const second = await page.openInNewTab();
    expect(await page.status()).toBe("authenticated");
    expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(1);

    await browser.switchTo(first);
    await browser.markDocument();
    await browser.evaluate(() => void vault.logout());
    await browser.waitForNewDocument();
    await page.waitForUrl("/");
    expect(await page.waitForConnection()).toBe("anonymous");
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(401);
    await browser.switchTo(second);
    await page.waitForStatus("anonymous");
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(401);
  });
});
