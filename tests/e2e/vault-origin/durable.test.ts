import { vi } from "vitest";
import { ada, bob } from "../../../dev-provider/src/users.js";
import type { StandIns } from "../../stand-ins/stand-ins.js";
import { clientTest, describe, expect } from "../scenario.js";
import { newProfile } from "../session/new-profile.js";
import { asked } from "../session/requests-to-the-authorization-server.js";
import { versionPrelude } from "../session/session-page.js";

// Each scenario starts several browsers.
vi.setConfig({ testTimeout: 120_000 });

const DAY = 86_400;

type Start = Awaited<ReturnType<typeof newProfile>>;

describe("a session on the device, after a restart of the browser,", () => {
  clientTest("is there before the first API response, and is renewed once", async ({ standIns }) => {
    remember(standIns);
    const { settings, tokenEndpoint } = standIns.authorizationServer.testing;
    settings.rotation = { graceSeconds: 0 };
    const start = await newProfile(standIns);
    const before = await signedIn(start);
    const { user } = await before.tab.session();
    await before.browser.quit();

    // The second time with the refresh token of the first renewal.
    for (const time of [1, 2]) {
      standIns.api.testing.reset();
      const hold = tokenEndpoint.hold();
      const { browser, tab } = await start();
      expect(await tab.openConnected()).toBe("authenticated");
      await tab.begin("me", `${standIns.api.url}me`);
      await hold.arrived;
      expect(await tab.session()).toMatchObject({ status: "authenticated", user, error: null });
      expect(standIns.api.testing.requests).toEqual([]);
      hold.release();
      expect((await tab.outcome("me")).status).toBe(200);
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: time });
      await browser.quit();
    }
  });

  clientTest("is gone if the user signed out, in this profile alone", async ({ standIns }) => {
    remember(standIns);
    const [start, startOther] = [await newProfile(standIns), await newProfile(standIns)];
    const [before, other] = [await signedIn(start, ada), await signedIn(startOther, bob)];
    expect((await before.tab.fetch("/auth/logout", { method: "POST" })).status).toBe(200);
    await Promise.all([before.browser.quit(), other.browser.quit()]);

    await expectNobody(await start(), standIns);
    expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
    const { tab } = await startOther();
    expect(await tab.openConnected()).toBe("authenticated");
    expect((await tab.session()).user).toMatchObject({ sub: bob.sub });
    expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(200);
    expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 1 });
  });

  clientTest("is gone if the vault's storage was deleted", async ({ standIns }) => {
    remember(standIns);
    const start = await newProfile(standIns);
    const { browser } = await signedIn(start);
    await browser.leavePage();
    await browser.forget(standIns.vault?.origin ?? "");
    await browser.quit();

    await expectNobody(await start(), standIns);
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
  });

  for (const days of [29, 31]) {
    clientTest(`is ${days < 30 ? "there" : "gone"} ${days} days after the sign-in`, async ({ standIns }) => {
      // Otherwise the authorization server is asked who is signed in.
      remember(standIns, { recovery: "none" });
      const start = await newProfile(standIns);
      const { browser, tab } = await signedIn(start);
      // Otherwise the script that the browser has keeps its clock.
      await tab.atTheVault(() =>
        browser.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.unregister()),
      );
      await browser.quit();

      standIns.host.testing.prelude = versionPrelude(2, days * DAY);
      const restarted = await start();
      if (days < 30) {
        expect(await restarted.tab.openConnected()).toBe("authenticated");
      } else {
        await expectNobody(restarted, standIns);
      }
      expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 0 });
    });
  }
});

function remember({ host }: StandIns, config: Record<string, unknown> = {}): void {
  Object.assign(host.testing, {
    prelude: versionPrelude(1),
    config: { remember: "device", rememberFor: 30, ...config },
  });
}

/** A browser that was started with a new profile, where the user signed in. */
async function signedIn(start: Start, user = ada) {
  const started = await start();
  await started.tab.openConnected();
  await started.tab.signIn(user);
  expect(await started.tab.status()).toBe("authenticated");
  return started;
}

/** Nobody is signed in, and the API refuses a request. */
async function expectNobody({ tab }: Awaited<ReturnType<Start>>, standIns: StandIns): Promise<void> {
  expect(await tab.openConnected()).toBe("anonymous");
  expect(await tab.session()).toMatchObject({ status: "anonymous", user: null });
  expect((await tab.fetch(`${standIns.api.url}me`)).status).toBe(401);
}
