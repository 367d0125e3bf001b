import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { metadataOf, startApp } from "./app.js";

await startApp(async (facts) => {
  const manager = new UserManager({
    authority: facts.issuer,
    metadata: metadataOf(facts),
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
