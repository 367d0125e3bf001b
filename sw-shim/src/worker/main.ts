// The worker file's entry: what `importScripts("/strongroom-worker.js")` defines.
import { start } from "./start";

// The pages of a vault origin load the library and the worker script one after the other.
if (VAULT_ORIGIN && "document" in globalThis) globalThis.importScripts = () => {};

declare const STRONGROOM_VERSION: string;
declare const VAULT_ORIGIN: boolean;

Object.defineProperty(globalThis, "strongroom", {
  value: Object.freeze({ start, version: STRONGROOM_VERSION }),
});
