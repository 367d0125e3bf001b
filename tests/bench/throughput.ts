import type { Contender } from "./contender.js";
import { type Samples, sample } from "./samples.js";

/** Requests per round, and the number of concurrent ones. */
export const BURST = 480;
export const IN_FLIGHT = 16;

/** Requests per second. */
export function measureThroughput(contenders: readonly Contender[], rounds: number): Promise<Samples> {
  return sample(contenders, rounds, async (contender) => {
    await contender.measureThroughput(IN_FLIGHT * 2, IN_FLIGHT);
    return await contender.measureThroughput(BURST, IN_FLIGHT);
  });
}
