/**
 * The vault for a worker that you bundle yourself. The bundle must be one classic script (`format: "iife"`).
 *
 * @module strongroom/worker
 */

import "./strongroom-worker.js";
import type { Strongroom } from "./strongroom-worker";

export type { ApiConfig, CognitoConfig, ProviderConfig, VaultConfig } from "./config";

// Re-exports the classic script instead of building it again, so that bundles contain what was tested.
const { strongroom } = globalThis;

/**
 * Starts the vault in this worker. See {@link Strongroom.start}.
 *
 * @example
 * ```ts
 * import { start } from "strongroom/worker";
 *
 * start({
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
export const start: Strongroom["start"] = strongroom.start;

/**
 * The version of the package. See {@link Strongroom.version}.
 *
 * @example
 * ```ts
 * import { version } from "strongroom/worker";
 *
 * console.info(`Vault ${version}`);
 * ```
 */
export const version: Strongroom["version"] = strongroom.version;
