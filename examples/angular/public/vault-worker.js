/// <reference types="strongroom/strongroom-worker.js" />
importScripts("strongroom-worker.js");
strongroom.start({
  cognito: {
    region: "eu-central-1",
    userPoolId: "eu-central-1_AbCdEfGhI",
    clientId: "1example23456789",
    domain: "https://auth.example.com",
  },
  scopes: ["openid", "email", "notes/read"],
  api: [{ url: "https://api.example.com/v1/" }],
});
