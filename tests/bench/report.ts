import { CONTENDERS } from "./contenders.js";
import type { BenchResults } from "./measure.js";
import { REQUESTS, REQUESTS_PER_TURN, WARM_UP } from "./sequential-latency.js";
import { table } from "./table.js";
import {
  clientTables,
  crossingsTable,
  handlerTable,
  latencyTables,
  startTable,
  stoppedTable,
  type Table,
  targetTable,
  throughputTable,
  transferTables,
  visitTables,
} from "./tables.js";
import { judged } from "./targets.js";

/** All tables, in the order of the page. */
export function allTables(results: BenchResults): Record<string, Table[]> {
  return {
    targets: [targetTable(results)],
    requests: [...latencyTables(results), throughputTable(results)],
    path: [handlerTable(results), crossingsTable(results)],
    bodies: transferTables(results),
    visits: visitTables(results),
    workers: [stoppedTable(results), startTable(results)],
    clients: clientTables(results),
  };
}

/** The results as text: what was measured, on what, the tables, and what they do not say. */
export function report(results: BenchResults): string {
  return [
    ...machineLines(results),
    "",
    ...contenderLines().map(([name, description]) => `${name.padEnd(13)} ${description}`),
    "",
    ...how(results),
    ...Object.entries(allTables(results))
      .filter(([chapter]) => chapter !== "targets")
      .flatMap(([, tables]) => tables)
      .map(({ title, rows }) => `\n${title}\n${table(rows)}`),
    "\nTargets:",
    ...judged(results).map(
      ({ what, wanted, measured, reached, reason }) =>
        `- ${what}: ${measured}; ${wanted}: ${reached ? "reached" : `missed: ${reason}`}`,
    ),
    "\nWhat was done about the fetch handler's time:",
    ...FETCH_PATH.map((sentence) => `- ${sentence}`),
    "\nWhat the tables do not say:",
    ...NOT_COMPARABLE.map((sentence) => `- ${sentence}`),
  ].join("\n");
}

export function machineLines({ machine, load, versions, date }: BenchResults): string[] {
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}, ${machine.browser} headless, Node.js ${machine.node}, Linux ${machine.kernel}, ${libraries.join(", ")}`,
    `${machine.cores} cores of ${machine.processor}, ${machine.memoryGiB} GiB, load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after`,
  ];
}

export function contenderLines(): [string, string][] {
  return Object.entries(CONTENDERS);
}

/** How it was measured, in sentences. */
export function how({ rounds, authorizationLength }: BenchResults): string[] {
  return [
    `${rounds} rounds. Servers and browser share the machine. In each round every contender has its turn, in an order drawn anew each time. In brackets are quartiles and range of the rounds; ratios are those of the same round.`,
    `Latency is the time from calling fetch to the parsed body: ${REQUESTS} requests one after the other in each round, in turns of ${REQUESTS_PER_TURN} after ${WARM_UP} of warm-up. The header has ${authorizationLength} bytes, and the API only looks whether there is one.`,
  ];
}

/** What was done about the time in the fetch handler, with the figures of those days. */
export const FETCH_PATH = [
  "What the platform says of a request comes in as one text, where there were five getters, each a call out of the wasm and a text of its own. Both clocks are read by name, and not by way of the global scope, and no longer six times.",
  "The request is sent before its promise is made, in the task that brought it, and not a microtask later. Together the two took judging from 48 µs to 21, and the median against the floor's, in short runs with page and worker in one process, from 1.067 to 1.034.",
  "Nothing is registered with the garbage collector for each callback: callbacks free themselves, and the vault lives as long as its instance.",
  "A second vault, after a crash, asks again what a set holds; there is no listener on a signal for each request.",
  "What is left over the floor's: judging in the wasm, `new Request` with a redirect mode of its own, the token written as text into JavaScript once, and the answer, which goes by a callback into the wasm and out again.",
];

export const NOT_COMPARABLE = [
  "On loopback there is no distance to the API: the worker's share of a request is as large as it can get.",
  '"no worker", "static routes" and "pass-through" keep the token where injected script can read it; the floor\'s is written into the script. None of them signs in, renews or refuses anything.',
  "axa has a plain host without Strongroom's headers, under which its page does not start, and a token of its own from the same server.",
  "axa's sign-in ends on the callback, a page of the app; the vault's ends when the app is loaded again. Both visits meet an authorization server that knows the browser, so there is no form. Chromium then keeps page and worker in one process, and so it does for the hand-written workers, whose pages never leave. After a form they are apart, and each request takes longer, through every worker: the floor's took 5 % more in a trial.",
  "After a stop axa's worker has lost its tokens, and the user has to sign in again: there is no time to compare.",
  "A heap does not hold what the browser's own processes buffer. The heap is asked for without a pause while a body is on its way; what comes and goes between two answers is not seen.",
  "A real API verifies the token, which takes each contender equally long; this one does not.",
  "Preflights are answered from the browser's cache. The pages are cross-origin isolated, for a finer clock.",
  "The fetch handler's times, and those of the worker's start, are from workers of their own, since taking notes costs time; the handler's are trimmed means.",
  "The main thread's time is that of an import in a new document, compiled anew; what a client does when it is called is not in it. All tasks include the driver's, which the empty module shows alone.",
  "Bytes are of what an app imports to sign in, to know who is signed in, to sign out and to ask an API, by the same bundler and options. Workers' files are not in them: Strongroom's has a budget of its own, and axa has one, too. Some of the packages do more than sign in at Cognito.",
];
