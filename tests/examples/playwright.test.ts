import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from "@playwright/test";
import { signIn, waitForSession } from "strongroom/testing/playwright";
import { beforeAll, onTestFinished } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { built } from "../e2e/built.js";
import { findExecutable } from "../e2e/engines/executables.js";
import { describe, expect, test as it } from "../e2e/scenario.js";
import { startStandIns } from "../stand-ins/stand-ins.js";

// The demo as an app developer's own Playwright test drives it.
describe("strongroom/testing/playwright", () => {
  let browser: Awaited<ReturnType<typeof chromium.launch>>;

  beforeAll(async () => {
    const executablePath = findExecutable({
      names: ["chromium", "google-chrome"],
      remedy: "install the Debian package chromium",
    });
    browser = await chromium.launch({ executablePath });
    return () => browser.close();
  });

  it("signs in through the form, and returns to the page", async () => {
    const { page, standIns } = await openDemo();
    await page.goto(`${standIns.app.origin}/?from=test#here`);
    const session = await signIn(page, { form: asAda });
    expect(session).toMatchObject({ status: "authenticated", user: { email: ada.email } });
    expect(page.url()).toBe(`${standIns.app.origin}/?from=test#here`);
    const status = await page.evaluate(async (url) => (await fetch(url)).status, `${standIns.api.url}me`);
    expect(status).toBe(200);
  });

  it("does not sign in twice, and returns to `returnTo`", async () => {
    const { page, standIns } = await openDemo();
    await page.goto(standIns.app.origin);
    await signIn(page, { form: asAda, returnTo: "/?elsewhere" });
    expect(page.url()).toBe(`${standIns.app.origin}/?elsewhere`);
    const again = await signIn(page, { form: () => Promise.reject(new Error("was called")) });
    expect(again.status).toBe("authenticated");
  });

  it("needs no form with the storage state of an earlier sign-in, in which there is no token", async () => {
    const { page, context, standIns } = await openDemo();
    await page.goto(standIns.app.origin);
    await signIn(page, { form: asAda });
    const storageState = await context.storageState();
    expect(JSON.stringify(storageState)).not.toContain("eyJ");

    const later = await newPage({ storageState });
    await later.goto(standIns.app.origin);
    expect((await waitForSession(later, "anonymous")).user).toBeNull();
    await signIn(later, { form: () => Promise.reject(new Error("was called")) });
    await waitForSession(later, "authenticated");
  });

  it("waits for a sign-in and a sign-out of the app's own", async () => {
    const { page, standIns } = await openDemo();
    await page.goto(standIns.app.origin);
    await waitForSession(page, "anonymous");
    await page.getByTestId("sign-in").click();
    await asAda(page);
    await waitForSession(page, "authenticated");
    await page.getByTestId("sign-out").click();
    await waitForSession(page, "anonymous");
  });

  it("reports the authorization server's error", async () => {
    const { page, standIns } = await openDemo();
    await page.goto(standIns.app.origin);
    const cancel = (page: Page) => page.getByRole("button", { name: "Cancel" }).click();
    await expect(signIn(page, { form: cancel })).rejects.toThrow(/sign-in failed: access_denied/);
  });

  it("reports a form that was not submitted", async () => {
    const { page, standIns } = await openDemo();
    await page.goto(standIns.app.origin);
    await waitForSession(page, "anonymous");
    const forgetful = (page: Page) => page.getByLabel("User name").fill(ada.username);
    await expect(signIn(page, { form: forgetful, timeout: 5_000 })).rejects.toThrow(/did not redirect to/);
  });

  it("reports a context that blocks service workers", async () => {
    const { page, standIns } = await openDemo({ serviceWorkers: "block" });
    await page.goto(standIns.app.origin);
    await expect(signIn(page, { form: asAda, timeout: 1_000 })).rejects.toThrow(
      /no worker responds at .* service workers/,
    );
  });

  it("context.route() can replace the API, and sees the token; page.route() sees nothing", async () => {
    const { page, context, standIns } = await openDemo();
    const schemes: string[] = [];
    // The demo asks the API too, but not so.
    const url = `${standIns.api.url}me?mine`;
    const isMine = ({ href }: URL) => href === url;
    const ask = () => page.evaluate(async (url) => (await fetch(url)).json(), url);
    await context.route(isMine, async (route) => {
      schemes.push((await route.request().headerValue("authorization"))?.split(" ")[0] ?? "none");
      await route.fulfill({ json: { mocked: "context" }, headers: { "access-control-allow-origin": "*" } });
    });
    await page.goto(standIns.app.origin);
    await signIn(page, { form: asAda });
    expect(await ask()).toEqual({ mocked: "context" });
    expect(standIns.api.testing.requests.filter(({ query }) => "mine" in query)).toEqual([]);
    expect(schemes).toEqual(["Bearer"]);

    await context.unroute(isMine);
    await page.route(isMine, (route) => route.fulfill({ json: { mocked: "page" } }));
    expect(await ask()).toMatchObject({ sub: ada.sub });
  });

  async function asAda(page: Page): Promise<void> {
    await page.getByLabel("User name").fill(ada.username);
    await page.getByLabel("Password").fill(ada.password);
    await page.getByRole("button", { name: "Sign in" }).click();
  }

  async function openDemo(options?: BrowserContextOptions) {
    const standIns = await startStandIns({ app: built.demo });
    onTestFinished(() => standIns.close());
    const page = await newPage(options);
    return { page, context: page.context(), standIns };
  }

  async function newPage(options?: BrowserContextOptions): Promise<Page> {
    const context: BrowserContext = await browser.newContext(options);
    onTestFinished(() => context.close());
    return context.newPage();
  }
});
