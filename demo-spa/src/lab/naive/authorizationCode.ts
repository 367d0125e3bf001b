import type { LabSites } from "../../../servers/lab/sites.ts";
import type { WayId } from "../ways";
import type { Tokens } from "./tokens";

// The authorization code flow with PKCE as an app does it in its own page: correct, and no help against what comes after.

/** What has to be remembered while the user is away. */
export interface Transaction {
  way: WayId;
  state: string;
  verifier: string;
}

export function newTransaction(way: WayId): Transaction {
  return { way, state: random(), verifier: random() };
}

export async function authorizationUrl(
  { authorizationEndpoint, clientId, redirectUri, scope }: LabSites["signIn"],
  { state, verifier }: Transaction,
): Promise<URL> {
  const url = new URL(authorizationEndpoint);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
  }).toString();
  return url;
}

/** The code of the response to `transaction`. */
export function codeOf(response: URLSearchParams, transaction: Transaction | null): string {
  if (!transaction || response.get("state") !== transaction.state)
    throw new Error("the answer belongs to no sign-in that this tab began");
  const error = response.get("error");
  if (error) throw new Error(response.get("error_description") ?? error);
  const code = response.get("code");
  if (!code) throw new Error("the answer has no code");
  return code;
}

export async function exchange(
  { tokenEndpoint, clientId, redirectUri }: LabSites["signIn"],
  code: string,
  { verifier }: Transaction,
): Promise<Tokens> {
  const response = await fetch(tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: clientId,
      redirect_uri: redirectUri,
      code,
      code_verifier: verifier,
    }),
  });
  if (!response.ok) throw new Error(`the token endpoint answered ${response.status}`);
  const { access_token, refresh_token } = (await response.json()) as Record<string, string>;
  if (!access_token || !refresh_token) throw new Error("the token endpoint sent no tokens");
  return { access: access_token, refresh: refresh_token };
}

function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** RFC 7636, section 4.2. */
async function challengeOf(verifier: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(hash));
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
