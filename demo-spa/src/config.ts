/** `/config.json` is missing or names no API. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** The API's base URL, from the host's `/config.json`: one build serves every deployment. */
export function apiBase(): Promise<URL> {
  base ??= read().catch((error) => {
    base = undefined; // so that the next request asks again
    throw error;
  });
  return base;
}

let base: Promise<URL> | undefined;

async function read(): Promise<URL> {
  try {
    const response = await fetch("/config.json");
    const { api } = (await response.json()) as { api: string };
    return new URL(api, location.href);
  } catch (cause) {
    throw new ConfigError("/config.json could not be read", { cause });
  }
}
