import { ada } from "strongroom-demo/servers/users.js";
import { bareTest, describe, expect } from "./scenario.js";

// In a browser such a response has a body: an empty stream. A Response made from it with the same status throws.
describe.each([204, 205, 304])("an API's response with status %i, which has no body,", (status) => {
  bareTest("reaches the page, also after a replay", async ({ page, standIns }) => {
    await page.open();
    await page.signIn(ada);
    for (const api of [standIns.api.url, `${standIns.app.origin}/api/v1/`]) {
      for (const [method, refusals] of [
        ["GET", 0],
        ["GET", 1],
        ["POST", 0],
        ["POST", 1],
      ] as const) {
        standIns.api.testing.answer401(refusals);
        const response = await page.fetch(`${api}status?status=${status}`, { method });
        expect(response, `${method} ${api} ${refusals}`).toMatchObject({ status, text: "" });
        expect(standIns.api.testing.requests.at(-1)?.authorization?.scheme).toBe("Bearer");
      }
    }
  });
});
