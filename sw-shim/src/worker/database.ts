const DATABASE = "strongroom";
const OBJECT_STORE = "values";

/** The key of the one row. */
const ROW = "state";

/**
 * The longest time that one operation may take, in milliseconds. Script of the page can hold a transaction open, or block
 * the database with a connection that ignores `versionchange`.
 */
const TIMEOUT = 1_000;

/**
 * The one row of IndexedDB that outlives a worker. Script of the page can write to this database, delete it and block it: what
 * it returns is not trusted, and each operation settles within {@link TIMEOUT}. The vault decides when to read, write and retry.
 */
export class Database {
  readonly #indexedDB: IDBFactory;

  constructor(indexedDB: IDBFactory) {
    this.#indexedDB = indexedDB;
  }

  /** The row, if it is a string of at most `longest` UTF-16 code units; an empty string if it is something else. */
  async read(longest: number): Promise<string | undefined> {
    const row = await this.#transact<unknown>("readonly", (store) => store.get(ROW));
    return row === undefined || (typeof row === "string" && row.length <= longest) ? row : "";
  }

  /** Writes the row, into a new database if `reset`. */
  async write(row: string, reset: boolean): Promise<void> {
    if (reset) await this.#delete();
    await this.#transact("readwrite", (store) => store.put(row, ROW));
  }

  /** The database is opened without a version: a page can leave it at any version, and the vault needs only its object store. */
  #transact<T>(mode: IDBTransactionMode, operation: (store: IDBObjectStore) => IDBRequest): Promise<T> {
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
          const request = operation(transaction.objectStore(OBJECT_STORE));
          transaction.oncomplete = () => resolve(request.result);
          transaction.onabort = () => reject(transaction?.error);
        } catch (error) {
          reject(error);
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
