/** A way of keeping tokens that the lab can show. */
export interface Way {
  id: WayId;
  name: string;
  /** What the app keeps, and where. */
  keeps: string;
  /** What injected script has to do to get it. */
  theft: string;
  /** How much was lost with it. */
  consequence: string;
}

export type WayId =
  | "local-storage"
  | "local-storage-refresh"
  | "session-storage"
  | "indexed-db"
  | "cookie"
  | "variable"
  | "vault";

const UNTIL_IT_EXPIRES =
  "Whoever has it is the user to the API until it expires, from any machine, with this page long closed. Signing out does not end that.";
const FOR_GOOD =
  "The refresh token is worse than the access token: whoever has it gets new access tokens for weeks, from any machine, with this page long closed.";

/** From the most usual to the vault. */
export const WAYS: readonly Way[] = [
  {
    id: "local-storage",
    name: "localStorage",
    keeps: "The access token, in localStorage.",
    theft: "localStorage is open to every script of the origin. One line reads it.",
    consequence: UNTIL_IT_EXPIRES,
  },
  {
    id: "local-storage-refresh",
    name: "localStorage, with refresh token",
    keeps: "Access and refresh token, in localStorage.",
    theft: "localStorage is open to every script of the origin. One line reads both.",
    consequence: FOR_GOOD,
  },
  {
    id: "session-storage",
    name: "sessionStorage",
    keeps: "Access and refresh token, in sessionStorage.",
    theft:
      "sessionStorage ends with the tab. Until then every script of the page reads it as it reads localStorage.",
    consequence: FOR_GOOD,
  },
  {
    id: "indexed-db",
    name: "IndexedDB",
    keeps: "Access and refresh token, in IndexedDB.",
    theft: "IndexedDB takes more lines to read, and is as open as the others.",
    consequence: FOR_GOOD,
  },
  {
    id: "cookie",
    name: "Cookie set by script",
    keeps: "The access token, in a cookie that is not HttpOnly.",
    theft:
      "What script can set, script can read: document.cookie has it. (A cookie that is HttpOnly needs a server of your own.)",
    consequence: UNTIL_IT_EXPIRES,
  },
  {
    id: "variable",
    name: "JavaScript variable",
    keeps: "Access and refresh token, in a variable of a module.",
    theft:
      "Nothing lies around, and no script can look into a module’s variable. So the payload puts its own function in fetch’s place, and waits until the app sends the token by itself.",
    consequence: UNTIL_IT_EXPIRES,
  },
  {
    id: "vault",
    name: "Strongroom",
    keeps: "No token in the page. The service worker has them, in its own memory.",
    theft:
      "No storage has a token, and no request of the page carries one: the worker adds it after the page has let go of the request. There is no place where the payload could stand.",
    consequence:
      "No token left the browser. What the script could do, it did through the page: ask the API in the user’s name while the page is open. No way of keeping tokens in a browser stops that, so keeping script out still matters.",
  },
];

export function wayOf(id: string | null): Way | undefined {
  return WAYS.find((way) => way.id === id);
}
