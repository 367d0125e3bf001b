import type { WayId } from "../ways";
import { keyValueStore } from "./indexedDb";
import type { Tokens } from "./tokens";

/** One place where the app without a vault keeps its tokens. */
export interface TokenStore {
  save(tokens: Tokens): Promise<void> | void;
  /** The access token, if there is one. */
  load(): Promise<string | null> | string | null;
  clear(): Promise<void> | void;
}

export const stores: Record<Exclude<WayId, "vault">, TokenStore> = {
  "local-storage": webStorage(() => localStorage, { withRefreshToken: false }),
  "local-storage-refresh": webStorage(() => localStorage, { withRefreshToken: true }),
  "session-storage": webStorage(() => sessionStorage, { withRefreshToken: true }),
  "indexed-db": indexedDb(),
  cookie: cookie(),
  variable: variable(),
};

/** As if nobody had ever signed in, in whatever way. */
export async function clearStores(): Promise<void> {
  for (const store of Object.values(stores)) await store.clear();
}

const ACCESS = "access_token";
const REFRESH = "refresh_token";

function webStorage(storage: () => Storage, { withRefreshToken }: { withRefreshToken: boolean }): TokenStore {
  return {
    save({ access, refresh }) {
      storage().setItem(ACCESS, access);
      if (withRefreshToken) storage().setItem(REFRESH, refresh);
    },
    load: () => storage().getItem(ACCESS),
    clear() {
      storage().removeItem(ACCESS);
      storage().removeItem(REFRESH);
    },
  };
}

function indexedDb(): TokenStore {
  const tokens = keyValueStore("tokens");
  return {
    async save({ access, refresh }) {
      await tokens.put(ACCESS, access);
      await tokens.put(REFRESH, refresh);
    },
    load: () => tokens.get(ACCESS),
    clear: () => tokens.clear(),
  };
}

function cookie(): TokenStore {
  return {
    save({ access }) {
      // biome-ignore lint/suspicious/noDocumentCookie: the lesson; the Cookie Store API would be no better
      document.cookie = `${ACCESS}=${access}; Path=/; SameSite=Strict; Max-Age=3600`;
    },
    load: () => new RegExp(`(?:^|; )${ACCESS}=([^;]*)`).exec(document.cookie)?.[1] ?? null,
    clear() {
      // biome-ignore lint/suspicious/noDocumentCookie: as above
      document.cookie = `${ACCESS}=; Path=/; SameSite=Strict; Max-Age=0`;
    },
  };
}

/** Gone with the page. */
function variable(): TokenStore {
  let kept: Tokens | null = null;
  return {
    save(tokens) {
      kept = tokens;
    },
    load: () => kept?.access ?? null,
    clear() {
      kept = null;
    },
  };
}
