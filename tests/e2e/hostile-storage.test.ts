import { ada } from "../../dev-provider/src/users.js";
import type { ClientPage } from "./client-page.js";
import type { Browser } from "./engines/browser.js";
import { clientTest, describe, expect } from "./scenario.js";

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
async function attack(attack: Attack, name: string): Promise<void> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const open = async (version?: number, store = "values") => {
    const request = indexedDB.open(name, version);
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
      const blocked = indexedDB.open(name, version + 1);
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
        indexedDB.deleteDatabase(name).onsuccess = again;
      };
      again();
    }
  }
}

/** The milliseconds that the fastest of three sign-ins takes, in which the authorization server shows no form. */
async function timeOfSignIn(page: ClientPage): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    await page.signInAgain();
    fastest = Math.min(fastest, performance.now() - begun);
  }
  return fastest;
}

/** Has script attack the database `name` in the current tab, and opens another tab. Returns the first one. */
async function attackFromThisTab(
  browser: Browser,
  page: ClientPage,
  how: Attack,
  name: string,
): Promise<string> {
  await browser.goto(page.origin);
  await browser.evaluate(attack, how, name);
  const attacker = await browser.currentTab();
  await browser.newTab();
  return attacker;
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
  clientTest("users sign in, as fast as before", async ({ browser, page }) => {
    // Before the worker's first start, so that it reads what the page left.
    const attacker = await attackFromThisTab(browser, page, how, "strongroom");
    await page.openRegistered();
    await page.signIn(ada);
    expect(await page.session()).toMatchObject({ status: "authenticated", error: null });
    const attacked = await timeOfSignIn(page);

    const user = await browser.currentTab();
    await browser.switchTo(attacker);
    await browser.driver.close();
    await browser.switchTo(user);
    // The same against a database that is not the vault's, since an attack keeps the machine busy.
    await attackFromThisTab(browser, page, how, "another");
    expect(attacked).toBeLessThan(3 * (await timeOfSignIn(page)));
  });
});
