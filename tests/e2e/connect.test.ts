import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { version } from "strongroom/package.json";
import { onTestFinished } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { type StandIns, startStandIns } from "../stand-ins/stand-ins.js";
import { built } from "./built.js";
import { ClientPage } from "./client-page.js";
import type { Browser } from "./engines/browser.js";
import { launch } from "./engines/launch.js";
import { LoginPage } from "./login-page.js";
import { Page } from "./page.js";
import { clientTest, describe, engine, expect, startFresh, test } from "./scenario.js";

describe("connect()", () => {
  clientTest("on a first visit resolves once the worker controls the page", async ({ browser, page }) => {
    await page.open();
    expect(await page.connect()).toMatchObject({ status: "anonymous" });
    expect(await browser.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(
      `${page.origin}/vault-worker.js`,
    );
  });

  clientTest("reports session events, whichever tab caused them", async ({ browser, page, standIns }) => {
    await page.open();
    await page.connect();
    await signInInAnotherTab(browser, page, standIns);

    const duration = expect.any(Number);
    const told = async (count: number) => {
      await browser.waitFor(`${count} events`, () =>
        browser.evaluate((count) => vaultEvents.length >= count, count),
      );
      return await browser.evaluate(() => vaultEvents);
    };
    expect(await told(1)).toEqual([{ type: "signin", event: { duration } }]);
    await browser.evaluate(async () => void (await vault.refresh()));
    expect((await told(2)).slice(1)).toEqual([{ type: "renewed", event: { duration } }]);
    standIns.authorizationServer.testing.tokenEndpoint.fail({ status: 503 });
    await browser.evaluate(async () => void (await vault.refresh()));
    expect((await told(3)).slice(2)).toMatchObject([
      { type: "error", event: { code: "token_endpoint_error" } },
    ]);
    await browser.evaluate(async () => void (await fetch("/auth/logout", { method: "POST" })));
    expect((await told(4)).slice(3)).toEqual([{ type: "signout", event: {} }]);
  });

  clientTest("notifies subscribers when another tab signs in", async ({ browser, page, standIns }) => {
    await page.open();
    await page.connect();
    await signInInAnotherTab(browser, page, standIns);
    await browser.waitFor("the change to arrive", () =>
      browser.evaluate(() => vault.session.status === "authenticated"),
    );
    expect(await browser.evaluate(() => [vaultChanges.at(-1), vault.session.user?.email])).toEqual([
      "authenticated",
      ada.email,
    ]);
  });

  // Chromium does this to a page that loads while it stops the worker.
  for (const [times, outcome, isLost] of [
    [1, "loads a page again that is shown no answer of its worker", false],
    [2, "does so once, and then says what is wrong", true],
  ] as const) {
    test(outcome, async ({ browser, demo, standIns }) => {
      const { testing } = standIns.host;
      testing.prelude = `
        let left = ${times};
        addEventListener("fetch", (event) => {
          if (event.request.url.endsWith("/auth/events") && left-- > 0) event.stopImmediatePropagation();
        });`;
      expect(await demo.openConnected()).toBe("anonymous");
      const text = await browser.evaluate(() => document.body.textContent);
      expect(text?.includes("worker_lost")).toBe(isLost);
      expect(testing.requests.filter(({ path }) => path === "/")).toHaveLength(2);
    });
  }

  clientTest(
    "rejects when the worker script is missing, and works once it is there",
    async ({ page, standIns }) => {
      standIns.host.testing.workerScript = "missing";
      await page.open();
      await expect(page.connect()).rejects.toMatchObject({
        name: "VaultError",
        code: "worker_not_found",
        message: expect.stringMatching(/\/vault-worker\.js .*404/),
      });
      standIns.host.testing.workerScript = "script";
      expect(await page.connect()).toMatchObject({ status: "anonymous" });
    },
  );

  clientTest("rejects when the worker script is served as HTML, and says so", async ({ page, standIns }) => {
    standIns.host.testing.workerScript = "html";
    await page.open();
    await expect(page.connect()).rejects.toMatchObject({
      name: "VaultError",
      code: "worker_not_javascript",
      message: expect.stringMatching(/\/vault-worker\.js .*text\/html/),
    });
  });

  clientTest(
    "rejects a bad configuration with the sentence that `strongroom.start` throws",
    async ({ page, standIns }) => {
      const { workerConfig } = standIns.host.testing;
      const provider = workerConfig.provider as Record<string, unknown>;
      const rows: [string, Record<string, unknown>][] = [
        ["`scopes` is missing", { scopes: undefined }],
        ["`scopes` is a string", { scopes: "openid" }],
        ["`api` is missing", { api: undefined }],
        ["`api[0].url` is an http URL", { api: [{ url: "http://api.example.com/" }] }],
        ["`api[0].tokens` is not a known key", { api: [{ url: "/api/", tokens: "id" }] }],
        ["`apis` is not a known key", { apis: [] }],
        ["`cognito` and `provider` are both set", { cognito: {} }],
        ["`cognito` is missing", { provider: undefined }],
        ["`provider.issuer` is missing", { provider: { ...provider, issuer: undefined } }],
        ["`provider.tokenEndpoint` is", { provider: { ...provider, tokenEndpoint: "token" } }],
        ["`basePath` ", { basePath: "auth" }],
        ["`recovery` ", { recovery: "popup" }],
        ["`unauthenticated` ", { unauthenticated: true }],
      ];
      await page.open();
      for (const [sentence, config] of rows) {
        standIns.host.testing.config = config;
        const error = await page.connect().then(
          () => ({ code: "none", message: `${sentence}: connected` }),
          (error: { code: string; message: string }) => error,
        );
        expect(error).toMatchObject({
          code: "invalid_configuration",
          message: expect.stringContaining(`strongroom.start: ${sentence}`),
        });
      }

      standIns.host.testing.config = {};
      expect(await page.connect()).toMatchObject({ status: "anonymous" });
    },
  );

  clientTest("rejects on a page outside the worker's scope", async ({ page }) => {
    await page.open();
    await expect(page.connect({ scope: "/elsewhere/" })).rejects.toMatchObject({ code: "out_of_scope" });
  });
});

describe("connect() with a worker of another version", () => {
  clientTest("rejects when an update does not bring the page's version", async ({ browser, app }) => {
    const { page } = await startWithWorkerFile(
      browser,
      app,
      ofAnotherVersion(await readFile(built.workerFile, "utf8")),
    );
    await page.open();
    await expect(page.connect()).rejects.toMatchObject({ code: "version_mismatch" });
  });

  clientTest("updates a worker that an earlier visit left behind", async ({ browser, app }) => {
    const current = await readFile(built.workerFile, "utf8");
    const { page, deploy } = await startWithWorkerFile(browser, app, ofAnotherVersion(current));
    await page.open();
    await expect(page.connect()).rejects.toMatchObject({ code: "version_mismatch" });
    await deploy(current);
    await page.open();
    expect(await page.connect()).toMatchObject({ status: "anonymous" });
  });
});

// The other engines cannot be started without service workers.
if (engine === "firefox") {
  test("the demo shows an error message in a window without service workers", async () => {
    const browser = await launch("firefox", { serviceWorkers: false });
    onTestFinished(() => browser.close());
    const standIns = await startStandIns({ app: built.demo });
    onTestFinished(() => standIns.close());
    const demo = new Page(browser, standIns);
    await browser.goto(demo.origin);
    expect(await demo.waitForError()).toMatch(/no service workers/);
    expect(await browser.evaluate(() => document.body.textContent)).toContain("service_worker_unavailable");
  });
}

/** A page whose host serves `worker` until another one is deployed. Closed with the test. */
async function startWithWorkerFile(
  browser: Browser,
  app: string,
  worker: string,
): Promise<{ page: ClientPage; deploy(worker: string): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-worker-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const workerScript = join(folder, "strongroom-worker.js");
  const deploy = (text: string) => writeFile(workerScript, text);
  await deploy(worker);
  const standIns = await startFresh(browser, app, onTestFinished, { workerScript });
  return { page: new ClientPage(browser, standIns), deploy };
}

function ofAnotherVersion(worker: string): string {
  const changed = worker.replaceAll(`"${version}"`, '"0.0.0-other"');
  expect(changed).not.toBe(worker);
  return changed;
}

/** Ada signs in in a tab of its own; the tab that was there is the current one again. */
async function signInInAnotherTab(browser: Browser, page: ClientPage, standIns: StandIns): Promise<void> {
  const first = await browser.currentTab();
  await browser.newTab(`${page.origin}/auth/login?returnTo=/`);
  const login = new LoginPage(browser, standIns.authorizationServer.origin);
  await login.waitForForm();
  await login.submit(ada);
  await browser.switchTo(first);
}
