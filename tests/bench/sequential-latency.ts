import type { Contender } from "./contender.js";
import { PLACES, type Place } from "./site.js";
import { median, quantile, type Spread, shuffled, spread } from "./statistics.js";

/** Measured requests per round and contender. */
export const REQUESTS = 200;
/** Sequential requests per turn of a contender. Turns are short, so that a busy moment of the machine affects all. */
export const REQUESTS_PER_TURN = 25;
/** Requests before each turn, to warm up connection, preflight and processor caches. */
export const WARM_UP = 10;

export interface SequentialLatency {
  place: Place;
  rounds: Round[];
}

/** Milliseconds by contender, in the order of measurement. */
export type Round = Record<string, number[]>;

/** In every round each contender makes `REQUESTS` requests, in turns of random order. */
export async function measureSequentialLatency(
  contenders: readonly Contender[],
  rounds: number,
  progress: (sentence: string) => void,
): Promise<SequentialLatency[]> {
  const results: SequentialLatency[] = PLACES.map((place) => ({ place, rounds: [] }));
  for (let round = 1; round <= rounds; round++) {
    for (const { place, rounds } of shuffled(results)) rounds.push(await measureRound(contenders, place));
    progress(`round ${round} of ${rounds}`);
  }
  return results;
}

async function measureRound(contenders: readonly Contender[], place: Place): Promise<Round> {
  const latencies: Round = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let turn = 0; turn < REQUESTS / REQUESTS_PER_TURN; turn++) {
    for (const contender of shuffled(contenders)) {
      const measured = await contender
        .measureLatency(place, WARM_UP, REQUESTS_PER_TURN)
        .catch((cause: unknown) => {
          throw new Error(`A request of "${contender.name}" to ${place} failed.`, { cause });
        });
      latencies[contender.name]?.push(...measured);
    }
  }
  return latencies;
}

export interface LatencySummary {
  /** Over all rounds, in milliseconds. */
  p50: number;
  p95: number;
  /** Of the rounds' medians, in milliseconds. */
  medians: Spread;
}

export function summarise({ rounds }: SequentialLatency, contender: string): LatencySummary {
  const each = rounds.map((round) => latenciesOf(round, contender));
  const all = each.flat();
  return { p50: quantile(all, 0.5), p95: quantile(all, 0.95), medians: spread(each.map(median)) };
}

/** A contender's median relative to another's. */
export interface MedianRatio {
  /** Over all rounds. */
  overall: number;
  byRound: Spread;
}

export function medianRatio({ rounds }: SequentialLatency, contender: string, against: string): MedianRatio {
  const ratio = (rounds: readonly Round[]) =>
    median(rounds.flatMap((round) => latenciesOf(round, contender))) /
    median(rounds.flatMap((round) => latenciesOf(round, against)));
  return { overall: ratio(rounds), byRound: spread(rounds.map((round) => ratio([round]))) };
}

function latenciesOf(latencies: Round, contender: string): number[] {
  const found = latencies[contender];
  if (!found) throw new Error(`there is no contender ${contender}`);
  return found;
}
