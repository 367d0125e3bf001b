import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { startApp } from "./app.js";

await startApp(async (facts) => {
  const manager = new UserManager({
    authority: facts.issuer,
    metadata: {
      issuer: facts.issuer,
      authorization_endpoint: facts.authorizationEndpoint,
      token_endpoint: facts.tokenEndpoint,
      revocation_endpoint: facts.revocationEndpoint,
      end_session_endpoint: facts.logoutEndpoint,
      jwks_uri: facts.jwksUri,
    },
    client_id: facts.clientId,
    redirect_uri: facts.redirectUri,
    scope: facts.scope,
    userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
  if (location.pathname === "/auth/callback") await manager.signinCallback();
  const user = await manager.getUser();
  return {
    signedIn: user !== null,
    signIn: () => manager.signinRedirect(),
    async fetch(url) {
      const user = await manager.getUser();
      return await fetch(url, { headers: { authorization: `Bearer ${user?.access_token}` } });
    },
  };
});
