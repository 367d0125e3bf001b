import type { Loot, PlayedAttack } from "../../servers/lab/loot.ts";

/** What arrived, in the order of display. */
export interface Summary {
  /** Tokens and authorization codes. */
  tokens: Loot[];
  /** What each attack got, once all have run. */
  attacks: (PlayedAttack & { texts: Loot[] })[];
  /** Nothing more is expected for now. */
  finished: boolean;
  verdict: { count: string; sentence: string };
}

export function summaryOf(loot: readonly Loot[]): Summary {
  const tokens = loot.filter(({ kind }) => kind !== "other" && kind !== "end");
  const finished = loot.some(({ kind }) => kind === "end");
  const played = loot.flatMap(({ played = [] }) => played);
  return {
    tokens,
    attacks: played.map((each) => ({
      ...each,
      texts: loot.filter(({ kind, attack }) => kind === "other" && attack === each.attack),
    })),
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
