import { ada } from "../../../dev-provider/src/users.js";
import type { StandIns, VaultOrigin } from "../../stand-ins/stand-ins.js";
import { ClientPage } from "../client-page.js";
import type { Browser } from "../engines/browser.js";
import { clientTest, clientTestOf, describe, engine, expect } from "../scenario.js";
import { asked } from "../session/requests-to-the-authorization-server.js";
import { TRAP } from "../trap.js";

const sameSiteTest = clientTestOf({ loginDomainOfTheSite: true });

/** Put before the worker's script: no keeper ever gets a copy of the session. */
const WITHOUT_KEEPERS = `
  if (!("ServiceWorkerGlobalScope" in self)) {
    const { fetch } = self;
    const isOfKeeper = (input) => String(input.url ?? input).includes("/auth/keep");
    self.fetch = (input, init) => (isOfKeeper(input) ? new Promise(() => {}) : fetch(input, init));
  }
`;

describe("an app whose vault has an origin of its own", () => {
  clientTest("signs in, calls the API, and signs out, in every tab", async ({ browser, page, standIns }) => {
    expect(await page.openConnected()).toBe("anonymous");
    await page.startSignInByClient("/notes?a=1#b");
    await page.login.submit(ada);
    await page.waitToBeBack();
    expect(await browser.url()).toBe(`${page.origin}/notes?a=1#b`);
    await page.waitForStatus("authenticated");
    expect(await page.session()).toMatchObject({ user: { sub: ada.sub }, error: null });
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);

    await browser.reload();
    expect(await page.waitForConnection()).toBe("authenticated");
    const first = await browser.currentTab();
    const second = await page.openInNewTab();
    expect(await page.status()).toBe("authenticated");
    expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(1);

    await browser.switchTo(first);
    await browser.markDocument();
    await browser.evaluate(() => void vault.logout());
    await browser.waitForNewDocument();
    await page.waitForUrl("/");
    expect(await page.waitForConnection()).toBe("anonymous");
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(401);
    await browser.switchTo(second);
    await page.waitForStatus("anonymous");
    expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(401);
  });

  // In WebKit, requests of workers pass through the main thread of their process.
  if (engine !== "webkit") {
    clientTest("sends requests to the API while its page is busy", async ({ browser, page, standIns }) => {
      // Without this header the frame shares the page's process and main thread, as in a browser that ignores the header.
      standIns.host.testing.changeVaultResponse = (_, response) => {
        const { "Origin-Agent-Cluster": _cluster, ...headers } = response.headers;
        return { ...response, headers };
      };
      await page.openConnected();
      await page.signIn(ada);
      const url = `${standIns.api.url}me`;
      expect((await page.fetch(url)).status).toBe(200);
      const { called, done } = await browser.evaluate(async (url) => {
        const called = Date.now();
        const response = fetch(url);
        while (Date.now() < called + 2_000);
        const done = Date.now();
        if ((await response).status !== 200) throw new Error("The API has refused the request.");
        return { called, done };
      }, url);
      const [request] = standIns.api.testing.requests.filter(
        ({ at, method }) => method === "GET" && at >= called,
      );
      expect(request?.at).toBeLessThan(done);
    });
  }

  // durable.test.ts has restarts of the browser, which a driven WebKitGTK forgets.
  clientTest("restores a session on the device for a worker that has lost it", async ({ page, standIns }) => {
    Object.assign(standIns.host.testing, {
      prelude: TRAP + WITHOUT_KEEPERS,
      config: { remember: "device" },
    });
    await page.openConnected();
    await page.signIn(ada);
    const { user, worker } = await page.session();
    expect((await page.fetch(`${standIns.api.url}me?trap`)).status).toBe(200);
    const session = await page.session();
    expect(session).toMatchObject({ status: "authenticated", user, error: null });
    expect(session.worker.startedAt).toBeGreaterThan(worker.startedAt);
    expect(asked(standIns)).toEqual({ authorization: 1, exchange: 1, refresh: 1 });
  });
});

describe("a vault that has lost the session, without a keeper's copy, gets it back", () => {
  sameSiteTest(
    "in its frame if the login domain is of the same site: the page stays, and so do its requests under way",
    async ({ browser, page, standIns }) => {
      standIns.host.testing.prelude = TRAP + WITHOUT_KEEPERS;
      await page.openConnected();
      await page.signIn(ada);
      const { user } = await page.session();
      await browser.markDocument();
      await page.begin("trap", `${standIns.api.url}me?trap`);
      expect((await page.outcome("trap")).status).toBe(200);
      await page.waitForStatus("authenticated");
      expect(await page.session()).toMatchObject({ status: "authenticated", user, error: null });
      expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);
      expect(await page.statuses()).toContain("recovering");
      expect(await isMarked(browser)).toBe(true);
      expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
    },
  );

  // WebKitGTK's driver shows the first tab only, and hidden ones do not ask for a recovery.
  if (engine !== "webkit") {
    sameSiteTest(
      "in one tab's frame, while the other tabs stay on their pages",
      async ({ browser, page, standIns }) => {
        standIns.host.testing.prelude = TRAP + WITHOUT_KEEPERS;
        await page.openConnected();
        await page.signIn(ada);
        const first = await browser.currentTab();
        const second = await page.openInNewTab();
        for (const tab of [first, second]) {
          await browser.switchTo(tab);
          // A navigation that gets a 204 leaves the document, but aborts its requests.
          await browser.evaluate(() => {
            window.navigations = 0;
            addEventListener("beforeunload", () => window.navigations++);
          });
        }
        const hold = standIns.authorizationServer.testing.tokenEndpoint.hold();
        await page.begin("trap", `${standIns.api.url}me?trap`);
        await hold.arrived;
        await browser.switchTo(first);
        await page.begin("another", `${standIns.api.url}me`);
        for (const tab of [second, first]) {
          await browser.switchTo(tab);
          await browser.waitFor("the page to ask for a recovery", () =>
            browser.evaluate(() =>
              performance.getEntriesByType("resource").some(({ name }) => name.endsWith("?silent=frame")),
            ),
          );
        }
        hold.release();
        for (const [tab, request] of [
          [first, "another"],
          [second, "trap"],
        ] as const) {
          await browser.switchTo(tab);
          expect((await page.outcome(request)).status).toBe(200);
          await page.waitForStatus("authenticated");
          expect(await browser.evaluate(() => window.navigations)).toBe(0);
        }
        expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
      },
    );
  }

  clientTest("by a redirect of the page otherwise", async ({ browser, page, standIns }) => {
    standIns.host.testing.prelude = TRAP + WITHOUT_KEEPERS;
    await page.openConnected("/notes?a=1#b");
    await page.signIn(ada, "/notes?a=1#b");
    const { user } = await page.session();
    await browser.markDocument();
    await page.begin("trap", `${standIns.api.url}me?trap`);
    await browser.waitForNewDocument();
    await page.waitForUrl("/notes?a=1#b");
    await page.waitForStatus("authenticated");
    expect(await page.session()).toMatchObject({ user, error: null });
    expect(asked(standIns)).toEqual({ authorization: 2, exchange: 2, refresh: 0 });
  });
});

describe("another app of the site", () => {
  clientTest(
    "that is listed shares the vault, and a sign-out in one app reaches the other",
    async ({ browser, page, standIns }) => {
      await page.openConnected();
      await page.signIn(ada);
      const first = await browser.currentTab();
      await browser.newTab();
      const other = pageOf("otherApp", browser, standIns);
      // WebKit gives each app a session of its own, which its user gets without a form.
      if (engine === "webkit") {
        expect(await other.openConnected()).toBe("anonymous");
        await other.signInAgain();
      }
      await other.openConnected();
      await other.waitForStatus("authenticated");
      expect((await other.fetch(`${standIns.api.url}me`)).status).toBe(200);
      const { text } = await other.fetch("/auth/logout", { method: "POST" });
      const { location } = JSON.parse(text) as { location: string };
      expect(new URL(location).searchParams.get("logout_uri")).toBe(`${other.origin}/`);
      await other.waitForStatus("anonymous");
      await browser.switchTo(first);
      if (engine === "webkit") return;
      await page.waitForStatus("anonymous");
      expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(401);
    },
  );

  clientTest(
    "that is not listed gets no frame, no message and no sign-in",
    async ({ browser, page, standIns }) => {
      await page.openConnected();
      await page.signIn(ada);
      const unlisted = pageOf("unlistedApp", browser, standIns);
      await unlisted.open();
      await browser.evaluate(() => {
        window.messages = [];
        addEventListener("message", ({ data }) => messages.push(data));
      });
      await expect(unlisted.connect()).rejects.toThrow(/vault_unreachable|does not respond/);
      expect(await browser.evaluate(() => messages)).toEqual([]);

      const { authorizationRequests } = standIns.authorizationServer.testing;
      const before = authorizationRequests.length;
      const query = new URLSearchParams({ app: unlisted.origin, returnTo: "/" });
      await browser.goto(`${standIns.vault?.origin}/login.html?${query}`);
      await unlisted.waitForContent("names no app");
      expect(authorizationRequests).toHaveLength(before);
    },
  );
});

/** The browser follows redirects by default. The first requests may go through the vault's service worker. */
clientTest(
  "script that gives the relay no redirect mode gets no redirect with the token",
  async ({ browser, page, standIns }) => {
    await page.openConnected();
    await page.signIn(ada);
    await page.waitForStatus("authenticated");
    const { url } = standIns.api;
    const statuses = await browser.evaluate(
      async ([vault, url]) => {
        const { port1, port2 } = new MessageChannel();
        const next = () =>
          new Promise<{ status?: number }>((resolve) => {
            port1.onmessage = ({ data }) => "chunk" in data || "end" in data || resolve(data);
          });
        const ready = next();
        document.querySelector("iframe")?.contentWindow?.postMessage("strongroom:port", vault, [port2]);
        await ready;
        const statuses: unknown[] = [];
        for (let id = 0; id < 10; id++) {
          const response = next();
          port1.postMessage({ id, url, method: "GET", headers: [], mode: "cors", destination: "" });
          statuses.push((await response).status);
        }
        return statuses;
      },
      [`${standIns.vault?.origin}`, `${url}redirect?${new URLSearchParams({ to: `${url}me` })}`] as const,
    );
    expect(statuses).toEqual(Array(10).fill(502));
  },
);

declare global {
  /** What other windows have sent to this document. */
  var messages: unknown[];
  /** How many navigations of this document have begun. */
  var navigations: number;
}

/** Whether the document is the one that the test has marked. */
async function isMarked(browser: Browser): Promise<boolean> {
  return await browser.evaluate(() => "seenByTest" in document.documentElement.dataset);
}

/** A page of another app. */
function pageOf(app: "otherApp" | "unlistedApp", browser: Browser, standIns: StandIns): ClientPage {
  const vault = standIns.vault as VaultOrigin;
  return new ClientPage(browser, { ...standIns, app: vault[app] });
}
