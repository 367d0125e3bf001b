import { ada } from "../../../dev-provider/src/users.js";
import { clientTest } from "../scenario.js";
import { SessionPage, versionPrelude } from "./session-page.js";

export { describe, engine, expect, hasVaultOrigin } from "../scenario.js";

/** A scenario in a page that is connected to the vault, on an origin that the browser has never seen. */
export const sessionTest = clientTest.extend("tab", async ({ browser, standIns }) => {
  standIns.host.testing.prelude = versionPrelude(1);
  const tab = new SessionPage(browser, standIns);
  await tab.openConnected();
  return tab;
});

/** The same with Ada signed in and a keeper that has her session. */
export const livingSessionTest = sessionTest.extend("ada", { auto: true }, async ({ tab }) => {
  await tab.signIn(ada);
  await tab.worker.waitForKeeper();
});
