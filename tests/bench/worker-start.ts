import type { Contender, StartProfile } from "./contender.js";
import { type Spread, spread } from "./statistics.js";

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
