import { ada } from "../../../dev-provider/src/users.js";
import { clientTest } from "../scenario.js";
import { newProfile } from "./new-profile.js";
import { asked } from "./requests-to-the-authorization-server.js";
import { describe, expect } from "./session-scenario.js";

describe("a browser that is closed and started again", () => {
  clientTest("recovers the session by a silent sign-in", async ({ standIns }) => {
    const start = await newProfile(standIns);
    const before = await start();
    await before.tab.openConnected();
    await before.tab.signIn(ada);
    const { user } = await before.tab.session();
    await before.browser.quit();

    const { browser, tab } = await start();
    await browser.goto(`${tab.origin}/notes?a=1#b`);
    await tab.waitToBeRecovered();
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect(await browser.url()).toBe(`${tab.origin}/notes?a=1#b`);
    expect(await tab.session()).toMatchObject({ status: "authenticated", user, error: null });
    expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
    expect(standIns.authorizationServer.testing.authorizationRequests.at(-1)).toMatchObject({
      prompt: "none",
    });
  });

  clientTest(
    "stays signed out after a sign-out, without asking the authorization server",
    async ({ standIns }) => {
      const start = await newProfile(standIns);
      const before = await start();
      await before.tab.openConnected();
      await before.tab.signIn(ada);
      expect((await before.tab.fetch("/auth/logout", { method: "POST" })).status).toBe(200);
      await before.browser.quit();

      const { tab } = await start();
      await tab.openConnected();
      expect(await tab.session()).toMatchObject({ status: "anonymous", user: null, error: null });
      expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    },
  );
});
