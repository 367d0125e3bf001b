/** Operations of a page's script on the vault's database. */
export class PageScript {
  readonly #indexedDB: IDBFactory;
  readonly #connections: IDBDatabase[] = [];
  #holds = false;
  #tab = 0;

  constructor(indexedDB: IDBFactory) {
    this.#indexedDB = indexedDB;
  }

  /** Every row of the vault's object store, by its key. */
  async rows(): Promise<[IDBValidKey, unknown][]> {
    const database = await this.#open();
    try {
      const values = database.transaction("values").objectStore("values");
      const [keys, all] = [values.getAllKeys(), values.getAll()];
      await done(all);
      return keys.result.map((key, i) => [key, all.result[i]]);
    } finally {
      database.close();
    }
  }

  /** Stores `rows` in the vault's object store, as far as its shape allows. */
  async write(rows: [IDBValidKey, unknown][]): Promise<void> {
    const database = await this.#open();
    try {
      const transaction = database.transaction("values", "readwrite");
      for (const [key, value] of rows) transaction.objectStore("values").put(value, key);
      await new Promise((resolve) => {
        transaction.oncomplete = transaction.onabort = resolve;
      });
    } finally {
      database.close();
    }
  }

  delete(): void {
    this.#indexedDB.deleteDatabase("strongroom");
  }

  /** Makes the database anew, in `version`, with the object stores that `shape` creates. */
  async replace(version: number, shape: (database: IDBDatabase) => void): Promise<void> {
    this.delete();
    (await this.#open(version, shape)).close();
  }

  /** Opens a connection that ignores `versionchange`, and asks for a version that it blocks. */
  async block(): Promise<void> {
    const database = await this.#open();
    this.#connections.push(database);
    this.#indexedDB.open("strongroom", database.version + 1).onsuccess = ({ target }) =>
      (target as IDBOpenDBRequest).result.close();
  }

  /** Holds a transaction open that lets nobody else write. */
  async holdTransaction(): Promise<void> {
    const database = await this.#open();
    if (!database.objectStoreNames.length) return database.close();
    this.#connections.push(database);
    this.#holds = true;
    const names = [...database.objectStoreNames];
    const store = database.transaction(names, "readwrite").objectStore(names[0] ?? "");
    await new Promise<void>((resolve) => {
      const again = () => {
        resolve();
        if (this.#holds) store.get("anything").onsuccess = again;
      };
      again();
    });
  }

  /** Closes its tab, which releases what it holds. */
  leave(): void {
    this.#tab += 1;
    this.#holds = false;
    for (const connection of this.#connections.splice(0)) connection.close();
  }

  async #open(version?: number, shape?: (database: IDBDatabase) => void): Promise<IDBDatabase> {
    const request = this.#indexedDB.open("strongroom", version);
    const tab = this.#tab;
    request.onupgradeneeded = () => (shape ?? asTheVault)(request.result);
    await done(request);
    if (tab !== this.#tab) {
      request.result.close();
      throw new Error("the tab is closed");
    }
    return request.result;
  }
}

function asTheVault(database: IDBDatabase): void {
  database.createObjectStore("values");
}

function done(request: IDBRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}
