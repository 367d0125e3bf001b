import type { VaultConfig } from "../worker/config";

/** What the vault talks to, by the names of a discovery document's. */
export interface Endpoints {
  issuer: string;
  clientId: string;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  revocationEndpoint?: string;
  logoutEndpoint?: string;
}

/** The endpoints of a configuration that the vault accepts; those of a user pool follow from four values. */
export function endpointsOf({ cognito, provider }: VaultConfig): Endpoints {
  if (provider) return provider;
  const { region, userPoolId, clientId } = cognito;
  const domain = cognito.domain.replace(/\/+$/, "");
  return {
    issuer: `https://cognito-idp.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/${userPoolId}`,
    clientId,
    authorizationEndpoint: `${domain}/oauth2/authorize`,
    tokenEndpoint: `${domain}/oauth2/token`,
    revocationEndpoint: `${domain}/oauth2/revoke`,
    logoutEndpoint: `${domain}/logout`,
  };
}

/**
 * The issuers whose ID tokens the vault accepts. A user pool has one of two, by its issuer type: ORIGINAL, or UPDATED, which AWS
 * recommends.
 */
export function issuersOf(configuration: VaultConfig): string[] {
  const { issuer } = endpointsOf(configuration);
  return configuration.cognito
    ? [issuer, issuer.replace("//cognito-idp.", "//issuer-cognito-idp.")]
    : [issuer];
}
