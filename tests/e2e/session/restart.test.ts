import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ada } from "../../../dev-provider/src/users.js";
import { type StandIns, startStandIns } from "../../stand-ins/stand-ins.js";
import { launch } from "../engines/launch.js";
import { clientTest } from "../scenario.js";
import { asked } from "./requests-to-the-authorization-server.js";
import { SessionPage, versionPrelude } from "./session-page.js";
import { describe, engine, expect } from "./session-scenario.js";

// WebKitGTK's driver gives each browser a profile that it forgets.
if (engine !== "webkit") {
  describe("a browser that is closed and started again", () => {
    clientTest("has the session by a silent sign-in", async ({ app }) => {
      const { standIns, start } = await installed(app);
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

    clientTest("after a sign-out stays signed out, and asks nobody", async ({ app }) => {
      const { standIns, start } = await installed(app);
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
    });
  });
}

/** The app's servers, and a profile with which a browser can be started again and again. All ends with the test. */
async function installed(app: string) {
  const profile = await mkdtemp(join(tmpdir(), "strongroom-profile-"));
  onTestFinished(() => rm(profile, { recursive: true, force: true }));
  const standIns: StandIns = await startStandIns({
    app,
  });
  onTestFinished(() => standIns.close());
  standIns.host.testing.prelude = versionPrelude(1);
  const start = async () => {
    const browser = await launch(engine, { profile });
    onTestFinished(() => browser.close());
    return { browser, tab: new SessionPage(browser, standIns) };
  };
  return { standIns, start };
}
