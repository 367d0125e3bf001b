import { ada } from "../../../dev-provider/src/users.js";
import { clientTest, describe, expect } from "../scenario.js";
import { asked } from "../session/requests-to-the-authorization-server.js";
import { TRAP } from "../trap.js";

/** Put before the worker's script: no keeper ever gets a copy of the session. */
const WITHOUT_KEEPERS = `
  if (!("ServiceWorkerGlobalScope" in self)) {
    const { fetch } = self;
    const isOfKeeper = (input) => String(input.url ?? input).includes("/auth/keep");
    self.fetch = (input, init) => (isOfKeeper(input) ? new Promise(() => {}) : fetch(input, init));
  }
`;

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

  // durable.test.ts has restarts of the browser, which a driven WebKitGTK forgets.
  clientTest("has a session on the device for a worker that has lost it", async ({ page, standIns }) => {
    Object.assign(standIns.host.testing, {
      prelude: TRAP + WITHOUT_KEEPERS,
      config: { remember: "device" },
    });
    await page.openConnected();
    await page.signIn(ada);
    const { user, worker } = await page.session();
    expect((await page.fetch(`${standIns.api.url}me?trap`)).status).toBe(200);
    const session = await page.session();
    expect(session).toMatchObject({ status: "authenticated", user, error: null });
    expect(session.worker.startedAt).toBeGreaterThan(worker.startedAt);
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 1 });
  });
});
