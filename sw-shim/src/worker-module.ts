/**
 * The vault for those who bundle their own worker. The bundle has to be one classic script.
 *
 * @module strongroom/worker
 */

import "./strongroom-worker.js";
import type { Strongroom } from "./strongroom-worker";

export type { ApiConfig, CognitoConfig, ProviderConfig, VaultConfig } from "./worker/config";

// The classic script itself, and no second build of it: what is bundled is what was tested.
const { strongroom } = globalThis;

/** See {@link Strongroom.start}. */
export const start: Strongroom["start"] = strongroom.start;

/** See {@link Strongroom.version}. */
export const version: Strongroom["version"] = strongroom.version;
