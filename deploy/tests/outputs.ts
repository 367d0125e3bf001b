import type { Outputs } from "../lib/stack.mjs";

/** What a stack says of itself. */
export const outputs: Outputs = {
  AppOrigin: "https://app.example.com",
  ApiUrl: "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/api/",
  Region: "eu-central-1",
  UserPoolId: "eu-central-1_AbCdEfGhI",
  ClientId: "1example23456789",
  LoginDomain: "https://auth.example.com",
  Recovery: "none",
  Scopes: "openid email api/notes.read",
  BucketName: "notes-site",
  DistributionId: "E1EXAMPLE",
};
