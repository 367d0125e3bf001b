import type { Contender } from "./contender.js";
import { type Spread, spread } from "./statistics.js";

/** The additional cost of a request if the browser has stopped the worker. */
export interface StoppedWorker {
  contender: string;
  stops: number;
  /** How many first requests after a stop the API refused, because the worker had lost its token. */
  refused: number;
  /** A request just before the stop, in milliseconds. */
  warm: Spread;
  /** The first request after it; only if none was refused. */
  stopped: Spread | null;
}

/** Stops the workers repeatedly, with the contenders in turns. A refused one gets no further turn. */
export async function measureStoppedWorker(
  contenders: readonly Contender[],
  stops: number,
): Promise<StoppedWorker[]> {
  const measured = contenders.map((contender) => ({
    contender,
    warm: [] as number[],
    stopped: [] as number[],
    refused: 0,
  }));
  for (let stop = 0; stop < stops; stop++) {
    for (const each of measured.filter(({ refused }) => refused === 0)) {
      const { warm, stopped } = await each.contender.measureStop();
      each.warm.push(warm);
      each.stopped.push(stopped.milliseconds);
      if (stopped.status !== 200) each.refused += 1;
    }
  }
  return measured.map(({ contender, warm, stopped, refused }) => ({
    contender: contender.name,
    stops: warm.length,
    refused,
    warm: spread(warm),
    stopped: refused === 0 ? spread(stopped) : null,
  }));
}

/** The median cost of a stop, in milliseconds. */
export function costOfStop(results: readonly StoppedWorker[], contender: string): number {
  const result = results.find((result) => result.contender === contender);
  if (!result?.stopped) throw new Error(`nothing is known of ${contender}'s stopped worker`);
  return result.stopped.median - result.warm.median;
}
