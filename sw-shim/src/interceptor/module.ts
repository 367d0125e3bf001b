/**
 * The interceptor for a service worker that you bundle yourself.
 *
 * @module strongroom/interceptor
 */

import "./strongroom-interceptor.js";
import type { StrongroomInterceptor } from "./strongroom-interceptor";

export type { InterceptOptions } from "./strongroom-interceptor";

// Re-exports the classic script instead of building it again, so that bundles contain what was tested.
const { strongroom } = globalThis;

/**
 * Passes the app's API requests to the vault. See {@link StrongroomInterceptor.intercept}.
 *
 * @example
 * ```ts
 * import { intercept } from "strongroom/interceptor";
 *
 * intercept({ vault: "https://vault.example.com", api: ["https://api.example.com/v1/"] });
 * ```
 */
export const intercept: StrongroomInterceptor["intercept"] = strongroom.intercept;

/**
 * The version of the package. See {@link StrongroomInterceptor.version}.
 *
 * @example
 * ```ts
 * import { version } from "strongroom/interceptor";
 *
 * console.info(`Interceptor ${version}`);
 * ```
 */
export const version: StrongroomInterceptor["version"] = strongroom.version;
