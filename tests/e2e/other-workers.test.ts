import { ada } from "../../dev-provider/src/users.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import type { ClientPage } from "./client-page.js";
import type { Browser } from "./engines/browser.js";
import { clientTest, describe, expect } from "./scenario.js";

/** A progressive web app's own worker, which serves what it has cached. */
const PWA = `
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("fetch", (event) => {
    if (event.request.method !== "GET") return;
    event.respondWith(caches.match(event.request).then((cached) => cached ?? fetch(event.request)));
  });`;

/** What create-react-app makes of Workbox: a new version waits until a page tells it not to. */
const CREATE_REACT_APP = `
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("message", ({ data }) => {
    if (data && data.type === "SKIP_WAITING") skipWaiting();
  });
  addEventListener("fetch", (event) => {
    if (event.request.mode === "navigate") event.respondWith(fetch("/index.html"));
  });`;

/** Mock Service Worker: it talks to its pages by messages that are strings, and leaves requests alone until it is told otherwise. */
const MSW = `
  addEventListener("install", () => skipWaiting());
  addEventListener("activate", (event) => event.waitUntil(clients.claim()));
  addEventListener("message", async ({ data, source }) => {
    const client = await clients.get(source.id);
    if (data === "INTEGRITY_CHECK_REQUEST") client.postMessage({ type: "INTEGRITY_CHECK_RESPONSE" });
  });
  addEventListener("fetch", () => {});`;

/** Any script file of the origin will do. */
const LEFT_BEHIND = { "/left-behind.js": "addEventListener('fetch', () => {});" };

describe("a user who comes back to an app whose service worker of the past was", () => {
  for (const [kind, worker, scripts] of [
    ["a progressive web app's", PWA, ["/sw.js", "/vault-worker.js"]],
    ["create-react-app's", CREATE_REACT_APP, ["/service-worker.js", "/vault-worker.js"]],
    ["Mock Service Worker", MSW, ["/mockServiceWorker.js", "/vault-worker.js"]],
  ] as const) {
    for (const script of scripts) {
      clientTest(
        `${kind}, at ${script}, signs in on the first visit`,
        async ({ browser, page, standIns }) => {
          await visitBefore(browser, standIns, { [script]: worker }, script, "/");
          expect(await controller(browser)).toBe(`${page.origin}${script}`);
          await page.openConnected();
          expect(await controller(browser)).toBe(`${page.origin}/vault-worker.js`);
          await signIn(page);
          expect(await page.session()).toMatchObject({ status: "authenticated" });
        },
      );
    }
  }
});

describe("a service worker registration that script left behind", () => {
  for (const scope of ["/auth", "/auth/callback", "/a", "/v"]) {
    clientTest(
      `at ${scope} is removed by connect(), and sign-in works`,
      async ({ browser, page, standIns }) => {
        await page.openConnected();
        await visitBefore(browser, standIns, LEFT_BEHIND, "/left-behind.js", scope);
        expect(await scopes(browser)).toContain(scope);

        await page.openConnected();
        expect(await scopes(browser)).toEqual(["/"]);
        await signIn(page);
        expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
      },
    );
  }

  clientTest("at /auth takes the sign-in from the vault until then", async ({ browser, page, standIns }) => {
    await page.openConnected();
    await visitBefore(browser, standIns, LEFT_BEHIND, "/left-behind.js", "/auth");
    await browser.goto(`${page.origin}/auth/login?returnTo=/`);
    expect(await browser.evaluate(() => document.title)).toBe("Sign-in could not finish here");
  });

  clientTest("for another app in a folder stays", async ({ browser, page, standIns }) => {
    await visitBefore(browser, standIns, { "/sw.js": PWA }, "/sw.js", "/blog/");
    await page.openConnected();
    expect(await scopes(browser)).toEqual(["/", "/blog/"]);
  });
});

describe("a page whose script unregisters the worker, as create-react-app's does", () => {
  clientTest(
    "reports the error, and does not navigate to a sign-in that the host would receive",
    async ({ browser, page }) => {
      await page.openConnected();
      await browser.evaluate(async () => void (await (await navigator.serviceWorker.ready).unregister()));
      await browser.evaluate(() => vault.login());
      await browser.waitFor("the page to say so", () =>
        browser.evaluate(() => vault.session.error?.code === "worker_unregistered"),
      );
      expect(await browser.evaluate(() => location.pathname)).toBe("/");
      await page.openConnected();
      await signIn(page);
      expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
    },
  );

  clientTest(
    "at each load gets the error each time, from connect() or in the session",
    async ({ browser, page }) => {
      for (let visit = 0; visit < 3; visit++) {
        await browser.goto(page.origin);
        await browser.waitFor("the app's module", () =>
          browser.evaluate(() => typeof connectVault === "function"),
        );
        const code = await browser.evaluate(async () => {
          navigator.serviceWorker.ready.then((registration) => registration.unregister());
          try {
            const vault = await connectVault({ worker: "/vault-worker.js" });
            return await new Promise<string>((resolve) => {
              const look = () => vault.session.error && resolve(vault.session.error.code);
              vault.subscribe(look);
              look();
            });
          } catch (error) {
            return (error as { code: string }).code;
          }
        });
        expect(code, `visit ${visit}`).toBe("worker_unregistered");
      }
    },
  );
});

/** A visit of a host without the headers, as before the app had the vault: one of its scripts comes to control `scope`. */
async function visitBefore(
  browser: Browser,
  { app, host }: StandIns,
  scripts: Record<string, string>,
  script: string,
  scope: string,
): Promise<void> {
  Object.assign(host.testing, { scripts, hostHeaders: false });
  await browser.goto(`${app.origin}/?before`);
  await browser.evaluate(
    async (script, scope) => {
      const { installing, waiting, active } = await navigator.serviceWorker.register(script, { scope });
      const worker = installing ?? waiting ?? active;
      while (worker?.state !== "activated") {
        if (worker?.state === "redundant") throw new Error(`${script} cannot be installed`);
        await new Promise((resolve) => worker?.addEventListener("statechange", resolve, { once: true }));
      }
    },
    script,
    scope,
  );
  await browser.goto(`${app.origin}/?before`);
  Object.assign(host.testing, { scripts: {}, hostHeaders: true });
}

async function signIn(page: ClientPage): Promise<void> {
  await page.startSignInByClient();
  await page.login.submit(ada);
  await page.waitToBeBack();
}

async function controller(browser: Browser): Promise<string | undefined> {
  return await browser.evaluate(() => navigator.serviceWorker.controller?.scriptURL);
}

async function scopes(browser: Browser): Promise<string[]> {
  return await browser.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => new URL(scope).pathname).sort(),
  );
}
