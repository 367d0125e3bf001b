import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { validate } from "../../configuration/validate";
import { loadVaultConfig } from "../../vite/worker-config";
import type { VaultConfig } from "../../worker/config";
import { EXIT, Stop } from "../exit";
import { type Manifest, nearestManifest } from "../init/record";
import type { Surroundings } from "../surroundings";
import { readWorkerScript, type WorkerScript } from "./read";

/** Where a command finds the worker's configuration. */
export interface WhereConfigured {
  /** A local typed configuration, worker script or JSON file. Default: see {@link vaultConfiguration}. */
  config?: string;
  /** Vite's mode, which selects the `.env` files of a typed configuration. Default: `production`. */
  mode?: string;
  /** The app's origin, which a worker script may read from `location`. */
  origin?: string;
}

/** The default name of the worker script. */
export const DEFAULT_SCRIPT = "vault-worker.js";

/** The file names of a typed configuration. `init` writes the first one. */
export const TYPED_CONFIGS = [
  "vault.config.ts",
  "vault.config.mts",
  "vault.config.js",
  "vault.config.mjs",
] as const;

const ANY_ORIGIN = "https://app.example.com";

/**
 * Reads and validates the configuration of the app in this folder: from the file `config`, otherwise from the typed configuration
 * beside the nearest package.json, otherwise from the worker script in the folder that `init` recorded.
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
    throw new Stop(
      EXIT.usage,
      `Cannot read the configuration from ${name}: ${problem}. Write it as plain data, or pass it as a JSON file with --config.`,
    );
  }
  const refusal = await validate(workerFile, configuration, where.origin);
  if (refusal) throw new Stop(EXIT.usage, `${name}: ${refusal}`);
  return {
    configuration: configuration as unknown as VaultConfig,
    script: isWorkerScript(path) ? basename(path) : DEFAULT_SCRIPT,
  };
}

/**
 * Reads a local configuration file. A typed configuration is loaded by Vite; a worker script is parsed but not run; a JSON file
 * is the configuration itself, or the options of an interceptor.
 *
 * @throws Stop if the file does not exist, or if a typed configuration cannot be loaded.
 */
export async function readConfiguration(
  file: string,
  { origin = ANY_ORIGIN, mode = "production" }: WhereConfigured,
  { cwd, workerFile }: Surroundings,
): Promise<WorkerScript> {
  const path = resolve(cwd, file);
  const name = relative(cwd, path);
  const source = await readFile(path, "utf8").catch((error) => {
    const hint = "Check the path, or run `strongroom init` to write a configuration.";
    throw new Stop(EXIT.usage, `Cannot read ${name} (${error.code}). ${hint}`);
  });
  if (path.endsWith(".json")) {
    const options = json(name, source);
    return {
      imports: [],
      [options !== null && "vault" in options ? "interceptor" : "configuration"]: options,
    };
  }
  if (isWorkerScript(path)) return readWorkerScript(source, origin);
  const folder = dirname(path);
  const options = { root: folder, envDir: folder, command: "build", mode, library: workerFile } as const;
  const { config } = await loadVaultConfig(path, options).catch((error: NodeJS.ErrnoException) => {
    const isMissing = error.code === "ERR_MODULE_NOT_FOUND" && error.message.includes("'vite'");
    const hint = "loading a typed configuration requires Vite. Run npm install --save-dev vite";
    throw new Stop(EXIT.usage, isMissing ? `${name}: ${hint}` : error.message);
  });
  return { imports: [], configuration: config as unknown as Record<string, unknown> };
}

/** A typed configuration is TypeScript or `vault.config.*`; any other JavaScript file is a worker script. */
function isWorkerScript(path: string): boolean {
  return /\.[cm]?js$/.test(path) && !/\.config\.[cm]?js$/.test(path);
}

function json(name: string, source: string): Record<string, unknown> {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new Stop(EXIT.usage, `${name} is not valid JSON: ${(error as Error).message}`);
  }
}

async function findConfiguration(cwd: string): Promise<string> {
  const manifest = await nearestManifest(cwd);
  const typed = manifest && typedConfiguration(manifest);
  if (typed !== undefined) return typed;
  const folder = manifest?.vaultOrigin ?? manifest?.recorded?.folder;
  if (folder !== undefined) return join(folder, DEFAULT_SCRIPT);
  throw new Stop(
    EXIT.usage,
    `No configuration found: there is no ${TYPED_CONFIGS[0]} here, and \`strongroom init\` recorded no folder. Name the file, such as --config public/vault-worker.js.`,
  );
}

/** The typed configuration beside a package.json, if there is one. */
export function typedConfiguration({ path }: Manifest): string | undefined {
  return TYPED_CONFIGS.map((name) => join(dirname(path), name)).find((candidate) => existsSync(candidate));
}
