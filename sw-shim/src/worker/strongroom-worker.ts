/**
 * The worker file `strongroom-worker.js`, a classic script. `importScripts` loads it; it defines the global `strongroom`.
 *
 * @module strongroom/strongroom-worker.js
 */

import type { VaultConfig } from "./config";

/**
 * The global `strongroom` of a worker script.
 *
 * @example
 * ```js
 * /// <reference types="strongroom/strongroom-worker.js" />
 * importScripts("/strongroom-worker.js");
 * strongroom.start({
 *   cognito: {
 *     region: "eu-central-1",
 *     userPoolId: "eu-central-1_AbCdEfGhI",
 *     clientId: "1example23456789",
 *     domain: "https://auth.example.com",
 *   },
 *   scopes: ["openid", "email", "api/read"],
 *   api: [{ url: "https://api.example.com/v1/" }],
 * });
 * ```
 */
export interface Strongroom {
  /**
   * Starts the vault in this worker: in a service worker the vault itself, in any other worker its keeper. Call it once, during the
   * script's first evaluation.
   *
   * @throws Error that names the wrong configuration key and the fix. Browsers then do not install the script.
   */
  start(config: VaultConfig): void;
  /** The version of the package `strongroom`. The page must have the same version. */
  readonly version: string;
}

declare global {
  /** What the package's scripts define, in workers. */
  interface StrongroomGlobal extends Strongroom {}
  var strongroom: StrongroomGlobal;
  /** Available in workers only. Declared for projects that use the types of pages. */
  function importScripts(...urls: (string | URL)[]): void;
}
