import { ada } from "../../dev-provider/src/users.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import type { Attacker } from "./attacker.js";

/** The maximum number of values per attack that are tried as refresh tokens or verifiers. */
const MOST_TRIED = 400;

export interface Targets {
  authorizationServer: Pick<StandIns["authorizationServer"], "endpoints" | "clientId">;
  api: { url: string };
  redirectUri: string;
}

/**
 * Uses stolen tokens at the API and at the token endpoint. Returns those that give access to Ada's data; others do not
 * count.
 */
export async function useTokens(loot: string[], targets: Targets): Promise<string[]> {
  const gains = new Set<string>();
  for (const token of loot.filter((text) => /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/.test(text))) {
    const kind = await isGoodAtTheApi(token, targets);
    if (kind) gains.add(`${kind} token`);
  }
  await Promise.all(
    opaqueIn(loot).map(async (refresh_token) => {
      const grant = { grant_type: "refresh_token", refresh_token };
      if (await redeem(grant, targets)) gains.add("refresh token");
    }),
  );
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
export async function useCodes(loot: string[], attacker: Attacker, targets: Targets): Promise<string[]> {
  const { redirectUri: redirect_uri } = targets;
  const verifiers = [attacker.codeVerifier, ...opaqueIn(loot).filter(({ length }) => length <= 128)];
  for (const code of codesIn(loot)) {
    for (const code_verifier of verifiers) {
      const grant = { grant_type: "authorization_code", code, code_verifier, redirect_uri };
      if (!(await redeem(grant, targets))) continue;
      return [
        code_verifier === attacker.codeVerifier
          ? "code for the attacker's own verifier"
          : "code and verifier",
      ];
    }
  }
  return [];
}

/** Refresh tokens and verifiers are random, and at least this long (RFC 7636 section 4.1). */
function opaqueIn(loot: string[]): string[] {
  return loot.filter((text) => /^[\w-]{43,}$/.test(text)).slice(0, MOST_TRIED);
}

/** The kind of token, if the API accepts it as Ada's. */
async function isGoodAtTheApi(token: string, { api }: Targets): Promise<string | undefined> {
  const response = await fetch(`${api.url}me`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) return undefined;
  const { sub, tokenUse } = (await response.json()) as { sub: string; tokenUse: "access" | "id" };
  if (sub !== ada.sub) return undefined;
  return tokenUse === "id" ? "ID" : tokenUse;
}

/** Whether the token endpoint exchanges it for tokens that the API accepts as Ada's. */
async function redeem(grant: Record<string, string>, targets: Targets): Promise<boolean> {
  const { endpoints, clientId } = targets.authorizationServer;
  const response = await fetch(endpoints.token, {
    method: "POST",
    body: new URLSearchParams({ client_id: clientId, ...grant }),
  });
  if (!response.ok) return false;
  const { access_token } = (await response.json()) as { access_token: string };
  return (await isGoodAtTheApi(access_token, targets)) !== undefined;
}
