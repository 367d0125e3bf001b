const DATABASE = "strongroom";
const OBJECT_STORE = "values";

/**
 * The longest time that one operation may take, in milliseconds. Script of the page can hold a transaction open, or block
 * the database with a connection that ignores `versionchange`.
 */
export const PATIENCE = 1_000;

/** The error of an operation that took longer than {@link PATIENCE}. */
const TIMEOUT = "TimeoutError";

/** Whether the operation may succeed if it is tried again at once. */
export function isTransient({ name }: DOMException): boolean {
  return name !== TIMEOUT && name !== "NotFoundError";
}

/**
 * Runs `operation` in one transaction. It settles within {@link PATIENCE}.
 *
 * The database is opened without a version: a page can leave it at any version, and the vault needs only its object store.
 */
export function transact<T>(
  indexedDB: IDBFactory,
  mode: IDBTransactionMode,
  operation: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  let transaction: IDBTransaction | undefined;
  let isOver = false;
  const giveUp = () => {
    isOver = true;
    try {
      transaction?.abort();
    } catch {
      // It has just ended.
    }
  };
  return within(giveUp, (resolve, reject) => {
    const opening = indexedDB.open(DATABASE);
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

/** Deletes the database, whatever is in it. Settles within {@link PATIENCE}. */
export function deleteDatabase(indexedDB: IDBFactory): Promise<void> {
  return within(
    () => {},
    (resolve, reject) => {
      const request = indexedDB.deleteDatabase(DATABASE);
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    },
  );
}

function within<T>(
  giveUp: () => void,
  start: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void,
): Promise<T> {
  let timer: number;
  return new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => {
      reject(new DOMException("IndexedDB did not respond", TIMEOUT));
      giveUp();
    }, PATIENCE);
    start(resolve, reject);
  }).finally(() => clearTimeout(timer));
}
