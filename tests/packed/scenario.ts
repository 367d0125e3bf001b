import { ada } from "../../dev-provider/src/users.js";
import { ClientPage } from "../e2e/client-page.js";
import { engine, inBrowser } from "../e2e/scenario.js";
import { installApp, type PackedApp, type SiteOptions, startSite } from "./site.js";

let installing: Promise<PackedApp> | undefined;

/** A scenario in the throw-away app with the packed package, on plain HTTP servers that the browser has never seen. */
export const onSite = (options: SiteOptions = {}) =>
  inBrowser
    .extend("site", async ({ browser }, { onCleanup }) => {
      installing ??= installApp(engine);
      const site = await startSite(await installing, options);
      onCleanup(() => site.close());
      await browser.leaveOneTab();
      return site;
    })
    .extend("page", ({ browser, site }) => new ClientPage(browser, site, { base: site.app.base }));

export const packedTest = onSite();

/** The same with Ada signed in, on a connected page. */
export const signedInTest = packedTest.extend("ada", { auto: true }, async ({ page }) => {
  await page.openConnected();
  await signIn(page);
});

export async function signIn(page: ClientPage, returnTo?: string): Promise<void> {
  await page.startSignInByClient(returnTo);
  await page.login.submit(ada);
  await page.waitToBeBack();
  await page.connect();
}
