import { FaultRun, LANES, PAGES, report } from "../../faults/fault-run.js";
import { describe, engine, expect, hasVaultOrigin, inBrowser } from "../scenario.js";

// WebKitGTK's driver cannot stop a worker, and most of these faults do.
if (engine !== "webkit") {
  describe("twenty seconds of random faults during a session", () => {
    inBrowser(
      "leave no API request without a response, and refuse none",
      { timeout: 180_000 },
      async ({ browser }) => {
        const run = new FaultRun(browser, undefined, hasVaultOrigin);
        console.log(`seed ${run.seed}`);
        const result = await run.run(20_000, console.log);
        console.log(report(result));
        expect(result).toMatchObject({ unanswered: 0, refused: 0, failures: [], authorizationRequests: 1 });
        expect(result.answered).toBeGreaterThan(50);
        // Firefox sends requests past a worker that it replaces, or that it stops while the listener runs.
        const cuts = Object.entries(result.faults).filter(([name]) => /^(new version|stop )/.test(name));
        const atMost = cuts.reduce((sum, [, count]) => sum + LANES * PAGES * count, 0);
        expect(result.bypassed).toBeLessThanOrEqual(engine === "firefox" ? atMost : 0);
      },
    );
  });
}
