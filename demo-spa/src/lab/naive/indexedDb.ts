/** Texts by name in a database of their own. */
export interface KeyValueStore {
  get(key: string): Promise<string | null>;
  put(key: string, value: string): Promise<void>;
  clear(): Promise<void>;
}

export function keyValueStore(name: string): KeyValueStore {
  const open = async () => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(name);
    return finished(request);
  };
  const use = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>) => {
    const database = await open();
    try {
      return await finished(work(database.transaction(name, mode).objectStore(name)));
    } finally {
      database.close();
    }
  };
  return {
    get: async (key) => (await use<string | undefined>("readonly", (store) => store.get(key))) ?? null,
    async put(key, value) {
      await use("readwrite", (store) => store.put(value, key));
    },
    async clear() {
      await use("readwrite", (store) => store.clear());
    },
  };
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
