import type { Contender } from "./contender.js";
import { type Samples, sample } from "./samples.js";
import { median } from "./statistics.js";

/** How long the page's main thread is busy, in milliseconds. */
export const BUSY = 500;

/** How many requests it makes just before. */
export const REQUESTS_BEFORE = 4;

/** The time from the call of fetch until the API has the request, in milliseconds: medians of each round's requests. */
export interface BusyPage {
  idle: Samples;
  busy: Samples;
}

export async function measureBusyPage(contenders: readonly Contender[], rounds: number): Promise<BusyPage> {
  const measure = (milliseconds: number) =>
    sample(contenders, rounds, async (contender) => {
      // For connections and a preflight.
      await contender.measureArrivals(REQUESTS_BEFORE, 0);
      return median(await contender.measureArrivals(REQUESTS_BEFORE, milliseconds));
    });
  return { idle: await measure(0), busy: await measure(BUSY) };
}
