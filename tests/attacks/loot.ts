import type { TestedStandIns } from "strongroom-demo/servers/stand-ins.js";
import { ada } from "strongroom-demo/servers/users.js";
import type { Attacker } from "./attacker.js";

/** The most random values of one attack that are tried as refresh tokens or verifiers. */
const MOST_TRIED = 400;

export interface Targets {
  authorizationServer: Pick<TestedStandIns["authorizationServer"], "endpoints" | "clientId">;
  api: { url: string };
  redirectUri: string;
}

export interface Use {
  /** What turned out to be good. */
  gains: string[];
  /** An authorization server ends a session whose code is used twice. */
  triedCodes: boolean;
}

/**
 * Uses what an attack brought home, as a thief would: at the API and at the token endpoint. Answers what turned out to
 * be good for Ada's data; what is merely there counts for nothing.
 */
export async function use(loot: string[], attacker: Attacker, targets: Targets): Promise<Use> {
  const gains = new Set<string>();
  const jwts = loot.filter((text) => /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/.test(text));
  const codes = loot.flatMap((text) => /^code=(.+)$/.exec(text)?.[1] ?? []);
  const opaque = loot
    .filter((text) => /^[\w-]{20,}$/.test(text) && !codes.includes(text))
    .slice(0, MOST_TRIED);

  for (const token of jwts) {
    const use = await isGoodAtTheApi(token, targets);
    if (use) gains.add(`${use} token`);
  }
  await Promise.all(
    opaque.map(async (token) => {
      if (await redeem({ grant_type: "refresh_token", refresh_token: token }, targets))
        gains.add("refresh token");
    }),
  );
  const verifiers = [attacker.codeVerifier, ...opaque.filter(({ length }) => length >= 43 && length <= 128)];
  for (const code of new Set(codes)) {
    for (const code_verifier of verifiers) {
      const { redirectUri: redirect_uri } = targets;
      if (!(await redeem({ grant_type: "authorization_code", code, code_verifier, redirect_uri }, targets)))
        continue;
      gains.add(
        code_verifier === attacker.codeVerifier
          ? "code for the attacker's own verifier"
          : "code and verifier",
      );
      break;
    }
  }
  return { gains: [...gains].sort(), triedCodes: codes.length > 0 };
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
