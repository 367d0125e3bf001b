import { OidcClient, OidcLocation } from "@axa-fr/oidc-client";
import { metadataOf, startApp } from "./app.js";

await startApp(async (facts) => {
  const client = OidcClient.getOrCreate(
    () => fetch,
    new OidcLocation(),
  )({
    client_id: facts.clientId,
    redirect_uri: facts.redirectUri,
    scope: facts.scope,
    authority: facts.issuer,
    authority_configuration: metadataOf(facts),
    service_worker_relative_url: "/OidcServiceWorker.js",
    service_worker_only: true,
  });
  if (location.pathname === "/auth/callback") await client.loginCallbackAsync();
  else await client.tryKeepExistingSessionAsync();
  const withTokens = client.fetchWithTokens((...args) => fetch(...args));
  return {
    signedIn: Boolean(client.tokens),
    signIn: () => client.loginAsync("/"),
    fetch: (url) => withTokens(url),
  };
});
