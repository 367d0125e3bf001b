import type { Stage } from "./stage.js";

/** The threats of RFC 10017 (BCP 212) section 5.1, and others that this lab covers. */
export const THREATS = {
  "single-execution theft": "RFC 10017 section 5.1.1: script runs once and takes the tokens it finds",
  "persistent theft": "RFC 10017 section 5.1.2: script stays and takes each new token",
  "acquisition of new tokens":
    "RFC 10017 section 5.1.3: script runs its own flow with the user's session at the authorization server",
  "proxying through the user's browser":
    "RFC 10017 section 5.1.4: script sends requests from the page, as the app does",
  "manipulating the sign-in":
    "RFC 9700: the user ends up in the attacker's session, or the attacker in the user's",
  "acting as the user from another site":
    "RFC 9700 section 4.7.1: cross-site requests that carry the user's token",
  "disabling the sign-in": "script that ran once prevents all later sign-ins",
} as const;
export type Threat = keyof typeof THREATS;

/** What an attacker knows. All of it can be read in the app's own scripts. */
export interface Facts {
  /** The attacker's server, on a site of its own. */
  attackerUrl: string;
  /** The same server on a sibling host of the app. */
  siblingUrl: string;
  appUrl: string;
  /** The base URL of the API. */
  apiUrl: string;
  /** The API's base URL on the app's own origin, if it is served there. */
  ownApiUrl: string | null;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  clientId: string;
  redirectUri: string;
  /** The vault's origin, if it has one of its own. */
  vaultUrl: string;
  scope: string;
  /** The code challenge of a verifier that only the attacker knows. */
  codeChallenge: string;
}

/** The argument of a payload: the facts, and ways to send data out. */
export interface Injected extends Facts {
  /** Sends everything in the values that looks like a token, code or verifier to the attacker's server. */
  steal(...values: unknown[]): void;
  /** An authorization request with the attacker's own code challenge. */
  authorizationUrl(parameters?: Record<string, string>): string;
  /** A `TrustedScriptURL` if the attacker could create the Trusted Types policy, else the URL. */
  scriptUrl(url: string): string;
  /** Resolves after this many milliseconds; not affected by hooks. */
  pause(milliseconds: number): Promise<void>;
  /** The result of a request to IndexedDB. */
  done<T>(request: IDBRequest<T>): Promise<T>;
}

/** Runs in the page as part of the app's scripts. It can use only its argument and the page's globals. */
export type Payload = (it: Injected) => unknown;

/** One attack on a session. */
export interface Attack {
  /** Completes "The attacker …" in the scoreboard. */
  name: string;
  threat: Threat;
  /**
   * `any`: the same payload for every victim. `strongroom`: attacks what only Strongroom has. `the app's origin`,
   * `vault origin`: attacks what only a vault there has.
   */
  target: "any" | "strongroom" | "the app's origin" | "vault origin";
  /** Runs first in every document of the app, from before the sign-in. */
  hook?: Payload;
  /** Runs in a signed-in user's page. */
  payload?: Payload;
  /** The whole course of the attack. Default: opens the app, signed in, and injects the payload once. */
  play?: (stage: Stage) => Promise<unknown>;
  /**
   * What the attack obtained, if it is not a token, code or verifier: a sentence, or nothing. It must have been used, not only
   * seen.
   */
  gain?: (stage: Stage) => Promise<string | undefined>;
  /**
   * Script that runs before the vault's worker script, to cause a situation that a page cannot, such as a crash. Runs on its own
   * origin.
   */
  workerPrelude?: string;
  /** The attacker's script runs only after `connect()`, so it cannot create the page's policy first. */
  afterConnect?: true;
  /** Changes the host's headers during the attack, to a less strict setup that the documentation allows. */
  rewrite?: (name: string, value: string) => string;
  /** The attack counts as played only if the authorization server issued a code for the payload. */
  wantsCode?: true;
  /** Needs a page of its own, because it would disturb other attacks. */
  alone?: true;
  /** Needs an origin of its own, because it leaves workers behind or, in WebKitGTK, a worker that no longer starts. */
  leavesWorkers?: true;
  /** What WebKitGTK's driver cannot do. */
  needs?: "stop a worker" | "reload past a worker" | "go back in history and on again";
}

/** An attack's name as part of a URL. */
export function slugOf(name: string): string {
  return name.toLowerCase().replace(/\W+/g, "-");
}

/** Declares an attack. */
export function attack(definition: Attack): Attack {
  return definition;
}
