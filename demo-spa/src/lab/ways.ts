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
export type WayId = HandMade | "vault" | "vault-origin";

/** The app of a way, by its name among the lab's sites. */
export type Home = "naive" | "vault" | "vault-origin";

interface Injection {
  /** What the script does. */
  script: string;
  /** What the app's policy lets it do. */
  policy: string;
}

const WITH_A_POLICY: Injection = {
  script: "The script reads every storage, and replaces fetch to catch what is in none.",
  policy:
    "Only this page’s policy allows connections to the attacker’s server. A stricter policy makes this harder, but does not prevent it: a script can also send data by navigating to a link.",
};

const WITHOUT_HEADERS: Injection = {
  script: `${WITH_A_POLICY.script} It also attacks the vault’s origin: its files, its frame and its sign-in.`,
  policy:
    "The app’s host sends no security header, so no policy limits what the script does, embeds or connects to.",
};

/** What the page says about the injection in each app. */
export const INJECTIONS: Record<Home, Injection> = {
  naive: WITH_A_POLICY,
  vault: WITH_A_POLICY,
  "vault-origin": WITHOUT_HEADERS,
};

const UNTIL_IT_EXPIRES =
  "Whoever has it can act as the user until it expires, from any machine, long after this page is closed. Signing out does not end that.";
const FOR_GOOD =
  "The refresh token is worse than the access token: whoever has it gets new access tokens for weeks, from any machine, long after this page is closed.";
const ONLY_WHILE_OPEN =
  "No token left the browser. The script could only call the API as the user while the page is open. No token storage in a browser prevents that, so keeping scripts out still matters.";

/** From the most common way to the vault. */
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
    name: "Strongroom, on the app’s origin",
    keeps: "No token in the page. The service worker holds them in its memory.",
    theft:
      "No storage contains a token, and no request of the page carries one: the worker adds it after the request has left the page. Replacing fetch does not help.",
    consequence: ONLY_WHILE_OPEN,
  },
  {
    id: "vault-origin",
    name: "Strongroom, on an origin of its own",
    keeps:
      "No token on the app’s origin, whose host sends no security header. Workers of the vault’s origin hold them.",
    theft:
      "The browser keeps script of the app’s origin away from the vault’s: its storage, workers, cookies, and the URL that an authorization code arrives at. The vault’s frame answers a page of the app only as it answers the app itself, without tokens.",
    consequence: ONLY_WHILE_OPEN,
  },
];

export function isHandMade(way: WayId): way is HandMade {
  return homeOf(way) === "naive";
}

export function homeOf(way: WayId): Home {
  return way === "vault" || way === "vault-origin" ? way : "naive";
}

export function wayOf(id: string | null): Way | undefined {
  return WAYS.find((way) => way.id === id);
}

/** The attacked app, with the chosen way to keep tokens. */
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
