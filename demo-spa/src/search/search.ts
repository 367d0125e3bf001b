import { PLACES, type Place } from "./places";
import { masked, tokensIn } from "./tokenShape";

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
