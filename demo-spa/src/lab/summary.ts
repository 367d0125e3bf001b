import type { Loot } from "../../servers/lab/loot.ts";

/** What arrived, in the order in which it is told. */
export interface Summary {
  tokens: Loot[];
  /** Texts without a token in them, by place. */
  others: { place: string; count: number }[];
  /** Nothing more is on its way for now. */
  finished: boolean;
  verdict: { count: string; sentence: string };
}

export function summaryOf(loot: readonly Loot[]): Summary {
  const tokens = loot.filter(({ kind }) => kind === "access" || kind === "id" || kind === "refresh");
  const finished = loot.some(({ kind }) => kind === "end");
  return { tokens, others: byPlace(loot), finished, verdict: verdictOf(tokens, finished) };
}

function byPlace(loot: readonly Loot[]): Summary["others"] {
  const counts = new Map<string, number>();
  for (const { kind, place } of loot) if (kind === "other") counts.set(place, (counts.get(place) ?? 0) + 1);
  return [...counts].map(([place, count]) => ({ place, count }));
}

function verdictOf(tokens: Loot[], finished: boolean): Summary["verdict"] {
  const working = tokens.filter(({ uses }) => uses.some(({ worked }) => worked)).length;
  if (working === 1) return { count: "1", sentence: "token arrived that works outside the browser." };
  if (working > 1)
    return { count: String(working), sentence: "tokens arrived that work outside the browser." };
  if (!finished) return { count: "…", sentence: "The script is running." };
  if (tokens.length > 0) return { count: "None", sentence: "of the tokens that arrived work." };
  return { count: "None", sentence: "of the texts that arrived can be used: there is no token in them." };
}
