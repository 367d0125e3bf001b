import type { LabSites } from "../servers/lab/sites.ts";

/** The host's `/config.json`, so that one build serves every deployment. */
export interface Config {
  /** The API's base URL. */
  api: URL;
  /** Where the vault runs; `null` in an app without a vault, or if the host does not say. */
  mode: Mode | null;
  /** Where the lab is, if there is one. */
  lab: LabSites | null;
}

export interface Mode {
  /** The vault's origin. */
  vault: string;
  /** Origin of the same demo in the other mode, if it is served. */
  other?: string;
}

/** `/config.json` is missing or names no API. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export function config(): Promise<Config> {
  known ??= read().catch((error) => {
    known = undefined; // so that the next request asks again
    throw error;
  });
  return known;
}

export async function apiBase(): Promise<URL> {
  return (await config()).api;
}

let known: Promise<Config> | undefined;

async function read(): Promise<Config> {
  try {
    const response = await fetch("/config.json");
    const {
      api,
      mode = null,
      lab = null,
    } = (await response.json()) as {
      api: string;
      mode?: Mode;
      lab?: LabSites;
    };
    return { api: new URL(api, location.href), mode, lab };
  } catch (cause) {
    throw new ConfigError("/config.json could not be read", { cause });
  }
}
