import type { HandMade } from "../../../tests/attacks/victims/keeps";

/** A token storage that the lab can show. */
export interface Way {
  id: WayId;
  name: string;
  /** What the app keeps, and where. */
  keeps: string;
  /** How an injected script gets it. */
  theft: string;
  /** What the attacker can do then. */
  consequence: string;
}

/** Those without the vault are victims of the attack lab. */
export type WayId = HandMade | "vault";

const UNTIL_IT_EXPIRES =
  "Whoever has it can act as the user until it expires, from any machine, long after this page is closed. Signing out does not end that.";
const FOR_GOOD =
  "The refresh token is worse than the access token: whoever has it gets new access tokens for weeks, from any machine, long after this page is closed.";

/** From the most usual to the vault. */
export const WAYS: readonly Way[] = [
  {
    id: "local-storage",
    name: "localStorage",
    keeps: "The access token, in localStorage.",
    theft: "Every script of the origin can read localStorage, in one line.",
    consequence: UNTIL_IT_EXPIRES,
  },
  {
    id: "local-storage-refresh",
    name: "localStorage, with refresh token",
    keeps: "Access and refresh token, in localStorage.",
    theft: "Every script of the origin can read localStorage, in one line.",
    consequence: FOR_GOOD,
  },
  {
    id: "session-storage",
    name: "sessionStorage",
    keeps: "Access and refresh token, in sessionStorage.",
    theft:
      "sessionStorage ends with the tab. Until then, every script of the page can read it like localStorage.",
    consequence: FOR_GOOD,
  },
  {
    id: "indexed-db",
    name: "IndexedDB",
    keeps: "Access and refresh token, in IndexedDB.",
    theft: "IndexedDB takes more code to read, but every script of the origin can read it.",
    consequence: FOR_GOOD,
  },
  {
    id: "cookie",
    name: "Cookie set by script",
    keeps: "The access token, in a cookie that is not HttpOnly.",
    theft:
      "A script can read what a script can set: it is in document.cookie. An HttpOnly cookie needs a server of your own.",
    consequence: UNTIL_IT_EXPIRES,
  },
  {
    id: "variable",
    name: "JavaScript variable",
    keeps: "Access and refresh token, in a module’s variable.",
    theft:
      "No other script can read a module’s variable. So the payload replaces fetch and waits until the app sends the token.",
    consequence: UNTIL_IT_EXPIRES,
  },
  {
    id: "vault",
    name: "Strongroom",
    keeps: "No token in the page. The service worker holds them in its memory.",
    theft:
      "No storage contains a token, and no request of the page carries one: the worker adds it after the request has left the page. Replacing fetch does not help.",
    consequence:
      "No token left the browser. The script could only call the API as the user while the page is open. No token storage in a browser prevents that, so keeping scripts out still matters.",
  },
];

export function isHandMade(way: WayId): way is HandMade {
  return way !== "vault";
}

export function wayOf(id: string | null): Way | undefined {
  return WAYS.find((way) => way.id === id);
}

/** The app that is attacked, in the way of keeping tokens that was chosen. */
export interface Victim {
  /** `null` while that is not known yet. */
  signedIn: boolean | null;
  /** Who is signed in, once known. */
  user: string | null;
  signIn(): Promise<void>;
  signOut(): Promise<void>;
  /** `fetch` as the signed-in user. */
  fetch(url: URL): Promise<Response>;
}
