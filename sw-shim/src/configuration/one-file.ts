import type { VaultConfig } from "../worker/config";

/**
 * A worker script in one file: the worker file, and after it the call that starts the vault. A browser that installs a worker
 * loads one script sooner than two.
 */
export function oneFile(library: string, config: VaultConfig): string {
  return `${library}strongroom.start(${JSON.stringify(config, null, 2)});\n`;
}

/** The worker file in a script that {@link oneFile} made. */
export function libraryOf(script: string): string {
  return script.replace(/^strongroom\.start\([\s\S]*/m, "");
}
