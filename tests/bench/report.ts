import { CONTENDERS } from "./contenders.js";
import type { BenchResults } from "./measure.js";
import { medianRatio, REQUESTS, REQUESTS_PER_TURN, summarise, WARM_UP } from "./sequential-latency.js";
import type { Spread } from "./statistics.js";
import { costOfStop, STOPS } from "./stopped-worker.js";
import { table } from "./table.js";

/** The results as text: what was measured, on what, the tables, and what they do not say. */
export function report(results: BenchResults): string {
  return [
    heading(results),
    ...results.sequentialLatency.map((measurement) => latencyTable(measurement)),
    stoppedTable(results),
    handlerTable(results),
    NOT_COMPARABLE,
  ].join("\n\n");
}

function heading({
  machine,
  load,
  sequentialLatency,
  authorizationLength,
  ...results
}: BenchResults): string {
  const rounds = sequentialLatency[0]?.rounds.length;
  return `
${results.date}, ${machine.browser} headless, Node.js ${machine.node}, Linux ${machine.kernel}
${machine.cores} cores of ${machine.processor}, ${machine.memoryGiB} GiB, load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after

${Object.entries(CONTENDERS)
  .map(([name, description]) => `${name.padEnd(12)} ${description}`)
  .join("\n")}

Latency from calling fetch to the parsed body: ${rounds} rounds, in each ${REQUESTS} requests one after the other per
contender, in turns of ${REQUESTS_PER_TURN} after ${WARM_UP} of warm-up, the order of turns drawn anew each time. All send the same
header of ${authorizationLength} bytes to an API that only looks whether there is one. In brackets: quartiles and range of the rounds.`;
}

function latencyTable(measurement: BenchResults["sequentialLatency"][number]): string {
  const rows = Object.keys(CONTENDERS).map((name) => {
    const { p50, p95, medians } = summarise(measurement, name);
    const ratio = medianRatio(measurement, name, "floor");
    return [
      name,
      p50.toFixed(2),
      p95.toFixed(2),
      describe(medians),
      ratio.overall.toFixed(3),
      describe(ratio.byRound),
    ];
  });
  const header = [
    `API on ${measurement.place}`,
    "p50 ms",
    "p95 ms",
    "medians of the rounds",
    "p50 / floor's",
    "by round",
  ];
  return table([header, ...rows]);
}

function stoppedTable({ stoppedWorker }: BenchResults): string {
  const header = [`worker stopped, ${STOPS} times`, "warm ms", "stopped ms", "cost of the median"];
  const rows = stoppedWorker.map(({ contender, warm, stopped }) => [
    contender,
    describe(warm),
    describe(stopped),
    costOfStop(stoppedWorker, contender).toFixed(0),
  ]);
  return table([header, ...rows]);
}

function handlerTable({ handlerTime }: BenchResults): string {
  const header = ["fetch handler, µs", "judge", "new Request", "set header", "until fetch", "in fetch()"];
  const rows = handlerTime.map((time) => [
    time.contender,
    ...[time.judge, time.makeRequest, time.setHeader, time.untilFetch, time.callFetch].map((it) =>
      it.toFixed(0),
    ),
  ]);
  return table([header, ...rows]);
}

/** `median (quartiles; least to greatest)`. */
function describe(it: Spread): string {
  const [median, lower, upper, least, greatest] = [
    it.median,
    it.lowerQuartile,
    it.upperQuartile,
    it.least,
    it.greatest,
  ].map((value) => value.toFixed(2));
  return `${median} (${lower}-${upper}; ${least} to ${greatest})`;
}

const NOT_COMPARABLE = `What the tables do not say:
- On loopback there is no distance to the API: the worker's share of a request is as large as it can get.
- "no worker" keeps its token where injected script can read it; the floor's is written into the script. Neither signs
  in, renews or refuses anything.
- A real API verifies the token, which takes each contender equally long; this one does not.
- Preflights are answered from the browser's cache. The pages are cross-origin isolated, for a finer clock.
- The handler's times are from workers of their own, since taking notes costs time; trimmed means.`;
