import { fileURLToPath } from "node:url";

/** Files of the build that scenarios use. */
const dist = (file: string) => fileURLToPath(new URL(`../../sw-shim/dist/${file}`, import.meta.url));

export const built = {
  /** Folder of the demo. */
  demo: fileURLToPath(new URL("../../demo-spa/dist", import.meta.url)),
  /** The package's worker file. The other scripts are beside it. */
  workerFile: dist("strongroom-worker.js"),
  interceptor: dist("strongroom-interceptor.js"),
  vaultLibrary: dist("strongroom-vault.js"),
  frameScript: dist("strongroom-frame.js"),
} as const;
