import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Database } from "../../src/worker/database";
import { PageScript } from "./page-script";

/** How long one operation may take, in milliseconds. */
const TIMEOUT = 1_000;
const LONGEST = 1_000;

let indexedDB: IDBFactory;
let database: Database;
let script: PageScript;

beforeEach(() => {
  // The fake IndexedDB uses `setImmediate`, which stays real.
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  startAnew();
});
afterEach(() => {
  script.leave();
  vi.useRealTimers();
});

/** A new browser. */
function startAnew(): void {
  indexedDB = new IDBFactory();
  database = new Database(indexedDB, crypto);
  script = new PageScript(indexedDB);
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

async function read(): Promise<string | undefined> {
  const [row] = await within(TIMEOUT, database.read(LONGEST, false));
  return row;
}

function write(row: string): Promise<void> {
  return within(TIMEOUT, database.write(row, false));
}

/** The device copy as text; empty if it is there and cannot be opened. Web Crypto does not know the fake time. */
async function readCopy(opensCopy = true): Promise<string | undefined> {
  const [, copy] = await database.read(LONGEST, opensCopy);
  return copy && new TextDecoder().decode(copy);
}

function writeCopy(row: string, copy: string): Promise<void> {
  return database.write(row, false, bytes(copy));
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Deletes the database and makes it anew: two operations. */
function reset(row: string): Promise<void> {
  return within(2 * TIMEOUT, database.write(row, true));
}

describe("the row", () => {
  it("is empty in a new browser", async () => {
    expect(await read()).toBeUndefined();
  });

  it("has the value that was written last", async () => {
    await write("first");
    await write("second");
    database = new Database(indexedDB, crypto);
    expect(await read()).toBe("second");
    expect(await script.rows()).toEqual([["state", "second"]]);
  });

  it("has the last of several values written at once to a new database", async () => {
    await Promise.all([write("first"), write("second"), write("third")]);
    expect(await read()).toBe("third");
  });

  it("is the only record of a new database", async () => {
    await script.write([["of the page", "x"]]);
    await reset("row");
    expect(await script.rows()).toEqual([["state", "row"]]);
  });

  it.each([
    ["is null", null],
    ["is an object", { length: 1 }],
    ["is a list", ["row"]],
    ["is bytes", new Uint8Array(8)],
    ["is longer than allowed", "x".repeat(LONGEST + 1)],
    ["is much longer than allowed", "x".repeat(10_000_000)],
  ])("that %s is read as an empty text", async (_, value) => {
    await script.write([["state", value]]);
    expect(await read()).toBe("");
  });

  it("may have the maximum length", async () => {
    await script.write([["state", "x".repeat(LONGEST)]]);
    expect(await read()).toHaveLength(LONGEST);
  });
});

describe("the device copy", () => {
  /** The stored record. */
  async function record(): Promise<{ key: CryptoKey; iv: Uint8Array; sealed: ArrayBuffer }> {
    const row = (await script.rows()).find(([key]) => key === "deviceCopy");
    return row?.[1] as Awaited<ReturnType<typeof record>>;
  }

  it("has the value that was written last, with the row", async () => {
    expect(await readCopy()).toBeUndefined();
    await writeCopy("first", "the first session");
    await writeCopy("second", "the second session");
    database = new Database(indexedDB, crypto);
    expect([await read(), await readCopy()]).toEqual(["second", "the second session"]);
  });

  it("is only counted unless it is requested", async () => {
    await writeCopy("row", "session");
    expect(await readCopy(false)).toBe("");
  });

  it("is deleted with its key by the next write without one", async () => {
    await writeCopy("first", "session");
    await write("second");
    expect(await readCopy()).toBeUndefined();
    expect(await script.rows()).toEqual([["state", "second"]]);
  });

  it("is not in a new database", async () => {
    await writeCopy("first", "session");
    await reset("second");
    expect(await script.rows()).toEqual([["state", "second"]]);
  });

  it("is sealed each time with a new key that cannot be exported", async () => {
    await writeCopy("row", "session");
    const first = await record();
    await writeCopy("row", "session");
    const second = await record();
    expect(new TextDecoder().decode(first.sealed)).not.toContain("session");
    expect(new Uint8Array(first.sealed)).not.toEqual(new Uint8Array(second.sealed));
    for (const { key } of [first, second]) {
      expect(key).toMatchObject({ extractable: false, algorithm: { name: "AES-GCM", length: 256 } });
      await expect(crypto.subtle.exportKey("raw", key)).rejects.toThrow();
    }
    await script.write([["deviceCopy", { ...second, key: first.key }]]);
    expect(await readCopy()).toBe("");
  });

  it("is overwritten at its source, whether it could be stored or not", async () => {
    const secret = bytes("session");
    await database.write("row", false, secret);
    expect([...secret]).toEqual([0, 0, 0, 0, 0, 0, 0]);
    const another = bytes("session");
    await script.replace(1, withoutStore);
    await expect(database.write("row", false, another)).rejects.toThrow();
    expect([...another]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it.each<[string, (record: object) => unknown]>([
    ["whose key is lost", (record) => ({ ...record, key: undefined })],
    ["with something else for a key", (record) => ({ ...record, key: {} })],
    ["that was changed", (record) => ({ ...record, sealed: new ArrayBuffer(40) })],
    ["with another initialization vector", (record) => ({ ...record, iv: new Uint8Array(12) })],
    ["that is a text", () => "session"],
    ["that is null", () => null],
  ])("%s is read as an empty one", async (_, change) => {
    await writeCopy("row", "session");
    await script.write([["deviceCopy", change(await record())]]);
    expect(await readCopy()).toBe("");
  });

  it("leaves the row unwritten if the browser cannot store a key", async () => {
    await writeCopy("before", "session");
    const withoutKeys = new Proxy(crypto.subtle, {
      get: (subtle, name) => {
        if (name === "generateKey") return async () => ({ privateKey: () => "not to be cloned" });
        if (name === "encrypt") return async () => new ArrayBuffer(40);
        return Reflect.get(subtle, name).bind(subtle);
      },
    });
    const getRandomValues = crypto.getRandomValues.bind(crypto);
    const failing = new Database(indexedDB, { subtle: withoutKeys, getRandomValues } as unknown as Crypto);
    const writing = failing.write("after", false, bytes("session"));
    await expect(writing).rejects.toMatchObject({ name: "DataCloneError" });
    expect([await read(), await readCopy()]).toEqual(["before", "session"]);
  });
});

describe.each<[string, () => Promise<void>, { reads?: string; writes?: string }]>([
  ["5,000 rows that never expire", () => script.write(rows(5_000)), {}],
  ["a database of version 2^53 - 1", () => script.replace(Number.MAX_SAFE_INTEGER, asTheVault), {}],
  [
    "a database without the object store",
    () => script.replace(1, withoutStore),
    { reads: "NotFoundError", writes: "NotFoundError" },
  ],
  ["an object store with keys of its own", () => script.replace(1, withKeyPath), { writes: "DataError" }],
  [
    "a unique index that the row violates",
    () => script.replace(1, withUniqueIndex),
    { writes: "ConstraintError" },
  ],
])("a page that left %s", (_, attack, { reads, writes }) => {
  beforeEach(attack);

  it("fails at once, with the error's name", async () => {
    const begun = Date.now();
    if (reads) await expect(read()).rejects.toMatchObject({ name: reads });
    else expect(await read()).toBeUndefined();
    if (writes) await expect(write("row")).rejects.toMatchObject({ name: writes });
    else await write("row");
    expect(Date.now() - begun).toBeLessThan(100);
  });

  it("has no effect on a new database", async () => {
    await reset("row");
    expect(await read()).toBe("row");
  });
});

describe.each<[string, () => Promise<void>]>([
  ["blocks the database with a connection that ignores versionchange", () => script.block()],
  ["holds a transaction open", () => script.holdTransaction()],
])("a page that %s", (_, attack) => {
  beforeEach(attack);

  it("delays an operation by a second", async () => {
    for (const operation of [read, () => write("row"), () => reset("row")]) {
      const begun = Date.now();
      await expect(operation()).rejects.toMatchObject({ name: "TimeoutError" });
      expect(Date.now() - begun).toBeLessThanOrEqual(TIMEOUT + 50);
    }
  });

  it("has no effect once its tab is closed, and what timed out is not written after all", async () => {
    await expect(write("timed out")).rejects.toMatchObject({ name: "TimeoutError" });
    script.leave();
    for (let turn = 0; turn < 100; turn++) await nextTurn();
    expect(await read()).toBeUndefined();
    await write("row");
    expect(await read()).toBe("row");
  });
});

it("a page can delete the database without waiting, and the row is gone", async () => {
  await write("row");
  script.delete();
  expect(await read()).toBeUndefined();
  await write("another");
  expect(await read()).toBe("another");
});

it("in a browser without storage each operation fails with the browser's error", async () => {
  const failing = () => {
    throw new DOMException("no storage here", "InvalidStateError");
  };
  database = new Database({ open: failing, deleteDatabase: failing } as unknown as IDBFactory, crypto);
  for (const operation of [read, () => write("row"), () => reset("row")]) {
    await expect(operation()).rejects.toMatchObject({ name: "InvalidStateError" });
  }
});

describe("whatever a page does to the database", () => {
  const value = fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true });
  const key = fc.oneof(fc.constant("state"), fc.string(), fc.nat());
  const shape = fc.constantFrom(asTheVault, withKeyPath, withUniqueIndex, withoutStore);
  const operation = fc.oneof(
    ...["read", "write", "reset", "delete", "block", "hold", "leave"].map((act) =>
      fc.record({ act: fc.constant(act) }),
    ),
    fc.record({ rows: fc.array(fc.tuple(key, value), { maxLength: 3 }) }),
    fc.record({ version: fc.integer({ min: 1 }), shape }),
  );

  async function perform(operation: Operation): Promise<unknown> {
    if ("rows" in operation) return script.write(operation.rows);
    if ("version" in operation) return script.replace(operation.version, operation.shape);
    switch (operation.act) {
      case "delete":
        return script.delete();
      case "block":
        return script.block();
      case "hold":
        return script.holdTransaction();
      case "leave":
        return script.leave();
    }
    return undefined;
  }
  type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

  it("no operation hangs, and what is written into a new database is read afterwards", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
        startAnew();
        const attempts: Promise<unknown>[] = [];
        for (const operation of operations) {
          const act = "act" in operation ? operation.act : "";
          // It may fail.
          const inTime = ({ message }: Error): void => {
            expect(message).not.toContain("not settled");
          };
          if (act === "read") expect((await read().catch(inTime)) ?? "").toBeTypeOf("string");
          else if (act === "write") await write("row").catch(inTime);
          else if (act === "reset") await reset("row").catch(inTime);
          // The page's attempt may fail or take any time.
          else {
            const attempt = perform(operation);
            attempts.push(attempt);
            await within(TIMEOUT, attempt).catch(() => {});
          }
        }
        script.leave();
        // What the page has queued still runs, and fake time does not wait for it.
        await Promise.allSettled(attempts);
        await reset("in peace");
        expect(await read()).toBe("in peace");
      }),
      { numRuns: 200 },
    );
  }, 60_000);
});

function rows(count: number): [string, unknown][] {
  return Array.from({ length: count }, (_, i) => [`row ${i}`, { trace: "x", expiresAt: Number.MAX_VALUE }]);
}

function asTheVault(database: IDBDatabase): void {
  database.createObjectStore("values");
}

function withoutStore(database: IDBDatabase): void {
  database.createObjectStore("other");
}

function withKeyPath(database: IDBDatabase): void {
  database.createObjectStore("values", { keyPath: "id" });
}

/** A unique index on the length, and a string of each length that the row may have, so that the row cannot be stored. */
function withUniqueIndex(database: IDBDatabase): void {
  const values = database.createObjectStore("values");
  values.createIndex("by length", "length", { unique: true });
  for (let length = 0; length < 300; length++) values.put("x".repeat(length), length);
}
