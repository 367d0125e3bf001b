import { cacheStorage } from "./cacheStorage";
import { indexedDatabases } from "./indexedDatabases";
import { stringsIn } from "./stringsIn";

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
