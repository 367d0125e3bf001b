import { ada } from "../../dev-provider/src/users.js";
import { describe, engine, expect, test } from "./scenario.js";

describe("the keeper", () => {
  test("is there once the page is connected", async ({ demo }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await demo.waitForConnectedKeeper();
  });

  // WebKitGTK does not stop its workers, and its driver cannot.
  if (engine === "webkit") return;

  test("gives a worker that was stopped its session back, without the authorization server", async ({
    browser,
    demo,
    standIns,
  }) => {
    await demo.openConnected();
    await demo.signIn(ada);
    await demo.waitForConnectedKeeper();
    const before = await demo.session();
    const asked = standIns.authorizationServer.testing.tokenRequests.length;
    for (let death = 0; death < 3; death++) {
      await browser.stopWorkers();
      const response = await demo.fetch(`${standIns.api.url}me`);
      expect(response.status).toBe(200);
    }
    const after = await demo.session();
    expect(after.status).toBe("authenticated");
    expect(after.user).toEqual(before.user);
    expect(after.worker.startedAt).toBeGreaterThan(before.worker.startedAt);
    expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(asked);
    expect(standIns.authorizationServer.testing.authorizationRequests).toHaveLength(1);
  });
});
