import { browserRuntimeFreeze } from "oidc-spa/browser-runtime-freeze";
import { createOidc, oidcEarlyInit } from "oidc-spa/core";
import { tokenSubstitution } from "oidc-spa/token-substitution";
import { metadataOf, startApp } from "./app.js";

const { shouldLoadApp } = oidcEarlyInit({
  BASE_URL: "/",
  securityDefenses: {
    ...browserRuntimeFreeze(),
    // The API's host name.
    ...tokenSubstitution({ trustedExternalResourceServers: ["localhost"] }),
  },
});

if (shouldLoadApp) {
  await startApp(async (facts) => {
    const oidc = await createOidc({
      issuerUri: facts.issuer,
      clientId: facts.clientId,
      scopes: facts.scope.split(" "),
      __metadata: metadataOf(facts),
    });
    if (!oidc.isUserLoggedIn) {
      if (oidc.initializationError) throw oidc.initializationError;
      return { signedIn: false, signIn: () => oidc.login(), fetch: (url) => fetch(url) };
    }
    return {
      signedIn: true,
      signIn: () => {},
      async fetch(url) {
        const { accessToken } = await oidc.getTokens();
        return await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
      },
    };
  });
}
