/**
 * The classic script `strongroom-worker.js`: loaded by `importScripts`, it defines the global `strongroom`.
 *
 * @module strongroom/strongroom-worker.js
 */

import type { VaultConfig } from "./worker/config";

/** What the classic script `strongroom-worker.js`, built from worker/main.ts, defines. */
export interface Strongroom {
  /**
   * Starts the vault in this worker: in a service worker the vault itself, in any other its keeper. Call it once, during
   * the script's first evaluation.
   *
   * @throws Error naming the wrong configuration key and the remedy.
   */
  start(config: VaultConfig): void;
  /** The version of the package `strongroom`. The page's has to be the same. */
  readonly version: string;
}

declare global {
  var strongroom: Strongroom;
  /** Only workers have it. Declared here for projects whose types are those of pages. */
  function importScripts(...urls: (string | URL)[]): void;
}
