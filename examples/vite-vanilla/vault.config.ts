import { defineVault } from "strongroom/vite";

export default defineVault(({ env }) => ({
  cognito: {
    region: "eu-central-1",
    userPoolId: "eu-central-1_AbCdEfGhI",
    clientId: env.CLIENT_ID,
    domain: "https://auth.example.com",
  },
  scopes: ["openid", "email", "notes/read"],
  api: [{ url: "https://api.example.com/v1/" }],
}));
