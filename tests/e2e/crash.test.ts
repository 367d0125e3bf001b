import { ada } from "strongroom-demo/servers/users.js";
import { BarePage } from "./bare-page.js";
import { describe, expect, test } from "./scenario.js";

/** Put before the worker's script: the first request that carries the word makes the wasm trap, whoever is handed it. */
const TRAPPED = `
  const { Instance } = WebAssembly;
  const carriesTheWord = (value) => value?.request?.url.endsWith("?trap");
  const trapping = (exported) => (...args) => {
    if (self.trapped || !args.some(carriesTheWord)) return exported(...args);
    self.trapped = true;
    throw new WebAssembly.RuntimeError("unreachable");
  };
  WebAssembly.Instance = function (module, imports) {
    const { exports } = new Instance(module, imports);
    const trapped = Object.entries(exports).map(([name, it]) => [name, typeof it === "function" ? trapping(it) : it]);
    const instance = Object.create(Instance.prototype);
    Object.defineProperty(instance, "exports", { value: Object.fromEntries(trapped) });
    return instance;
  };
`;

describe("a trap of the wasm", () => {
  test("costs neither the request nor the session", async ({ browser, demo, standIns }) => {
    standIns.host.testing.prelude = TRAPPED;
    const page = new BarePage(browser, standIns);
    await demo.open();
    await demo.signIn(ada);
    await browser.waitFor("a keeper", async () => (await page.session()).worker.keepers === 1);
    const before = await page.session();
    const asked = standIns.authorizationServer.testing.tokenRequests.length;
    const response = await page.fetch(`${standIns.api.url}me?trap`);
    expect(response.status).toBe(200);
    const after = await page.session();
    expect(after.status).toBe("authenticated");
    expect(after.user).toEqual(before.user);
    expect(after.worker.startedAt).toBeGreaterThan(before.worker.startedAt);
    expect(standIns.authorizationServer.testing.tokenRequests).toHaveLength(asked);
  });
});
