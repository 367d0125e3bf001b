import { clientTest, describe, expect } from "./scenario.js";

describe("the app's policy", () => {
  clientTest(
    "lets the worker script run as a worker, and no other file of the origin",
    async ({ browser, page, standIns }) => {
      standIns.host.testing.anyWorker = false;
      await page.openRegistered();
      expect(await browser.evaluate(started, ["/dedicated-worker.js", "/strongroom-worker.js"])).toEqual({
        "/dedicated-worker.js": "refused",
        "/strongroom-worker.js": "refused",
      });
      expect((await page.session()).status).toBe("anonymous");
    },
  );
});

describe("the library file", () => {
  clientTest(
    "is not installed as a worker by itself, even if the policy lets it run",
    async ({ browser, page }) => {
      await page.openRegistered();
      // The control: the policy lets every file run, and another script is installed.
      expect(await browser.evaluate(started, ["/dedicated-worker.js", "/strongroom-worker.js"])).toEqual({
        "/dedicated-worker.js": "installed",
        "/strongroom-worker.js": "redundant",
      });
    },
  );
});

/** Registers scripts as workers below the vault's endpoints. Returns the outcomes. Runs in the page. */
async function started(paths: string[]): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const path of paths) {
    try {
      const registration = await registerScript(path, "/auth/");
      const worker = registration.installing ?? registration.waiting ?? registration.active;
      outcomes[path] = await new Promise((resolve) => {
        const follow = () => {
          if (worker?.state === "redundant") resolve("redundant");
          else if (worker && worker.state !== "installing") resolve("installed");
        };
        worker?.addEventListener("statechange", follow);
        follow();
      });
      await registration.unregister();
    } catch (error) {
      outcomes[path] = (error as Error).name === "SecurityError" ? "refused" : String(error);
    }
  }
  return outcomes;
}
