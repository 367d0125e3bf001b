import { ada } from "../../dev-provider/src/users.js";
import { clientTest, describe, expect, test } from "./scenario.js";

describe("signing out", () => {
  test("revokes the refresh token, ends the authorization server's session, and comes back to the app", async ({
    browser,
    demo,
    standIns,
  }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await demo.signOut();

    expect(await browser.url()).toBe(`${demo.origin}/`);
    expect(standIns.authorizationServer.testing.revocationRequests).toMatchObject([{ outcome: "ok" }]);
    // The authorization server has forgotten the browser too: it asks for the password.
    await demo.startSignIn();
  });

  clientTest("leaves the API anonymous", async ({ page, standIns }) => {
    await page.openRegistered();
    await page.signIn(ada);
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);

    const { status, text } = await page.fetch("/auth/logout", { method: "POST" });
    expect(status).toBe(200);
    const location = new URL((JSON.parse(text) as { location: string }).location);
    expect(location.origin + location.pathname).toBe(standIns.authorizationServer.endpoints.logout);
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      client_id: "strongroom-demo",
      logout_uri: `${page.origin}/`,
    });

    expect(await page.session()).toMatchObject({
      status: "anonymous",
      user: null,
      expiresAt: null,
      error: null,
    });
    for (const url of [`${standIns.api.url}me`, "/api/v1/me"]) {
      expect((await page.fetch(url)).status).toBe(401);
      expect(standIns.api.testing.requests.at(-1)?.authorization).toBeNull();
    }
  });

  clientTest(
    "works when the revocation endpoint does not, and says that it does not",
    async ({ page, standIns }) => {
      await page.openRegistered();
      await page.signIn(ada);
      standIns.authorizationServer.testing.revocationEndpoint.fail({ status: 500 }, Number.POSITIVE_INFINITY);
      expect((await page.fetch("/auth/logout", { method: "POST" })).status).toBe(200);
      expect(await page.session()).toMatchObject({
        status: "anonymous",
        user: null,
        error: { code: "revocation_failed" },
      });
      expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(401);
    },
  );
});
