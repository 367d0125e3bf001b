import type { Contender } from "./contender.js";
import { median, type Spread, shuffled, spread } from "./statistics.js";

/** One figure per round, by contender. */
export type Samples = Record<string, number[]>;

/** In every round all contenders take turns, in a random order. */
export async function sample(
  contenders: readonly Contender[],
  rounds: number,
  measure: (contender: Contender) => Promise<number>,
): Promise<Samples> {
  const samples: Samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of shuffled(contenders)) {
      const figure = await measure(contender);
      samples[contender.name]?.push(figure);
    }
  }
  return samples;
}

/** A contender's figures relative to another's of the same round, which had the same load on the machine. */
export function ratioByRound(samples: Samples, contender: string, against: string): Spread {
  const others = of(samples, against);
  return spread(of(samples, contender).map((figure, round) => figure / (others[round] ?? Number.NaN)));
}

export function medianOf(samples: Samples, contender: string): number {
  return median(of(samples, contender));
}

export function of(samples: Samples, contender: string): number[] {
  const found = samples[contender];
  if (!found) throw new Error(`there is no contender ${contender}`);
  return found;
}
