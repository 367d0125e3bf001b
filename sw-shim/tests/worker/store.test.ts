import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Store } from "../../src/worker/store";
import { PageScript } from "./page-script";

const MINUTE = 60_000;

/** How long reading may keep a request waiting, in milliseconds. */
const READING = 1_000;
/** The same of writing, which nobody but a sign-out waits for. */
const WRITING = 6_000;

let indexedDB: IDBFactory;
let store: Store;
let script: PageScript;

beforeEach(() => {
  // What is in IndexedDB takes its turns by `setImmediate`, which stays real.
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: 1_800_000_000_000 });
  startAnew();
});
afterEach(() => {
  script.leave();
  vi.useRealTimers();
});

/** A browser that has never seen the app. */
function startAnew(): void {
  indexedDB = new IDBFactory();
  store = new Store(indexedDB);
  script = new PageScript(indexedDB);
}

function restartWorker(): void {
  store = new Store(indexedDB);
}

/** The result of `promise`, if it settles before `limit` fake milliseconds are over. */
async function within<T>(limit: number, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = () => {
    isSettled = true;
  };
  promise.then(settled, settled);
  for (let elapsed = 0; ; elapsed += 50) {
    for (let turn = 0; turn < 40 && !isSettled; turn++) await nextTurn();
    if (isSettled) return promise;
    if (elapsed > limit) throw new Error(`not settled within ${limit} ms`);
    vi.advanceTimersByTime(50);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function put(key: string, transaction = key, expiresIn = 10 * MINUTE): Promise<void> {
  return within(WRITING, store.put(key, transaction, Date.now() + expiresIn));
}

function take(key: string): Promise<string | undefined> {
  return within(READING, store.take(key));
}

function readHint(): Promise<string | undefined> {
  return within(READING, store.readHint());
}

function writeHint(hint: string | undefined): Promise<void> {
  return within(WRITING, store.writeHint(hint));
}

describe("the stored transaction of a sign-in", () => {
  it("is read as it was written", async () => {
    await put("a", "where the user wants to go");
    expect(await take("a")).toBe("where the user wants to go");
  });

  it("is taken once", async () => {
    await put("a");
    await take("a");
    expect(await take("a")).toBeUndefined();
  });

  it("is taken once when several requests take it at the same time", async () => {
    await put("a");
    const taken = await Promise.all([take("a"), take("a"), take("a")]);
    expect(taken.filter((text) => text !== undefined)).toEqual(["a"]);
  });

  it("is taken once, also when the worker restarts in between", async () => {
    await put("a");
    await take("a");
    await put("b");
    restartWorker();
    expect(await take("a")).toBeUndefined();
  });

  it("is not there under another key", async () => {
    await put("a");
    expect(await take("b")).toBeUndefined();
    expect(await take("a")).toBe("a");
  });

  it("survives the worker", async () => {
    await put("a");
    restartWorker();
    expect(await take("a")).toBe("a");
  });

  it("is kept apart from those written at the same moment to a new database", async () => {
    await Promise.all([put("a"), put("b"), put("c")]);
    restartWorker();
    expect([await take("a"), await take("b"), await take("c")]).toEqual(["a", "b", "c"]);
  });

  it("replaces one with the same key", async () => {
    await put("a", "first");
    await put("a", "second");
    expect(await take("a")).toBe("second");
    expect(await take("a")).toBeUndefined();
  });

  it("makes room when it has expired", async () => {
    await put("old", "x", MINUTE);
    await put("later", "x", 10 * MINUTE);
    vi.setSystemTime(Date.now() + 2 * MINUTE);
    await put("new");
    restartWorker();
    expect([await take("old"), await take("later"), await take("new")]).toEqual([undefined, "x", "new"]);
  });

  it("is one of at most sixteen: the oldest give way", async () => {
    for (let i = 0; i < 20; i++) await put(`${i}`);
    restartWorker();
    expect(await take("3")).toBeUndefined();
    expect(await take("4")).toBe("4");
    expect(await take("19")).toBe("19");
  });
});

describe("the session hint", () => {
  it("is there for the next worker, until it is deleted", async () => {
    expect(await readHint()).toBeUndefined();
    await writeHint("session-1");
    restartWorker();
    expect(await readHint()).toBe("session-1");
    await writeHint(undefined);
    restartWorker();
    expect(await readHint()).toBeUndefined();
  });

  it("is independent of the stored transactions", async () => {
    await writeHint("session-1");
    await put("a");
    await writeHint(undefined);
    restartWorker();
    expect(await take("a")).toBe("a");
    await writeHint("session-2");
    await put("b");
    restartWorker();
    expect(await readHint()).toBe("session-2");
  });

  it("is found when storage fails once, as after sleep", async () => {
    await writeHint("session-1");
    let failures = 1;
    const open = (name: string) => {
      if (failures-- > 0) throw new DOMException("connection lost", "UnknownError");
      return indexedDB.open(name);
    };
    store = new Store(Object.create(indexedDB, { open: { value: open } }));
    expect(await readHint()).toBe("session-1");
  });
});

describe.each<[string, () => Promise<void>]>([
  ["a null row", () => script.write([["state", null]])],
  ["5,000 rows that never expire", () => script.write(rows(5_000))],
  ["a row of 10 million characters", () => script.write([["state", "x".repeat(10_000_000)]])],
  ["a row of another shape", () => script.write([["state", '{"transactions":{"length":1}}']])],
  ["a database of version 2^53 - 1", () => script.replace(Number.MAX_SAFE_INTEGER, asTheVault)],
  ["a database without the object store", () => script.replace(1, (it) => it.createObjectStore("other"))],
  ["an object store with keys of its own", () => script.replace(1, withKeyPath)],
  ["a unique index that the row violates", () => script.replace(1, withUniqueIndex)],
])("a page that left %s", (_, attack) => {
  beforeEach(attack);

  it("does not delay a sign-in, and its transaction is stored", async () => {
    const begun = Date.now();
    expect(await readHint()).toBeUndefined();
    await put("a");
    await writeHint("session-1");
    expect(Date.now() - begun).toBeLessThan(100);
    restartWorker();
    expect(await take("a")).toBe("a");
    expect(await readHint()).toBe("session-1");
  });
});

describe.each<[string, () => Promise<void>]>([
  ["blocks the database with a connection that ignores versionchange", () => script.block()],
  ["holds a transaction open", () => script.holdTransaction()],
])("a page that %s", (_, attack) => {
  beforeEach(attack);

  it("delays a sign-in by a second at most; its transaction stays in memory", async () => {
    expect(await readHint()).toBeUndefined();
    await put("a");
    expect(await take("a")).toBe("a");
  });

  it("has no effect once its tab is closed", async () => {
    await put("a");
    script.leave();
    await put("b");
    restartWorker();
    expect([await take("a"), await take("b")]).toEqual(["a", "b"]);
  });
});

describe("a page that interferes while the user is away", () => {
  beforeEach(() => put("a", "/notes"));

  it("cannot change or delete what a running worker stored", async () => {
    await script.write([["state", null]]);
    script.delete();
    expect(await take("a")).toBe("/notes");
  });

  it("and deletes the database: the next worker finds nothing, and stores again", async () => {
    script.delete();
    restartWorker();
    expect(await take("a")).toBeUndefined();
    await put("b");
    restartWorker();
    expect(await take("b")).toBe("b");
  });

  it("and overwrites the row: the next worker replaces it, so that it is read only once", async () => {
    await script.write([["state", { huge: "x".repeat(1_000_000) }]]);
    restartWorker();
    expect(await readHint()).toBeUndefined();
    for (let turn = 0; turn < 100; turn++) await nextTurn();
    expect(await script.rows()).toEqual([["state", '{"transactions":[]}']]);
  });
});

it("a browser without storage: sign-ins live in memory, and only writing the hint fails", async () => {
  const failing = () => {
    throw new DOMException("no storage here", "InvalidStateError");
  };
  store = new Store({ open: failing, deleteDatabase: failing } as unknown as IDBFactory);
  await put("a");
  expect(await take("a")).toBe("a");
  expect(await readHint()).toBeUndefined();
  await expect(writeHint("session-1")).rejects.toThrow("no storage here");
});

describe("whatever a page does to the database", () => {
  const entry = fc.array(fc.oneof(fc.string(), fc.double(), fc.constant(null)), {
    minLength: 2,
    maxLength: 4,
  });
  const value = fc.oneof(
    fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, withBigInt: true }),
    fc.json(),
    fc.record({ hint: fc.anything(), transactions: fc.anything() }).map(stringify),
    fc.array(entry, { maxLength: 20 }).map((transactions) => stringify({ transactions })),
  );
  const key = fc.oneof(fc.constant("state"), fc.string(), fc.nat());
  const withoutStore = (database: IDBDatabase) => void database.createObjectStore("other");
  const shape = fc.constantFrom(asTheVault, withKeyPath, withUniqueIndex, withoutStore);
  const act = <Act extends string, Rest>(act: Act, rest: Rest) =>
    fc.record({ act: fc.constant(act), ...rest });
  const own = fc.oneof(
    act("put", { key: fc.constantFrom("a", "b", "c") }),
    act("take", { key: fc.constantFrom("a", "b", "c") }),
    act("hint", { hint: fc.option(fc.string(), { nil: undefined }) }),
    act("restart", {}),
  );
  const hostile = fc.oneof(
    act("write", { rows: fc.array(fc.tuple(key, value), { maxLength: 3 }) }),
    act("replace", { version: fc.integer({ min: 1 }), shape }),
    act("delete", {}),
    act("block", {}),
    act("hold", {}),
    act("leave", {}),
  );

  async function attack(operation: typeof hostile extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
    switch (operation.act) {
      case "write":
        return script.write(operation.rows);
      case "replace":
        return script.replace(operation.version, operation.shape);
      case "delete":
        return script.delete();
      case "block":
        return script.block();
      case "hold":
        return script.holdTransaction();
      case "leave":
        return script.leave();
    }
  }

  it("no operation fails or hangs, memory counts, and the next worker finds what is stored afterwards", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(own, hostile), { maxLength: 12 }), async (operations) => {
        startAnew();
        const stored = new Map<string, string>();
        let isFirstWorker = true;
        for (const [serial, operation] of operations.entries()) {
          switch (operation.act) {
            case "put":
              stored.set(operation.key, `${serial}`);
              await put(operation.key, `${serial}`);
              break;
            case "take": {
              const taken = await take(operation.key);
              // A page may have forged what a restarted worker has read.
              if (isFirstWorker || stored.has(operation.key)) expect(taken).toBe(stored.get(operation.key));
              stored.delete(operation.key);
              break;
            }
            case "hint":
              // Whether it could be stored is the caller's to know, in the same time.
              await writeHint(operation.hint).catch(({ message }) => {
                expect(message).not.toContain("not settled");
              });
              expect(await readHint()).toBe(operation.hint);
              break;
            case "restart":
              restartWorker();
              await readHint();
              stored.clear();
              isFirstWorker = false;
              break;
            default:
              // The page may fail at this, and it may take as long as it likes.
              await within(READING, attack(operation)).catch(() => {});
          }
        }
        script.leave();
        await put("last", "in peace");
        await writeHint("in peace");
        restartWorker();
        expect([await take("last"), await readHint()]).toEqual(["in peace", "in peace"]);
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

function stringify(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, it) => (typeof it === "bigint" ? `${it}` : it));
}

function rows(count: number): [string, unknown][] {
  return Array.from({ length: count }, (_, i) => [`row ${i}`, { trace: "x", expiresAt: Number.MAX_VALUE }]);
}

function asTheVault(database: IDBDatabase): void {
  database.createObjectStore("values");
}

function withKeyPath(database: IDBDatabase): void {
  database.createObjectStore("values", { keyPath: "id" });
}

/** Of all strings only one may have the length of the vault's row, and the page has stored that one. */
function withUniqueIndex(database: IDBDatabase): void {
  const values = database.createObjectStore("values");
  values.createIndex("by length", "length", { unique: true });
  for (let length = 0; length < 300; length++) values.put("x".repeat(length), length);
}
