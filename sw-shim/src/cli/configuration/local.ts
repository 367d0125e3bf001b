import { readFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { judge } from "../../configuration/judge";
import type { VaultConfig } from "../../worker/config";
import { EXIT, Stop } from "../exit";
import { nearestManifest } from "../init/record";
import type { Surroundings } from "../surroundings";
import { readWorkerScript } from "./read";

/** Where a command finds the worker's configuration. */
export interface WhereConfigured {
  /** The app's worker script. Default: `vault-worker.js` in the folder that `init` recorded. */
  config?: string;
  /** The app's origin, which the script may ask for. */
  origin?: string;
}

/** The name that the documentation gives to an app's worker script. */
export const DEFAULT_SCRIPT = "vault-worker.js";

/** The configuration in a worker script of this machine, as the vault accepts it. */
export async function vaultConfiguration(
  { config, origin = "https://app.example.com" }: WhereConfigured,
  { cwd, workerFile }: Surroundings,
): Promise<{ configuration: VaultConfig; script: string }> {
  const path = config === undefined ? await recordedScript(cwd) : resolve(cwd, config);
  const name = relative(cwd, path);
  const source = await readFile(path, "utf8").catch((error) => {
    throw new Stop(
      EXIT.usage,
      `${name} could not be read: ${error.message}. Write it with \`strongroom init\`.`,
    );
  });
  const { configuration, problem } = readWorkerScript(source, origin);
  if (!configuration) {
    throw new Stop(EXIT.usage, `The configuration cannot be read from ${name}: ${problem}.`);
  }
  const refusal = await judge(workerFile, configuration, origin);
  if (refusal) throw new Stop(EXIT.usage, `${name}: ${refusal}`);
  return { configuration: configuration as unknown as VaultConfig, script: basename(path) };
}

async function recordedScript(cwd: string): Promise<string> {
  const folder = (await nearestManifest(cwd))?.folder;
  if (folder !== undefined) return join(folder, DEFAULT_SCRIPT);
  throw new Stop(
    EXIT.usage,
    "Where is the app's worker script? Name it: --config public/vault-worker.js. Without, it is looked for in the folder that `strongroom init` recorded, and there is none.",
  );
}
