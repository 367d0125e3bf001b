import type { AuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { userPool } from "../../dev-provider/src/user-pool.js";

/** The argument of `strongroom.start` for an app that signs in at `server` and calls `apis`. */
export function workerConfig(
  { issuer, clientId, endpoints }: Pick<AuthorizationServer, "issuer" | "clientId" | "endpoints">,
  apis: string[],
) {
  const provider = {
    issuer,
    clientId,
    authorizationEndpoint: endpoints.authorization,
    tokenEndpoint: endpoints.token,
    revocationEndpoint: endpoints.revocation,
    logoutEndpoint: endpoints.logout,
  };
  return { provider, scopes: [...userPool.scopes], api: apis.map((url) => ({ url })) };
}
