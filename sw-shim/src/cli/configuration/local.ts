import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { judge } from "../../configuration/judge";
import { loadVaultConfig } from "../../vite/worker-config";
import type { VaultConfig } from "../../worker/config";
import { EXIT, Stop } from "../exit";
import { type Manifest, nearestManifest } from "../init/record";
import type { Surroundings } from "../surroundings";
import { readWorkerScript, type WorkerScript } from "./read";

/** Where a command finds the worker's configuration. */
export interface WhereConfigured {
  /** A typed configuration, a worker script or a JSON file of this machine. Default: see {@link vaultConfiguration}. */
  config?: string;
  /** Vite's mode, which selects the `.env` files of a typed configuration. Default: `production`. */
  mode?: string;
  /** The app's origin, which a worker script may ask for. */
  origin?: string;
}

/** The name that the documentation gives to an app's worker script. */
export const DEFAULT_SCRIPT = "vault-worker.js";

/** The names of a typed configuration. The first is the one that `init` writes. */
export const TYPED_CONFIGS = [
  "vault.config.ts",
  "vault.config.mts",
  "vault.config.js",
  "vault.config.mjs",
] as const;

const ANY_ORIGIN = "https://app.example.com";

/**
 * The configuration of the app in this folder, as the vault accepts it: from the file that `config` names, otherwise from the
 * typed configuration beside the nearest package.json, otherwise from the worker script in the folder that `init` recorded.
 *
 * `script` is the name of the worker script.
 */
export async function vaultConfiguration(
  where: WhereConfigured,
  surroundings: Surroundings,
): Promise<{ configuration: VaultConfig; script: string }> {
  const { cwd, workerFile } = surroundings;
  const path = where.config === undefined ? await findConfiguration(cwd) : resolve(cwd, where.config);
  const name = relative(cwd, path);
  const { configuration, problem } = await readConfiguration(path, where, surroundings);
  if (!configuration) {
    throw new Stop(EXIT.usage, `The configuration cannot be read from ${name}: ${problem}.`);
  }
  const refusal = await judge(workerFile, configuration, where.origin ?? ANY_ORIGIN);
  if (refusal) throw new Stop(EXIT.usage, `${name}: ${refusal}`);
  return {
    configuration: configuration as unknown as VaultConfig,
    script: isWorkerScript(path) ? basename(path) : DEFAULT_SCRIPT,
  };
}

/**
 * What one file of this machine says: a typed configuration, which is run as Vite runs its own; a worker script, which
 * is only read; or the configuration as JSON.
 *
 * @throws Stop if there is no such file, or a typed configuration cannot be loaded.
 */
export async function readConfiguration(
  file: string,
  { origin = ANY_ORIGIN, mode = "production" }: WhereConfigured,
  { cwd, workerFile }: Surroundings,
): Promise<WorkerScript> {
  const path = resolve(cwd, file);
  const name = relative(cwd, path);
  const source = await readFile(path, "utf8").catch((error) => {
    throw new Stop(
      EXIT.usage,
      `${name} could not be read: ${error.message}. Write it with \`strongroom init\`.`,
    );
  });
  if (path.endsWith(".json")) return { imports: [], configuration: json(name, source) };
  if (isWorkerScript(path)) return readWorkerScript(source, origin);
  const folder = dirname(path);
  const options = { root: folder, envDir: folder, command: "build", mode, library: workerFile } as const;
  const { config } = await loadVaultConfig(path, options).catch((error: NodeJS.ErrnoException) => {
    const isMissing = error.code === "ERR_MODULE_NOT_FOUND" && error.message.includes("'vite'");
    const hint = "a typed configuration needs Vite. Install it: npm install --save-dev vite";
    throw new Stop(EXIT.usage, isMissing ? `${name}: ${hint}` : error.message);
  });
  return { imports: [], configuration: config as unknown as Record<string, unknown> };
}

/** By their names: a typed configuration is TypeScript or `vault.config.*`, every other JavaScript file a worker script. */
function isWorkerScript(path: string): boolean {
  return /\.[cm]?js$/.test(path) && !/\.config\.[cm]?js$/.test(path);
}

function json(name: string, source: string): Record<string, unknown> {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new Stop(EXIT.usage, `${name} is not JSON: ${(error as Error).message}`);
  }
}

async function findConfiguration(cwd: string): Promise<string> {
  const manifest = await nearestManifest(cwd);
  const typed = manifest && typedConfiguration(manifest);
  if (typed !== undefined) return typed;
  if (manifest?.recorded) return join(manifest.recorded.folder, DEFAULT_SCRIPT);
  throw new Stop(
    EXIT.usage,
    `There is no ${TYPED_CONFIGS[0]} here, and no folder that \`strongroom init\` recorded. Name the file: --config public/vault-worker.js, or --config config/vault.config.ts.`,
  );
}

/** The typed configuration beside a package.json, if there is one. */
export function typedConfiguration({ path }: Manifest): string | undefined {
  return TYPED_CONFIGS.map((name) => join(dirname(path), name)).find((candidate) => existsSync(candidate));
}
