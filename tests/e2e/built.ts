import { fileURLToPath } from "node:url";

/** What the build made, which the scenarios run. */
export const built = {
  /** Folder of the demo. */
  demo: fileURLToPath(new URL("../../demo-spa/dist", import.meta.url)),
  /** The package's worker file. */
  workerFile: fileURLToPath(new URL("../../sw-shim/dist/strongroom-worker.js", import.meta.url)),
} as const;
