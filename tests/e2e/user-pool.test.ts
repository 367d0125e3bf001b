import { userPool } from "../../dev-provider/src/user-pool.js";
import { ada } from "../../dev-provider/src/users.js";
import { clientTestOf, describe, expect } from "./scenario.js";

const issuerTypes = (["ORIGINAL", "UPDATED"] as const).map((issuerType) => ({
  issuerType,
  test: clientTestOf({ issuerType }),
}));

describe("a worker configured with `cognito`", () => {
  for (const { issuerType, test } of issuerTypes) {
    test(`signs in at a user pool with the ${issuerType} issuer, calls an API that verifies it, and renews`, async ({
      page,
      standIns,
    }) => {
      const { origin, clientId, issuer } = standIns.authorizationServer;
      const { region, id: userPoolId } = userPool;
      standIns.host.testing.config = {
        provider: undefined,
        cognito: { region, userPoolId, clientId, domain: origin },
      };
      await page.openRegistered();
      await page.signIn(ada);
      expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
      expect((await page.fetch(`${standIns.api.url}me`)).status).toBe(200);
      const [request] = standIns.api.testing.requests.filter(({ method }) => method === "GET");
      expect(issuerOf(request?.authorization?.raw)).toBe(issuer);

      const renewed = JSON.parse((await page.fetch("/auth/refresh", { method: "POST" })).text);
      expect(renewed).toMatchObject({ status: "authenticated", error: null });
    });
  }
});

function issuerOf(authorization: string | undefined): string {
  const [, payload = ""] = authorization?.split(".") ?? [];
  return JSON.parse(Buffer.from(payload, "base64url").toString()).iss;
}
