import { isLoopback } from "../configuration/loopback";
import type { InterceptOptions } from "./strongroom-interceptor";

/** Parsed options. They are valid. */
export interface Settings {
  /** The vault's origin. */
  vault: string;
  /** The APIs whose requests the vault sends. */
  api: URL[];
  /** The path of the endpoints, inside the scope. */
  basePath: string;
}

const KEYS = ["vault", "api", "basePath"];

/**
 * Parses the argument of `strongroom.intercept`.
 *
 * @param scope The URL of the registration's scope.
 * @throws Error that names the key and the fix.
 */
export function parseOptions(options: InterceptOptions, scope: URL): Settings {
  if (typeof options !== "object" || options === null) {
    fail('the options are missing. Call it with { vault: "https://vault.example.com", api: [...] }.');
  }
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown) fail(`\`${unknown}\` is not a known key. Remove it, or use one of: ${KEYS.join(", ")}.`);
  return {
    vault: vaultOrigin(options.vault, scope),
    api: apiUrls(options.api, scope),
    basePath: basePath(options.basePath ?? `${scope.pathname}auth`, scope),
  };
}

function vaultOrigin(vault: unknown, scope: URL): string {
  const url = secureUrl("`vault`", vault, "");
  if (url.href !== `${url.origin}/`) {
    fail('`vault` is more than an origin. Give the origin alone, for example "https://vault.example.com".');
  }
  if (url.origin === scope.origin) {
    fail("`vault` is the app's own origin. Name the vault's, or call strongroom.start in place of this.");
  }
  return url.origin;
}

function apiUrls(api: unknown, scope: URL): URL[] {
  if (!Array.isArray(api) || api.length === 0) {
    fail('`api` must be an array of the APIs\' URLs, for example ["https://api.example.com/v1/"].');
  }
  return api.map((entry, index) => {
    const name = `\`api[${index}]\``;
    const url = secureUrl(name, entry, scope.origin);
    if (url.search || url.hash) fail(`${name} has a query or a fragment. Give origin and path alone.`);
    return url;
  });
}

function basePath(path: unknown, scope: URL): string {
  const text = String(path);
  const rest = text.slice(scope.pathname.length);
  if (!text.startsWith(scope.pathname) || !/^[\w-]+(\/[\w-]+)*$/.test(rest)) {
    fail(
      `\`basePath\` is not a plain path inside the worker's scope. Use one such as "${scope.pathname}auth": letters, digits, - and _, no slash at the end.`,
    );
  }
  return text;
}

/** An `https` URL, or an `http` URL of this machine. A path is resolved against `origin`. */
function secureUrl(name: string, value: unknown, origin: string): URL {
  const text = String(value);
  const href = text.startsWith("/") ? origin + text : text;
  const url =
    parseUrl(href) ?? fail(`${name} is not a URL. Write one such as "https://api.example.com/v1/".`);
  const isSecure = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
  if (!isSecure || url.username || url.password || !/^[\w.:[\]-]+$/.test(url.host)) {
    fail(
      `${name} must be an https URL without user name, password and wildcards; http is for loopback hosts alone.`,
    );
  }
  return url;
}

function parseUrl(href: string): URL | undefined {
  try {
    return new URL(href);
  } catch {
    return undefined;
  }
}

function fail(what: string): never {
  throw new Error(`strongroom.intercept: ${what}`);
}
