/** The one user pool and app client of the stand-ins, named as Cognito names them. */
export const userPool = {
  region: "eu-central-1",
  id: "eu-central-1_Strongroo",
  clientId: "strongroom-demo",
  scopes: ["openid", "email", "profile", "notes/read", "notes/write"],
} as const;
