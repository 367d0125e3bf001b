/** The vault for those who bundle their own worker. The bundle has to be one classic script. */
import "./strongroom-worker.js";

export type { ApiConfig, CognitoConfig, ProviderConfig, VaultConfig } from "./worker/config";

// The classic script itself, and no second build of it: what is bundled is what was tested.
const { start, version } = globalThis.strongroom;

export { start, version };
