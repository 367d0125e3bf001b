import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll } from "vitest";
import { providerAt, workerConfig } from "../../dev-provider/src/configuration.js";
import { ada } from "../../dev-provider/src/users.js";
import { root } from "../../sw-shim/packaging/packed.js";
import type { Browser } from "../e2e/engines/browser.js";
import { Page } from "../e2e/page.js";
import { describe, engine, expect, inBrowser } from "../e2e/scenario.js";
import { expectNoViolations } from "../e2e/violations.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import { ask, buildExample, type Origins } from "./example.js";

describe("the vault beside Workbox, in examples/pwa", () => {
  let standIns: StandIns;

  beforeAll(async () => {
    // Workbox with a route for everything that nobody else answers: what it may see, it keeps.
    const worker = await readFile(join(root, "examples/pwa/worker/service-worker.ts"), "utf8");
    const example = await buildExample("pwa", "dist", (origins) => ({
      "worker/vault-config.ts": vaultConfig(origins),
      "worker/service-worker.ts": `import { NetworkFirst } from "workbox-strategies";
        ${worker}
        if (isServiceWorker) registerRoute(() => true, new NetworkFirst({ cacheName: "everything" }));`,
    }));
    standIns = await example.serve({ ownWorker: "/service-worker.js" });
    return () => standIns.close();
  });

  inBrowser(
    "has no answer of the API in any cache, though Workbox keeps all it sees",
    async ({ browser }) => {
      const page = await openSignedIn(browser);
      const apis = [standIns.api.url, `${standIns.app.origin}/api/v1/`];
      expect(await ask(page)).toBe("200 []");
      for (const api of apis) {
        expect(await browser.evaluate(async (url) => (await fetch(url)).text(), `${api}me`)).toContain(
          ada.sub,
        );
        for (const path of ["/session", "/events"]) {
          await browser.evaluate(async (url) => (await fetch(url)).body?.cancel(), `/auth${path}`);
        }
      }
      const requests = standIns.api.testing.requests.filter(({ method }) => method === "GET");
      expect(requests.map(({ authorization }) => authorization?.scheme)).toEqual([
        "Bearer",
        "Bearer",
        "Bearer",
      ]);

      // The control: what is nobody's is kept.
      await browser.evaluate(async () => (await fetch("/config.json")).text());
      const kept = await browser.waitFor("the control to be kept", async () => {
        const entries = await browser.evaluate(cached);
        return entries.some(({ url }) => url.endsWith("/config.json")) && entries;
      });
      expect(kept.filter(({ url }) => apis.some((api) => url.startsWith(api)))).toEqual([]);
      expect(kept.filter(({ url }) => new URL(url).pathname.startsWith("/auth/"))).toEqual([]);
      expect(kept.filter(({ body }) => body.includes(ada.sub) || body.includes(ada.email))).toEqual([]);
      await expectNoViolations(browser);
      await page.signOut();
    },
  );

  inBrowser(
    "shows the app and what it has kept while the host is gone, under the policy",
    async ({ browser }) => {
      const page = await openSignedIn(browser);
      const news = await page.waitForText("news");
      await browser.waitFor("the news to be kept", async () =>
        (await browser.evaluate(cached)).some(
          ({ cache, url }) => cache === "news" && url.endsWith("/news.json"),
        ),
      );
      standIns.network.lose("app", "authorizationServer", "api");
      try {
        for (const path of ["/", "/a/page/of/the/app"]) {
          await page.open(path);
          await page.waitForStatus("authenticated");
          expect(await page.waitForText("news")).toBe(news);
          await expectNoViolations(browser);
          expect(
            await browser
              .evaluate(async (url) => (await fetch(url)).status, `${standIns.api.url}me`)
              .catch(String),
          ).toMatch(/TypeError|Failed to fetch/);
        }
      } finally {
        standIns.network.restore();
      }
      expect(await ask(page)).toBe("200 []");
      await page.signOut();
    },
  );

  // WebKitGTK gives a driver no way to stop a service worker.
  if (engine !== "webkit") {
    inBrowser(
      "starts without a network, says that the session is not there, and has it afterwards",
      async ({ browser }) => {
        await openSignedIn(browser);
        // The tab with the keeper is closed, the worker stopped: as after a restart of the browser.
        await browser.leaveOneTab();
        await browser.stopWorkers();
        standIns.network.lose("app", "authorizationServer", "api");
        const page = new Page(browser, standIns);
        try {
          await page.open();
          await page.waitForStatus("recovering");
          expect(await page.waitForText("news")).not.toBe("");
        } finally {
          standIns.network.restore();
        }
        await page.open();
        await page.waitForStatus("authenticated");
        expect(await ask(page)).toBe("200 []");
        await page.signOut();
      },
    );
  }

  async function openSignedIn(browser: Browser): Promise<Page> {
    await browser.leaveOneTab();
    const page = new Page(browser, standIns);
    standIns.api.testing.reset();
    await page.open();
    await page.waitForStatus("anonymous");
    await page.signIn(ada);
    return page;
  }
});

/** The stand-ins' client, with an API on the app's own origin too: the one that Workbox would most like to keep. */
function vaultConfig({ app, authorizationServer, api }: Origins): string {
  const config = workerConfig(providerAt(authorizationServer), [`${api}/v1/`, `${app}/api/v1/`]);
  return `export const config = ${JSON.stringify(config)};`;
}

/** Everything in Cache Storage. Runs in the page. */
async function cached(): Promise<{ cache: string; url: string; body: string }[]> {
  const entries = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const { url } of await cache.keys()) {
      const body = (await (await cache.match(url))?.text()) ?? "";
      entries.push({ cache: name, url, body });
    }
  }
  return entries;
}
