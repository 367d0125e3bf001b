import type { VaultConfig } from "../worker/config";
import { LIBRARY, VAULT_LIBRARY } from "./paths";

/**
 * Returns the text of a worker script: it loads the worker file, and starts the vault.
 *
 * @param config The configuration of the vault.
 * @param library The URL of the worker file. Default: `/strongroom-worker.js`, or `/strongroom-vault.js` on a vault origin.
 * @returns The script. Serve it at one of the paths in `workers`.
 *
 * @example
 * ```ts
 * import { workerScript } from "strongroom/headers";
 *
 * const script = workerScript({
 *   cognito: {
 *     region: "eu-central-1",
 *     userPoolId: "eu-central-1_AbCdEfGhI",
 *     clientId: "1example23456789",
 *     domain: "https://auth.example.com",
 *   },
 *   scopes: ["openid", "email", "api/read"],
 *   api: [{ url: "https://api.example.com/v1/" }],
 * });
 * ```
 */
export function workerScript(config: VaultConfig, library = `/${libraryFor(config)}`): string {
  return `${importCall(library)}\n${startCall(JSON.stringify(config, null, 2))}\n`;
}

/** The file name of the library that understands this configuration. */
export function libraryFor({ apps }: Pick<VaultConfig, "apps">): string {
  return apps ? VAULT_LIBRARY : LIBRARY;
}

/**
 * A worker script in one file: the text of the worker file, and after it the call that starts the vault. A browser that installs a
 * worker loads one script sooner than two.
 */
export function oneFile(library: string, config: VaultConfig): string {
  return `${library}${startCall(JSON.stringify(config, null, 2))}\n`;
}

/** The file of the package in a worker script of one file: one that {@link oneFile} made, or an interceptor. */
export function libraryOf(script: string): string {
  return script.replace(/^strongroom\.(start|intercept)\([\s\S]*/m, "");
}

/** Loads the worker file at `url`. */
export function importCall(url: string): string {
  return `importScripts(${JSON.stringify(url)});`;
}

/** Starts the vault. `configuration` is an expression in JavaScript. */
export function startCall(configuration: string): string {
  return `strongroom.start(${configuration});`;
}

/** Starts the interceptor in an app's worker script. */
export function interceptCall(options: { vault: string; api: string[] }): string {
  return `strongroom.intercept(${JSON.stringify(options, null, 2)});`;
}
