import type { Browser } from "../e2e/engines/browser.js";
import { DevTools } from "../memory/devtools.js";

/** Busy time of a page's main thread, in milliseconds. */
export interface MainThread {
  /** Running script. */
  script: number;
  /** All tasks, including the driver's. */
  tasks: number;
}

/** Runs `use` with a function that returns the busy time of the one page on `origin` since its document began. */
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
