import { endpointsAt, userPool } from "./user-pool.js";

/** The first of the two ports in a row that `strongroom dev-provider` takes unless it is told another. */
export const FIRST_PORT = 8790;

/** The vault's configuration for the local authorization server and API at `port` and the port after it. */
export function devProviderConfiguration(port = FIRST_PORT) {
  const origin = `http://localhost:${port}`;
  const endpoints = endpointsAt(origin);
  return {
    provider: {
      issuer: `${origin}/${userPool.id}`,
      clientId: userPool.clientId,
      authorizationEndpoint: endpoints.authorization,
      tokenEndpoint: endpoints.token,
      revocationEndpoint: endpoints.revocation,
      logoutEndpoint: endpoints.logout,
    },
    scopes: ["openid", "email", "notes/read", "notes/write"],
    api: [{ url: `http://localhost:${port + 1}/v1/` }],
  };
}
