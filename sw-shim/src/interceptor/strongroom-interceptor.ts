/**
 * The interceptor's file `strongroom-interceptor.js`, a classic script. `importScripts` loads it; it defines the global `strongroom`.
 *
 * @module strongroom/strongroom-interceptor.js
 */

/**
 * Options of the interceptor, the service worker of an app whose vault is on an origin of its own.
 *
 * @example
 * ```ts
 * import type { InterceptOptions } from "strongroom/interceptor";
 *
 * export const options: InterceptOptions = {
 *   vault: "https://vault.example.com",
 *   api: ["https://api.example.com/v1/"],
 * };
 * ```
 */
export interface InterceptOptions {
  /** The vault's origin: the one that `connect({ vault })` names too. */
  vault: string;
  /**
   * The APIs whose requests go through the vault: absolute URLs, or paths of the app's origin. The vault's own `api` decides which
   * requests get a token.
   */
  api: string[];
  /** The path of the vault's endpoints on the app's origin, inside the worker's scope. Default: `<scope>auth`. */
  basePath?: string;
}

/**
 * The global `strongroom` of an interceptor's script.
 *
 * @example
 * ```js
 * /// <reference types="strongroom/strongroom-interceptor.js" />
 * importScripts("/strongroom-interceptor.js");
 * strongroom.intercept({ vault: "https://vault.example.com", api: ["https://api.example.com/v1/"] });
 * ```
 */
export interface StrongroomInterceptor {
  /**
   * Passes the app's API requests to the vault. Call it once, during the service worker's first evaluation.
   *
   * @throws Error that names the wrong option and the fix. Browsers then do not install the script.
   */
  intercept(options: InterceptOptions): void;
  /** The version of the package `strongroom`. The page must have the same version. */
  readonly version: string;
}

declare global {
  /** What the package's scripts define, in workers. */
  interface StrongroomGlobal extends StrongroomInterceptor {}
  var strongroom: StrongroomGlobal;
  /** Available in workers only. Declared for projects that use the types of pages. */
  function importScripts(...urls: (string | URL)[]): void;
}
