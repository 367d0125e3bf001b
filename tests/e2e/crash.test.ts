import { ada } from "../../dev-provider/src/users.js";
import { describe, expect, test } from "./scenario.js";
import { TRAP } from "./trap.js";

describe("a trap of the wasm", () => {
  test("loses neither the request nor the session", async ({ demo, standIns }) => {
    standIns.host.testing.prelude = TRAP;
    await demo.openConnected();
    await demo.signIn(ada);
    await demo.waitForConnectedKeeper();
    const before = await demo.session();
    const asked = standIns.authorizationServer.testing.tokenRequests.length;
    // The second because the relay of a vault origin may send the first without the service worker.
    for (const url of [`${standIns.api.url}me?trap`, "/auth/session?trap"]) {
      expect((await demo.fetch(url)).status).toBe(200);
    }
    const after = await demo.session();
    expect(after.status).toBe("authenticated");
    expect(after.user).toEqual(before.user);
    expect(after.worker.startedAt).toBeGreaterThan(before.worker.startedAt);
    expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(asked);
  });
});
