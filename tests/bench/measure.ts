import { launch } from "../e2e/engines/launch.js";
import { Contenders } from "./contenders.js";
import { type HandlerTime, measureHandlerTime } from "./handler-time.js";
import { describeMachine, load, type Machine } from "./machine.js";
import { measureSequentialLatency, type SequentialLatency } from "./sequential-latency.js";
import { measureStoppedWorker, type StoppedWorker } from "./stopped-worker.js";

export interface BenchResults {
  /** ISO 8601. */
  date: string;
  machine: Machine;
  load: { before: number; after: number };
  /** Of the `Authorization` header that all send, in bytes. */
  authorizationLength: number;
  sequentialLatency: SequentialLatency[];
  stoppedWorker: StoppedWorker[];
  handlerTime: HandlerTime[];
}

/** Starts the servers and one browser, lets the contenders take turns in it, and ends everything. */
export async function measure(rounds: number, progress: (sentence: string) => void): Promise<BenchResults> {
  progress("starting servers and browser");
  const before = load();
  const browser = await launch("chromium");
  try {
    const contenders = await Contenders.start(browser);
    try {
      const all = await contenders.openAll();
      progress("warming up");
      for (const contender of all) await contender.warmUp();
      const sequentialLatency = await measureSequentialLatency(all, rounds, progress);
      progress("stopping workers");
      const stoppedWorker = await measureStoppedWorker(
        all.filter(({ name }) => name === "floor" || name === "strongroom"),
      );
      progress("taking notes in the fetch handlers");
      const handlerTime = await measureHandlerTime(await contenders.openProfiled(), Math.ceil(rounds / 2));
      return {
        date: new Date().toISOString(),
        machine: await describeMachine(browser),
        load: { before, after: load() },
        authorizationLength: contenders.authorization.length,
        sequentialLatency,
        stoppedWorker,
        handlerTime,
      };
    } finally {
      await contenders.close();
    }
  } finally {
    await browser.close();
  }
}
