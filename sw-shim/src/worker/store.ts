import { deleteDatabase, isTransient, PATIENCE, transact } from "./database";

/** The key of the one row. */
const ROW = "state";

/** The longest row that is read, in UTF-16 code units: more than twice what the longest stored transactions need. */
const LONGEST_ROW = 131_072;

/** How many stored transactions are kept: as many as the vault itself has under way. The oldest give way. */
const MOST_TRANSACTIONS = 16;

/** How often storage is read, and the milliseconds in between: it may fail for a moment, as after sleep. */
const READS = 3;
const READING_PAUSE = 250;

/** [key, stored transaction, milliseconds since the epoch at which it expires] */
type Entry = [string, string, number];

interface Row {
  hint?: string | undefined;
  transactions: Entry[];
}

/**
 * What outlives a worker. Nothing in it is secret: the session hint, and the stored transactions of sign-ins under way.
 *
 * Script of the page can write to this database, delete it and block it. So storage is read once, when the worker first
 * needs it, and only one row of limited length is accepted. From then on this object's memory counts, and each change
 * overwrites the whole row without reading it. Every method settles within a few seconds, whatever storage does.
 */
export class Store {
  readonly #indexedDB: IDBFactory;
  #reading: Promise<Row> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #nextWrite: Promise<void> | undefined;

  constructor(indexedDB: IDBFactory) {
    this.#indexedDB = indexedDB;
  }

  /** Keeps `transaction` under `key` until it is taken, at least until `expiresAt`. Never rejects. */
  async put(key: string, transaction: string, expiresAt: number): Promise<void> {
    const row = await this.#row();
    const now = Date.now();
    row.transactions = row.transactions
      .filter(([other, , expiry]) => other !== key && expiry > now)
      .slice(1 - MOST_TRANSACTIONS);
    row.transactions.push([key, transaction, expiresAt]);
    await this.#save().catch(() => {});
  }

  /** Takes the transaction under `key` out. A second call does not find it. Never rejects. */
  async take(key: string): Promise<string | undefined> {
    const row = await this.#row();
    const found = row.transactions.find(([other]) => other === key);
    if (!found) return undefined;
    row.transactions = row.transactions.filter((entry) => entry !== found);
    this.#save().catch(() => {});
    return found[1];
  }

  /** Never rejects: storage that cannot be read has no hint. */
  async readHint(): Promise<string | undefined> {
    return (await this.#row()).hint;
  }

  /** Writes or, without `hint`, deletes the session hint. Rejects if it could not be stored. */
  async writeHint(hint: string | undefined): Promise<void> {
    const row = await this.#row();
    row.hint = hint;
    await this.#save();
  }

  #row(): Promise<Row> {
    this.#reading ??= Promise.race([this.#read(), sleep(PATIENCE).then(empty)]);
    return this.#reading;
  }

  async #read(): Promise<Row> {
    for (let reads = 1; ; reads++) {
      try {
        const stored = await transact(this.#indexedDB, "readonly", (values) => values.get(ROW));
        const row = parse(stored);
        // What is no row of ours may be huge: it must not be read again at each start of the worker.
        if (!row && stored !== undefined) this.#save().catch(() => {});
        return row ?? empty();
      } catch (error) {
        if (reads === READS || !isTransient(error as DOMException)) return empty();
      }
      await sleep(READING_PAUSE);
    }
  }

  /** Writes everything. Changes made before a write begins share it. */
  #save(): Promise<void> {
    this.#nextWrite ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#nextWrite = undefined;
        this.#writing = this.#write();
        return this.#writing;
      });
    return this.#nextWrite;
  }

  async #write(): Promise<void> {
    const text = JSON.stringify(await this.#row());
    const put = () => transact(this.#indexedDB, "readwrite", (values) => values.put(text, ROW));
    try {
      await put();
    } catch (error) {
      // A page can leave the database in a shape that refuses this row. Nothing in it is worth more than the row.
      if ((error as DOMException).name === "TimeoutError") throw error;
      await deleteDatabase(this.#indexedDB);
      await put();
    }
  }
}

function empty(): Row {
  return { transactions: [] };
}

/** The row in what storage held, if it is one that this class may have written. */
function parse(stored: unknown): Row | undefined {
  if (typeof stored !== "string" || stored.length > LONGEST_ROW) return undefined;
  try {
    const { hint, transactions } = JSON.parse(stored);
    const isRow =
      (hint === undefined || typeof hint === "string") &&
      transactions.length <= MOST_TRANSACTIONS &&
      transactions.every(isEntry);
    return isRow ? { hint, transactions } : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(entry: unknown): entry is Entry {
  return (
    Array.isArray(entry) &&
    entry.length === 3 &&
    typeof entry[0] === "string" &&
    typeof entry[1] === "string" &&
    typeof entry[2] === "number"
  );
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
