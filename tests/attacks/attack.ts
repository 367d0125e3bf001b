import type { Stage } from "./stage.js";

/** The threats of RFC 10017 (BCP 212) section 5.1, and what this lab tries besides. */
export const THREATS = {
  "single-execution theft": "RFC 10017 section 5.1.1: script runs once and takes the tokens that are there",
  "persistent theft": "RFC 10017 section 5.1.2: script stays and takes each token as it comes and goes",
  "acquisition of new tokens":
    "RFC 10017 section 5.1.3: script runs a flow of its own with the user's session at the authorization server",
  "proxying through the user's browser":
    "RFC 10017 section 5.1.4: script sends requests from the page, as the app does",
  "bending the sign-in":
    "RFC 9700: the user ends up in the attacker's session, or the attacker in the user's",
  "acting as the user from another site":
    "RFC 9700 section 4.7.1: cross-site requests that carry the user's token",
  "disabling the sign-in": "script that ran once leaves something behind, and nobody can sign in any more",
} as const;
export type Threat = keyof typeof THREATS;

/** What an attacker knows: all of it can be read in the app's own scripts. */
export interface Facts {
  /** The attacker's server, on a site of its own. */
  attackerUrl: string;
  /** The same server under the app's site, as a sibling host would be. */
  siblingUrl: string;
  appUrl: string;
  /** The base URL of the API. */
  apiUrl: string;
  /** Where the API is served on the app's own origin, if it is. */
  ownApiUrl: string | null;
  authorizationEndpoint: string;
  tokenEndpoint: string;
  clientId: string;
  redirectUri: string;
  scope: string;
  /** Of a code verifier that only the attacker knows. */
  codeChallenge: string;
}

/** What a payload is handed in the page: the facts, and a way out. */
export interface Injected extends Facts {
  /** Sends whatever looks like a token, code or verifier in the values to the attacker's server. */
  steal(...values: unknown[]): void;
  /** An authorization request with the attacker's own code challenge. */
  authorizationUrl(parameters?: Record<string, string>): string;
  /** A URL as the page may hand it to the browser as a script's, if the attacker could get hold of a policy. */
  scriptUrl(url: string): string;
  /** Settles after so many milliseconds; hooks do not touch it. */
  pause(milliseconds: number): Promise<void>;
}

/** Runs in the page as part of the app's own scripts. It sees nothing but its argument and the page's globals. */
export type Payload = (it: Injected) => unknown;

/** One way to get at a session. */
export interface Attack {
  /** In words, as the scoreboard has it. */
  name: string;
  threat: Threat;
  /** `any`: the same payload for every victim. `strongroom`: goes for what only Strongroom has. */
  target: "any" | "strongroom";
  /** Runs as the first script of every document of the app, from before the sign-in on. */
  hook?: Payload;
  /** Runs in the page of a user who is signed in. */
  payload?: Payload;
  /** What the attacker does besides. Default: opens the app, signed in, and injects the payload once. */
  play?: (stage: Stage) => Promise<unknown>;
  /**
   * What the attack got, where that is not a token, code or verifier: a sentence, or nothing. It must be about something
   * that was used, not seen.
   */
  gain?: (stage: Stage) => Promise<string | undefined>;
  /**
   * Script put before the vault's worker script: a situation, such as a crash, that a page cannot bring about itself. It is
   * played on an origin of its own.
   */
  workerPrelude?: string;
  /** The attacker's script leaves the page alone until `connect()` has run: it cannot create the page's policy first. */
  afterConnect?: true;
  /** Changes the host's headers during the attack: a host that is set up less strictly, but as the documents allow. */
  rewrite?: (name: string, value: string) => string;
  /** The authorization server must have given a code in answer to the payload: else nothing was tried. */
  wantsCode?: true;
  /** Disturbs others that run in the same page: it has one for itself. */
  alone?: true;
  /** Leaves workers behind, or, in WebKitGTK, a worker that starts no more: it is played on an origin of its own. */
  leavesWorkers?: true;
  /** What WebKitGTK gives a driver no way to. */
  needs?: "stop a worker" | "reload past a worker" | "go back in history and on again";
}

/** An attack's name as a part of a URL. */
export function slugOf(name: string): string {
  return name.toLowerCase().replace(/\W+/g, "-");
}

/** Declares an attack. */
export function attack(definition: Attack): Attack {
  return definition;
}
