import type { VaultConfig } from "../worker/config";

/** The paths of an app. */
export interface AppPaths {
  /** The scope of the service worker and the target of a sign-out. Ends with a slash. */
  scope: string;
  /** The path of the worker's endpoints. */
  basePath: string;
}

/** Returns the app's paths. The defaults of `scope` and `basePath` depend on the path `worker` of the worker script. */
export function appPaths(
  { scope, basePath }: Pick<VaultConfig, "scope" | "basePath">,
  worker: string,
): AppPaths {
  const folder = scope ?? worker.slice(0, worker.lastIndexOf("/") + 1);
  return { scope: folder, basePath: basePath ?? `${folder}auth` };
}

/** The file name of the worker file. */
export const LIBRARY = "strongroom-worker.js";

/** The file name of the worker file of a vault origin. */
export const VAULT_LIBRARY = "strongroom-vault.js";

/** The name of the worker script on a vault origin. */
export const VAULT_WORKER = "vault-worker.js";

/** The script of `frame.html` on a vault origin. */
export const FRAME_SCRIPT = "strongroom-frame.js";

/** The file that an app's service worker imports if the vault has an origin of its own. */
export const INTERCEPTOR = "strongroom-interceptor.js";

/** The name of the app's worker script, if the vault has an origin of its own. */
export const APP_WORKER = "app-worker.js";

/** The worker file beside each worker script, as `strongroom init` imports it. */
export function libraries(workers: string[]): string[] {
  return [...new Set(workers.map((path) => path.replace(/[^/]*$/, LIBRARY)))];
}
