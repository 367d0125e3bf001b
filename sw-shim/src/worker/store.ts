import { perform, TRANSACTIONS, VALUES, withDatabase } from "./database";

interface SealedTransaction {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
  expiresAt: number;
}

/**
 * What outlives a worker. Sign-ins under way, since a user at the authorization server may take longer than a worker
 * lives: sealed with AES-GCM under a key that cannot be exported, taken out once. And the marker that there is a
 * session, which is no secret. Never a token.
 */
export class Store {
  readonly #indexedDB: IDBFactory;
  readonly #crypto: Crypto;

  constructor(indexedDB: IDBFactory, crypto: Crypto) {
    this.#indexedDB = indexedDB;
    this.#crypto = crypto;
  }

  /** Seals `bytes` under `key` until `expiresAt`, beside at most `most - 1` others, and overwrites `bytes`. */
  put(key: string, bytes: Uint8Array<ArrayBuffer>, expiresAt: number, most: number): Promise<void> {
    return withDatabase(this.#indexedDB, async (database) => {
      const iv = this.#crypto.getRandomValues(new Uint8Array(12));
      const sealingKey = await this.#sealingKey(database);
      const data = await this.#crypto.subtle.encrypt(parameters(key, iv), sealingKey, bytes);
      bytes.fill(0);
      await makeRoom(database, most - 1);
      const row: SealedTransaction = { iv, data, expiresAt };
      await perform(database, TRANSACTIONS, (store) => store.put(row, key));
    });
  }

  /** Takes the bytes under `key` out for good; nothing if there are none or they were tampered with. */
  take(key: string): Promise<Uint8Array | undefined> {
    return withDatabase(this.#indexedDB, async (database) => {
      const row = await perform<SealedTransaction | undefined>(database, TRANSACTIONS, (store) => {
        const found = store.get(key);
        store.delete(key);
        return found;
      });
      if (!row) return undefined;
      const sealingKey = await this.#sealingKey(database);
      const opened = this.#crypto.subtle.decrypt(parameters(key, row.iv), sealingKey, row.data);
      return opened.then(
        (data) => new Uint8Array(data),
        () => undefined,
      );
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

  /** The key, made at first use. Of two made at once the first one stored is the key. */
  async #sealingKey(database: IDBDatabase): Promise<CryptoKey> {
    const stored = () => perform<CryptoKey | undefined>(database, VALUES, (store) => store.get("sealing"));
    const existing = await stored();
    if (existing) return existing;
    const made = await this.#crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
    await perform(database, VALUES, (store) => {
      const first = store.get("sealing");
      first.onsuccess = () => first.result ?? store.put(made, "sealing");
      return first;
    });
    return (await stored()) ?? made;
  }
}

/** Throws away what has expired and, of the rest, all but the `most` that live longest. */
async function makeRoom(database: IDBDatabase, most: number): Promise<void> {
  const keys = await perform<IDBValidKey[]>(database, TRANSACTIONS, (store) => store.getAllKeys());
  const rows = await perform<SealedTransaction[]>(database, TRANSACTIONS, (store) => store.getAll());
  const kept = rows
    .map(({ expiresAt }, i) => ({ expiresAt, key: keys[i] }))
    .filter(({ expiresAt }) => expiresAt > Date.now())
    .sort((a, b) => b.expiresAt - a.expiresAt)
    .slice(0, most)
    .map(({ key }) => key);
  for (const key of keys) {
    if (!kept.includes(key)) await perform(database, TRANSACTIONS, (store) => store.delete(key));
  }
}

function parameters(key: string, iv: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(key) };
}
