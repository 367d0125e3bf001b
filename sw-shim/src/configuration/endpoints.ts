import type { VaultConfig } from "../worker/config";
import facts from "./cognito.json" with { type: "json" };

/** The authorization server's endpoints. */
export interface Endpoints {
  issuer: string;
  clientId: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint?: string;
  logoutEndpoint?: string;
}

/** The endpoints in a valid configuration. Those of a user pool follow from four values. */
export function endpointsOf({ cognito, provider }: VaultConfig): Endpoints {
  if (provider) return provider;
  const { region, userPoolId, clientId } = cognito;
  const domain = cognito.domain.replace(/\/+$/, "");
  return {
    issuer: cognitoIssuers(region, userPoolId)[0],
    clientId,
    authorizationEndpoint: `${domain}/oauth2/authorize`,
    tokenEndpoint: `${domain}/oauth2/token`,
    revocationEndpoint: `${domain}/oauth2/revoke`,
    logoutEndpoint: `${domain}/logout`,
  };
}

/**
 * The issuers whose ID tokens the vault accepts. A user pool has one of two, depending on its issuer type: ORIGINAL, or UPDATED,
 * which AWS recommends.
 */
export function issuersOf({ cognito, provider }: VaultConfig): string[] {
  return provider ? [provider.issuer] : cognitoIssuers(cognito.region, cognito.userPoolId);
}

/** The issuers of a user pool, as in `crate/core/src/cognito.rs`. */
function cognitoIssuers(region: string, userPoolId: string): [original: string, updated: string] {
  const partition = Object.entries(facts.partitions).find(([prefix]) => region.startsWith(prefix));
  const rest = `${region}.${partition?.[1] ?? "amazonaws.com"}/${userPoolId}`;
  return [`https://cognito-idp.${rest}`, `https://issuer-cognito-idp.${rest}`];
}
