import { ada } from "../../dev-provider/src/users.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import type { Browser } from "./engines/browser.js";
import { startRecorder } from "./recorder.js";
import { clientTest, describe, expect, hasVaultOrigin, signedInTest } from "./scenario.js";

// A host without headers: the worker refuses these requests, not a Content-Security-Policy.
const refusalTest = signedInTest.override("hostHeaders", false);

describe("no token goes to", () => {
  clientTest("anything that only looks like the API", async ({ browser, page, standIns }) => {
    const api = await startRecorder();
    const stranger = await startRecorder();
    standIns.host.testing.hostHeaders = false;
    standIns.host.testing.config = { api: [{ url: `${api.origin}/v1/` }, { url: `${page.origin}/api/v1/` }] };
    await page.openRegistered();
    await page.signIn(ada);
    // Control, before and after: the worker runs and attaches the token.
    await page.fetch(`${api.origin}/v1/me`);

    const lookAlikes = [
      `http://localhost:${stranger.port}/v1/me`,
      `http://localhost:${stranger.port}/${api.origin}/v1/me`,
      `http://127.0.0.1:${api.port}/v1/me`,
      `http://localhost:${api.port}@localhost:${stranger.port}/v1/me`,
      `http://localhost:${api.port}%2f@localhost:${stranger.port}/v1/me`,
      `http://api.localhost:${api.port}/v1/me`,
      `http://localhost.:${api.port}/v1/me`,
      `http://user:pass@localhost:${api.port}/v1/me`,
      `https://localhost:${api.port}/v1/me`,
      ...["/", "/v1", "/v1x/me", "/V1/me", "/v1;x/me", "/v1%2Fme", "/v1%5Cme", "/v%31/me", "//v1/me"],
      ...["/x/v1/me", "/v1/../me", "/v1/%2e%2e/me", "/v1/.%2E/me", "/v1/..\\me", "/?/v1/me", "/#/v1/me"],
    ].map((url) => new URL(url, api.origin).href);
    const onOwnOrigin = ["/api/v10/me", "/api/v1/../me", "/api/v1/%2e%2e/me", "/api", "/api/V1/me"];
    for (const url of [...lookAlikes, ...onOwnOrigin]) {
      for (const mode of ["cors", "no-cors"] as const) await request(browser, url, mode);
    }

    await page.fetch("/api/v1/me");
    const withToken = [api, stranger, standIns.host.testing]
      .flatMap(({ requests }) => requests as { headers: { host?: string; authorization?: string } }[])
      .filter(({ headers }) => headers.authorization);
    expect(withToken).toMatchObject([
      { url: "/v1/me", headers: { host: `localhost:${api.port}` } },
      { path: "/api/v1/me", headers: { host: new URL(page.origin).host } },
    ]);
    expect(api.requests.length).toBeGreaterThan(lookAlikes.length);
    expect(stranger.requests.length).toBeGreaterThan(0);
  });

  clientTest("another origin that the API redirects to", async ({ page, standIns }) => {
    const stranger = await startRecorder();
    standIns.host.testing.hostHeaders = false;
    // Otherwise the policy of the vault's worker would block the redirect.
    standIns.host.testing.changeVaultResponse = (_, response) => ({
      ...response,
      headers: withoutPolicy(response.headers),
    });
    standIns.host.testing.config = { api: [{ url: standIns.api.url, redirect: "follow" }] };
    await page.openRegistered();
    await page.signIn(ada);
    const to = `${stranger.origin}/landed`;
    const answer = await page.fetch(`${standIns.api.url}redirect?${new URLSearchParams({ to })}`);
    expect(answer).toMatchObject({ status: 200, text: "recorded" });
    expect(standIns.api.testing.requests.at(-1)).toMatchObject({
      status: 302,
      authorization: { scheme: "Bearer" },
    });
    const landed = stranger.requests.filter(({ method }) => method === "GET");
    expect(landed).toMatchObject([{ url: "/landed" }]);
    expect(landed[0]?.headers.authorization).toBeUndefined();
  });

  for (const [redirect, status, landed] of [
    [undefined, 502, []],
    // The control: it is the worker that keeps the token from going there. The relay of a vault origin needs CORS there, too.
    ...(hasVaultOrigin ? [] : [["follow", 404, ["Bearer"]] as const]),
  ] as const) {
    clientTest(
      `another path of its origin that the API redirects to, ${redirect ? "unless it may" : "by default"}`,
      async ({ page, standIns }) => {
        const { testing } = standIns.host;
        testing.hostHeaders = false;
        testing.config = { api: [{ url: `${page.origin}/api/v1/`, redirect }] };
        await page.openRegistered();
        await page.signIn(ada);
        const to = `${page.origin}/another-tenant`;
        const answer = await page.fetch(`/api/v1/redirect?${new URLSearchParams({ to })}`);
        expect(answer.status).toBe(status);
        expect(answer.text.includes('"code":"redirect_refused"')).toBe(status === 502);
        const requests = testing.requests.filter(({ path }) => path === "/another-tenant");
        expect(requests.map(({ headers }) => headers.authorization?.split(" ")[0])).toEqual(landed);
      },
    );
  }

  refusalTest(
    "the API by a navigation: a link must not act as the user",
    async ({ browser, page, standIns }) => {
      for (const url of [`${page.origin}/api/v1/me`, `${standIns.api.url}me`]) {
        await browser.goto(url);
        expect(standIns.api.testing.requests.at(-1)).toMatchObject({
          method: "GET",
          authorization: null,
          status: 401,
        });
      }
    },
  );

  refusalTest("the API by a frame, an object or an embed", async ({ browser, page, standIns }) => {
    await browser.evaluate((url) => {
      for (const [name, attribute] of [
        ["iframe", "src"],
        ["object", "data"],
        ["embed", "src"],
      ] as const) {
        const element = document.createElement(name);
        element.setAttribute(attribute, `${url}?by=${name}`);
        document.body.append(element);
      }
    }, `${page.origin}/api/v1/me`);
    await expectAnonymousRequests(browser, standIns, ["iframe", "object", "embed"]);
  });

  refusalTest(
    "the API as a script or a style: code must not be loaded as the user",
    async ({ browser, page, standIns }) => {
      await browser.evaluate((url) => {
        const script = Object.assign(document.createElement("script"), { src: `${url}?by=script` });
        const style = Object.assign(document.createElement("link"), {
          rel: "stylesheet",
          href: `${url}?by=style`,
        });
        document.head.append(script, style);
      }, `${page.origin}/api/v1/me`);
      await expectAnonymousRequests(browser, standIns, ["script", "style"]);
    },
  );
});

// An interceptor passes these requests: no code of a sign-in reaches a page that could exchange it.
if (!hasVaultOrigin) {
  describe("a page cannot talk to", () => {
    for (const endpoint of ["token", "revocation"] as const) {
      for (const mode of ["cors", "no-cors"] as const) {
        refusalTest(`the ${endpoint} endpoint (${mode})`, async ({ page, standIns }) => {
          const { testing, endpoints } = standIns.authorizationServer;
          const before = testing.tokenRequests.length;
          const { status, contentType, text } = await page.fetch(endpoints[endpoint], {
            method: "POST",
            mode,
            body: "grant_type=authorization_code",
          });
          expect({ status, contentType, ...JSON.parse(text) }).toMatchObject({
            status: 403,
            contentType: "application/problem+json",
            code: "token_endpoint_refused",
          });
          expect(testing.tokenRequests).toHaveLength(before);
          expect(testing.revocationRequests).toEqual([]);
        });
      }
    }
  });
}

function withoutPolicy({ "Content-Security-Policy": _, ...headers }: Record<string, string>) {
  return headers;
}

/** Fetches as a page would. A failure counts as a result. */
async function request(browser: Browser, url: string, mode: RequestMode): Promise<void> {
  await browser.evaluate(
    async (url, mode) => {
      await fetch(url, { mode: mode as RequestMode }).catch(() => {});
    },
    url,
    mode,
  );
}

/** Waits for the API's requests `?by=` each of `names`; none carries a token. */
async function expectAnonymousRequests(browser: Browser, { api }: StandIns, names: string[]): Promise<void> {
  const { requests } = api.testing;
  await browser.waitFor(`requests by ${names.join(", ")}`, async () =>
    names.every((name) => requests.some(({ query }) => query.by === name)),
  );
  expect(requests.filter(({ authorization }) => authorization)).toEqual([]);
}
