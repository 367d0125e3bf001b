import type { VaultConfig } from "../worker/config";

/** Where an app lives, for a worker script at the path `worker`. */
export interface AppPaths {
  /** The app's folder: the scope of its service worker, and where sign-out leads. Ends with a slash. */
  scope: string;
  /** Where the worker's own endpoints live. */
  basePath: string;
}

/** The defaults of `scope` and `basePath` follow from where the worker script is served. */
export function appPaths(
  { scope, basePath }: Pick<VaultConfig, "scope" | "basePath">,
  worker: string,
): AppPaths {
  const folder = scope ?? worker.slice(0, worker.lastIndexOf("/") + 1);
  return { scope: folder, basePath: basePath ?? `${folder}auth` };
}
