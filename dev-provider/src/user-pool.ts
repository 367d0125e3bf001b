/** The one user pool and app client of the stand-ins, named as Cognito names them. */
export const userPool = {
  region: "eu-central-1",
  id: "eu-central-1_Strongroo",
  clientId: "strongroom-demo",
  scopes: ["openid", "email", "profile", "notes/read", "notes/write"],
} as const;

/** The paths of a login domain of Cognito. */
export const paths = {
  authorization: "/oauth2/authorize",
  token: "/oauth2/token",
  revocation: "/oauth2/revoke",
  logout: "/logout",
} as const;

/** The URLs of these endpoints on the login domain `origin`. */
export function endpointsAt(origin: string) {
  return {
    authorization: `${origin}${paths.authorization}`,
    token: `${origin}${paths.token}`,
    revocation: `${origin}${paths.revocation}`,
    logout: `${origin}${paths.logout}`,
  };
}
