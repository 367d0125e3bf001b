import type { Contender, StartProfile } from "./contender.js";
import { type Spread, spread } from "./statistics.js";

/** Where the first evaluation of the worker's script spends its time, in milliseconds. */
export type WorkerStart = Record<keyof StartProfile, Spread>;

/** Stops the worker so often, and starts it again. */
export async function measureWorkerStart(contender: Contender, starts: number): Promise<WorkerStart> {
  const profiles: StartProfile[] = [];
  for (let start = 0; start < starts; start++) profiles.push(await contender.measureStart());
  const of = (part: keyof StartProfile) => spread(profiles.map((profile) => profile[part]));
  return {
    load: of("load"),
    decode: of("decode"),
    compile: of("compile"),
    instantiate: of("instantiate"),
    evaluation: of("evaluation"),
  };
}
