import type { Browser } from "../e2e/engines/browser.js";
import { describe, expect } from "../e2e/scenario.js";
import { packedTest, signIn } from "./scenario.js";
import type { Site } from "./site.js";

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

/** Any script file of the origin does. */
const LEFT_BEHIND = { "left-behind.js": "addEventListener('fetch', () => {});" };

describe("a user who comes back to an app whose service worker of the past was", () => {
  for (const [kind, worker, scripts] of [
    ["a progressive web app's", PWA, ["sw.js", "vault-worker.js"]],
    ["create-react-app's", CREATE_REACT_APP, ["service-worker.js", "vault-worker.js"]],
    ["Mock Service Worker", MSW, ["mockServiceWorker.js", "vault-worker.js"]],
  ] as const) {
    for (const script of scripts) {
      packedTest(`${kind}, at ${script}, signs in on the first visit`, async ({ browser, page, site }) => {
        await visitBefore(browser, site, { [script]: worker }, script, "/");
        expect(await controller(browser)).toBe(`${site.app.origin}/${script}`);
        await page.openConnected();
        expect(await controller(browser)).toBe(`${site.app.origin}/vault-worker.js`);
        await signIn(page);
        expect(await page.session()).toMatchObject({ status: "authenticated" });
      });
    }
  }
});

describe("a service worker registration that script left behind", () => {
  for (const scope of ["/auth", "/auth/callback", "/a", "/v"]) {
    packedTest(`at ${scope} is removed by connect(), and sign-in works`, async ({ browser, page, site }) => {
      await page.openConnected();
      await visitBefore(browser, site, LEFT_BEHIND, "left-behind.js", scope);
      expect(await scopes(browser)).toContain(scope);

      await page.openConnected();
      expect(await scopes(browser)).toEqual(["/"]);
      await signIn(page);
      expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
    });
  }

  packedTest("at /auth takes the sign-in from the vault until then", async ({ browser, page, site }) => {
    await page.openConnected();
    await visitBefore(browser, site, LEFT_BEHIND, "left-behind.js", "/auth");
    await browser.goto(`${site.app.origin}/auth/login?returnTo=/`);
    expect(new URL(await browser.url()).pathname).toBe("/auth/unfinished");
  });

  packedTest("for another app in a folder stays", async ({ browser, page, site }) => {
    await visitBefore(browser, site, { ...site.scripts, "sw.js": PWA }, "sw.js", "/blog/");
    await page.openConnected();
    expect(await scopes(browser)).toEqual(["/", "/blog/"]);
  });
});

describe("a page whose script unregisters the worker, as create-react-app's does", () => {
  packedTest(
    "says so, and does not leave for a sign-in that the host would answer",
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

  packedTest(
    "at each load is told so each time, by connect() or by the session",
    async ({ browser, site }) => {
      for (let visit = 0; visit < 3; visit++) {
        await browser.goto(site.app.origin);
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

/** A visit of the host without its rules, as before the app had the vault: `script` of `scripts` comes to control `scope`. */
async function visitBefore(
  browser: Browser,
  site: Site,
  scripts: Site["scripts"],
  script: string,
  scope: string,
): Promise<void> {
  const { scripts: now } = site;
  site.scripts = scripts;
  site.hostRules = false;
  await browser.goto(`${site.app.origin}/?before`);
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
  await browser.goto(`${site.app.origin}/?before`);
  site.scripts = now;
  site.hostRules = true;
}

async function controller(browser: Browser): Promise<string | undefined> {
  return await browser.evaluate(() => navigator.serviceWorker.controller?.scriptURL);
}

async function scopes(browser: Browser): Promise<string[]> {
  return await browser.evaluate(async () =>
    (await navigator.serviceWorker.getRegistrations()).map(({ scope }) => new URL(scope).pathname).sort(),
  );
}
