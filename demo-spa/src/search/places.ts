/** A place where a page, or script injected into it, could find a token. */
export interface Place {
  name: string;
  strings(): AsyncIterable<string> | Iterable<string>;
}

export const PLACES: Place[] = [
  { name: "localStorage", strings: () => storage(localStorage) },
  { name: "sessionStorage", strings: () => storage(sessionStorage) },
  { name: "Cookies", strings: () => document.cookie.split("; ").filter(Boolean) },
  { name: "IndexedDB", strings: indexedDatabases },
  { name: "Cache Storage", strings: cacheStorage },
  { name: "Address and history", strings: addresses },
  { name: "Document", strings: () => [document.documentElement.outerHTML] },
  { name: "Window globals", strings: globals },
];

function storage(area: Storage): string[] {
  return Object.entries(area).flat();
}

async function* addresses(): AsyncGenerator<string> {
  yield* [location.href, document.referrer, ...performance.getEntries().map(({ name }) => name)];
  yield* stringsIn(history.state);
}

/** Everything on `window`, and what libraries hang on elements (React keeps its state there, so also this page's). */
async function* globals(): AsyncGenerator<string> {
  yield window.name;
  yield* stringsIn([window, ...document.querySelectorAll("*")]);
}

/** The URL, headers and body of every request and response in every cache of this origin. */
async function* cacheStorage(): AsyncGenerator<string> {
  for (const name of await caches.keys()) {
    yield name;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      yield request.url;
      yield* headerValues(request.headers);
      const response = await cache.match(request, { ignoreVary: true });
      if (!response) continue;
      yield* headerValues(response.headers);
      yield await response.text();
    }
  }
}

function headerValues(headers: Headers): string[] {
  return [...headers].map(([, value]) => value);
}

/** Every key and value of every store of every database of this origin. */
async function* indexedDatabases(): AsyncGenerator<string> {
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

/**
 * Every string reachable from `root` by own properties, elements of maps and sets, and the contents of buffers and blobs.
 * Getters are not run: they are code, not a place where something is kept.
 */
async function* stringsIn(root: unknown): AsyncGenerator<string> {
  const seen = new WeakSet<object>();
  const rest: unknown[] = [root];
  while (rest.length > 0) {
    const value = rest.pop();
    if (typeof value === "string") yield value;
    if (!isObject(value) || seen.has(value)) continue;
    seen.add(value);
    for (const inner of [...ownValues(value), ...(await contents(value))]) rest.push(inner);
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function ownValues(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return []; // it would have a property for each byte; `contents` reads it as text
  try {
    const descriptors = Object.entries(Object.getOwnPropertyDescriptors(value));
    return descriptors.flatMap(([name, descriptor]) => [name, descriptor.value]);
  } catch {
    return []; // a frame of another origin, which injected script cannot read either
  }
}

async function contents(value: object): Promise<unknown[]> {
  try {
    if (value instanceof Map) return [...value].flat();
    if (value instanceof Set) return [...value];
    if (value instanceof Blob) return [await value.text()];
    if (value instanceof ArrayBuffer) return [latin1(value)];
    return ArrayBuffer.isView(value) ? [latin1(value)] : [];
  } catch {
    return []; // a prototype, such as `File.prototype`: it passes `instanceof` and holds nothing
  }
}

/** One character a byte, so that ASCII in binary data is found. */
function latin1(bytes: AllowSharedBufferSource): string {
  return new TextDecoder("latin1").decode(bytes);
}
