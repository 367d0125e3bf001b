import data from "./budgets.json" with { type: "json" };
import type { HandlerTime } from "./handler-time.js";
import type { BenchResults } from "./measure.js";
import { medianOf, ratioByRound, type Samples } from "./samples.js";
import { medianRatio, type SequentialLatency } from "./sequential-latency.js";
import type { Direction, Transfer } from "./transfer.js";

/** What Strongroom should cost, and what it did in a run. A missed one makes no run fail, and says why. */
export interface Target {
  what: string;
  wanted: string;
  measured: string;
  reached: boolean;
  /** Why it is missed, where it is. */
  reason: string;
}

const { targets } = data;

export function judged(results: BenchResults): Target[] {
  const { sequentialLatency, transfers, workerStart } = results;
  return [
    ...sequentialLatency
      .filter(({ place }) => place !== "not the API")
      .map((latency) => againstFloor(latency, results)),
    notTheApi(sequentialLatency),
    ...transfers.flatMap((transfer) => [transferred(transfer), remembered(transfer)]),
    {
      what: "evaluation of the worker's script, median",
      wanted: `at most ${targets.workerStartAtMostMilliseconds} ms`,
      measured: `${workerStart.evaluation.median.toFixed(1)} ms`,
      reached: workerStart.evaluation.median <= targets.workerStartAtMostMilliseconds,
      reason: `${workerStart.load.median.toFixed(1)} ms of it go into loading and parsing the file, ${workerStart.decode.median.toFixed(1)} ms into making its text into wasm again, ${workerStart.compile.median.toFixed(1)} ms into compiling that`,
    },
    ...againstAxa(results),
  ];
}

function againstFloor(latency: SequentialLatency, results: BenchResults): Target {
  const ratio = medianRatio(latency, "strongroom", "floor").overall;
  return {
    what: `API on ${latency.place}, p50 against the floor's`,
    wanted: `at most ${targets.latencyAgainstFloorAtMost}`,
    measured: ratio.toFixed(3),
    reached: ratio <= targets.latencyAgainstFloorAtMost,
    reason: `the vault reads each request and judges it in its wasm, ${(inHandler(results, "strongroom").untilFetch - inHandler(results, "floor").untilFetch).toFixed(0)} µs more than the floor's worker does before it fetches; two equal workers lie ${noise(latency)} % apart`,
  };
}

function inHandler({ handlerTime }: BenchResults, name: string): HandlerTime {
  const found = handlerTime.find(({ contender }) => contender === name);
  if (!found) throw new Error(`nothing is known of ${name}'s fetch handler`);
  return found;
}

function notTheApi(latencies: readonly SequentialLatency[]): Target {
  const latency = latencies.find(({ place }) => place === "not the API");
  if (!latency) throw new Error("nothing is measured for what is not the API");
  const ratio = medianRatio(latency, "strongroom", "no worker").overall;
  // What two equals differ by cannot be told from a cost.
  const atMost = Math.max(targets.notTheApiAgainstNoWorkerAtMost, 1 + Number(noise(latency)) / 100);
  return {
    what: "a request that is not for the API, p50 against no worker's",
    wanted: `at most ${atMost.toFixed(3)}: what cannot be told from noise`,
    measured: ratio.toFixed(3),
    reached: ratio <= atMost,
    reason: `no line of the vault runs: a worker that static routes keep every request from, and that does nothing, is at ${medianRatio(latency, "static routes", "no worker").overall.toFixed(3)}; it is what the browser takes to look at them`,
  };
}

/** How far the medians of two equal workers lie apart, in per cent. */
function noise(latency: SequentialLatency): string {
  return (100 * Math.abs(medianRatio(latency, "floor again", "floor").overall - 1)).toFixed(1);
}

const NAMES: Record<Direction, string> = { down: "download", up: "upload" };

function transferred({ direction, throughput }: Transfer): Target {
  const ratio = ratioByRound(throughput, "strongroom", "floor");
  return {
    what: `${NAMES[direction]}, throughput against the floor's`,
    wanted: `at least ${targets.transferAgainstFloorAtLeast}`,
    measured: ratio.median.toFixed(3),
    reached: ratio.median >= targets.transferAgainstFloorAtLeast,
    reason: apart(throughput),
  };
}

/** What the figures of a transfer, which is the browser's own matter in all workers, can tell apart. */
function apart(throughput: Samples): string {
  return `the body goes past the script of either worker; ${ofEquals(throughput)}`;
}

function ofEquals(samples: Samples): string {
  const { lowerQuartile, upperQuartile } = ratioByRound(samples, "floor again", "floor");
  return `of two equal workers the ratio lies between ${lowerQuartile.toFixed(2)} and ${upperQuartile.toFixed(2)} in the middle half of the rounds`;
}

function remembered({ direction, peak }: Transfer): Target {
  const grown = medianOf(peak.long, "strongroom") - medianOf(peak.short, "strongroom");
  return {
    what: `${NAMES[direction]}, growth of the worker's memory with the body`,
    wanted: `at most ${targets.memoryGrowthWithBodyAtMostMiB} MiB`,
    measured: `${grown.toFixed(1)} MiB`,
    reached: grown <= targets.memoryGrowthWithBodyAtMostMiB,
    reason: "a fault of the worker, which should hold on to nothing that it passes on: to be looked into",
  };
}

/** Every row that both have: Strongroom should be the quicker. */
function againstAxa(results: BenchResults): Target[] {
  const { sequentialLatency, throughput, transfers, visits } = results;
  const spent = (name: string, part: "untilFetch" | "answer") =>
    `${inHandler(results, name)[part].toFixed(0)} µs`;
  const answer = `with the API's answer the vault takes ${spent("strongroom", "answer")}, by way of its wasm, and axa ${spent("axa", "answer")}`;
  const perSecond = (what: string, samples: Samples, reason: string) =>
    quicker(what, medianOf(samples, "strongroom") / medianOf(samples, "axa"), "more", reason);
  const milliseconds = (what: string, samples: Samples, reason: string) =>
    quicker(what, medianOf(samples, "strongroom") / medianOf(samples, "axa"), "less", reason);
  return [
    ...sequentialLatency.map((latency) =>
      quicker(
        latency.place === "not the API"
          ? "a request that is not for the API, p50"
          : `API on ${latency.place}, p50`,
        medianRatio(latency, "strongroom", "axa").overall,
        "less",
        `before it fetches the vault takes ${spent("strongroom", "untilFetch")}, and axa ${spent("axa", "untilFetch")}; ${answer}. Two equal workers lie ${noise(latency)} % apart`,
      ),
    ),
    perSecond("many requests at a time", throughput, `${answer}; ${ofEquals(throughput)}`),
    ...transfers.map(({ direction, throughput }) =>
      perSecond(NAMES[direction], throughput, apart(throughput)),
    ),
    milliseconds(
      "first visit to signed in",
      visits.firstVisit,
      "the script that a page registers loads the worker file, wasm included, which is evaluated before the worker answers anything: 45 ms from `register()` to the registration, where axa's first page as a whole takes 36 (each a median of 25 visits). A keeper that starts only once somebody is signed in took 15 ms off; it was taken back, since Chromium then often left it without its script (docs/session.md)",
    ),
    milliseconds(
      "the page loaded again, to the first authenticated response",
      visits.reload,
      "`connect()` asks the worker for a greeting and then for the session, one after the other, before the page is told anything",
    ),
  ];
}

function quicker(what: string, ratio: number, wanted: "more" | "less", reason: string): Target {
  return {
    what: `${what}, against axa's`,
    wanted: wanted === "less" ? "below 1" : "above 1",
    measured: ratio.toFixed(3),
    reached: wanted === "less" ? ratio < 1 : ratio > 1,
    reason,
  };
}
