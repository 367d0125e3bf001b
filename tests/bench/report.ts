import { CONTENDERS } from "./contenders.js";
import type { BenchResults } from "./measure.js";
import { medianOf, type Samples } from "./samples.js";
import { REQUESTS, REQUESTS_PER_TURN, summarise, WARM_UP } from "./sequential-latency.js";
import type { Place } from "./site.js";
import {
  busyPageTable,
  clientTables,
  handlerTable,
  latencyTables,
  sizeSentence,
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
    "",
    ...inShort(results).map((sentence) => `- ${sentence.replaceAll("**", "")}`),
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
    `Servers and browser share the machine. In each of ${rounds} rounds all contenders take turns, in a random order. Brackets contain the quartiles and the range of the rounds. Ratios compare values of the same round.`,
    `Latency is the time from calling fetch to the parsed body: ${REQUESTS} sequential requests per round, in turns of ${REQUESTS_PER_TURN} after ${WARM_UP} for warm-up. The header has ${authorizationLength} bytes.`,
  ];
}

/** What a reader wants to know first. */
export function inShort({ sequentialLatency, visits, pageClients }: BenchResults): string[] {
  const milliseconds = (place: Place, contender: string) => {
    const measurement = sequentialLatency.find((each) => each.place === place);
    if (!measurement) throw new Error(`nothing is measured at ${place}`);
    return summarise(measurement, contender).p50;
  };
  const toTheApi = (contender: string) => milliseconds("another origin", contender).toFixed(1);
  const longer = milliseconds("not the API", "strongroom") - milliseconds("not the API", "no worker");
  const visit = (samples: Samples, contender: string) => medianOf(samples, contender).toFixed(0);
  return [
    `**A request to the API** takes ${toTheApi("strongroom")} ms, or ${toTheApi("plain vault origin")} ms with the vault on an origin of its own. It takes ${toTheApi("floor")} ms with the simplest worker that sets a header, and ${toTheApi("no worker")} ms without a worker.`,
    `**Any other request** takes ${longer.toFixed(1)} ms longer than without a worker, because the browser evaluates static routes.`,
    `**A first visit** takes ${visit(visits.firstVisit, "strongroom")} ms until the user is signed in, or ${visit(visits.firstVisit, "vault origin")} ms with the vault on an origin of its own. **A reload** takes ${visit(visits.reload, "strongroom")} or ${visit(visits.reload, "vault origin")} ms until the first response of the API.`,
    `**Size.** ${sizeSentence(pageClients.clients)}`,
  ];
}

/** What was done about the time in the fetch handler, with the figures of those days. */
export const FETCH_PATH = [
  "The wasm gets a request's properties as one string. Five getters had cost a call and a string each. It also reads the clocks less often, and by their names instead of through the global scope.",
  "The vault sends a request in the task in which it got it, not a microtask later. Together, these two changes reduced routing from 48 µs to 21, and the median from 1.067 times the floor's to 1.034 (short runs with page and worker in one process).",
  "Callbacks free themselves, so the garbage collector need not track them.",
  "No request has a listener on its signal. Only a second vault, which starts after a crash, looks up the requests under way.",
  "What remains is routing in the wasm, `new Request` with a redirect mode, one copy of the token into a JavaScript string, and the response's way through a callback of the wasm.",
];

export const NOT_COMPARABLE = [
  "The API is on the same machine. Over a network, a worker's share of a request is smaller.",
  'Script in the page can read the token of "no worker", "static routes" and "pass-through". The floor has the token in its script. None of them signs in, renews or refuses anything.',
  "axa runs on a plain host, because its page does not start under Strongroom's headers. It has a token of its own from the same server.",
  "axa's sign-in ends on the callback, which is a page of the app. The vault's ends when the app has loaded again.",
  "In both visits the authorization server knows the browser and shows no form. Chromium then keeps page and worker in one process, as it does for the hand-written workers. After a form they are in different processes, and requests take longer with every worker: 5 % with the floor's in a trial.",
  "A stop ends axa's session, so there is no time to compare.",
  "A heap does not include buffers of the browser's own processes. It is measured continuously during a transfer, but may grow and shrink between two measurements.",
  "A real API verifies the token, which takes equally long for all contenders. This one only checks that the header exists.",
  "Preflights come from the browser's cache. All pages but the plain ones are cross-origin isolated, because the clock is finer there.",
  "Recording costs time, so the times of the fetch handler and of the worker's start come from separate workers. The handler's are trimmed means.",
  "The main thread's time is for an import in a new document, compiled anew, without calls to the client. The time of all tasks includes the driver's, which the empty module shows.",
  "Sizes are those of the imports that an app needs to sign in, to know who is signed in, to sign out and to call an API, all bundled alike. The worker's file is measured as published. Some of the packages do more than sign in at Cognito.",
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
