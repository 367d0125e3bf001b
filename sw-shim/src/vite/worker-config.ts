/// <reference types="node" />
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { judge } from "../configuration/judge";
import type { VaultConfig } from "../worker/config";

/** What a configuration file is told when it exports a function. */
export interface VaultEnvironment {
  command: "build" | "serve";
  mode: string;
  /** The process's variables and those of Vite's `.env` files, whatever their prefix. One that is missing is an error. */
  env: Readonly<Record<string, string>>;
}

/** The worker's configuration, or how it follows from the environment. */
export type VaultConfigExport = VaultConfig | ((environment: VaultEnvironment) => VaultConfig);

/**
 * Types for the default export of a configuration file, and nothing else.
 *
 * @param config
 */
export function defineVault(config: VaultConfigExport): VaultConfigExport {
  return config;
}

/** A configuration file, read. */
export interface LoadedConfig {
  config: VaultConfig;
  /** The file and what it imports: when one of them changes, it has to be read again. */
  files: string[];
}

/**
 * Reads the configuration at `file` as Vite reads its own, and asks the vault, `library`, what it thinks of it.
 *
 * @throws Error naming the file, and the variable that is missing or the key that is wrong, with the remedy.
 */
export async function loadVaultConfig(
  file: string,
  {
    root,
    envDir,
    command,
    mode,
    script,
    library,
  }: { root: string; envDir: string | false; library: string; script?: string } & Omit<
    VaultEnvironment,
    "env"
  >,
): Promise<LoadedConfig> {
  const { loadConfigFromFile, loadEnv } = await import("vite");
  const name = relative(root, file);
  const environment: VaultEnvironment = {
    command,
    mode,
    env: present(loadEnv(mode, envDir || root, ""), name),
  };
  if (!existsSync(file)) {
    throw new Error(`${name}: there is no such file. Correct \`config\` of the plugin strongroom.`);
  }
  const loaded = await loadConfigFromFile(environment, file, root, "silent").catch(({ message }: Error) => {
    throw new Error(message.startsWith(name) ? message : `${name}: ${message}`);
  });
  const config = loaded?.config as VaultConfig;
  const mistake = await judge(library, config, "https://app.example.com", script);
  if (mistake) throw new Error(`${name}: ${mistake}`);
  return { config, files: [file, ...(loaded?.dependencies ?? [])] };
}

function present(variables: Record<string, string>, file: string): Record<string, string> {
  return new Proxy(variables, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (value !== undefined || typeof name !== "string") return value;
      throw new Error(
        `${file}: the environment variable ${name} is missing. Set it, or write it into a .env file.`,
      );
    },
  });
}
