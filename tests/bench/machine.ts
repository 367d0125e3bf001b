import { cpus, loadavg, release, totalmem } from "node:os";
import type { Browser } from "../e2e/engines/browser.js";

/** The machine and browser. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  browser: string;
}

export async function describeMachine(browser: Browser): Promise<Machine> {
  const capabilities = await browser.driver.getCapabilities();
  const processors = cpus();
  return {
    processor: processors[0]?.model ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    browser: `${capabilities.getBrowserName()} ${capabilities.getBrowserVersion()}`,
  };
}

/** The average number of processes that needed a core during the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0;
}
