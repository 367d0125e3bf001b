// The interceptor file's entry: what `importScripts("/strongroom-interceptor.js")` defines.
import { intercept } from "./intercept";

declare const STRONGROOM_VERSION: string;

Object.defineProperty(globalThis, "strongroom", {
  value: Object.freeze({ intercept, version: STRONGROOM_VERSION }),
});
