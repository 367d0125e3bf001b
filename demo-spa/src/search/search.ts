import { PLACES, type Place } from "./places";

/** What a search of one place found. */
export interface Finding {
  place: string;
  /** How many strings were read. */
  read: number;
  /**
   * What is shaped like a JWT there, masked: these findings become React state, which hangs on the page's elements, where
   * the next search would find them again.
   */
  tokens: string[];
  /** Why the place, or the rest of it, could not be read. */
  unreadable: string | null;
}

/** Searches every place a page can reach for anything shaped like a JWT. */
export async function search(): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const place of PLACES) findings.push(await searchPlace(place));
  return findings;
}

async function searchPlace(place: Place): Promise<Finding> {
  const tokens = new Set<string>();
  let read = 0;
  let unreadable: string | null = null;
  try {
    for await (const text of place.strings()) {
      read += 1;
      for (const token of tokensIn(text)) tokens.add(token);
    }
  } catch (error) {
    unreadable = error instanceof Error ? error.name : String(error);
  }
  return { place: place.name, read, tokens: [...tokens].map(masked), unreadable };
}

/**
 * Three base64url segments, the first of which begins as `{"` does: a JWS (RFC 7515), or the start of a JWE (RFC 7516,
 * five segments, of which the second may be empty).
 */
const TOKEN = /eyJ[\w-]{4,}\.[\w-]*\.[\w-]+/g;

/** Everything in `text` shaped like a JWT. */
function tokensIn(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Enough of a token to recognise it by, too little to use. */
function masked(token: string): string {
  return `${token.slice(0, 6)}… (${token.length} chars)`;
}

/** An unsigned token that is worth nothing, for trying the search out. */
export function decoyToken(): string {
  const segment = (value: object) => btoa(JSON.stringify(value)).replace(/[=]/g, "");
  return [segment({ alg: "none", typ: "JWT" }), segment({ sub: "decoy" }), "c2lnbmF0dXJl"].join(".");
}
