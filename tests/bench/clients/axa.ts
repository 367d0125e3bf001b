import { OidcClient, OidcLocation } from "@axa-fr/oidc-client";
import { playVisit } from "./visit.js";

declare global {
  function signInAtAxa(): Promise<void>;
}

const { provider } = SETTINGS;
const client = OidcClient.getOrCreate(
  () => fetch,
  new OidcLocation(),
)({
  client_id: provider.clientId,
  redirect_uri: provider.redirectUri,
  scope: provider.scope,
  authority: provider.issuer,
  authority_configuration: {
    issuer: provider.issuer,
    authorization_endpoint: provider.authorizationEndpoint,
    token_endpoint: provider.tokenEndpoint,
    revocation_endpoint: provider.revocationEndpoint,
    end_session_endpoint: provider.logoutEndpoint,
  },
  service_worker_relative_url: "/OidcServiceWorker.js",
  service_worker_only: true,
});

async function open() {
  if (location.pathname === "/auth/callback") {
    await client.loginCallbackAsync();
    history.replaceState(null, "", "/");
  } else {
    await client.tryKeepExistingSessionAsync();
  }
  return client.tokens
    ? { signedIn: true as const }
    : { signedIn: false as const, signIn: () => client.loginAsync("/") };
}

await playVisit({ open });
