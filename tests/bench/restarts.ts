import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "../e2e/engines/launch.js";
import { Contender } from "./contender.js";
import type { Contenders } from "./contenders.js";

/**
 * Restarts a browser that has a session on a vault origin with `remember: "device"`. Returns the times from the first navigation
 * until the API has responded, in milliseconds.
 */
export async function measureRestarts(contenders: Contenders, restarts: number): Promise<number[]> {
  const profile = await mkdtemp(join(tmpdir(), "strongroom-bench-"));
  try {
    const before = await launch("chromium", { profile });
    const site = await contenders.signInToRemember(before);
    await before.quit();
    const times: number[] = [];
    for (let restart = 0; restart < restarts; restart++) {
      const browser = await launch("chromium", { profile });
      const contender = await Contender.restarted("vault origin", browser, site);
      const { answered, hadToSignIn } = await contender.visit();
      if (hadToSignIn) throw new Error("The vault has lost its session in a restart of the browser.");
      times.push(answered);
      await browser.quit();
    }
    return times;
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
}
