import { fileURLToPath } from "node:url";

/** What the build made, which the scenarios run. */
const dist = (file: string) => fileURLToPath(new URL(`../../sw-shim/dist/${file}`, import.meta.url));

export const built = {
  /** Folder of the demo. */
  demo: fileURLToPath(new URL("../../demo-spa/dist", import.meta.url)),
  /** The package's worker file. */
  workerFile: dist("strongroom-worker.js"),
  /** The file that an app's worker imports if the vault has an origin of its own. */
  interceptor: dist("strongroom-interceptor.js"),
  /** The scripts of a vault origin. */
  vaultLibrary: dist("strongroom-vault.js"),
  frameScript: dist("strongroom-frame.js"),
} as const;
