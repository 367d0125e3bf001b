import { ada } from "../../../dev-provider/src/users.js";
import type { StandIns } from "../../stand-ins/stand-ins.js";
import type { Browser } from "../engines/browser.js";
import { clientTest } from "../scenario.js";
import { SessionPage, versionPrelude } from "./session-page.js";

export { describe, engine, expect, hasVaultOrigin } from "../scenario.js";

/** A scenario in a page that is connected to the vault, on an origin that the browser has never seen. */
export const sessionTest = clientTest.extend("tab", connectedTab);

/** The same with Ada signed in and a keeper that has her session. */
export const livingSessionTest = clientTest.extend("tab", { auto: true }, signedInTab);

/** Connects a page to the vault, signs Ada in, and waits until a keeper has her session. */
export async function signedInTab({ browser, standIns }: Servers): Promise<SessionPage> {
  const tab = await connectedTab({ browser, standIns });
  await tab.signIn(ada);
  await tab.worker.waitForKeeper();
  return tab;
}

async function connectedTab({ browser, standIns }: Servers): Promise<SessionPage> {
  standIns.host.testing.prelude = versionPrelude(1);
  const tab = new SessionPage(browser, standIns);
  await tab.openConnected();
  return tab;
}

interface Servers {
  browser: Browser;
  standIns: StandIns;
}
