import { endpointsAt, userPool } from "./user-pool.js";

/** The default of the first of two consecutive ports of `strongroom dev-provider`. */
export const FIRST_PORT = 8790;

/** The vault's configuration for the local authorization server and API at `port` and the port after it. */
export function devProviderConfiguration(port = FIRST_PORT) {
  const origin = `http://localhost:${port}`;
  return {
    provider: providerAt(origin),
    scopes: ["openid", "email", "notes/read", "notes/write"],
    api: [{ url: `http://localhost:${port + 1}/v1/` }],
  };
}

/** The argument of `strongroom.start` for an app that signs in at `provider` and calls `apis`. */
export function workerConfig(provider: ReturnType<typeof providerOf>, apis: string[]) {
  return { provider, scopes: [...userPool.scopes], api: apis.map((url) => ({ url })) };
}

/** The vault's configuration of the local authorization server at `origin`. */
export function providerAt(origin: string) {
  const { id, clientId } = userPool;
  return providerOf({ issuer: `${origin}/${id}`, clientId, endpoints: endpointsAt(origin) });
}

interface Server {
  issuer: string;
  clientId: string;
  endpoints: ReturnType<typeof endpointsAt>;
}

export function providerOf({ issuer, clientId, endpoints }: Server) {
  return {
    issuer,
    clientId,
    authorizationEndpoint: endpoints.authorization,
    tokenEndpoint: endpoints.token,
    revocationEndpoint: endpoints.revocation,
    logoutEndpoint: endpoints.logout,
  };
}
