import type { Contender, HandlerProfile } from "./contender.js";
import { REQUESTS, WARM_UP } from "./sequential-latency.js";
import { shuffled, trimmedMean } from "./statistics.js";

/** The time in a worker's fetch handler by part, in microseconds per request (trimmed means). */
export interface HandlerTime {
  contender: string;
  /** From the listener's call to the new request: reading and routing the request. */
  route: number;
  /** `new Request(event.request)`. */
  makeRequest: number;
  /** From the new request to the call of `fetch`: setting the header. */
  setHeader: number;
  /** The sum of the three. */
  untilFetch: number;
  /** Until `fetch` returns its promise. */
  callFetch: number;
  /** From `fetch`'s response to the listener's own response. */
  answer: number;
  requests: number;
}

/** Measured in turns like the latencies, but separately, because recording costs time. */
export async function measureHandlerTime(
  contenders: readonly Contender[],
  rounds: number,
): Promise<HandlerTime[]> {
  const notes = new Map<Contender, HandlerProfile["notes"]>(contenders.map((contender) => [contender, []]));
  for (const contender of contenders) await contender.warmUp();
  for (let round = 0; round < rounds; round++) {
    for (const contender of shuffled(contenders)) {
      await contender.measureLatency("another origin", 0, WARM_UP);
      await contender.takeHandlerProfile();
      await contender.measureLatency("another origin", 0, REQUESTS);
      const profile = await contender.takeHandlerProfile();
      if (!profile.fineClock) throw new Error(`The clock of ${contender.name}'s worker is too coarse.`);
      notes.get(contender)?.push(...profile.notes);
    }
  }
  return [...notes].map(([{ name }, notes]) => handlerTime(name, notes));
}

function handlerTime(contender: string, notes: HandlerProfile["notes"]): HandlerTime {
  const mean = (duration: (note: HandlerProfile["notes"][number]) => number) =>
    1000 * trimmedMean(notes.map(duration));
  return {
    contender,
    route: mean((note) => note.requestBegun - note.listener),
    makeRequest: mean((note) => note.requestMade - note.requestBegun),
    setHeader: mean((note) => note.fetchBegun - note.requestMade),
    untilFetch: mean((note) => note.fetchBegun - note.listener),
    callFetch: mean((note) => note.fetchReturned - note.fetchBegun),
    answer: mean((note) => note.answered - note.responded),
    requests: notes.length,
  };
}
