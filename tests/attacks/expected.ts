import type { Engine } from "../e2e/engines/engine.js";

/**
 * Attacks that succeed against Strongroom with all headers, and why that is known. Everything else must fail. Whoever closes
 * one takes it out of here.
 */
export const KNOWN: Record<string, string> = {
  "call the API as the app does": "RFC 10017 section 5.1.4: nothing that runs in the browser prevents it",
  "an API that echoes the request's headers":
    "SECURITY.md: what an API sends to the page, script can read; the API must not send the token",
};

/** Attacks that succeed on a host that does not send the headers, beside {@link KNOWN}: what the headers are for. */
export const withoutHeaders = (engine: Engine): string[] => [
  "silent flow in a frame, before the worker's first activation",
  "silent flow in a frame, worker unregistered",
  "silent flow in a popup, worker unregistered",
  // Not seen in Firefox, which for one reports only where a blocked frame began.
  ...(engine === "firefox"
    ? []
    : [
        "a policy of the attacker's own that reports the callback's URL",
        "silent flow by fetch, image, script, object and prefetch",
      ]),
  "silent flow in the top page, worker unregistered, and a look back at it",
  "a script file of the attacker's at the root of the app's origin as a service worker",
];
