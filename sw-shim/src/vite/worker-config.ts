/// <reference types="node" />
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { validate } from "../configuration/validate";
import type { VaultConfig } from "../worker/config";

/**
 * The argument of a configuration function: Vite's command and mode, and the environment variables.
 *
 * @example
 * ```ts
 * import { defineVault, type VaultEnvironment } from "strongroom/vite";
 *
 * const apiUrl = ({ mode }: VaultEnvironment) => `https://api.${mode}.example.com/v1/`;
 *
 * export default defineVault((environment) => ({
 *   cognito: {
 *     region: "eu-central-1",
 *     userPoolId: environment.env.USER_POOL_ID!,
 *     clientId: environment.env.CLIENT_ID!,
 *     domain: "https://auth.example.com",
 *   },
 *   scopes: ["openid", "email", "api/read"],
 *   api: [{ url: apiUrl(environment) }],
 * }));
 * ```
 */
export interface VaultEnvironment {
  /** Vite's command. */
  command: "build" | "serve";
  /** Vite's mode. */
  mode: string;
  /** The process's variables and those of Vite's `.env` files, with any prefix. Reading a missing one throws. */
  env: Readonly<Record<string, string>>;
}

/**
 * A configuration, or a function that returns one: the argument of {@link defineVault}.
 *
 * @example
 * ```ts
 * import type { VaultConfigExport } from "strongroom/vite";
 *
 * const config: VaultConfigExport = ({ env }) => ({
 *   cognito: {
 *     region: "eu-central-1",
 *     userPoolId: env.USER_POOL_ID!,
 *     clientId: env.CLIENT_ID!,
 *     domain: "https://auth.example.com",
 *   },
 *   scopes: ["openid", "email"],
 *   api: [{ url: "/api/" }],
 * });
 * export default config;
 * ```
 */
export type VaultConfigExport = VaultConfig | ((environment: VaultEnvironment) => VaultConfig);

/**
 * Adds types to the default export of a configuration file. Returns its argument.
 *
 * @param config The configuration, or a function of Vite's command, mode and environment variables.
 * @returns `config`.
 *
 * @example
 * ```ts
 * // vault.config.ts
 * import { defineVault } from "strongroom/vite";
 *
 * export default defineVault(({ env }) => ({
 *   cognito: {
 *     region: "eu-central-1",
 *     userPoolId: env.USER_POOL_ID!,
 *     clientId: env.CLIENT_ID!,
 *     domain: "https://auth.example.com",
 *   },
 *   scopes: ["openid", "email", "api/read"],
 *   api: [{ url: "https://api.example.com/v1/" }],
 * }));
 * ```
 */
export function defineVault(config: VaultConfigExport): VaultConfigExport {
  return config;
}

/** A loaded configuration file. */
export interface LoadedConfig {
  config: VaultConfig;
  /** The file and its imports. If one of them changes, load the configuration again. */
  files: string[];
}

/**
 * Loads the configuration at `file` as Vite loads its own, and validates it with the vault in `library`.
 *
 * @throws Error that names the file, the missing variable or the wrong key, and the fix.
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
    throw new Error(`${name}: the file does not exist. Correct \`config\` of the plugin strongroom.`);
  }
  const loaded = await loadConfigFromFile(environment, file, root, "silent").catch(({ message }: Error) => {
    // Vite's words for a file that exports the configuration by another name.
    const reason = message.startsWith("config must export")
      ? "the default export is not a configuration. Write `export default defineVault({ … })`."
      : message;
    throw new Error(reason.startsWith(name) ? reason : `${name}: ${reason}`);
  });
  const config = loaded?.config as VaultConfig;
  const mistake = await validate(library, config, undefined, script);
  if (mistake) throw new Error(`${name}: ${mistake}`);
  return { config, files: [file, ...(loaded?.dependencies ?? [])] };
}

function present(variables: Record<string, string>, file: string): Record<string, string> {
  return new Proxy(variables, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (value !== undefined || typeof name !== "string") return value;
      throw new Error(
        `${file}: the environment variable ${name} is missing. Set it, or add it to a .env file.`,
      );
    },
  });
}
