import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { buildClientApp } from "../e2e/client-page.js";
import type { Browser } from "../e2e/engines/browser.js";
import { launch } from "../e2e/engines/launch.js";
import { SessionPage } from "../e2e/session/session-page.js";
import { startStandIns } from "../stand-ins/stand-ins.js";
import { searchProfile } from "./profile.js";
import { report } from "./report.js";
import { SecretSearch } from "./secrets.js";

// Includes starting and closing a browser.
vi.setConfig({ testTimeout: 120_000 });

/**
 * Files in which a browser records every URL of a redirect chain, including the callback's: its history, and data that
 * Chromium derives from it.
 */
const HISTORY = {
  chromium: ["Default/History", "segmentation_platform/ukm_db"],
  firefox: ["places.sqlite"],
};

for (const engine of ["chromium", "firefox"] as const) {
  describe(`the profile of ${engine}`, () => {
    test("contains no token and no verifier after a clean close, and the used code only in the browser's history", async () => {
      const { browser, page, profile, standIns } = await start(engine);
      standIns.authorizationServer.testing.settings.rotation = { graceSeconds: 0 };
      await page.openConnected();
      await page.startSignIn();
      const underWay = await copyOf(profile);
      await page.login.submit(ada);
      await page.waitToBeBack();
      expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);
      expect((await page.fetch("/auth/refresh", { method: "POST" })).status).toBe(200);
      expect(await page.status()).toBe("authenticated");
      await browser.quit();

      const search = SecretSearch.for(standIns.authorizationServer.testing.issued);
      const sights = {
        underWay: await searchProfile(underWay, search),
        closed: await searchProfile(profile, search),
      };
      await report(`profile-${engine}`, sights);
      expect(sights.underWay.found).toEqual({});
      expect(sights.closed.found).toHaveProperty([HISTORY[engine][0] ?? ""]);
      for (const [file, secrets] of Object.entries(sights.closed.found)) {
        expect(HISTORY[engine]).toContain(file);
        expect(secrets).toEqual(["authorization code 1"]);
      }
    });

    test("contains no token in clear of a durable session, which another start of the browser finds", async () => {
      const { browser, page, profile, standIns } = await start(engine, { vaultOrigin: true });
      standIns.host.testing.config = { remember: "device" };
      await page.openConnected();
      await page.signIn(ada);
      expect((await page.fetch("/auth/refresh", { method: "POST" })).status).toBe(200);
      await browser.quit();

      const { found } = await searchProfile(
        profile,
        SecretSearch.for(standIns.authorizationServer.testing.issued),
      );
      expect(Object.values(found).flat()).not.toContainEqual(expect.stringMatching("token"));
      const again = await launch(engine, { profile });
      onTestFinished(() => again.close());
      expect(await new SessionPage(again, standIns).openConnected()).toBe("authenticated");
    });

    test("shows a token that script has stored or put into a URL", async () => {
      const { browser, page, profile, standIns } = await start(engine);
      await page.openConnected();
      await page.signIn(ada);
      const { issued } = standIns.authorizationServer.testing;
      await scatter(browser, issued.accessTokens[0] ?? "");
      await browser.quit();

      const { found } = await searchProfile(profile, SecretSearch.for(issued));
      const files = Object.keys(found).filter((file) => found[file]?.includes("access token 1"));
      const places =
        engine === "chromium"
          ? [/History$/, /\/Sessions\//, /\/CacheStorage\//, /\/Local Storage\//, /\/IndexedDB\//]
          : [/^places/, /^sessionstore/, /\/cache\//, /\/ls\//, /\/idb\//];
      for (const place of places) expect(files).toContainEqual(expect.stringMatching(place));
    });
  });
}

/** A browser whose profile remains after it has closed. */
async function start(engine: "chromium" | "firefox", options: { vaultOrigin?: boolean } = {}) {
  const profile = await folder();
  const app = await buildClientApp("memory");
  const standIns = await startStandIns({ app, ...options });
  onTestFinished(() => standIns.close());
  const browser = await launch(engine, { profile });
  onTestFinished(() => browser.close());
  return { browser, page: new SessionPage(browser, standIns), profile, standIns };
}

/** Copies the profile of a running browser. A journal may disappear during the copy; then it retries. */
async function copyOf(profile: string): Promise<string> {
  for (;;) {
    const copy = await folder();
    try {
      // Locks are sockets and dangling links.
      await cp(profile, copy, { recursive: true, filter: (path) => !/Singleton|lock$/.test(path) });
      return copy;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "strongroom-profile-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Puts a token into every place of the page that a browser persists. */
async function scatter(browser: Browser, token: string): Promise<void> {
  await browser.evaluate(async (token) => {
    localStorage.setItem("a", token);
    await (await caches.open("b")).put("/b", new Response(token));
    history.pushState({ c: token }, "", `/?${token}`);
    await new Promise<void>((resolve, reject) => {
      const open = indexedDB.open("d");
      open.onupgradeneeded = () => void open.result.createObjectStore("d").put([token], "d");
      open.onerror = () => reject(open.error);
      open.onsuccess = () => {
        open.result.close();
        resolve();
      };
    });
  }, token);
}
