import type { Contender } from "./contender.js";

/** What a request to the API has cross between JavaScript and the wasm, and how often. */
export interface Crossing {
  what: string;
  perRequest: number;
}

const COUNTED = 200;

/** Counted apart from all times: each count costs one. */
export async function countCrossings(contender: Contender): Promise<Crossing[]> {
  await contender.measureLatency("another origin", 0, COUNTED);
  await contender.takeCrossings();
  await contender.measureLatency("another origin", 0, COUNTED);
  const perRequest = new Map<string, number>();
  for (const [crossing, count] of Object.entries(await contender.takeCrossings())) {
    const what = nameOf(crossing);
    perRequest.set(what, (perRequest.get(what) ?? 0) + count / COUNTED);
  }
  // What happens now and then beside the requests, such as a look at the session, is not theirs.
  return [...perRequest]
    .filter(([, count]) => count >= 0.5)
    .map(([what, perRequest]) => ({ what, perRequest }))
    .sort((one, other) => other.perRequest - one.perRequest);
}

/** What the glue's source calls, in the platform's words; calls into the wasm are all one. */
export function nameOf(crossing: string): string {
  if (crossing.startsWith("into ")) return "calls into the wasm";
  if (crossing.includes("_wbg_cb_unref")) return "a callback let go";
  const made = /\bnew (\w+)/.exec(crossing);
  if (made) return `new ${made[1]}`;
  const called = /\b(performance\.now|Date\.now|queueMicrotask|fetch)\(/.exec(crossing);
  if (called) return `${called[1]}()`;
  const used = /(?<=\b[\w$]{1,2})\.([a-zA-Z]+)(?:\(|=|\})/.exec(crossing);
  if (used) return `.${used[1]}`;
  return "a callback made for a promise";
}
