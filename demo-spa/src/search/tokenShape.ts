/**
 * Three base64url segments, the first of which begins as `{"` does: a JWS (RFC 7515), or the start of a JWE (RFC 7516,
 * five segments, of which the second may be empty).
 */
const TOKEN = /eyJ[\w-]{4,}\.[\w-]*\.[\w-]+/g;

/** Everything in `text` shaped like a JWT. */
export function tokensIn(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Enough of a token to recognise it by, too little to use. */
export function masked(token: string): string {
  return `${token.slice(0, 6)}… (${token.length} chars)`;
}

/** An unsigned token that is worth nothing, for trying the search out. */
export function decoyToken(): string {
  const segment = (value: object) => btoa(JSON.stringify(value)).replace(/[=]/g, "");
  return [segment({ alg: "none", typ: "JWT" }), segment({ sub: "decoy" }), "c2lnbmF0dXJl"].join(".");
}
