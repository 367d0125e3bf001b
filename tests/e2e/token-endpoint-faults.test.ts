import type { StandIns } from "../stand-ins/stand-ins.js";
import { describe, expect, hasVaultOrigin, signedInTest } from "./scenario.js";

// These tests do not need the host's headers, and WebKit takes a second for each step between pages with and without them.
const faultTest = signedInTest.override("hostHeaders", false);

describe("a token endpoint that is broken or lies", () => {
  const faults = tokenEndpointFaults();
  // The core validates the response in the same way with a vault origin: each code suffices.
  const isFirst = ({ code }: TokenEndpointFault, index: number) =>
    faults.findIndex((fault) => fault.code === code) === index;
  for (const { what, code, arrange } of hasVaultOrigin ? faults.filter(isFirst) : faults) {
    faultTest(
      `${what}: signed out with ${code}, nothing kept, and the next sign-in works`,
      async ({ page, standIns }) => {
        const { testing } = standIns.authorizationServer;
        // Only here: the authorization server still knows the browser, so no form is in the way.
        await page.fetch("/auth/logout", { method: "POST" });
        arrange(standIns);
        await page.signInAgain();
        expect(await page.session()).toMatchObject({
          status: "anonymous",
          user: null,
          expiresAt: null,
          error: { code, description: expect.stringMatching(/\S/) },
        });
        await page.fetch(`${standIns.api.url}me`);
        expect(standIns.api.testing.requests.at(-1)).toMatchObject({ method: "GET", authorization: null });

        testing.reset();
        await page.signInAgain();
        expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
        expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);
      },
    );
  }
});

interface TokenEndpointFault {
  what: string;
  code: string;
  arrange(standIns: StandIns): void;
}

function tokenEndpointFaults(): TokenEndpointFault[] {
  const fails =
    (fault: { status: number; body?: string; contentType?: string } | { reset: "before" | "after" }) =>
    ({ authorizationServer }: StandIns) =>
      authorizationServer.testing.tokenEndpoint.fail(fault);
  const responds =
    (change: Record<string, unknown>) =>
    ({ authorizationServer }: StandIns) => {
      authorizationServer.testing.settings.changeTokenResponse = (response) => ({ ...response, ...change });
    };
  const claims =
    (change: Record<string, unknown>) =>
    ({ authorizationServer }: StandIns) => {
      authorizationServer.testing.settings.changeIdTokenClaims = (claims) => ({ ...claims, ...change });
    };
  const json = (body: string) => fails({ status: 200, body });
  return [
    {
      what: "cuts the connection",
      code: "token_endpoint_unreachable",
      arrange: ({ authorizationServer }) =>
        authorizationServer.testing.tokenEndpoint.fail({ reset: "before" }, Number.POSITIVE_INFINITY),
    },
    {
      what: "400 invalid_grant",
      code: "invalid_grant",
      arrange: fails({ status: 400, body: '{"error":"invalid_grant"}' }),
    },
    {
      what: "500",
      code: "token_endpoint_error",
      arrange: ({ authorizationServer }) =>
        authorizationServer.testing.tokenEndpoint.fail({ status: 500 }, Number.POSITIVE_INFINITY),
    },
    {
      what: "200 with HTML",
      code: "invalid_token_response",
      arrange: fails({ status: 200, body: "<!doctype html><h1>It works!</h1>", contentType: "text/html" }),
    },
    {
      what: "200 with truncated JSON",
      code: "invalid_token_response",
      arrange: json('{"access_token":"eyJhbGciOiJSUzI1NiJ9.eyJ0b2tlbl91c2UiOiJhY2Nlc3MifQ.c2ln","token_ty'),
    },
    {
      what: "200 with 1 MB of junk",
      code: "invalid_token_response",
      arrange: json("x".repeat(1_000_000)),
    },
    {
      what: "200 with good tokens and 1 MB of padding",
      code: "invalid_token_response",
      arrange: responds({ padding: "x".repeat(1_000_000) }),
    },
    { what: "wrong token_type", code: "invalid_token_response", arrange: responds({ token_type: "DPoP" }) },
    {
      what: "no access_token",
      code: "invalid_token_response",
      arrange: responds({ access_token: undefined }),
    },
    { what: "no id_token", code: "invalid_token_response", arrange: responds({ id_token: undefined }) },
    { what: "wrong aud", code: "invalid_id_token", arrange: claims({ aud: "another-client" }) },
    { what: "wrong iss", code: "invalid_id_token", arrange: claims({ iss: "https://evil.example" }) },
    { what: "wrong nonce", code: "invalid_id_token", arrange: claims({ nonce: "of-another-sign-in" }) },
    { what: "wrong token_use", code: "invalid_id_token", arrange: claims({ token_use: "access" }) },
    { what: "an expired ID token", code: "invalid_id_token", arrange: claims({ exp: 1 }) },
  ];
}
