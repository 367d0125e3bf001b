import { ada } from "strongroom-demo/servers/users.js";
import type { BarePage } from "./bare-page.js";
import type { Browser } from "./engines/browser.js";
import { bareTest, describe, expect } from "./scenario.js";

/** What script of the page does to the vault's database in {@link attack}. */
type Attack =
  | "leaves a null row"
  | "leaves 50,000 rows that never expire"
  | "leaves a row of 50 million characters"
  | "leaves a database of another version and shape"
  | "blocks it with a connection that ignores versionchange"
  | "holds a transaction open"
  | "deletes it all the time";

/** Runs in the page. What it holds, it holds until its tab is closed. */
async function attack(attack: Attack): Promise<void> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const open = async (version?: number, store = "values") => {
    const request = indexedDB.open("strongroom", version);
    request.onupgradeneeded = () => request.result.createObjectStore(store);
    return await done(request);
  };
  const write = async (rows: [IDBValidKey, unknown][]) => {
    const database = await open();
    const transaction = database.transaction("values", "readwrite");
    for (const [key, value] of rows) transaction.objectStore("values").put(value, key);
    await new Promise((resolve) => {
      transaction.oncomplete = resolve;
    });
    database.close();
  };
  switch (attack) {
    case "leaves a null row":
      return write([["state", null]]);
    case "leaves 50,000 rows that never expire": {
      const row = { trace: "x", expiresAt: Number.MAX_VALUE };
      return write(Array.from({ length: 50_000 }, (_, i) => [`${i}`, row]));
    }
    case "leaves a row of 50 million characters":
      return write([["state", "x".repeat(50_000_000)]]);
    case "leaves a database of another version and shape":
      return (await open(7_000_000, "something else")).close();
    case "blocks it with a connection that ignores versionchange": {
      const { version } = await open();
      const blocked = indexedDB.open("strongroom", version + 1);
      await new Promise((resolve) => {
        blocked.onblocked = resolve;
      });
      return;
    }
    case "holds a transaction open": {
      const values = (await open()).transaction("values", "readwrite").objectStore("values");
      await new Promise<void>((resolve) => {
        const again = () => {
          resolve();
          values.get("anything").onsuccess = again;
        };
        again();
      });
      return;
    }
    case "deletes it all the time": {
      const again = () => {
        indexedDB.deleteDatabase("strongroom").onsuccess = again;
      };
      again();
    }
  }
}

/** The milliseconds that the fastest of three sign-ins takes, in which the authorization server shows no form. */
async function timeOfSignIn(page: BarePage): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    await page.signInAgain();
    fastest = Math.min(fastest, performance.now() - begun);
  }
  return fastest;
}

/** Opens a tab, where script attacks the vault's storage before the worker's first start. Returns the tab. */
async function openAttacker(browser: Browser, page: BarePage, how: Attack): Promise<string> {
  await browser.goto(page.origin);
  await browser.evaluate(attack, how);
  return await browser.currentTab();
}

describe.each<Attack>([
  "leaves a null row",
  "leaves 50,000 rows that never expire",
  "leaves a row of 50 million characters",
  "leaves a database of another version and shape",
  "blocks it with a connection that ignores versionchange",
  "holds a transaction open",
  "deletes it all the time",
])("a page that attacks the vault's database: it %s", (how) => {
  bareTest("users sign in, as fast as before", async ({ browser, page }) => {
    const attacker = await openAttacker(browser, page, how);
    await browser.newTab();
    await page.open();
    await page.signIn(ada);
    expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
    const attacked = await timeOfSignIn(page);

    const user = await browser.currentTab();
    await browser.switchTo(attacker);
    await browser.driver.close();
    await browser.switchTo(user);
    await browser.evaluate(() => indexedDB.deleteDatabase("strongroom") && undefined);
    expect(attacked).toBeLessThan(3 * (await timeOfSignIn(page)));
  });
});
