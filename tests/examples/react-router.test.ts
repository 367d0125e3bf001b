import { beforeAll, beforeEach } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import type { Browser } from "../e2e/engines/browser.js";
import { Page } from "../e2e/page.js";
import { describe, expect, inBrowser } from "../e2e/scenario.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import { buildExample } from "./example.js";

describe("React Router and TanStack Query, in examples/react-router", () => {
  let standIns: StandIns;

  beforeAll(async () => {
    const example = await buildExample("react-router", "dist");
    standIns = await example.serve();
    // As the example's own worker script has it.
    standIns.host.testing.config = { unauthenticated: "reject" };
    return () => standIns.close();
  });
  beforeEach(() => standIns.api.testing.reset());

  inBrowser(
    "a protected route leads to sign-in, and back to where the user was going",
    async ({ browser }) => {
      await browser.leaveOneTab();
      const page = new Page(browser, standIns);
      await page.open();
      await page.waitForStatus("anonymous");
      // By a link of the app: no document is loaded on the way to the protected page.
      await page.click("notes");
      await signInAtForm(page);
      expect(await browser.url()).toBe(`${page.origin}/notes/red`);
      await page.signOut();

      await page.open("/notes/blue?sort=date#last");
      await signInAtForm(page);
      expect(await browser.url()).toBe(`${page.origin}/notes/blue?sort=date#last`);
      expect(await page.textOf("tag")).toBe("blue");
      await page.signOut();
    },
  );

  inBrowser(
    "a protected route leads to sign-in and back after a refused renewal, and offers it after a sign-out elsewhere",
    async ({ browser }) => {
      const page = await openNotes(browser);
      const { testing } = standIns.authorizationServer;
      testing.tokenEndpoint.fail({ status: 400, body: '{"error":"invalid_grant"}' });
      await testing.endBrowserSessions();
      await browser.evaluate(async () => void (await fetch("/auth/refresh", { method: "POST" })));
      await signInAtForm(page);
      expect(await browser.url()).toBe(`${page.origin}/notes/red`);

      const here = await browser.currentTab();
      await browser.newTab(`${page.origin}/notes/red`);
      await page.waitForText("answer");
      await browser.markDocument();
      await page.click("sign-out");
      await browser.waitForNewDocument();
      await browser.switchTo(here);
      await page.clickButton("Sign in");
      await signInAtForm(page);
      await page.signOut();
    },
  );

  inBrowser("a query of nobody ends in the worker, and the page says so", async ({ browser }) => {
    await browser.leaveOneTab();
    const page = new Page(browser, standIns);
    await page.open();
    await page.waitForStatus("anonymous");
    await page.click("ask");
    expect(await page.waitForText("problem")).toBe("You are not signed in.");
    expect(gets()).toEqual([]);
    await page.click("sign-in-again");
    await page.login.waitForForm();
    await page.login.submit(ada);
    await page.waitForStatus("authenticated");
    await page.click("ask");
    await waitForKept(browser, page, "0");
    await signOutIn(browser, page);
  });

  inBrowser("a 401 that the vault could not mend is not asked for again, but shown", async ({ browser }) => {
    const page = await openNotes(browser);
    standIns.api.testing.reset();
    standIns.api.testing.answer401(Number.POSITIVE_INFINITY);
    await page.click("ask");
    expect(await page.waitForText("problem")).toBe("The API returned 401.");
    // The request, and the vault's one replay with a new token.
    expect(gets()).toEqual([401, 401]);
    standIns.api.testing.reset();
    // `prompt=login`: the form is there, although the authorization server knows the user.
    await page.click("sign-in-again");
    await signInAtForm(page);
    expect(await browser.url()).toBe(`${page.origin}/notes/red`);
    await page.signOut();
  });

  inBrowser("a sign-out, in whatever tab, leaves nothing in the cache of queries", async ({ browser }) => {
    const page = await openNotes(browser);
    await page.click("home");
    await waitForKept(browser, page, "0");
    await signOutIn(browser, page);
    expect(await page.textOf("kept")).toBe("none");
    // Still the same document, in which the cache was.
    expect(await browser.evaluate(() => "seenByTest" in document.documentElement.dataset)).toBe(true);
  });

  async function openNotes(browser: Browser): Promise<Page> {
    await browser.leaveOneTab();
    const page = new Page(browser, standIns);
    await page.open("/notes/red");
    await signInAtForm(page);
    return page;
  }

  async function signInAtForm(page: Page): Promise<void> {
    await page.login.waitForForm();
    await page.login.submit(ada);
    expect(await page.waitForText("answer")).toBe("0 notes");
  }

  /** Signs out in a tab of its own, and waits until this one knows. */
  async function signOutIn(browser: Browser, page: Page): Promise<void> {
    const here = await browser.currentTab();
    await browser.markDocument();
    await browser.newTab(`${page.origin}/notes/red`);
    await page.waitForText("answer");
    await page.signOut();
    await browser.switchTo(here);
    await page.waitForStatus("anonymous");
  }

  async function waitForKept(browser: Browser, page: Page, kept: string): Promise<void> {
    await browser.waitFor(`${kept} notes at hand`, async () => (await page.textOf("kept")) === kept);
  }

  const gets = () =>
    standIns.api.testing.requests.filter(({ method }) => method === "GET").map(({ status }) => status);
});
