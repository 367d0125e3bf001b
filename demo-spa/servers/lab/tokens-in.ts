/** A token that was found in a text, and what it looks like. */
export interface FoundToken {
  kind: "access" | "id" | "refresh";
  token: string;
}

/**
 * Every token in a text, each once: JWTs by their shape and their `token_use`, refresh tokens, which are opaque, by their
 * length. A character that ends a token in JSON, a URL or a cookie ends it here.
 */
export function tokensIn(text: string): FoundToken[] {
  const jwts = new Set(text.match(JWT) ?? []);
  const found: FoundToken[] = [...jwts].map((token) => ({ kind: kindOf(token), token }));
  const rest = [...jwts].reduce((left, token) => left.replaceAll(token, " "), text);
  return [
    ...found,
    ...[...new Set(rest.match(OPAQUE) ?? [])].map((token) => ({ kind: "refresh" as const, token })),
  ];
}

const JWT = /eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g;
/** Long enough that nothing else in a page is like it. */
const OPAQUE = /[\w-]{400,}/g;

function kindOf(jwt: string): "access" | "id" {
  try {
    const [, payload = ""] = jwt.split(".");
    const { token_use } = JSON.parse(Buffer.from(payload, "base64url").toString());
    return token_use === "id" ? "id" : "access";
  } catch {
    return "access";
  }
}
