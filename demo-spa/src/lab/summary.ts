import type { Loot } from "../../servers/lab/loot.ts";

/** What arrived, in the order in which it is told. */
export interface Summary {
  tokens: Loot[];
  /** Texts without a token in them. */
  others: Loot[];
  /** Nothing more is on its way for now. */
  finished: boolean;
  verdict: { count: string; sentence: string };
}

export function summaryOf(loot: readonly Loot[]): Summary {
  const tokens = loot.filter(({ kind }) => kind === "access" || kind === "id" || kind === "refresh");
  const finished = loot.some(({ kind }) => kind === "end");
  return {
    tokens,
    others: loot.filter(({ kind }) => kind === "other"),
    finished,
    verdict: verdictOf(tokens, finished),
  };
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
