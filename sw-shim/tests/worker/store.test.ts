import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Store } from "../../src/worker/store";

const MINUTE = 60_000;

let indexedDB: IDBFactory;
let store: Store;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_800_000_000_000 });
  indexedDB = new IDBFactory();
  store = new Store(indexedDB, crypto);
});
afterEach(() => {
  vi.useRealTimers();
});

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function put(key: string, text = key, expiresIn = 10 * MINUTE, most = 16): Promise<void> {
  await store.put(key, bytes(text), Date.now() + expiresIn, most);
}

async function take(key: string): Promise<string | undefined> {
  const taken = await store.take(key);
  return taken && new TextDecoder().decode(taken);
}

describe("a sign-in under way", () => {
  it("comes out as it went in", async () => {
    await put("a", "the state and the verifier");
    expect(await take("a")).toBe("the state and the verifier");
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
    store = new Store(indexedDB, crypto);
    expect(await take("a")).toBe("a");
  });

  it("is kept apart from one begun at the same moment in a fresh database", async () => {
    await Promise.all([put("a"), put("b"), put("c")]);
    expect([await take("a"), await take("b"), await take("c")]).toEqual(["a", "b", "c"]);
  });
});

describe("the sealing key", () => {
  it("is the one that was stored first, also for a worker that was making one at the same time", async () => {
    let finish = () => {};
    const other = new Store(indexedDB, slowToMakeKeys(new Promise((resolve) => (finish = () => resolve()))));
    const putByOther = other.put("b", bytes("b"), Date.now() + MINUTE, 16);
    await put("a");
    finish();
    await putByOther;
    expect([await take("a"), await take("b")]).toEqual(["a", "b"]);
  });

  function slowToMakeKeys(until: Promise<void>): Crypto {
    const { subtle } = crypto;
    return {
      getRandomValues: crypto.getRandomValues.bind(crypto),
      subtle: {
        encrypt: subtle.encrypt.bind(subtle),
        decrypt: subtle.decrypt.bind(subtle),
        async generateKey(...parameters: Parameters<SubtleCrypto["generateKey"]>) {
          const made = await subtle.generateKey(...parameters);
          await until;
          return made;
        },
      },
    } as Crypto;
  }
});

describe("the bytes handed over", () => {
  it("are overwritten", async () => {
    const secret = bytes("secret");
    await store.put("a", secret, Date.now() + MINUTE, 16);
    expect([...secret]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("rest sealed", async () => {
    await put("a", "find-me-if-you-can");
    const [row] = await rows();
    expect(new TextDecoder("latin1").decode(row?.data)).not.toContain("find-me");
    expect(row?.data.byteLength).toBe("find-me-if-you-can".length + 16);
  });

  it("are sealed under an initialisation vector used once", async () => {
    await put("a", "same");
    await put("b", "same");
    const [a, b] = await rows();
    expect(a?.iv).toHaveLength(12);
    expect(a?.iv).not.toEqual(b?.iv);
  });
});

describe("what script of the page does to the database", () => {
  it.each<[string, (row: Row) => Row]>([
    ["changes a byte of the sealed data", (row) => ({ ...row, data: flipped(row.data) })],
    ["changes the initialisation vector", (row) => ({ ...row, iv: flipped(row.iv) })],
    ["empties it", (row) => ({ ...row, data: new ArrayBuffer(0) })],
  ])("%s: nothing comes out, and the row is gone", async (_, tamper) => {
    await put("a");
    await change(({ transactions }) => {
      const found = transactions.get("a");
      found.onsuccess = () => transactions.put(tamper(found.result), "a");
    });
    expect(await take("a")).toBeUndefined();
    expect(await rows()).toEqual([]);
  });

  it("moves a row to another key: nothing comes out", async () => {
    await put("a");
    await change(({ transactions }) => {
      const found = transactions.get("a");
      found.onsuccess = () => transactions.put(found.result, "b");
    });
    expect(await take("b")).toBeUndefined();
    expect(await take("a")).toBe("a");
  });

  it("puts a row sealed with a key of its own: nothing comes out", async () => {
    await put("a");
    const own = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const parameters = { name: "AES-GCM", iv, additionalData: bytes("a") };
    const data = await crypto.subtle.encrypt(parameters, own, bytes("forged"));
    await change(({ transactions }) => transactions.put({ iv, data, expiresAt: Date.now() + MINUTE }, "a"));
    expect(await take("a")).toBeUndefined();
  });

  it("takes the key: it cannot be exported", async () => {
    await put("a");
    const key = await sealingKey();
    expect(key.extractable).toBe(false);
    for (const format of ["raw", "jwk"] as const) {
      await expect(crypto.subtle.exportKey(format, key)).rejects.toThrow();
    }
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
    store = new Store(indexedDB, crypto);
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
  it("is for as many as the vault says; the ones that end soonest give way", async () => {
    for (let minute = 1; minute <= 17; minute++) await put(`after ${minute}`, "x", minute * MINUTE);
    expect(await rows()).toHaveLength(16);
    expect(await take("after 1")).toBeUndefined();
    expect(await take("after 2")).toBe("x");
    expect(await take("after 17")).toBe("x");
  });

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
  store = new Store(refused, crypto);
  await expect(put("a")).rejects.toThrow("no storage here");
  await expect(take("a")).rejects.toThrow("no storage here");
  await expect(store.readMarker()).rejects.toThrow("no storage here");
});

function failing(): never {
  throw new DOMException("no storage here", "InvalidStateError");
}

interface Row {
  iv: Uint8Array;
  data: ArrayBuffer;
  expiresAt: number;
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

async function change(
  operation: (stores: { transactions: IDBObjectStore; values: IDBObjectStore }) => void,
): Promise<void> {
  const database = await opened();
  await new Promise((resolve) => {
    const transaction = database.transaction(["transactions", "values"], "readwrite");
    transaction.oncomplete = resolve;
    operation({
      transactions: transaction.objectStore("transactions"),
      values: transaction.objectStore("values"),
    });
  });
  database.close();
}

async function rows(): Promise<Row[]> {
  let found: Row[] = [];
  await change(({ transactions }) => {
    const all = transactions.getAll();
    all.onsuccess = () => {
      found = all.result;
    };
  });
  return found;
}

async function sealingKey(): Promise<CryptoKey> {
  let found: CryptoKey | undefined;
  await change(({ values }) => {
    const all = values.getAll();
    all.onsuccess = () => {
      found = all.result[0];
    };
  });
  if (!found) throw new Error("there is no key");
  return found;
}

function flipped<T extends ArrayBuffer | Uint8Array>(data: T): T {
  const copy = data.slice() as T;
  const view = new Uint8Array(copy instanceof Uint8Array ? copy.buffer : copy);
  view[0] = (view[0] ?? 0) ^ 1;
  return copy;
}
