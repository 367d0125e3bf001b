import type { Browser } from "../e2e/engines/browser.js";
import { launch } from "../e2e/engines/launch.js";
import { type BusyPage, measureBusyPage } from "./busy-page.js";
import type { Contender } from "./contender.js";
import { type ContenderName, Contenders } from "./contenders.js";
import { type HandlerTime, measureHandlerTime } from "./handler-time.js";
import { describeMachine, load, type Machine } from "./machine.js";
import { measurePageClients, type PageClients, versionOf } from "./page-clients.js";
import { measureRestarts } from "./restarts.js";
import {
  measureThroughput,
  measureVisits,
  measureWorkerStart,
  type Samples,
  type Visits,
  type WorkerStart,
} from "./samples.js";
import { measureSequentialLatency, type SequentialLatency } from "./sequential-latency.js";
import { measureStoppedWorker, type StoppedWorker } from "./stopped-worker.js";
import { measureTransfers, type Transfer } from "./transfer.js";

export interface BenchResults {
  /** ISO 8601. */
  date: string;
  rounds: number;
  machine: Machine;
  /** Versions of the libraries, by package. */
  versions: Record<string, string>;
  load: { before: number; after: number };
  /** Length in bytes of the `Authorization` header that all contenders except axa send. */
  authorizationLength: number;
  sequentialLatency: SequentialLatency[];
  throughput: Samples;
  busyPage: BusyPage;
  transfers: Transfer[];
  stoppedWorker: StoppedWorker[];
  visits: Visits;
  /** Milliseconds from the first navigation after a restart of the browser, with `remember: "device"`, until the API has responded. */
  restarts: number[];
  workerStart: WorkerStart;
  handlerTime: HandlerTime[];
  pageClients: PageClients;
}

/** Starts the servers and one browser, runs the contenders in turns, and stops everything. */
export async function measure(rounds: number, progress: (sentence: string) => void): Promise<BenchResults> {
  progress("starting servers and browser");
  const before = load();
  const browser = await launch("chromium");
  try {
    const contenders = await Contenders.start(browser);
    try {
      return {
        date: new Date().toISOString(),
        rounds,
        machine: await describeMachine(browser),
        versions: { "@axa-fr/oidc-client-service-worker": versionOf("@axa-fr/oidc-client-service-worker") },
        ...(await measureAll(browser, contenders, rounds, progress)),
        authorizationLength: contenders.authorization.length,
        load: { before, after: load() },
      };
    } finally {
      await contenders.close();
    }
  } finally {
    await browser.close();
  }
}

async function measureAll(
  browser: Browser,
  contenders: Contenders,
  rounds: number,
  progress: (sentence: string) => void,
) {
  const all = await contenders.openAll();
  progress("warming up");
  for (const contender of all) await contender.warmUp();
  const sequentialLatency = await measureSequentialLatency(all, rounds, progress);
  progress("many requests at a time");
  const throughput = await measureThroughput(all, rounds);
  progress("requests of busy pages");
  const busyPage = await measureBusyPage(named(all, "floor", "strongroom", "vault origin", "axa"), rounds);
  progress("long bodies");
  const transfers = await measureTransfers(
    browser,
    named(all, "no worker", "pass-through", "floor", "floor again", "strongroom", "vault origin", "axa"),
    rounds,
  );
  progress("stopping workers");
  const stoppedWorker = await measureStoppedWorker(named(all, "floor", "strongroom", "axa"), rounds + 5);
  progress("first visits and reloads");
  const visits = await measureVisits(await contenders.openVisiting(), rounds);
  progress("restarting a browser");
  const restarts = await measureRestarts(contenders, Math.ceil(rounds / 3));
  progress("starting workers");
  const workerStart = await measureWorkerStart(await contenders.openStarting(), rounds + 5);
  progress("taking notes in the fetch handlers");
  const handlerTime = await measureHandlerTime(await contenders.openProfiled(), Math.ceil(rounds / 2));
  progress("loading page clients");
  const pageClients = await measurePageClients(browser, rounds);
  return {
    sequentialLatency,
    throughput,
    busyPage,
    transfers,
    stoppedWorker,
    visits,
    restarts,
    workerStart,
    handlerTime,
    pageClients,
  };
}

function named(all: readonly Contender[], ...names: ContenderName[]): Contender[] {
  return all.filter(({ name }) => (names as string[]).includes(name));
}
