import type { Vault } from "./wasm";

/** What the pages of a vault origin use of `Window`, which the types of workers lack. */
export interface Page {
  document: {
    body: { append(text: string): void };
    cookie: string;
    currentScript: { src: string; dataset: { page?: string } } | null;
  };
  location: { origin: string; search: string; replace(url: string): void };
  parent: Page & { postMessage(message: { response: string }, origin: string): void };
  sessionStorage: {
    readonly length: number;
    clear(): void;
    getItem(key: string): string | null;
    setItem(key: string, value: string): void;
    removeItem(key: string): void;
  };
}

const PREFIX = "strongroom:";

/** How many sign-ins a tab remembers, like the vault. */
const MOST = 16;

/** Runs the page of a vault origin that has loaded this script: `login.html` or `callback.html`. */
export function runPage(page: Page, vault: Vault): void {
  const name = page.document.currentScript?.dataset.page;
  if (name !== "login" && name !== "callback")
    throw new Error("strongroom.start: this is a page. Register this script as a service worker.");
  // An app may frame these pages in its own, since browsers check every ancestor of the frame that signs in silently.
  if (page.parent !== page && !isOwn(page.parent)) return;
  const run = name === "login" ? login : callback;
  run(page, vault);
}

/** Begins a sign-in. The transaction stays in this tab, or in this frame's tab. */
function login({ document, location, sessionStorage }: Page, vault: Vault): void {
  try {
    const [url, key, entry] = vault.begin(location.search.slice(1));
    // Script of an app can navigate the frame of a silent sign-in here again and again, until the storage is full. Then no sign-in in
    // this tab could begin.
    if (sessionStorage.length >= MOST) sessionStorage.clear();
    sessionStorage.setItem(PREFIX + key, entry);
    location.replace(url);
  } catch (error) {
    document.body.append(String(error instanceof Error ? error.message : error));
  }
}

/** Takes the authorization response, and returns to the app. */
function callback(page: Page, vault: Vault): void {
  const { document, location, parent, sessionStorage } = page;
  const query = location.search.slice(1);
  const key = PREFIX + vault.keyOf(query);
  const entry = sessionStorage.getItem(key) ?? undefined;
  // Each response is processed only once.
  sessionStorage.removeItem(key);
  const [url, response, cookie] = vault.complete(query, entry);
  if (parent === page) {
    if (cookie) document.cookie = cookie;
    location.replace(url);
  } else {
    // In WebKitGTK a frame cannot set cookies.
    parent.postMessage({ response }, location.origin);
  }
}

/** Whether the frame around this page is the vault's. */
function isOwn(parent: Page): boolean {
  try {
    return Boolean(parent.document);
  } catch {
    return false;
  }
}
