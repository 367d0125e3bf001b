import { perform, TRACES, VALUES, withDatabase } from "./database";

interface Row {
  trace: string;
  expiresAt: number;
}

/**
 * What outlives a worker, and is no secret: traces of sign-ins under way, each taken out once, and the marker that there
 * is a session. Script of the page can read and write here.
 */
export class Store {
  readonly #indexedDB: IDBFactory;

  constructor(indexedDB: IDBFactory) {
    this.#indexedDB = indexedDB;
  }

  /** Keeps `trace` under `key` until `expiresAt`, and throws away what has expired. */
  put(key: string, trace: string, expiresAt: number): Promise<void> {
    return withDatabase(this.#indexedDB, async (database) => {
      await perform(database, TRACES, (store) => {
        const rows = store.openCursor();
        rows.onsuccess = () => {
          const row = rows.result;
          if (!(row?.value.expiresAt > Date.now())) row?.delete();
          row?.continue();
        };
        return store.put({ trace, expiresAt } satisfies Row, key);
      });
    });
  }

  /** Takes the trace under `key` out for good. */
  take(key: string): Promise<string | undefined> {
    return withDatabase(this.#indexedDB, async (database) => {
      const row = await perform<Row | undefined>(database, TRACES, (store) => {
        const found = store.get(key);
        store.delete(key);
        return found;
      });
      return row?.trace;
    });
  }

  readMarker(): Promise<string | undefined> {
    return withDatabase(this.#indexedDB, (database) =>
      perform(database, VALUES, (store) => store.get("marker")),
    );
  }

  writeMarker(marker: string | undefined): Promise<void> {
    return withDatabase(this.#indexedDB, (database) =>
      perform(database, VALUES, (store) =>
        marker === undefined ? store.delete("marker") : store.put(marker, "marker"),
      ),
    );
  }
}
