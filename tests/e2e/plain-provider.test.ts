import { By } from "selenium-webdriver";
import { onTestFinished } from "vitest";
import { listen } from "../../dev-provider/src/loopback.js";
import { startPlainProvider } from "../../dev-provider/src/test-support/plain-provider.js";
import { TestedHost } from "../stand-ins/host.js";
import { built } from "./built.js";
import { buildClientApp } from "./client-page.js";
import { startRecorder } from "./recorder.js";
import { describe, engine, expect, inBrowser } from "./scenario.js";

/** OpenID Connect Discovery 1.0, section 3: what a vault is configured with. */
interface DiscoveryDocument {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  revocation_endpoint: string;
  end_session_endpoint: string;
  jwks_uri: string;
}

describe("a provider that is not Cognito, with the paths and pages it comes with", () => {
  inBrowser("signs in, by the endpoints of its discovery document, and out", async ({ browser }) => {
    await browser.leaveOneTab();
    const listener = await listen();
    const app = `http://localhost:${listener.port}`;
    const provider = await startPlainProvider(app);
    const api = await startRecorder();
    const answer = await fetch(`${provider.issuer}/.well-known/openid-configuration`);
    const found = (await answer.json()) as DiscoveryDocument;
    const host = TestedHost.start({
      listener,
      app: await buildClientApp(`${engine}-plain-provider`),
      workerScript: built.workerFile,
      authorizationServer: {
        issuer: found.issuer,
        clientId: provider.clientId,
        endpoints: {
          authorization: found.authorization_endpoint,
          token: found.token_endpoint,
          revocation: found.revocation_endpoint,
          logout: found.end_session_endpoint,
          jwks: found.jwks_uri,
        },
      },
      api: { url: `${api.origin}/v1/`, mount: () => (_ctx, next) => next() },
    });
    host.testing.config = { scopes: ["openid"] };
    onTestFinished(async () => {
      await host.close();
      await provider.close();
    });
    const connect = () =>
      browser.evaluate(async () => {
        const { session } = await connectVault({ worker: "/vault-worker.js" });
        return [session.status, session.user?.sub, session.error?.code];
      });
    const arrive = () =>
      browser.waitFor("the app", () => browser.evaluate(() => typeof connectVault === "function"));

    await browser.goto(app);
    await arrive();
    expect(await connect()).toEqual(["anonymous", null, null]);
    await browser.goto(`${app}/auth/login?returnTo=/`);
    // The provider's first page asks for any name, the next one for consent.
    await browser.driver.findElement(By.css('input[name="login"]')).sendKeys("ada");
    await browser.driver.findElement(By.css('input[name="password"]')).sendKeys("anything");
    await browser.click('button[type="submit"]');
    await browser.waitFor("the page that asks for consent", () =>
      browser.evaluate(() => document.querySelector('input[name="prompt"][value="consent"]') !== null),
    );
    await browser.click('button[type="submit"]');
    await arrive();
    expect(await connect()).toEqual(["authenticated", "ada", null]);

    await browser.evaluate(async (url) => (await fetch(url)).status, `${api.origin}/v1/notes`);
    const [request] = api.requests.filter(({ method }) => method === "GET");
    expect(request).toMatchObject({
      url: "/v1/notes",
      headers: { authorization: expect.stringMatching(/^Bearer \S{20,}$/) },
    });

    const location = await browser.evaluate(async () => {
      const response = await fetch("/auth/logout", { method: "POST" });
      return ((await response.json()) as { location: string }).location;
    });
    expect(new URL(location).origin + new URL(location).pathname).toBe(found.end_session_endpoint);
    expect(new URL(location).searchParams.get("post_logout_redirect_uri")).toBe(`${app}/`);
    expect(await browser.evaluate(() => vault.session.status)).toBe("anonymous");
  });
});
