import { ada } from "../../dev-provider/src/users.js";
import type { Browser } from "./engines/browser.js";
import { clientTest, describe, expect } from "./scenario.js";

const openRedirects = [
  "//evil.example",
  "///evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "\\/evil.example",
  "https://evil.example/",
  "https:evil.example",
  "http:/evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  "evil.example",
  "@evil.example",
  ".evil.example",
  " //evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "/\r\nLocation: https://evil.example",
  "\u0000//evil.example",
  "/x\u0000",
  "/./\\evil.example",
  "/../\\evil.example",
  "/..//evil.example",
  "/.//evil.example",
  "",
];

const paths = ["/", "/a/b?c=d&e=%2F%2Fevil.example#f", "/%5Cevil", "/gr%C3%BCn", "/?//evil.example"];

/** As an app passes them, and as they arrive. */
const encoded = [
  ["/grüße", "/gr%C3%BC%C3%9Fe"],
  ["/notes/日本語?q=é#ñ", "/notes/%E6%97%A5%E6%9C%AC%E8%AA%9E?q=%C3%A9#%C3%B1"],
  [`/notes?q=${"x".repeat(3_000)}`, "/notes"],
] as const;

// These tests do not need the host's headers, and WebKit takes a second for each step between pages with and without them.
clientTest.beforeEach(({ standIns }) => {
  standIns.host.testing.hostHeaders = false;
});

describe("a `returnTo`", () => {
  clientTest("to another site is refused before the sign-in", async ({ browser, page, standIns }) => {
    await page.openRegistered();
    const queries = [...openRedirects.map((returnTo) => new URLSearchParams({ returnTo }).toString())];
    const answers: Record<string, unknown> = {};
    for (const query of queries) {
      // From a page of the app, because a navigation that follows a sandboxed document, such as a refusal, bypasses WebKit's workers.
      await page.openControlled();
      await browser.goto(`${page.origin}/auth/login?${query}`);
      const origin = new URL(await browser.url()).origin;
      answers[query] = { origin, refused: await shows(browser, "invalid_return_to") };
    }
    const refused = { origin: page.origin, refused: true };
    expect(answers).toEqual(Object.fromEntries(queries.map((query) => [query, refused])));
    expect(standIns.authorizationServer.testing.authorizationRequests).toEqual([]);
  });

  clientTest("given twice is refused", async ({ browser, page, standIns }) => {
    await page.openRegistered();
    await browser.goto(`${page.origin}/auth/login?returnTo=/&returnTo=//evil.example`);
    expect(await shows(browser, "invalid_request")).toBe(true);
    expect(standIns.authorizationServer.testing.authorizationRequests).toEqual([]);
  });

  clientTest("leads to exactly that path of the app", async ({ browser, page }) => {
    await page.openRegistered();
    const landed: string[] = [];
    for (const [index, path] of paths.entries()) {
      if (index === 0) {
        await page.startSignIn(path);
        await page.login.submit(ada);
        await page.waitToBeBack();
      } else {
        await page.signInAgain(path);
      }
      landed.push(await browser.url());
    }
    expect(landed).toEqual(paths.map((path) => page.origin + path));
  });

  clientTest("that is not ASCII, or too long, leads to a page of the app", async ({ browser, page }) => {
    await page.openRegistered();
    const landed: string[] = [];
    for (const [index, [returnTo]] of encoded.entries()) {
      if (index === 0) {
        await page.startSignIn(returnTo);
        await page.login.submit(ada);
        await page.waitToBeBack();
      } else {
        await page.signInAgain(returnTo);
      }
      landed.push(await browser.url());
    }
    expect(landed).toEqual(encoded.map(([, arrived]) => page.origin + arrived));
  });
});

/** Whether the current document, a refusal, names `code`. */
async function shows(browser: Browser, code: string): Promise<boolean> {
  return await browser.evaluate(
    (code) => document.documentElement.textContent?.includes(code) === true,
    code,
  );
}
