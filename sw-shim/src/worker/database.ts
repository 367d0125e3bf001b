const NAME = "strongroom";

/** Where the worker keeps what must outlive it. Nothing in it is a secret. */
export const VALUES = "values";
export const TRACES = "traces";

/** How long the database may take to open, in milliseconds. A page can hold it open in another version. */
const PATIENCE = 3_000;

/** What browsers say of a database in a later version, and this module of one in another shape. */
const FOREIGN = "VersionError";

/** Opens the database for `use`, and closes it again: an open connection would stand in the way of other versions. */
export async function withDatabase<T>(
  indexedDB: IDBFactory,
  use: (database: IDBDatabase) => Promise<T>,
): Promise<T> {
  const database = await open(indexedDB).catch((error) => {
    if (error.name !== FOREIGN) throw error;
    return rebuild(indexedDB);
  });
  try {
    return await use(database);
  } finally {
    database.close();
  }
}

/** One transaction of `operation`, whose result is there once all of it is done. */
export function perform<T>(
  database: IDBDatabase,
  name: string,
  operation: (store: IDBObjectStore) => IDBRequest,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, "readwrite");
    const request = operation(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

function open(indexedDB: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    let late = false;
    setTimeout(() => {
      late = true;
      reject(new Error("the database does not open"));
    }, PATIENCE);
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(VALUES);
      request.result.createObjectStore(TRACES);
    };
    request.onsuccess = () => {
      const { objectStoreNames: names } = request.result;
      if (!late && names.contains(VALUES) && names.contains(TRACES)) return resolve(request.result);
      request.result.close();
      reject(new DOMException("the database has another shape", FOREIGN));
    };
    request.onerror = () => reject(request.error);
  });
}

/** A page can open the database too and leave it in another version or shape. It must not stop sign-in for good. */
function rebuild(indexedDB: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = () => resolve(open(indexedDB));
    request.onerror = request.onblocked = () => reject(request.error);
  });
}
