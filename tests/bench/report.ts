import { CONTENDERS } from "./contenders.js";
import type { BenchResults } from "./measure.js";
import { REQUESTS, REQUESTS_PER_TURN, WARM_UP } from "./sequential-latency.js";
import {
  busyPageTable,
  clientTables,
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
import { assessTargets } from "./targets.js";

/** All tables, in the order of the page. */
export function allTables(results: BenchResults): Record<string, Table[]> {
  return {
    targets: [targetTable(results)],
    requests: [...latencyTables(results), throughputTable(results), busyPageTable(results)],
    path: [handlerTable(results)],
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
    ...contenderLines().map(([name, description]) => `${name.padEnd(18)} ${description}`),
    "",
    ...how(results),
    ...Object.entries(allTables(results))
      .filter(([chapter]) => chapter !== "targets")
      .flatMap(([, tables]) => tables)
      .map(({ title, rows, note }) => `\n${title}\n${table(rows)}${note ? `\n${note}` : ""}`),
    "\nTargets:",
    ...assessTargets(results).map(
      ({ what, wanted, measured, reached, reason }) =>
        `- ${what}: ${measured}; ${wanted}: ${reached ? "reached" : `missed: ${reason}`}`,
    ),
    "\nWhat was done to make the fetch handler faster:",
    ...FETCH_PATH.map((sentence) => `- ${sentence}`),
    "\nWhat is not comparable:",
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
    `${rounds} rounds. Servers and browser share the machine. In each round all contenders take turns, in a random order. Brackets contain the quartiles and the range of the rounds; ratios compare values of the same round.`,
    `Latency is the time from calling fetch to the parsed body: ${REQUESTS} sequential requests per round, in turns of ${REQUESTS_PER_TURN} after ${WARM_UP} for warm-up. The header has ${authorizationLength} bytes; the API only checks that it exists.`,
  ];
}

/** What was done about the time in the fetch handler, with the figures of those days. */
export const FETCH_PATH = [
  "The request's properties arrive as one string; before, five getters each cost a call out of the wasm and a string. Both clocks are read by name instead of through the global scope, and no longer six times.",
  "The request is sent in the task that delivered it, before its promise is created, instead of a microtask later. With the previous change, this reduced routing from 48 µs to 21, and the median relative to the floor's from 1.067 to 1.034 (short runs with page and worker in one process).",
  "Callbacks are not registered with the garbage collector: they free themselves, and the vault lives as long as its instance.",
  "Only a second vault, after a crash, looks up which requests were under way; there is no listener on a signal for each request.",
  "The remaining cost over the floor's is routing in the wasm, `new Request` with a redirect mode, the token copied once into a JavaScript string, and the response, which passes through a callback in the wasm.",
];

export const NOT_COMPARABLE = [
  "On loopback the API has no network latency, so the worker's share of a request is as large as it can be.",
  '"no worker", "static routes" and "pass-through" keep the token where injected script can read it; the floor has it in its script. None of them signs in, renews or refuses anything.',
  "axa runs on a plain host, because its page does not start under Strongroom's headers, with its own token from the same server.",
  "axa's sign-in ends on the callback, which is a page of the app; the vault's ends when the app has loaded again. In both visits the authorization server knows the browser and shows no form. Chromium then keeps page and worker in one process, as it does for the hand-written workers, whose pages never navigate away. After a form they are in different processes, and each request takes longer with every worker: 5 % longer with the floor's in a trial.",
  "After a stop, axa's worker has lost its tokens and the user must sign in again, so there is no time to compare.",
  "A heap does not include buffers of the browser's own processes. It is polled continuously while a body is transferred; growth between two polls is missed.",
  "A real API verifies the token, which takes equally long for all contenders; this one does not.",
  "Preflights come from the browser's cache. All pages but the plain ones are cross-origin isolated, for a finer clock.",
  "The times of the fetch handler and of the worker's start come from separate workers, since recording costs time. The handler's are trimmed means.",
  "The main thread's time is for an import in a new document, compiled anew, without calls to the client. All tasks include the driver's, which the empty module shows.",
  "Sizes are those of the imports that an app needs to sign in, to know who is signed in, to sign out and to call an API, with the same bundler and options, and of the worker's file as it is published. Some of the packages do more than sign in at Cognito.",
];

/** Rows of cells as aligned text: the first column left, the others right, the first row underlined. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widths, row) => row.map((cell, column) => Math.max(cell.length, widths[column] ?? 0)),
    [],
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("   ");
  const [header = [], ...body] = rows.map(line);
  return [header, "-".repeat(header.length), ...body].join("\n");
}
