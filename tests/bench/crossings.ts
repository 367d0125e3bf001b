import type { Contender } from "./contender.js";

/** The calls between JavaScript and the wasm for an API request, and their number. */
export interface Crossing {
  what: string;
  perRequest: number;
}

const COUNTED = 200;

/** Counted separately from all times, because counting costs time. */
export async function countCrossings(contender: Contender): Promise<Crossing[]> {
  await contender.measureLatency("another origin", 0, COUNTED);
  await contender.takeCrossings();
  await contender.measureLatency("another origin", 0, COUNTED);
  const perRequest = new Map<string, number>();
  for (const [crossing, count] of Object.entries(await contender.takeCrossings())) {
    const what = nameOf(crossing);
    perRequest.set(what, (perRequest.get(what) ?? 0) + count / COUNTED);
  }
  // Exclude occasional calls that do not belong to the requests, such as a session query.
  return [...perRequest]
    .filter(([, count]) => count >= 0.5)
    .map(([what, perRequest]) => ({ what, perRequest }))
    .sort((one, other) => other.perRequest - one.perRequest);
}

/** The platform function that the glue's source calls; calls into the wasm are one entry. */
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
