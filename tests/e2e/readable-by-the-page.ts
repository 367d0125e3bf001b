import type { Browser } from "./engines/browser.js";

/** A text that script in the page can read, and its place. */
export interface Finding {
  place: string;
  text: string;
}

/**
 * Everything that script in the current page can read without asking the network: every storage of the origin, cookies,
 * the document, what `window` leads to, the entries of `history` and `performance`. Bytes are read as Latin-1, keys are
 * exported where the browser allows it.
 */
export async function readableByThePage(browser: Browser): Promise<Finding[]> {
  return await browser.evaluate(collect);
}

/** The URLs of the tab's last `count` history entries, the current one first, by visiting them. */
export async function urlsInHistory(browser: Browser, count: number): Promise<string[]> {
  const urls = [await browser.url()];
  while (urls.length < count) {
    await browser.driver.navigate().back();
    urls.push(await browser.url());
  }
  return urls;
}

/** Runs in the page, so it is self-contained. */
async function collect(): Promise<Finding[]> {
  const findings: Finding[] = [];
  const seen = new Set<unknown>([findings]);

  const add = (place: string, text: string) => {
    if (text !== "") findings.push({ place, text });
  };
  const latin1 = (bytes: Uint8Array) => {
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  };

  /** Everything reachable from an object: own properties, entries of collections, bytes, keys. */
  const walk = async (place: string, root: unknown) => {
    const queue: [string, unknown][] = [[place, root]];
    for (let next = queue.pop(); next; next = queue.pop()) {
      const [path, value] = next;
      if (typeof value === "string") add(path, value);
      if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value))
        continue;
      seen.add(value);
      // By tag, because a driver's script may have other globals than the page.
      const kind = Object.prototype.toString.call(value).slice(8, -1);
      try {
        if (ArrayBuffer.isView(value)) {
          add(path, latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
          continue;
        }
        if (kind === "ArrayBuffer") add(path, latin1(new Uint8Array(value as ArrayBuffer)));
        if (kind === "Blob" || kind === "File")
          add(path, latin1(new Uint8Array(await (value as Blob).arrayBuffer())));
        if (kind === "Map" || kind === "Set")
          queue.push([`${path} entries`, Array.from(value as Iterable<unknown>)]);
        if (kind === "CryptoKey") {
          for (const format of ["raw", "jwk", "pkcs8"] as const) {
            await crypto.subtle.exportKey(format, value as CryptoKey).then(
              (key) => queue.push([`${path} exported as ${format}`, key]),
              () => {},
            );
          }
        }
      } catch {
        // A platform object that throws hides its content from the page too.
      }
      for (const key of Reflect.ownKeys(value)) {
        try {
          queue.push([`${path}.${String(key)}`, (value as Record<PropertyKey, unknown>)[key]]);
        } catch {
          // Getters throw if they are called on the prototype itself.
        }
      }
    }
  };

  for (const [place, storage] of [
    ["localStorage", localStorage],
    ["sessionStorage", sessionStorage],
  ] as const) {
    for (const [key, value] of Object.entries(storage)) add(place, `${key}=${value}`);
  }
  add("document.cookie", document.cookie);
  add("document", document.documentElement.outerHTML);
  add("document.referrer", document.referrer);
  add("location", location.href);
  add("window.name", window.name);
  await walk("history.state", history.state);

  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const databases = (await indexedDB.databases()).map(({ name = "" }) => name);
  // WebKit does not list databases in the vault's frame, although it opens them.
  if (parent !== window) databases.push("strongroom");
  for (const name of new Set(databases)) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const transaction = database.transaction(store);
      const place = `indexedDB ${name}/${store}`;
      const [keys, values] = await Promise.all([
        done(transaction.objectStore(store).getAllKeys()),
        done(transaction.objectStore(store).getAll()),
      ]);
      add(`${place} exists`, `${values.length} entries`);
      await walk(`${place} keys`, keys);
      await walk(place, values);
    }
    database.close();
  }

  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      add(`caches ${name}`, request.url);
      const response = await cache.match(request);
      if (response) add(`caches ${name} ${request.url}`, await response.text());
    }
  }

  const navigation = (globalThis as { navigation?: { entries(): { url: string | null }[] } }).navigation;
  for (const { url } of navigation?.entries() ?? []) add("navigation.entries()", url ?? "");

  for (const entry of performance.getEntries()) add("performance", JSON.stringify(entry));
  for (const type of PerformanceObserver.supportedEntryTypes) {
    const entries = await new Promise<PerformanceEntryList>((resolve) => {
      // Buffered entries arrive in a task of their own, or not at all if there are none.
      const observer = new PerformanceObserver((list) => resolve(list.getEntries()));
      observer.observe({ type, buffered: true });
      setTimeout(() => resolve(observer.takeRecords()), 50);
    });
    for (const entry of entries) add(`performance ${type}`, JSON.stringify(entry));
  }

  const registrations = await navigator.serviceWorker.getRegistrations();
  for (const { scope, active } of registrations) add("registration", `${scope} ${active?.scriptURL}`);

  const properties = [document, document.documentElement, ...document.querySelectorAll("*")];
  await walk("window", window);
  for (const element of properties) await walk(`<${element.nodeName}>`, element);
  return findings;
}
