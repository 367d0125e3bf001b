import { afterEach, describe, expect, it } from "vitest";
import { devProviderConfiguration } from "./configuration.js";
import { type DevProvider, startDevProvider } from "./dev-provider.js";
import { listen } from "./loopback.js";
import { CookieClient } from "./test-support/cookie-client.js";
import { freePort } from "./test-support/free-port.js";

let provider: DevProvider | undefined;
afterEach(async () => {
  await provider?.close();
  provider = undefined;
});

async function start(options: { scopes?: string[] } = {}) {
  const port = await freePort();
  provider = await startDevProvider({ port, ...options });
  return devProviderConfiguration(port);
}

/** The status of an authorization request, and where it leads. */
async function authorize(
  { authorizationEndpoint, clientId }: { authorizationEndpoint: string; clientId: string },
  redirectUri: string,
  scope = "openid",
): Promise<{ status: number; location: string | null }> {
  const url = new URL(authorizationEndpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state: "state",
    code_challenge: "a".repeat(43),
    code_challenge_method: "S256",
  }).toString();
  const { status, headers } = await new CookieClient().get(url);
  return { status, location: headers.get("location") };
}

it("is what its configuration says, so that `init --dev-provider` needs no running provider", async () => {
  const { provider: configured, api } = await start();
  const discovery = `${configured.issuer}/.well-known/openid-configuration`;
  expect(await (await fetch(discovery)).json()).toMatchObject({
    issuer: configured.issuer,
    authorization_endpoint: configured.authorizationEndpoint,
    token_endpoint: configured.tokenEndpoint,
    revocation_endpoint: configured.revocationEndpoint,
    end_session_endpoint: configured.logoutEndpoint,
  });
  expect(provider?.api).toBe(api[0]?.url);
  expect((await fetch(`${provider?.api}notes`)).status).toBe(401);
});

describe("signs users in for an app", () => {
  it.each([
    "http://localhost:5173/auth/callback",
    "http://localhost:4173/app/auth/callback",
    "http://127.0.0.1:8080/auth/callback",
    "http://[::1]:3000/auth/callback",
    "https://app.localhost/auth/callback",
  ])("on any port of this machine: %s", async (redirectUri) => {
    const { provider: configured } = await start();
    expect(await authorize(configured, redirectUri)).toEqual({
      status: 303,
      location: expect.stringMatching(/^(http:\/\/localhost:\d+)?\/login\//),
    });
  });

  it.each([
    "https://app.example.com/auth/callback",
    "http://localhost.example.com/auth/callback",
    "http://localhost@example.com/auth/callback",
    "http://127.0.0.1.example.com/auth/callback",
    "javascript://localhost/%0Aalert(1)",
  ])("and sends no code to another machine: %s", async (redirectUri) => {
    const { provider: configured } = await start();
    expect(await authorize(configured, redirectUri)).toEqual({ status: 400, location: null });
  });
});

it("lets the app ask for the scopes of its own APIs", async () => {
  const { provider: configured } = await start({ scopes: ["api/read"] });
  const response = await fetch(`${configured.issuer}/.well-known/openid-configuration`);
  const discovery = (await response.json()) as { scopes_supported: string[] };
  expect(discovery.scopes_supported).toEqual(expect.arrayContaining(["openid", "notes/read", "api/read"]));
  const { location } = await authorize(configured, "http://localhost:5173/auth/callback", "openid api/read");
  expect(location).toContain("/login/");
});

it("leaves nothing running when the API's port is taken", async () => {
  const port = await freePort();
  const taken = await listen(port + 1);
  await expect(startDevProvider({ port })).rejects.toThrow(`Port ${port + 1} is already in use`);
  const again = await listen(port);
  await Promise.all([taken.close(), again.close()]);
});
