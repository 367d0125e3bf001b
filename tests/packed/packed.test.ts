import { userPool } from "../../dev-provider/src/user-pool.js";
import { ada } from "../../dev-provider/src/users.js";
import { describe, expect } from "../e2e/scenario.js";
import { onSite, packedTest, signedInTest, signIn } from "./scenario.js";

declare global {
  // On `window`: in Firefox a driver's script has a global object of its own, which ends with it.
  var statuses: Promise<number[]>;
}

describe("a user pool", () => {
  const { region, id: userPoolId } = userPool;
  for (const issuerType of ["ORIGINAL", "UPDATED"] as const) {
    const poolTest = onSite({
      issuerType,
      config: ({ authorizationServer, clientId }) => ({
        cognito: { region, userPoolId, clientId, domain: authorizationServer },
      }),
    });
    poolTest(`with the ${issuerType} issuer signs in`, async ({ page }) => {
      await page.openConnected();
      await signIn(page);
      expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
    });
  }

  packedTest("whose tokens have fractional times signs in", async ({ page, site }) => {
    site.authorizationServer.testing.settings.changeIdTokenClaims = (claims) => ({
      ...claims,
      iat: Number(claims.iat) + 0.5,
      exp: Number(claims.exp) + 0.25,
    });
    await page.openConnected();
    await signIn(page);
    expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
  });
});

describe("an API", () => {
  for (const status of [204, 304]) {
    signedInTest(`that answers ${status} is heard`, async ({ page, site }) => {
      site.api.answer = (_request, response) => response.writeHead(status).end();
      const headers = { "if-none-match": '"1"' };
      expect(await page.fetch(site.api.url, { headers })).toMatchObject({ status, text: "" });
      expect(site.api.requests).toMatchObject([
        { headers: { authorization: expect.stringMatching(/^Bearer /) } },
      ]);
    });
  }

  signedInTest("that refuses every token causes no renewal for each request", async ({ page, site }) => {
    site.api.answer = (_request, response) => response.writeHead(401).end();
    for (let count = 0; count < 10; count++) expect((await page.fetch(site.api.url)).status).toBe(401);
    const { tokenRequests } = site.authorizationServer.testing;
    expect(tokenRequests.filter(({ grantType }) => grantType === "refresh_token").length).toBeLessThan(3);
  });

  signedInTest("gets the referrer that the page's request says", async ({ browser, page, site }) => {
    const referer = async (init: { referrer?: string; referrerPolicy: ReferrerPolicy }) => {
      await browser.evaluate(async (url, init) => void (await fetch(url, init)), site.api.url, init);
      return site.api.requests.at(-1)?.headers.referer;
    };
    expect(await referer({ referrerPolicy: "no-referrer" })).toBeUndefined();
    expect(await referer({ referrerPolicy: "unsafe-url", referrer: "/notes?tag=red" })).toBe(
      `${page.origin}/notes?tag=red`,
    );
    expect(await referer({ referrerPolicy: "origin" })).toBe(`${page.origin}/`);
  });

  packedTest("gets no request without a token while one is renewed", async ({ browser, page, site }) => {
    const { settings, tokenEndpoint } = site.authorizationServer.testing;
    settings.accessTokenLifetime = 1;
    await page.openConnected();
    await signIn(page);
    await browser.waitFor("the access token to end", () =>
      browser.evaluate(() => Date.now() > (vault.session.expiresAt ?? 0)),
    );
    settings.accessTokenLifetime = 3600;
    const hold = tokenEndpoint.hold();
    await browser.evaluate((url) => {
      window.statuses = Promise.all(
        Array.from({ length: 200 }, async (_, number) => (await fetch(`${url}?${number}`)).status),
      );
    }, site.api.url);
    await hold.arrived;
    hold.release();
    expect(new Set(await browser.evaluate(() => window.statuses))).toEqual(new Set([200]));
    expect(site.api.requests).toHaveLength(200);
    expect(site.api.requests.filter(({ headers }) => !headers.authorization)).toEqual([]);
  });

  onSite({ apiHost: "[::1]" })("on an IPv6 host gets the token", async ({ page, site }) => {
    // A Content-Security-Policy cannot name an IPv6 address (CSP Level 3, section 2.3.1).
    site.hostRules = false;
    await page.openConnected();
    await signIn(page);
    expect((await page.fetch(site.api.url)).status).toBe(200);
    expect(site.api.requests).toMatchObject([
      { headers: { authorization: expect.stringMatching(/^Bearer /) } },
    ]);
  });
});

describe("a page for signed-in users", () => {
  packedTest("leads to sign-in and back after a refused renewal", async ({ browser, page, site }) => {
    await page.open("/members");
    await page.login.waitForForm();
    await page.login.submit(ada);
    await page.waitForContent(ada.email);

    site.authorizationServer.testing.tokenEndpoint.fail({ status: 400, body: '{"error":"invalid_grant"}' });
    await site.authorizationServer.testing.endBrowserSessions();
    await browser.evaluate(async () => void (await fetch("/auth/refresh", { method: "POST" })));
    await page.login.waitForForm();
    await page.login.submit(ada);
    await page.waitForUrl("/members");
    await page.waitForContent(ada.email);
  });

  packedTest("offers the sign-in after a sign-out in another tab", async ({ browser, page }) => {
    await page.open("/members");
    await page.login.waitForForm();
    await page.login.submit(ada);
    await page.waitForContent(ada.email);
    const first = await browser.currentTab();

    await browser.newTab();
    await page.openConnected();
    await browser.markDocument();
    await browser.evaluate(() => void vault.logout());
    await browser.waitForNewDocument();
    await browser.switchTo(first);
    await page.waitForContent("Sign in");
    await browser.click("button");
    await page.login.waitForForm();
    await page.login.submit(ada);
    await page.waitForContent(ada.email);
  });

  packedTest(
    "whose URL is longer than a returnTo may be comes back to its path",
    async ({ browser, page }) => {
      await browser.goto(`${page.origin}/members?filter=${"a".repeat(3_000)}`);
      await page.login.waitForForm();
      await page.login.submit(ada);
      await page.waitForUrl("/members");
      await page.waitForContent(ada.email);
    },
  );
});

describe("a sign-in", () => {
  for (const path of ["notes/日本語", "notes/grüße?q=schön#ende"]) {
    packedTest(`comes back to /${path}`, async ({ page }) => {
      await page.openConnected();
      await signIn(page, `/${path}`);
      await page.waitForUrl(`/${path}`);
      expect(await page.session()).toMatchObject({ status: "authenticated" });
    });
  }

  packedTest("that was cancelled is reported once, to the page that comes back", async ({ page }) => {
    await page.openConnected();
    await page.startSignInByClient();
    await page.login.cancel();
    await page.waitToBeBack();
    expect(await page.connect()).toMatchObject({ status: "anonymous", error: { code: "access_denied" } });
    await page.openConnected();
    expect(await page.connect()).toEqual({ status: "anonymous", error: null });
  });

  packedTest("reports an error description in any language", async ({ browser, page, site }) => {
    await page.openConnected();
    await page.startSignInByClient();
    const { state = "" } = site.authorizationServer.testing.authorizationRequests.at(-1) ?? {};
    const description = "アクセスが拒否されました。Zugriff für Müller verweigert.";
    const response = new URLSearchParams({ error: "access_denied", error_description: description, state });
    await browser.goto(`${page.origin}/auth/callback?${response}`);
    await page.waitToBeBack();
    expect((await page.connect()).error).toEqual({ code: "access_denied", description });
  });
});

describe("a link of another site to the callback", () => {
  signedInTest("leaves the session alone", async ({ browser, page, site }) => {
    // 127.0.0.1 is another site than localhost.
    const elsewhere = site.authorizationServer.origin.replace("localhost", "127.0.0.1");
    await browser.goto(`${elsewhere}/nothing`);
    await browser.evaluate(
      (url) => void setTimeout(() => location.assign(url), 50),
      `${page.origin}/auth/callback?code=abc&state=x`,
    );
    await page.waitToBeBack();
    expect(await page.connect()).toEqual({ status: "authenticated", error: null });
    expect((await page.fetch(site.api.url)).status).toBe(200);
    expect(site.api.requests).toMatchObject([
      { headers: { authorization: expect.stringMatching(/^Bearer /) } },
    ]);
  });
});

describe("an app in a folder", () => {
  onSite({ base: "/app/" })(
    "signs in below its folder, and out to its root",
    async ({ browser, page, site }) => {
      await page.openConnected();
      await signIn(page);
      expect(await browser.evaluate(async () => (await vault.refresh()).status)).toBe("authenticated");
      await browser.markDocument();
      await browser.evaluate(() => void vault.logout());
      await browser.waitForNewDocument();
      await page.waitForUrl("/");
      expect(await page.connect()).toMatchObject({ status: "anonymous" });
      expect(site.authorizationServer.testing.authorizationRequests[0]).toMatchObject({
        redirect_uri: `${page.origin}/app/auth/callback`,
      });
    },
  );
});
