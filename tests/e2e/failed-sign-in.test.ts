import { ada } from "../../dev-provider/src/users.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import type { ClientPage } from "./client-page.js";
import { clientTest, describe, expect, hasVaultOrigin, test } from "./scenario.js";

describe("a cancelled sign-in", () => {
  test("shows an error message, and the next one works", async ({ demo }) => {
    await demo.openConnected();
    await demo.startSignIn();
    await demo.login.cancel();
    expect(await demo.waitForConnection()).toBe("anonymous");
    expect(await demo.waitForError()).toMatch(/cancelled/);
    await demo.signIn(ada);
    expect(await demo.textOf("error")).toBeNull();
  });

  clientTest("is reported once, to the page that comes back", async ({ browser, page }) => {
    await page.openRegistered();
    const first = await browser.currentTab();
    const other = await browser.newTab();
    await page.openRegistered();
    const fresh = { status: "anonymous", user: null, error: null, signIn: "start" };
    expect(await page.session()).toMatchObject(fresh);
    await browser.switchTo(first);
    await page.startSignIn();
    await page.login.cancel();
    await page.waitToBeBack();
    const denied = { status: "anonymous", error: { code: "access_denied" }, signIn: "offer" };
    expect(await page.session()).toMatchObject(denied);
    expect(await page.session()).toMatchObject(denied);
    await browser.switchTo(other);
    expect(await page.session()).toMatchObject(fresh);
    await browser.newTab();
    await page.openRegistered();
    expect(await page.session()).toMatchObject(fresh);
    await browser.switchTo(first);
    await page.openControlled();
    expect(await page.session()).toMatchObject(fresh);
  });
});

describe("a link from another site to the callback", () => {
  clientTest(
    "leaves a user's session untouched in all tabs and across reloads",
    async ({ browser, page }) => {
      await page.openRegistered();
      await page.signIn(ada);
      const first = await browser.currentTab();
      const untouched = { status: "authenticated", user: { sub: ada.sub }, error: null, signIn: null };
      expect(await page.session()).toMatchObject(untouched);
      await browser.newTab();
      await browser.goto(`${page.callback}?code=abc&state=x`);
      await page.waitToBeBack();
      expect(await browser.url()).toBe(`${page.origin}/`);
      expect(await page.session()).toMatchObject(untouched);
      await page.openControlled();
      expect(await page.session()).toMatchObject(untouched);
      await browser.switchTo(first);
      expect(await page.session()).toMatchObject(untouched);
      await page.openControlled();
      expect(await page.session()).toMatchObject(untouched);
    },
  );
});

describe("an authorization response", () => {
  clientTest("is dropped when its state is unknown", async ({ browser, page, standIns }) => {
    await page.openRegistered();
    await browser.goto(`${page.callback}?code=attackers-code&state=unknown#code=attackers-code`);
    await page.waitToBeBack();
    await expectDropped(page, standIns, notBegunHere);
    expect(await browser.url()).toBe(`${page.origin}/`);
    const seen = await browser.evaluate(() => [
      document.referrer,
      ...(globalThis.navigation?.entries() ?? []).map(({ url }) => url),
      ...performance.getEntries().map(({ name }) => name),
    ]);
    expect(seen.join()).not.toContain("attackers-code");
  });

  clientTest("is dropped when it is malformed", async ({ browser, page, standIns }) => {
    await page.openRegistered();
    const queries = ["", "?code=x", "?state=x", "?code=a&code=b&state=x", "?error=access_denied"];
    for (const query of queries) {
      await browser.goto(page.callback + query);
      await page.waitToBeBack();
      await expectDropped(page, standIns, notBegunHere);
      expect(await browser.url()).toBe(`${page.origin}/`);
    }
  });

  clientTest(
    "is dropped when it is replayed, and the session stays as it is",
    async ({ browser, page, standIns }) => {
      await page.openRegistered();
      await page.signIn(ada);
      const { state = "" } = standIns.authorizationServer.testing.authorizationRequests[0] ?? {};
      const [code = ""] = standIns.authorizationServer.testing.issued.codes;
      const { worker: _, ...before } = await page.session();
      await browser.goto(`${page.callback}?${new URLSearchParams({ code, state })}`);
      await page.waitToBeBack();
      expect(await browser.url()).toBe(`${page.origin}/`);
      expect(await page.session()).toMatchObject(before);
      expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(1);
    },
  );

  clientTest("is dropped when the sign-in started more than 10 minutes ago", async ({ page, standIns }) => {
    standIns.host.testing.prelude = atTheCallback(601_000);
    await page.openRegistered();
    await page.signIn(ada);
    await expectDropped(page, standIns, { code: "invalid_state" });
  });

  clientTest("is accepted when the sign-in started 9 minutes ago", async ({ page, standIns }) => {
    standIns.host.testing.prelude = atTheCallback(540_000);
    await page.openRegistered();
    await page.signIn(ada);
    expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
  });
});

/** The error of a response to a sign-in that was not begun here. The callback page of a vault origin tells nobody of it. */
const notBegunHere = hasVaultOrigin ? null : { code: "invalid_state" };

/** Puts the worker's clock forward when it gets an authorization response. */
function atTheCallback(milliseconds: number): string {
  return `
    const realNow = Date.now;
    addEventListener("fetch", ({ request }) => {
      const isCallback = ["/auth/callback", "/auth/redeem"].includes(new URL(request.url).pathname);
      if (isCallback) Date.now = () => realNow() + ${milliseconds};
    });`;
}

async function expectDropped(
  page: ClientPage,
  { authorizationServer }: StandIns,
  error: { code: string } | null,
): Promise<void> {
  expect(await page.session()).toMatchObject({ status: "anonymous", user: null, error });
  expect(authorizationServer.testing.tokenRequests).toEqual([]);
}
