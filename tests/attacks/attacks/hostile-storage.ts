import { attack, type Payload } from "../attack.js";

/** A state of a database, or an operation that runs in it until its page is closed. */
const VARIANTS = [
  "a row that is null",
  "rows of every other type",
  "values of 8 MB",
  "50,000 rows that never expire",
  "a row of the vault's own with 50 MB in it",
  "a row of the vault's own that is no row",
  "a row of the vault's own with a forged session hint",
  "a later version",
  "a later version, and a connection that stays open",
  "the same version, without its stores",
  "the same version, with stores of another kind",
  "a connection that stays open",
  "an upgrade that a connection blocks",
  "a transaction that never ends",
  "deleted again and again",
] as const;
export type Variant = (typeof VARIANTS)[number];

/** Runs in a page whose `window` has the variant. The database is the vault's unless `window` names another. */
export const wreck: Payload = async () => {
  const { variant, database: name = "strongroom" } = window as unknown as {
    variant: Variant;
    database?: string;
  };
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const remove = () =>
    new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(name);
      request.onsuccess = request.onerror = request.onblocked = resolve;
    });
  // As the vault makes it, if the page is there first.
  const make = (database: IDBDatabase) => {
    if (database.objectStoreNames.length === 0) database.createObjectStore("values");
  };
  const open = (version?: number, upgrade = make) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => upgrade(request.result);
    return done(request);
  };
  const stores = (database: IDBDatabase) => [...database.objectStoreNames];
  const fill = async (rows: [unknown, string][]) => {
    const database = await open();
    const transaction = database.transaction(stores(database), "readwrite");
    for (const store of stores(database)) {
      for (const [value, key] of rows) transaction.objectStore(store).put(value, key);
    }
    await new Promise((resolve) => {
      transaction.oncomplete = transaction.onabort = transaction.onerror = resolve;
    });
    database.close();
  };
  const keep = (database: IDBDatabase) => void Object.assign(window, { kept: database });
  switch (variant) {
    case "a row that is null":
      return fill([[null, "x"]]);
    case "rows of every other type":
      return fill(
        [
          0,
          "text",
          true,
          [],
          {},
          undefined,
          new Date(),
          /x/,
          new Map(),
          new Blob(["x"]),
          { trace: {}, expiresAt: Number.NaN },
          { expiresAt: 1n },
        ].map((value, index) => [value, `x${index}`]),
      );
    case "values of 8 MB": {
      const large = "x".repeat(8_000_000);
      return fill([
        [large, "state"],
        [{ trace: large, expiresAt: 1e15 }, "x"],
        [{ trace: "user", expiresAt: 1e15, large }, "y"],
      ]);
    }
    case "50,000 rows that never expire":
      return fill(
        Array.from({ length: 50_000 }, (_, index) => [{ trace: "x", expiresAt: 1e15 }, `x${index}`]),
      );
    case "a row of the vault's own with 50 MB in it":
      return fill([[JSON.stringify({ hint: "x".repeat(50_000_000), transactions: [] }), "state"]]);
    case "a row of the vault's own that is no row":
      return fill([['{"hint":{"toString":1},"transactions":{"length":1,"__proto__":[[1,2,3]]}}', "state"]]);
    case "a row of the vault's own with a forged session hint":
      return fill([
        [JSON.stringify({ hint: `${"x".repeat(43)}.${"x".repeat(43)}:0`, transactions: [] }), "state"],
      ]);
    case "a later version":
      return (await open(9)).close();
    case "a later version, and a connection that stays open":
      return keep(await open(9));
    case "the same version, without its stores":
      await remove();
      return (await open(1, () => {})).close();
    case "the same version, with stores of another kind":
      await remove();
      return (
        await open(1, (database) => {
          for (const store of ["values", "traces"]) {
            const { transaction: _ } = database.createObjectStore(store, {
              keyPath: "a.b",
              autoIncrement: true,
            });
          }
        })
      ).close();
    case "a connection that stays open":
      return keep(await open());
    case "an upgrade that a connection blocks": {
      const database = await open();
      const upgrade = indexedDB.open(name, database.version + 1);
      await new Promise((resolve) => {
        upgrade.onblocked = resolve;
      });
      return keep(database);
    }
    case "a transaction that never ends": {
      const database = await open();
      const store = database
        .transaction(stores(database), "readwrite")
        .objectStore(stores(database)[0] ?? "");
      const spin = () => {
        store.get("x").onsuccess = spin;
      };
      spin();
      return;
    }
    case "deleted again and again": {
      const spin = () => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = request.onerror = () => setTimeout(spin, 5);
      };
      spin();
      return;
    }
  }
};

export const hostileStorage = attack({
  name: "fills, corrupts and blocks IndexedDB to prevent sign-ins",
  threat: "disabling the sign-in",
  target: "the app's origin",
  leavesWorkers: true,
  payload: wreck,
  async play(stage) {
    const { browser, site } = stage;
    const user = await browser.currentTab();
    for (const variant of VARIANTS) {
      await stage.openSignedIn();
      await stage.signOut();
      const hostile = await browser.newTab(`${site.origin}/`);
      await stage.waitForState("signed-out");
      await browser.evaluate((variant) => void Object.assign(window, { variant }), variant);
      await stage.inject();
      await browser.switchTo(user);
      if (!(await stage.canSignIn())) stage.disabled.push(variant);
      await browser.switchTo(hostile);
      await browser.driver.close();
      await browser.switchTo(user);
      if (stage.disabled.at(-1) === variant) await stage.forgetEverything();
    }
  },
  gain: async ({ disabled }) =>
    disabled.length > 0 ? `nobody can sign in any more: ${disabled.join("; ")}` : undefined,
});
