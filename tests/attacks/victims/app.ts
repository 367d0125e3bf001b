import type { SiteFacts } from "../victim.js";

/** How an app signs in and calls the API. */
export interface Auth {
  signedIn: boolean;
  signIn(): unknown;
  signOut?(): unknown;
  /** `fetch` as the signed-in user. */
  fetch(url: string): Promise<Response>;
}

/** The authorization server's metadata, by its names in OpenID Connect Discovery. */
export function metadataOf(facts: SiteFacts) {
  return {
    issuer: facts.issuer,
    authorization_endpoint: facts.authorizationEndpoint,
    token_endpoint: facts.tokenEndpoint,
    revocation_endpoint: facts.revocationEndpoint,
    end_session_endpoint: facts.logoutEndpoint,
    jwks_uri: facts.jwksUri,
  };
}

/**
 * The app: it signs in and shows the API's response. It exposes nothing on `window` and is operated by its buttons. `auth` also
 * completes a sign-in if the page is the callback.
 */
export async function startApp(auth: (facts: SiteFacts) => Promise<Auth>): Promise<void> {
  const facts = (await (await fetch("/config.json")).json()) as SiteFacts;
  const on = (id: string, does: () => unknown) =>
    document.getElementById(id)?.addEventListener("click", async () => {
      try {
        await does();
      } catch (error) {
        document.body.dataset.error = String(error);
      }
    });
  try {
    const { signedIn, signIn, signOut, fetch } = await auth(facts);
    on("sign-in", signIn);
    if (signOut) on("sign-out", signOut);
    on("call", async () => {
      const answer = document.getElementById("answer") as HTMLOutputElement;
      answer.value = "";
      const response = await fetch(`${facts.api}me`);
      answer.value = `${response.status} ${await response.text()}`;
    });
    if (location.pathname === "/auth/callback") history.replaceState(null, "", "/");
    document.body.dataset.state = signedIn ? "signed-in" : "signed-out";
  } catch (error) {
    document.body.dataset.error = String(error);
    document.body.dataset.state = "failed";
  }
}
