// The authorization code flow with PKCE as an app runs it in its own page. It is correct, and does not protect the tokens.

/** What the app knows of its client. */
export interface Client {
  authorizationEndpoint: string;
  tokenEndpoint: string;
  clientId: string;
  redirectUri: string;
  scope: string;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/** What the tab remembers during a sign-in. */
export interface Transaction {
  state: string;
  verifier: string;
}

/** Navigates to the authorization server. {@link finishSignIn} continues after the redirect. */
export async function startSignIn(client: Client): Promise<void> {
  const transaction = newTransaction();
  sessionStorage.setItem(TRANSACTION, JSON.stringify(transaction));
  location.assign(await authorizationUrl(client, transaction));
}

/** Exchanges the code of the authorization response in the page's URL. */
export async function finishSignIn(client: Client): Promise<Tokens> {
  const response = new URLSearchParams(location.search);
  const transaction = JSON.parse(sessionStorage.getItem(TRANSACTION) ?? "null") as Transaction | null;
  sessionStorage.removeItem(TRANSACTION);
  return await exchange(client, codeOf(response, transaction), transaction?.verifier ?? "");
}

const TRANSACTION = "sign-in";

export function newTransaction(): Transaction {
  return { state: random(), verifier: random() };
}

export async function authorizationUrl(
  { authorizationEndpoint, clientId, redirectUri, scope }: Client,
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
    throw new Error("the response belongs to no sign-in that this tab started");
  const error = response.get("error");
  if (error) throw new Error(response.get("error_description") ?? error);
  const code = response.get("code");
  if (!code) throw new Error("the response has no code");
  return code;
}

async function exchange(
  { tokenEndpoint, clientId, redirectUri }: Client,
  code: string,
  verifier: string,
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
  if (!response.ok) throw new Error(`the token endpoint responded with ${response.status}`);
  return (await response.json()) as Tokens;
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
