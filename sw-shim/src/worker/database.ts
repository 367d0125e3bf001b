import { open, seal } from "./device-copy";

/** Whether this is the library for an origin of the vault's own. The other one has no device copies. */
declare const VAULT_ORIGIN: boolean;

const DATABASE = "strongroom";
const OBJECT_STORE = "values";

/** The keys of the row and of the device copy. */
const ROW = "state";
const DEVICE_COPY = "deviceCopy";

/**
 * The longest time that one operation may take, in milliseconds. Script of the page can hold a transaction open, or block
 * the database with a connection that ignores `versionchange`.
 */
const TIMEOUT = 1_000;

/**
 * What outlives a worker in IndexedDB: the row and, sealed, the device copy. Script of the page can write to this database, delete
 * it and block it: what it returns is not trusted, and each operation settles within {@link TIMEOUT}. The vault decides when to read,
 * write and retry.
 */
export class Database {
  readonly #indexedDB: IDBFactory;
  readonly #crypto: Crypto;

  constructor(indexedDB: IDBFactory, crypto: Crypto) {
    this.#indexedDB = indexedDB;
    this.#crypto = crypto;
  }

  /**
   * The row and the device copy, if there are any. The row is an empty string if it is not a string of at most `longest` UTF-16 code
   * units. The copy is empty unless `opensCopy` is set and it can be opened.
   */
  async read(
    longest: number,
    opensCopy: boolean,
  ): Promise<[row: string | undefined, copy: Uint8Array | undefined]> {
    const [row, copy] = await this.#transact("readonly", (store) => [
      store.get(ROW),
      opensCopy ? store.get(DEVICE_COPY) : store.getKey(DEVICE_COPY),
    ]);
    const isRow = row === undefined || (typeof row === "string" && row.length <= longest);
    return [
      isRow ? row : "",
      VAULT_ORIGIN && copy !== undefined ? await open(this.#crypto, copy) : undefined,
    ];
  }

  /** Writes the row and the device copy, or deletes the latter, in a new database if `reset`. Overwrites the bytes of `copy`. */
  async write(row: string, reset: boolean, copy?: Uint8Array<ArrayBuffer>): Promise<void> {
    const sealed = VAULT_ORIGIN && copy && (await seal(this.#crypto, copy));
    if (reset) await this.#delete();
    await this.#transact("readwrite", (store) => [
      store.put(row, ROW),
      sealed ? store.put(sealed, DEVICE_COPY) : store.delete(DEVICE_COPY),
    ]);
  }

  /**
   * Performs all operations or none, and returns their results. The database is opened without a version: a page can leave it at any
   * version, and the vault needs only its object store.
   */
  #transact(
    mode: IDBTransactionMode,
    operations: (store: IDBObjectStore) => IDBRequest[],
  ): Promise<unknown[]> {
    let transaction: IDBTransaction | undefined;
    let isOver = false;
    const abort = () => {
      isOver = true;
      try {
        transaction?.abort();
      } catch {
        // It has just ended.
      }
    };
    return withTimeout(abort, (resolve, reject) => {
      const opening = this.#indexedDB.open(DATABASE);
      opening.onupgradeneeded = () => opening.result.createObjectStore(OBJECT_STORE);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        try {
          if (isOver) return;
          transaction = database.transaction(OBJECT_STORE, mode);
          const requests = operations(transaction.objectStore(OBJECT_STORE));
          transaction.oncomplete = () => resolve(requests.map((request) => request.result));
          transaction.onabort = () => reject(transaction?.error);
        } catch (error) {
          reject(error);
          // The browser refused one operation and would perform the others.
          abort();
        } finally {
          // The connection lasts until the transaction ends, and blocks nobody afterwards.
          database.close();
        }
      };
    });
  }

  #delete(): Promise<void> {
    return withTimeout(
      () => {},
      (resolve, reject) => {
        const request = this.#indexedDB.deleteDatabase(DATABASE);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(request.error);
      },
    );
  }
}

function withTimeout<T>(
  abort: () => void,
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
): Promise<T> {
  let timer: number;
  return new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => {
      reject(new DOMException("IndexedDB did not respond", "TimeoutError"));
      abort();
    }, TIMEOUT);
    start(resolve, reject);
  }).finally(() => clearTimeout(timer));
}
