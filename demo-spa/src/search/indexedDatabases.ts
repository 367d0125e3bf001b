import { stringsIn } from "./stringsIn";

/** Every key and value of every store of every database of this origin. */
export async function* indexedDatabases(): AsyncGenerator<string> {
  for (const { name = "" } of await indexedDB.databases()) {
    yield name;
    const database = await open(name);
    if (!database) continue;
    // Somebody else's upgrade must not wait for this search.
    database.onversionchange = () => database.close();
    try {
      for (const store of database.objectStoreNames) {
        yield store;
        yield* stringsIn(await records(database, store));
      }
    } finally {
      database.close();
    }
  }
}

/** `null` when the database was deleted after it was listed: opening must not bring it back. */
function open(name: string): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onupgradeneeded = () => request.transaction?.abort();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => (request.error?.name === "AbortError" ? resolve(null) : reject(request.error));
  });
}

async function records(database: IDBDatabase, store: string): Promise<unknown[]> {
  const objects = database.transaction(store).objectStore(store);
  return Promise.all([settled(objects.getAllKeys()), settled(objects.getAll())]);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
