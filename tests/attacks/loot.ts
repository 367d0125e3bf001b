import type { AuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { ada } from "../../dev-provider/src/users.js";
import type { Attacker } from "./attacker.js";
import { isJwt, isOpaque, kindOf, type Use } from "./secrets.js";

/** The maximum number of values per attack that are tried as refresh tokens or verifiers. */
const MOST_TRIED = 400;

export interface Targets {
  authorizationServer: Pick<AuthorizationServer, "endpoints" | "clientId">;
  api: { url: string };
}

/** Sends a stolen value where the app would: a JWT to the API, any other value to the token endpoint as a refresh token. */
export async function tryToken(token: string, targets: Targets): Promise<Use[]> {
  if (isJwt(token)) return [await askApi(token, "the API", targets)];
  const { status, accessToken } = await redeem(
    { grant_type: "refresh_token", refresh_token: token },
    targets,
  );
  const renewal: Use = { what: "the token endpoint", status, worked: status === 200 };
  if (accessToken === undefined) return [renewal];
  return [renewal, await askApi(accessToken, "the API, with the new access token", targets)];
}

/**
 * Uses stolen tokens at the API and at the token endpoint. Returns those that give access to Ada's data; others do not
 * count.
 */
export async function useTokens(loot: string[], targets: Targets): Promise<string[]> {
  const gains = new Set<string>();
  const use = async (token: string) => {
    const uses = await tryToken(token, targets);
    if (uses.some(isAda)) gains.add(`${kindOf(token).replace("id", "ID")} token`);
  };
  for (const token of loot.filter(isJwt)) await use(token);
  await Promise.all(opaqueIn(loot).map(use));
  return [...gains].sort();
}

/** The stolen codes. */
export function codesIn(loot: string[]): string[] {
  return loot.flatMap((text) => /^code=(.+)$/.exec(text)?.[1] ?? []);
}

/**
 * Redeems stolen codes with the attacker's own verifier and with every value that may be one. This comes last, because an
 * authorization server may revoke the tokens of a code that comes twice (RFC 6749 section 4.1.2).
 */
export async function redeemCodes(
  loot: string[],
  attacker: Attacker,
  targets: Targets & { redirectUri: string },
): Promise<string[]> {
  const { redirectUri: redirect_uri } = targets;
  const verifiers = [attacker.codeVerifier, ...opaqueIn(loot).filter(({ length }) => length <= 128)];
  for (const code of codesIn(loot)) {
    for (const code_verifier of verifiers) {
      const grant = { grant_type: "authorization_code", code, code_verifier, redirect_uri };
      const { accessToken } = await redeem(grant, targets);
      if (accessToken === undefined || !isAda(await askApi(accessToken, "the API", targets))) continue;
      return [
        code_verifier === attacker.codeVerifier
          ? "code for the attacker's own verifier"
          : "code and verifier",
      ];
    }
  }
  return [];
}

function opaqueIn(loot: string[]): string[] {
  return loot.filter(isOpaque).slice(0, MOST_TRIED);
}

function isAda({ as }: Use): boolean {
  return as === ada.username;
}

async function askApi(token: string, what: Use["what"], { api }: Targets): Promise<Use> {
  const response = await fetch(`${api.url}me`, { headers: { authorization: `Bearer ${token}` } });
  const { status, ok } = response;
  if (!ok) return { what, status, worked: false };
  const { username } = (await response.json()) as { username: string };
  return { what, status, worked: true, as: username };
}

/** The response of the token endpoint to a grant. */
async function redeem(
  grant: Record<string, string>,
  { authorizationServer: { endpoints, clientId } }: Targets,
): Promise<{ status: number; accessToken?: string }> {
  const response = await fetch(endpoints.token, {
    method: "POST",
    body: new URLSearchParams({ client_id: clientId, ...grant }),
  });
  const { status, ok } = response;
  if (!ok) return { status };
  const { access_token } = (await response.json()) as { access_token: string };
  return { status, accessToken: access_token };
}
