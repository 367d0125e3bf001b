import type { Contender, StartProfile } from "./contender.js";
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

export interface Visits {
  /** From the first navigation, with nothing stored, until the page knows that a user is signed in. Milliseconds. */
  firstVisit: Samples;
  /** Of the same visits, until the API has responded. */
  firstResponse: Samples;
  /** From the next navigation, with a session, until the API has responded. */
  reload: Samples;
}

export async function measureVisits(contenders: readonly Contender[], rounds: number): Promise<Visits> {
  const firstResponse: Samples = Object.fromEntries(contenders.map(({ name }) => [name, []]));
  const firstVisit = await sample(contenders, rounds, async (contender) => {
    const { signedIn, answered, hadToSignIn } = await contender.visit({ first: true });
    if (!hadToSignIn) throw new Error(`${contender.name} had a session on what should be a first visit.`);
    firstResponse[contender.name]?.push(answered);
    return signedIn;
  });
  const reload = await sample(contenders, rounds, async (contender) => {
    const { answered, hadToSignIn } = await contender.visit();
    if (hadToSignIn) throw new Error(`${contender.name} had lost its session on a reload.`);
    return answered;
  });
  return { firstVisit, firstResponse, reload };
}

/** The time of the worker script's first evaluation by part, in milliseconds. */
export type WorkerStart = Record<keyof StartProfile, Spread>;

/** How often the worker is stopped and started. */
export async function measureWorkerStart(contender: Contender, starts: number): Promise<WorkerStart> {
  const profiles: StartProfile[] = [];
  for (let start = 0; start < starts; start++) profiles.push(await contender.measureStart());
  const of = (part: keyof StartProfile) => spread(profiles.map((profile) => profile[part]));
  return {
    decode: of("decode"),
    compile: of("compile"),
    instantiate: of("instantiate"),
    evaluation: of("evaluation"),
  };
}
