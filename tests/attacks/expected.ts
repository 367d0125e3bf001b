import type { Engine } from "../e2e/engines/engine.js";

/** Attacks that succeed against Strongroom with all headers, and why. All others must fail. */
export const KNOWN: Record<string, string> = {
  "calls the API as the app does": "RFC 10017 section 5.1.4: nothing in the browser prevents it",
  "reads the token from an API that echoes request headers":
    "SECURITY.md: script can read the API's responses, so the API must not send the token back",
};

/** Attacks besides {@link KNOWN} that succeed on a host that does not send the headers. */
export const withoutHeaders = (engine: Engine): string[] => [
  "runs a silent flow in a frame before the worker's first activation",
  "unregisters the worker and runs a silent flow in a frame",
  "unregisters the worker and runs a silent flow in a popup",
  // Not in Firefox, which reports only the first URL of a blocked frame.
  ...(engine === "firefox"
    ? []
    : [
        "adds a policy whose violation reports the callback's URL",
        "runs a silent flow by fetch, image, script, object and prefetch",
      ]),
  "unregisters the worker, runs a silent flow in the top page, and reads the tab's history",
  "registers a script at the root of the app's origin as a service worker",
];
