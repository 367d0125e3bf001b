import { ada } from "../../dev-provider/src/users.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import { type Finding, readableByThePage, urlsInHistory } from "./readable-by-the-page.js";
import { describe, engine, expect, test } from "./scenario.js";

describe("after sign-in, script in the page finds no token and no code", () => {
  test("in any storage, global, document, cookie, history or performance entry", async ({
    browser,
    demo,
    standIns,
  }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await browser.waitFor("the demo's first API request", () => demo.textOf("api-saw-jti"));
    await expectNoSecrets(await readableByThePage(browser), standIns);
  });

  test("in the URLs of the session history", async ({ browser, demo, standIns }) => {
    // A history of its own: an old one is full at 50 entries.
    await browser.newTab();
    await demo.openConnected();
    const before = await browser.evaluate(() => history.length);
    await demo.signIn(ada);
    // Two more entries: the login form and the app. The callback with the code between them is none.
    expect(await browser.evaluate(() => history.length)).toBe(before + 2);
    // WebKitGTK's driver loses a page that comes back from the back-forward cache with a policy on its opener.
    if (engine === "webkit") return;

    const urls = await urlsInHistory(browser, 3);
    expect(urls).toEqual([
      `${demo.origin}/`,
      expect.stringContaining(`${standIns.authorizationServer.origin}/login/`),
      `${demo.origin}/`,
    ]);
    await expectNoSecrets(
      urls.map((url) => ({ place: "history", text: url })),
      standIns,
    );
  });

  test("in the requests to the host", async ({ demo, standIns }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    const app = new URL(demo.origin).hostname;
    const requests = standIns.host.testing.requests.filter(({ host }) => host === app);
    expect(requests.filter(({ path }) => path.startsWith("/auth/"))).toEqual([]);
    const pages = requests.filter(({ path }) => !path.startsWith("/api/"));
    await expectNoSecrets(
      pages.map((request) => ({ place: request.path, text: JSON.stringify(request) })),
      standIns,
    );
  });

  test("during the sign-in either; IndexedDB holds a stored transaction without secrets until it ends", async ({
    browser,
    demo,
    standIns,
  }) => {
    await demo.openConnected();
    const app = await browser.currentTab();
    await browser.newTab();
    await demo.openConnected();
    await demo.startSignIn();
    const { state = "", nonce = "" } = standIns.authorizationServer.testing.authorizationRequests[0] ?? {};
    const login = await browser.currentTab();

    await browser.switchTo(app);
    const during = await demo.atTheVault(() => readableByThePage(browser));
    expect(signInsAtRest(during)).toBe(1);
    expect(during.filter(({ text }) => text.includes(state) || text.includes(nonce))).toEqual([]);

    await browser.switchTo(login);
    await demo.login.submit(ada);
    await demo.waitForStatus("authenticated");
    expect(signInsAtRest(await demo.atTheVault(() => readableByThePage(browser)))).toBe(0);
  });

  test("control: the search finds a planted token", async ({ browser, demo, standIns }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    const [token = ""] = standIns.authorizationServer.testing.issued.accessTokens;
    await browser.evaluate(async (token) => {
      localStorage.setItem("a", `x${token}x`);
      sessionStorage.setItem("b", token);
      // biome-ignore lint/suspicious/noDocumentCookie: the test is about this very place
      document.cookie = `c=${token.slice(-50)}`;
      await (await caches.open("d")).put("/d", new Response(token));
      history.replaceState({ deep: [token] }, "");
      const hidden = { inner: new Map([["key", new TextEncoder().encode(token)]]) };
      Object.defineProperty(window, "e", { value: hidden, enumerable: false });
      performance.mark(token);
      const open = indexedDB.open("f");
      open.onupgradeneeded = () =>
        open.result.createObjectStore("f").put({ inner: [new TextEncoder().encode(token)] }, "f");
      await new Promise((resolve) => {
        open.onsuccess = resolve;
      });
      open.result.close();
    }, token);
    const places = new Set(secretsIn(await readableByThePage(browser), standIns).map(({ place }) => place));
    await browser.evaluate(() => {
      // Cookies do not tell ports apart, so the next scenario's app would have it too.
      // biome-ignore lint/suspicious/noDocumentCookie: as above
      document.cookie = "c=; max-age=0";
    });
    for (const place of [
      /^localStorage/,
      /^sessionStorage/,
      /^document.cookie/,
      /^caches d/,
      /^history.state/,
    ]) {
      expect([...places]).toContainEqual(expect.stringMatching(place));
    }
    expect([...places]).toContainEqual(expect.stringMatching(/^performance/));
    expect([...places]).toContainEqual(expect.stringMatching(/^window\.e\.inner/));
    expect([...places]).toContainEqual(expect.stringMatching(/^indexedDB f\/f/));
  });
});

async function expectNoSecrets(findings: Finding[], standIns: StandIns): Promise<void> {
  expect(findings.length).toBeGreaterThan(0);
  // Places only: a failure must not print a token into a log.
  expect(secretsIn(findings, standIns).map(({ place }) => place)).toEqual([]);
}

/** The findings in which a token or code that the authorization server issued can be read, whole or in part. */
function secretsIn(findings: Finding[], { authorizationServer }: StandIns): Finding[] {
  const { accessTokens, idTokens, refreshTokens, codes } = authorizationServer.testing.issued;
  const secrets = [accessTokens, idTokens, refreshTokens, codes];
  expect(secrets.map((list) => list.length)).toEqual([1, 1, 1, 1]);
  // The end of a JWT is its signature: a token in pieces, or without its header, is still a token.
  const needles = secrets.flat().flatMap((secret) => {
    const tail = secret.slice(-40);
    const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
    return [tail, encodeURIComponent(tail), base64, [...tail].reverse().join("")];
  });
  return findings.filter(({ text }) => needles.some((needle) => text.includes(needle)));
}

/** How many stored transactions the worker keeps. */
function signInsAtRest(findings: Finding[]): number {
  const isRow = ({ place, text }: Finding) =>
    place.startsWith("indexedDB strongroom/values") && text.startsWith("{");
  const { transactions } = JSON.parse(findings.find(isRow)?.text ?? '{"transactions":[]}');
  return transactions.length;
}
