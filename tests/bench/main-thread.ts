import type { Browser } from "../e2e/engines/browser.js";
import { DevTools } from "../memory/devtools.js";

/** What a page's main thread was busy with, in milliseconds. */
export interface MainThread {
  /** Running script. */
  script: number;
  /** All of its tasks, the driver's share included. */
  tasks: number;
}

/** Runs `use` with a function that tells what the main thread of the one page on `origin` did since its document began. */
export async function watchingMainThread<Result>(
  browser: Browser,
  origin: string,
  use: (soFar: () => Promise<MainThread>) => Promise<Result>,
): Promise<Result> {
  const devtools = await DevTools.of(browser);
  try {
    return await devtools.attached("page", origin, async (page) => {
      await page.send("Performance.enable");
      return await use(async () => {
        const { metrics } = await page.send<{ metrics: Metric[] }>("Performance.getMetrics");
        const milliseconds = (wanted: string) =>
          1000 * (metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN);
        return { script: milliseconds("ScriptDuration"), tasks: milliseconds("TaskDuration") };
      });
    });
  } finally {
    devtools.close();
  }
}

interface Metric {
  name: string;
  /** Durations in seconds. */
  value: number;
}
