import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Store } from "../../src/worker/store";

const MINUTE = 60_000;

let indexedDB: IDBFactory;
let store: Store;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
  indexedDB = new IDBFactory();
  store = new Store(indexedDB);
});
afterEach(() => {
  vi.useRealTimers();
});

async function put(key: string, trace = key, expiresIn = 10 * MINUTE): Promise<void> {
  await store.put(key, trace, Date.now() + expiresIn);
}

function take(key: string): Promise<string | undefined> {
  return store.take(key);
}

describe("the trace of a sign-in under way", () => {
  it("comes out as it went in", async () => {
    await put("a", "where the user wants to go");
    expect(await take("a")).toBe("where the user wants to go");
  });

  it("comes out once", async () => {
    await put("a");
    await take("a");
    expect(await take("a")).toBeUndefined();
  });

  it("comes out once, however many ask at once", async () => {
    await put("a");
    const taken = await Promise.all([take("a"), take("a"), take("a")]);
    expect(taken.filter((text) => text !== undefined)).toEqual(["a"]);
  });

  it("is not there under another key", async () => {
    await put("a");
    expect(await take("b")).toBeUndefined();
    expect(await take("a")).toBe("a");
  });

  it("survives the worker", async () => {
    await put("a");
    store = new Store(indexedDB);
    expect(await take("a")).toBe("a");
  });

  it("is kept apart from one begun at the same moment in a fresh database", async () => {
    await Promise.all([put("a"), put("b"), put("c")]);
    expect([await take("a"), await take("b"), await take("c")]).toEqual(["a", "b", "c"]);
  });
});

describe("what script of the page does to the database", () => {
  it("empties a row: nothing comes out", async () => {
    await put("a");
    await change((traces) => traces.put({}, "a"));
    expect(await take("a")).toBeUndefined();
    expect(await rows()).toEqual([]);
  });

  it("leaves the database in another version: it is made anew", async () => {
    (await opened(7)).close();
    await put("a");
    expect(await take("a")).toBe("a");
    const database = await opened();
    expect(database.version).toBe(1);
    database.close();
  });

  it("leaves the database in another shape: it is made anew", async () => {
    (await opened(1, (database) => database.createObjectStore("something else"))).close();
    await put("a");
    expect(await take("a")).toBe("a");
  });

  it("deletes it while the user is away: nothing comes out, and the next sign-in works", async () => {
    await put("a");
    indexedDB.deleteDatabase("strongroom");
    expect(await take("a")).toBeUndefined();
    await put("b");
    expect(await take("b")).toBe("b");
  });
});

describe("the marker of a session", () => {
  it("is there for the next worker, until it is taken away", async () => {
    expect(await store.readMarker()).toBeUndefined();
    await store.writeMarker("session-1");
    store = new Store(indexedDB);
    expect(await store.readMarker()).toBe("session-1");
    await store.writeMarker(undefined);
    expect(await store.readMarker()).toBeUndefined();
  });

  it("is not touched by sign-ins under way, nor are they by it", async () => {
    await store.writeMarker("session-1");
    await put("a");
    await store.writeMarker(undefined);
    expect(await take("a")).toBe("a");
    await store.writeMarker("session-2");
    await put("b");
    expect(await store.readMarker()).toBe("session-2");
  });

  it("is gone with a database in another version, and can be written again", async () => {
    (await opened(7)).close();
    expect(await store.readMarker()).toBeUndefined();
    await store.writeMarker("session-1");
    expect(await store.readMarker()).toBe("session-1");
  });
});

describe("room", () => {
  it("is not taken by what has expired", async () => {
    for (let i = 0; i < 16; i++) await put(`old ${i}`, "x", 10 * MINUTE);
    vi.setSystemTime(Date.now() + 10 * MINUTE);
    await put("new");
    expect(await rows()).toHaveLength(1);
    expect(await take("new")).toBe("new");
  });

  it("is kept for what is still good", async () => {
    await put("soon over", "x", MINUTE);
    await put("later", "x", 10 * MINUTE);
    vi.setSystemTime(Date.now() + 2 * MINUTE);
    await put("new");
    expect(await take("soon over")).toBeUndefined();
    expect(await take("later")).toBe("x");
  });
});

it("says so when the browser has no storage", async () => {
  const refused = { open: failing, deleteDatabase: failing } as unknown as IDBFactory;
  store = new Store(refused);
  await expect(put("a")).rejects.toThrow("no storage here");
  await expect(take("a")).rejects.toThrow("no storage here");
  await expect(store.readMarker()).rejects.toThrow("no storage here");
});

function failing(): never {
  throw new DOMException("no storage here", "InvalidStateError");
}

/** The database as script of the page opens it. */
function opened(version?: number, upgrade?: (database: IDBDatabase) => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("strongroom", version);
    request.onupgradeneeded = () => upgrade?.(request.result);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function change(operation: (traces: IDBObjectStore) => void): Promise<void> {
  const database = await opened();
  await new Promise((resolve) => {
    const transaction = database.transaction("traces", "readwrite");
    transaction.oncomplete = resolve;
    operation(transaction.objectStore("traces"));
  });
  database.close();
}

async function rows(): Promise<unknown[]> {
  let found: unknown[] = [];
  await change((traces) => {
    const all = traces.getAll();
    all.onsuccess = () => {
      found = all.result;
    };
  });
  return found;
}
