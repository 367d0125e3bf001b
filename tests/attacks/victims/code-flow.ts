import type { SiteFacts } from "../victim.js";
import { type Auth, startApp } from "./app.js";

export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** The storage for tokens. */
export interface Keep {
  load(): Promise<string | null>;
  save(tokens: Tokens): Promise<void>;
}

/** An app that runs the code flow with PKCE in the page, and keeps the tokens in some storage. */
export function startCodeFlowApp(keep: Keep): Promise<void> {
  return startApp(async (facts): Promise<Auth> => {
    const code = new URLSearchParams(location.search).get("code");
    if (location.pathname === "/auth/callback" && code) await keep.save(await exchange(facts, code));
    return {
      signedIn: (await keep.load()) !== null,
      signIn: () => signIn(facts),
      fetch: async (url) => fetch(url, { headers: { authorization: `Bearer ${await keep.load()}` } }),
    };
  });
}

async function signIn({ authorizationEndpoint, clientId, redirectUri, scope }: SiteFacts): Promise<void> {
  const [state, verifier] = [random(), random()];
  sessionStorage.setItem("state", state);
  sessionStorage.setItem("verifier", verifier);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.assign(`${authorizationEndpoint}?${query}`);
}

async function exchange({ tokenEndpoint, clientId, redirectUri }: SiteFacts, code: string): Promise<Tokens> {
  const state = new URLSearchParams(location.search).get("state");
  if (state === null || state !== sessionStorage.getItem("state")) throw new Error("wrong state");
  const verifier = sessionStorage.getItem("verifier") ?? "";
  sessionStorage.removeItem("state");
  sessionStorage.removeItem("verifier");
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: clientId,
    redirect_uri: redirectUri,
    code,
    code_verifier: verifier,
  });
  const response = await fetch(tokenEndpoint, { method: "POST", body });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Tokens;
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
