// The ways to keep tokens without a library.

import type { Tokens } from "./code-flow";

/** A place for the tokens. */
export interface Keep {
  save(tokens: Tokens): Promise<void> | void;
  /** The access token, if there is one. */
  load(): Promise<string | null> | string | null;
  clear(): Promise<void> | void;
}

export type HandMade = keyof typeof KEEPS;

export const KEEPS = {
  "local-storage": inStorage(() => localStorage, ["access_token"]),
  "local-storage-refresh": inStorage(() => localStorage, ["access_token", "refresh_token"]),
  "session-storage": inStorage(() => sessionStorage, ["access_token", "refresh_token"]),
  "indexed-db": inIndexedDb(),
  cookie: inCookie(),
  variable: inVariable(),
} satisfies Record<string, Keep>;

/** @param kept The tokens that the app keeps. */
function inStorage(storage: () => Storage, kept: (keyof Tokens)[]): Keep {
  return {
    save(tokens) {
      for (const name of kept) storage().setItem(name, tokens[name]);
    },
    load: () => storage().getItem("access_token"),
    clear() {
      for (const name of kept) storage().removeItem(name);
    },
  };
}

function inIndexedDb(): Keep {
  const open = async () => {
    const request = indexedDB.open("tokens", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("tokens");
    return await finished(request);
  };
  const use = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>) => {
    const database = await open();
    try {
      return await finished(work(database.transaction("tokens", mode).objectStore("tokens")));
    } finally {
      database.close();
    }
  };
  return {
    async save({ access_token, refresh_token }) {
      await use("readwrite", (store) => store.put(access_token, "access_token"));
      await use("readwrite", (store) => store.put(refresh_token, "refresh_token"));
    },
    load: async () =>
      (await use<string | undefined>("readonly", (store) => store.get("access_token"))) ?? null,
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

function inCookie(): Keep {
  const set = (value: string) => {
    // For all hosts of the site, as single sign-on between an organisation's apps is often made.
    const site = /^[^.]+\.(.+\.localhost)$/.exec(location.hostname)?.[1];
    // biome-ignore lint/suspicious/noDocumentCookie: the victim has a cookie that script can read
    document.cookie = `access_token=${value}; path=/${site ? `; domain=${site}` : ""}`;
  };
  return {
    save: ({ access_token }) => set(access_token),
    load: () => /(?:^|; )access_token=([^;]*)/.exec(document.cookie)?.[1] ?? null,
    clear: () => set("; max-age=0"),
  };
}

/** Lost with the page. */
function inVariable(): Keep {
  let kept: Tokens | null = null;
  return {
    save(tokens) {
      kept = tokens;
    },
    load: () => kept?.access_token ?? null,
    clear() {
      kept = null;
    },
  };
}
