import type { TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import { ada } from "../../dev-provider/src/users.js";
import type { Attacker } from "./attacker.js";

/** The most random values of one attack that are tried as refresh tokens or verifiers. */
const MOST_TRIED = 400;

export interface Targets {
  authorizationServer: Pick<TestedStandIns["authorizationServer"], "endpoints" | "clientId">;
  api: { url: string };
  redirectUri: string;
}

/**
 * Uses the tokens an attack brought home, as a thief would: at the API and at the token endpoint. Answers which turned
 * out to be good for Ada's data; what is merely there counts for nothing.
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

/** The codes an attack brought home. */
export function codesIn(loot: string[]): string[] {
  return loot.flatMap((text) => /^code=(.+)$/.exec(text)?.[1] ?? []);
}

/**
 * Uses codes, with the attacker's own verifier and with whatever in the loot may be one. An authorization server ends
 * a session whose code comes twice (RFC 6749 section 4.1.2), so a thief does this last.
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

/** Which of Ada's tokens it is, if the API takes it. */
async function isGoodAtTheApi(token: string, { api }: Targets): Promise<string | undefined> {
  const response = await fetch(`${api.url}me`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) return undefined;
  const { sub, tokenUse } = (await response.json()) as { sub: string; tokenUse: "access" | "id" };
  if (sub !== ada.sub) return undefined;
  return tokenUse === "id" ? "ID" : tokenUse;
}

/** Whether the token endpoint gives tokens for it that the API takes for Ada's. */
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
