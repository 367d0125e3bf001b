import { describe, expect, livingSessionTest } from "./session-scenario.js";

describe("a stream of the API", () => {
  // Firefox stops a worker that has had no event for half a minute, whatever streams through it.
  livingSessionTest(
    "lasts longer than the time after which an idle worker is stopped",
    { timeout: 90_000 },
    async ({ browser, tab, standIns }) => {
      const { startedAt } = (await tab.session()).worker;
      await browser.driver.manage().setTimeouts({ script: 60_000 });
      const { text } = await tab.fetch(`${standIns.api.url}events?count=100`);
      await browser.prepare();
      expect(text.match(/event: tick/g)).toHaveLength(100);
      expect((await tab.session()).worker.startedAt).toBe(startedAt);
    },
  );
});
