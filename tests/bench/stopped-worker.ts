import type { Contender } from "./contender.js";
import { type Spread, spread } from "./statistics.js";

/** Stops per contender. */
export const STOPS = 20;

/** What a request costs more whose worker the browser has stopped. */
export interface StoppedWorker {
  contender: string;
  /** A request just before the stop, in milliseconds. */
  warm: Spread;
  /** The first request after it. */
  stopped: Spread;
}

/** Stops the worker again and again, the contenders in turn. */
export async function measureStoppedWorker(contenders: readonly Contender[]): Promise<StoppedWorker[]> {
  const measured = contenders.map((contender) => ({
    contender,
    warm: [] as number[],
    stopped: [] as number[],
  }));
  for (let stop = 0; stop < STOPS; stop++) {
    for (const { contender, warm, stopped } of measured) {
      const latencies = await contender.measureStop();
      warm.push(latencies.warm);
      stopped.push(latencies.stopped);
    }
  }
  return measured.map(({ contender, warm, stopped }) => ({
    contender: contender.name,
    warm: spread(warm),
    stopped: spread(stopped),
  }));
}

/** What a contender's stop costs in the median, in milliseconds. */
export function costOfStop(results: readonly StoppedWorker[], contender: string): number {
  const result = results.find((result) => result.contender === contender);
  if (!result) throw new Error(`there is no contender ${contender}`);
  return result.stopped.median - result.warm.median;
}
