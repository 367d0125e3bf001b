// The worker file's entry: what `importScripts("/strongroom-worker.js")` defines.
import { start } from "./start";

declare const STRONGROOM_VERSION: string;

Object.defineProperty(globalThis, "strongroom", {
  value: Object.freeze({ start, version: STRONGROOM_VERSION }),
});
