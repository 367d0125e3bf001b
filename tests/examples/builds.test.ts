import { readFile } from "node:fs/promises";
import type { AppPolicy } from "strongroom/headers";
import { beforeAll } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { Page } from "../e2e/page.js";
import { describe, expect, inBrowser } from "../e2e/scenario.js";
import { expectNoViolations } from "../e2e/violations.js";
import type { StandIns } from "../stand-ins/stand-ins.js";
import { ask, buildExample, type Example } from "./example.js";

describe.each([
  { name: "vite-react", output: "dist" },
  { name: "vite-vanilla", output: "dist" },
  { name: "vue", output: "dist", policy: { "trusted-types": ["vue"] } },
  { name: "angular", output: "dist" },
  { name: "webpack", output: "public" },
  { name: "next", output: "out", policy: "policy.json" },
  { name: "plain", output: "public" },
])("the packed package in examples/$name", ({ name, output, policy = {} }) => {
  let example: Example;
  let standIns: StandIns;

  beforeAll(async () => {
    example = await buildExample(name, output);
    // Next.js's build writes a file.
    const more: AppPolicy =
      typeof policy === "string" ? JSON.parse(await readFile(example.folder.path(policy), "utf8")) : policy;
    standIns = await example.serve({ policy: more });
    return () => standIns.close();
  });

  inBrowser(
    "sends a request that the API takes, once signed in, and none after sign-out",
    async ({ browser }) => {
      await browser.leaveOneTab();
      const page = new Page(browser, standIns);
      await page.open();
      await page.waitForStatus("anonymous");
      await page.signIn(ada);
      expect(await ask(page)).toBe("200 []");
      const { requests } = standIns.api.testing;
      const [request] = requests.filter(({ method }) => method === "GET");
      expect(request).toMatchObject({ path: "/v1/notes", status: 200, authorization: { scheme: "Bearer" } });
      await expectNoViolations(browser);

      await page.signOut();
      expect(standIns.authorizationServer.testing.revocationRequests).toMatchObject([{ outcome: "ok" }]);
      requests.length = 0;
      expect(
        await browser.evaluate(async (url) => (await fetch(url)).status, `${standIns.api.url}notes`),
      ).toBe(401);
      expect(requests.map(({ authorization }) => authorization)).toEqual([null]);
    },
  );

  // What says so is a chunk of its own, which the bundler's loader has to get past the host's policy.
  inBrowser("says what is wrong when there is no worker", async ({ browser }) => {
    standIns.host.testing.workerScript = "missing";
    await browser.leaveOneTab();
    const page = new Page(browser, standIns);
    await browser.goto(`${standIns.app.origin}/favicon.ico`);
    await browser.evaluate(async () => {
      for (const registration of await navigator.serviceWorker.getRegistrations())
        await registration.unregister();
    });
    await page.open();
    expect(await page.waitForText("error")).toMatch(/\/vault-worker\.js .*404/);
    await expectNoViolations(browser);
  });
});
