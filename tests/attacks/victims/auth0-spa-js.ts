import { Auth0Client } from "@auth0/auth0-spa-js";
import { startApp } from "./app.js";

await startApp(async (facts) => {
  // Not `createAuth0Client`: its session check needs `web_message`, which the local server does not support.
  const client = new Auth0Client({
    domain: facts.front,
    clientId: facts.clientId,
    cacheLocation: "memory",
    useRefreshTokens: true,
    authorizationParams: { redirect_uri: facts.redirectUri, scope: facts.scope },
  });
  if (location.pathname === "/auth/callback") await client.handleRedirectCallback();
  return {
    signedIn: await client.isAuthenticated(),
    signIn: () => client.loginWithRedirect(),
    async fetch(url) {
      return await fetch(url, { headers: { authorization: `Bearer ${await client.getTokenSilently()}` } });
    },
  };
});
