import type { Browser } from "../e2e/engines/browser.js";
import { DevTools } from "../memory/devtools.js";
import type { Contender } from "./contender.js";
import { type Samples, sample } from "./samples.js";

export const DIRECTIONS = ["down", "up"] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** The measured body, and a shorter one to see whether memory grows with the size; in MiB. */
export const BODY = 64;
export const SHORT_BODY = 16;

const MIB = 2 ** 20;

export interface Transfer {
  direction: Direction;
  /** Throughput of the long body, in MiB per second. */
  throughput: Samples;
  /** Maximum growth of the worker's heap, including buffers, in MiB. */
  peak: { short: Samples; long: Samples };
}

/** Memory is measured in separate rounds, because measuring takes time. */
export async function measureTransfers(
  browser: Browser,
  contenders: readonly Contender[],
  rounds: number,
): Promise<Transfer[]> {
  const transfers: Transfer[] = [];
  const withWorker = contenders.filter(({ name }) => name !== "no worker");
  const devtools = await DevTools.of(browser);
  try {
    for (const direction of DIRECTIONS) {
      const throughput = await sample(contenders, rounds, async (contender) => {
        const milliseconds = await contender.measureTransfer(direction, BODY * MIB);
        return (BODY * 1000) / milliseconds;
      });
      const peakOf = (mib: number) =>
        sample(withWorker, Math.ceil(rounds / 3), (contender) =>
          heapGrowth(devtools, contender.site.origin, () => contender.measureTransfer(direction, mib * MIB)),
        );
      transfers.push({
        direction,
        throughput,
        peak: { short: await peakOf(SHORT_BODY), long: await peakOf(BODY) },
      });
    }
  } finally {
    devtools.close();
  }
  return transfers;
}

interface HeapUsage {
  usedSize: number;
  embedderHeapUsedSize?: number;
  backingStorageSize?: number;
}

/** The maximum growth of a service worker's heap during `work`, in MiB, polled continuously. */
async function heapGrowth(devtools: DevTools, origin: string, work: () => Promise<unknown>): Promise<number> {
  return await devtools.attached("service_worker", origin, async (worker) => {
    const used = async () => {
      const usage = await worker.send<HeapUsage>("Runtime.getHeapUsage");
      return usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
    };
    await worker.send("HeapProfiler.enable");
    await worker.send("HeapProfiler.collectGarbage");
    const before = await used();
    let peak = before;
    let done = false;
    const working = work().finally(() => {
      done = true;
    });
    while (!done) peak = Math.max(peak, await used());
    await working;
    return (peak - before) / MIB;
  });
}
