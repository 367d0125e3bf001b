import { ada, bob } from "../../dev-provider/src/users.js";
import { ClientPage } from "./client-page.js";
import { clientTestOf, describe, expect, hasVaultOrigin, test } from "./scenario.js";

const FOLDER = "/app/";
const folderTest = clientTestOf({ base: FOLDER });

describe("a first visit", () => {
  test("shows an anonymous page under the worker's control, without a reload", async ({ browser, demo }) => {
    expect(await demo.openConnected()).toBe("anonymous");
    expect(await browser.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(
      `${demo.origin}/vault-worker.js`,
    );
    expect(await demo.textOf("error")).toBeNull();
  });
});

describe("signing in", () => {
  test("at the authorization server's form ends in the app, with the claims it may see", async ({ demo }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    expect(await demo.textOf("claim-sub")).toBe(ada.sub);
    expect(await demo.textOf("claim-email")).toBe(ada.email);
  });

  test("sends an authorization request with S256, state and nonce, and nothing secret", async ({
    demo,
    standIns,
  }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    const [request, ...others] = standIns.authorizationServer.testing.authorizationRequests;
    expect(others).toEqual([]);
    expect(request).toEqual({
      response_type: "code",
      client_id: "strongroom-demo",
      redirect_uri: demo.callback,
      scope: "openid email profile notes/read notes/write",
      state: expect.stringMatching(/^[\w-]{22,}$/),
      nonce: expect.stringMatching(/^[\w-]{22,}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
  });

  test("returns to the page it was started from", async ({ browser, demo }) => {
    await demo.openConnected("/somewhere?note=7");
    await demo.signIn(ada);
    expect(await browser.url()).toBe(`${demo.origin}/somewhere?note=7`);
  });

  test("works after a wrong password", async ({ demo }) => {
    await demo.openConnected();
    await demo.startSignIn();
    await demo.login.submit({ username: "ada", password: "wrong-horse" });
    expect(await demo.login.complaint()).toMatch(/password/i);
    await demo.login.submit(ada);
    await demo.waitForStatus("authenticated");
    expect(await demo.textOf("error")).toBeNull();
  });

  test("of another user shows nothing of the first", async ({ demo }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await demo.signOut();
    await demo.signIn(bob);
    expect(await demo.textOf("claim-email")).toBe(bob.email);
  });
});

test("a reload keeps the session, and asks the authorization server for nothing", async ({
  browser,
  demo,
  standIns,
}) => {
  await demo.openConnected();
  await demo.signIn(ada);
  await browser.reload();
  expect(await demo.waitForConnection()).toBe("authenticated");
  expect(await demo.textOf("claim-email")).toBe(ada.email);
  expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(1);
  expect(standIns.authorizationServer.testing.authorizationRequests).toHaveLength(1);
});

// On a vault origin, sign-in and sign-out do not depend on the folder of the app.
if (!hasVaultOrigin) {
  describe("an app in a folder of its host", () => {
    folderTest("signs in and out, and ends in its folder", async ({ browser, standIns }) => {
      const page = new ClientPage(browser, standIns, { base: FOLDER });
      await page.openConnected();
      await page.startSignInByClient();
      await page.login.submit(ada);
      await page.waitToBeBack();
      expect(await page.connect()).toEqual({ status: "authenticated", error: null });
      expect(await browser.evaluate(async () => (await vault.refresh()).status)).toBe("authenticated");
      await browser.markDocument();
      await browser.evaluate(() => void vault.logout());
      await browser.waitForNewDocument();
      await page.waitForUrl("/");
      expect(await page.connect()).toMatchObject({ status: "anonymous" });
      expect(standIns.authorizationServer.testing.authorizationRequests[0]).toMatchObject({
        redirect_uri: `${page.origin}/app/auth/callback`,
      });
    });
  });
}
