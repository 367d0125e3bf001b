import { test as base, inject } from "vitest";
import { ada } from "../../dev-provider/src/users.js";
import { type StandIns, type StandInsOptions, startStandIns } from "../stand-ins/stand-ins.js";
import { built } from "./built.js";
import { buildClientApp, ClientPage } from "./client-page.js";
import type { Browser } from "./engines/browser.js";
import { join } from "./engines/launch.js";
import { LabPage } from "./lab-page.js";
import { Page } from "./page.js";

export { describe, expect } from "vitest";

/** The engine of this run. */
export const engine = inject("engine");

/** Whether this run gives the vault an origin of its own. */
export const hasVaultOrigin = inject("vaultOrigin") === true;

/** For tests that start their own servers. */
export const inBrowser = base.extend("browser", { scope: "file" }, () => {
  const address = inject("browser");
  if ("missing" in address) throw new Error(address.missing);
  return join(address);
});

/** A scenario in the demo, on an origin that the browser has never seen. */
export const test = inBrowser
  .extend("standIns", ({ browser }, { onCleanup }) => startFresh(browser, built.demo, onCleanup))
  .extend("demo", ({ browser, standIns }) => new Page(browser, standIns));

/** A scenario in the demo's lab. The origins are new too. */
export const labTest = inBrowser
  .extend("standIns", ({ browser }, { onCleanup }) =>
    startFresh(browser, built.demo, onCleanup, { lab: true }),
  )
  .extend("lab", ({ browser, standIns }) => new LabPage(browser, standIns));

/** A scenario in an app that is built for it. The origin is new too. */
export function scenarioIn(build: () => Promise<string>, options: Omit<StandInsOptions, "app"> = {}) {
  return inBrowser
    .extend("app", { scope: "file" }, build)
    .extend("standIns", ({ browser, app }, { onCleanup }) => startFresh(browser, app, onCleanup, options));
}

/** A scenario in a page that does nothing by itself. The origin is new too. */
export const clientTest = clientTestOf({});

/** The same with other options of the stand-ins. */
export function clientTestOf(options: Omit<StandInsOptions, "app">) {
  return scenarioIn(() => buildClientApp(engine), options).extend(
    "page",
    ({ browser, standIns }) => new ClientPage(browser, standIns),
  );
}

/**
 * For tests that change nothing: one origin for the whole file, where Ada signed in once. Each test starts on the page,
 * with empty records.
 */
export const signedInTest = inBrowser
  .extend("hostHeaders", { scope: "file" }, true)
  .extend("standIns", { scope: "file" }, async ({ browser, hostHeaders }, { onCleanup }) => {
    const standIns = await startFresh(browser, await buildClientApp(engine), onCleanup);
    standIns.host.testing.hostHeaders = hostHeaders;
    const page = new ClientPage(browser, standIns);
    await page.openRegistered();
    await page.signIn(ada);
    return standIns;
  })
  .extend("page", { auto: true }, async ({ browser, standIns }) => {
    const page = new ClientPage(browser, standIns);
    await page.openControlled();
    standIns.api.testing.reset();
    standIns.host.testing.requests.length = 0;
    return page;
  });

/** Authorization server, API and app host, on ports of their own, and a new tab. */
export async function startFresh(
  browser: Browser,
  app: string,
  onCleanup: (close: () => Promise<void>) => void,
  options: Omit<StandInsOptions, "app"> = {},
): Promise<StandIns> {
  await browser.leaveOneTab();
  const standIns = await startStandIns({ vaultOrigin: hasVaultOrigin, ...options, app });
  onCleanup(() => standIns.close());
  standIns.host.testing.anyWorker = true;
  return standIns;
}
