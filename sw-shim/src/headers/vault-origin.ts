import data from "../../headers.json" with { type: "json" };
import missing from "../../vault-origin/404.html";
import callback from "../../vault-origin/callback.html";
import frame from "../../vault-origin/frame.html";
import login from "../../vault-origin/login.html";
import { isLoopback } from "../configuration/loopback";
import { filler, type HostRule, originsOf } from "./rule";

/**
 * Options of {@link vaultOriginRules}: the parts of the vault's configuration that the headers depend on.
 *
 * @example
 * ```ts
 * import type { VaultOriginOptions } from "strongroom/headers";
 *
 * export const options: VaultOriginOptions = {
 *   apps: ["https://app.example.com"],
 *   api: ["https://api.example.com/v1/"],
 *   provider: {
 *     authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
 *     tokenEndpoint: "https://auth.example.com/oauth2/token",
 *   },
 * };
 * ```
 */
export interface VaultOriginOptions {
  /** The origins of the apps that use the vault. No other page can embed it. */
  apps: readonly string[];
  /** The `api` URLs of the vault's configuration. */
  api: readonly string[];
  /** The authorization server's endpoints. */
  provider: { authorizationEndpoint: string; tokenEndpoint: string; revocationEndpoint?: string };
}

/**
 * Returns the rules for a vault on an origin of its own. The host serves the files of `strongroom init --vault-origin` and nothing else. It
 * responds to every other path with a 404.
 *
 * @param options What the headers depend on.
 * @returns The rules. Apply the first one that matches, or use {@link ruleFor}. All rules have the same header names. Those of pages have the
 * page's text in `page`. Serve the scripts from their files.
 * @throws TypeError if one of `apps` is not the origin of an app.
 *
 * @example
 * ```ts
 * import { hostOptionsOf, type VaultConfig, vaultOriginRules } from "strongroom/headers";
 *
 * export const rulesFor = (config: VaultConfig) =>
 *   vaultOriginRules({ apps: config.apps ?? [], ...hostOptionsOf(config) });
 * ```
 */
export function vaultOriginRules({ apps, api, provider }: VaultOriginOptions): HostRule[] {
  const { authorizationEndpoint, tokenEndpoint, revocationEndpoint = tokenEndpoint } = provider;
  checkApps(apps);
  const fill = filler({
    apps: apps.join(" "),
    api: originsOf(api),
    authorization: originsOf([authorizationEndpoint]),
    token: originsOf([tokenEndpoint, revocationEndpoint]),
  });
  return data.vaultOriginRules.flatMap(({ paths, headers, page }) =>
    paths.map((path) => ({
      path,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)])),
      ...(page ? { page: { status: page.status, body: pageAt(path) } } : {}),
    })),
  );
}

/** The pages of a vault origin by file name. The text of 404.html is for every path without a file. */
export const VAULT_ORIGIN_PAGES = {
  "frame.html": frame,
  // For cross-origin isolated apps. A nested frame in it cannot sign in, because authorization servers do not send
  // Cross-Origin-Resource-Policy with their redirects.
  "frame-isolated.html": frame,
  "login.html": login,
  "callback.html": callback,
  "404.html": missing,
};

function pageAt(path: string): string {
  const pages: Record<string, string> = VAULT_ORIGIN_PAGES;
  return pages[path.slice(1)] ?? missing;
}

/** Without apps, `frame-ancestors` would be empty, and with a wildcard, any host below it could use the session. */
function checkApps(apps: readonly string[]): void {
  if (apps.length === 0) {
    throw new TypeError(
      "apps: the list is empty. Add the origin of each app, such as https://app.example.com.",
    );
  }
  for (const app of apps) {
    // A host of a URL may contain a semicolon, which would end the directive.
    const url = /^https?:\/\/[\w.:[\]-]+$/.test(app) && URL.canParse(app) ? new URL(app) : undefined;
    if (url?.origin !== app) {
      throw new TypeError(
        `apps: "${app}" is not an origin. Use one such as https://app.example.com, without a path.`,
      );
    }
    if (url.protocol === "http:" && !isLoopback(url)) {
      throw new TypeError(`apps: "${app}" is an http origin. Use https; http is for loopback hosts alone.`);
    }
  }
}
