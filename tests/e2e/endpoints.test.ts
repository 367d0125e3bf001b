import type { ClientPage } from "./client-page.js";
import type { Browser } from "./engines/browser.js";
import { describe, engine, expect, hasVaultOrigin, signedInTest } from "./scenario.js";

/** An interceptor has login only as a navigation, and no callback. */
const byFetch = hasVaultOrigin ? ([404, "not_found"] as const) : ([405, "method_not_allowed"] as const);

describe("the worker's endpoints refuse", () => {
  for (const [what, method, path, status, code] of [
    ["a fetch of /auth/login", "GET", "/auth/login?returnTo=/", ...byFetch],
    ["a fetch of /auth/callback", "GET", "/auth/callback?code=x&state=y", ...byFetch],
    ["a POST to /auth/login", "POST", "/auth/login", ...byFetch],
    ["a GET of /auth/logout", "GET", "/auth/logout", 405, "method_not_allowed"],
    ["a POST to /auth/session", "POST", "/auth/session", 405, "method_not_allowed"],
    ["a POST to /auth/events", "POST", "/auth/events", 405, "method_not_allowed"],
    ["an unknown path", "GET", "/auth/token", 404, "not_found"],
    ["the base path itself", "GET", "/auth/", 404, "not_found"],
    ["a longer path", "GET", "/auth/session/x", 404, "not_found"],
    ["a path in another case", "GET", "/auth/Session", 404, "not_found"],
  ] as const) {
    signedInTest(`${what}: ${status} ${code}`, async ({ page }) => {
      const { text, ...answer } = await page.fetch(path, { method });
      expect({ ...answer, ...JSON.parse(text) }).toMatchObject({
        status,
        contentType: "application/problem+json",
        code,
      });
    });
  }

  for (const path of ["/auth/session", "/auth/events", "/auth/logout"]) {
    signedInTest(`a navigation to ${path}`, async ({ browser, page }) => {
      await browser.goto(page.origin + path);
      await expectMethodNotAllowed(browser);
      await expectNobodySignedOut(page);
    });

    signedInTest(`a form posted to ${path}`, async ({ browser, page }) => {
      await postForm(browser, page.origin + path);
      await expectMethodNotAllowed(browser);
      await expectNobodySignedOut(page);
    });
  }

  signedInTest("a navigation, with a page that links back to the app", async ({ browser, page }) => {
    await browser.goto(`${page.origin}/auth/session`);
    await expectMethodNotAllowed(browser);
    await browser.click("a");
    await browser.waitFor("the app", async () => (await browser.url()) === `${page.origin}/`);
    await expectNobodySignedOut(page);
  });

  signedInTest("a sign-out posted by another site's form", async ({ browser, page, standIns }) => {
    await browser.goto(`http://127.0.0.1:${new URL(standIns.api.origin).port}/`);
    await postForm(browser, `${page.origin}/auth/logout`);
    await expectMethodNotAllowed(browser);
    await expectNobodySignedOut(page);
  });
});

signedInTest("the worker's responses are never stored", async ({ browser }) => {
  const cacheControl = await browser.evaluate(async () => {
    const headers: Record<string, string | null> = {};
    for (const path of ["/auth/session", "/auth/events", "/auth/unknown"]) {
      const abort = new AbortController();
      const response = await fetch(path, { signal: abort.signal });
      headers[path] = response.headers.get("cache-control");
      abort.abort();
    }
    return headers;
  });
  expect(cacheControl).toEqual({
    "/auth/session": "no-store",
    "/auth/events": "no-store",
    "/auth/unknown": "no-store",
  });
});

/** Expects the worker's own page, not the browser's, with a link back to the app. */
async function expectMethodNotAllowed(browser: Browser): Promise<void> {
  // A form that was just sent may not have brought its document yet.
  await browser.waitFor("the page that refuses", () =>
    browser.evaluate(() => document.querySelector("h1")?.textContent === "Sign-in cannot continue here"),
  );
  const link = await browser.evaluate(() => document.querySelector("a")?.getAttribute("href"));
  expect(link).toBe("/");
}

async function expectNobodySignedOut(page: ClientPage): Promise<void> {
  await page.openControlled();
  const { status } = await page.session();
  // WebKit may end a worker when its last page is left; this page has no keeper to give the session back.
  expect(status).toBe(engine === "webkit" && status !== "authenticated" ? "recovering" : "authenticated");
}

/** Posts an empty form to `action`, as a top-level navigation. */
async function postForm(browser: Browser, action: string): Promise<void> {
  await browser.markDocument();
  await browser.evaluate((action) => {
    const form = Object.assign(document.createElement("form"), { method: "post", action });
    document.body.append(form);
    // After this script has returned: otherwise the driver loses its result with the document.
    setTimeout(() => form.submit());
  }, action);
  await browser.waitForNewDocument();
}
