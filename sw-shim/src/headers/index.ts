/**
 * The headers that the host must send, as data. The functions do no I/O.
 *
 * @module strongroom/headers
 */

import endpointPage from "../../endpoint.html";
import data from "../../headers.json" with { type: "json" };
import { endpointsOf } from "../configuration/endpoints";
import { appPaths, LIBRARY, libraries } from "../configuration/paths";
import type { VaultConfig } from "../worker/config";
import { type AppPolicy, checkAppPolicy, openPolicy, workerSources } from "./app-policy";
import { filler, type HostRule, originsOf } from "./rule";

export { workerScript } from "../configuration/worker-script";
export type { ApiConfig, CognitoConfig, ProviderConfig, VaultConfig } from "../worker/config";
export type { AppPolicy } from "./app-policy";
export { type HostRule, ruleFor } from "./rule";
export { type VaultOriginOptions, vaultOriginRules } from "./vault-origin";

/**
 * Options of {@link hostRules}: the parts of the worker's configuration that the headers depend on.
 *
 * @example
 * ```ts
 * import type { HostOptions } from "strongroom/headers";
 *
 * export const options: HostOptions = {
 *   origin: ["https://app.example.com", "https://*.preview.example.com"],
 *   workers: ["/vault-worker.js"],
 *   api: ["https://api.example.com/v1/"],
 *   provider: {
 *     authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
 *     tokenEndpoint: "https://auth.example.com/oauth2/token",
 *   },
 *   policy: { "font-src": ["https://fonts.example.com"] },
 * };
 * ```
 */
export interface HostOptions {
  /**
   * The app's origin, or all of its origins. The app's policy then allows only the worker scripts as workers, so injected script
   * cannot register another file of the origin. `https://*.example.com` covers previews: browsers start workers only from the
   * page's own origin, so the wildcard allows no other script. Without `origin`, every file of the app's origin can run as a
   * worker.
   */
  origin?: string | readonly string[];
  /** The path of the worker's endpoints. Default: `/auth`. */
  basePath?: string;
  /** Paths of the worker scripts, for example `/vault-worker.js`. */
  workers: string[];
  /**
   * Paths of the scripts that the worker imports. They get the worker's headers, but must not run as workers. Default:
   * `strongroom-worker.js` beside each worker script. If the worker is bundled, pass an empty list.
   */
  imports?: string[];
  /** The `api` URLs of the worker's configuration. */
  api: string[];
  /** The authorization server's endpoints. */
  provider: { authorizationEndpoint: string; tokenEndpoint: string; revocationEndpoint?: string };
  /** Further sources of the app's policy, such as fonts, images and scripts of other hosts. */
  policy?: AppPolicy;
}

/**
 * Returns the options of {@link hostRules} and {@link vaultOriginRules} that follow from the configuration of the vault.
 *
 * @param config The configuration of the vault.
 * @param worker The path of the worker script, on which the default of `basePath` depends.
 * @returns `api`, `provider`, and `basePath` if it is not `/auth`.
 *
 * @example
 * ```ts
 * import { hostOptionsOf, hostRules, type VaultConfig } from "strongroom/headers";
 *
 * export const rulesFor = (config: VaultConfig) =>
 *   hostRules({ ...hostOptionsOf(config), origin: "https://app.example.com", workers: ["/vault-worker.js"] });
 * ```
 */
export function hostOptionsOf(
  config: VaultConfig,
  worker = "/vault-worker.js",
): Pick<HostOptions, "basePath" | "api" | "provider"> {
  const { authorizationEndpoint, tokenEndpoint, revocationEndpoint } = endpointsOf(config);
  const { basePath } = appPaths(config, worker);
  return {
    ...(basePath === "/auth" ? {} : { basePath }),
    api: config.api.map(({ url }) => url),
    provider: {
      authorizationEndpoint,
      tokenEndpoint,
      ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
    },
  };
}

/**
 * Returns the rules for an app, the most specific first.
 *
 * @param options What the headers depend on.
 * @returns The rules. Apply the first one that matches, or use {@link ruleFor}.
 * @throws TypeError if `policy` would weaken the vault's protection, if `workers` has a script that is only imported, or if `origin` is
 * not an origin.
 *
 * @example
 * ```ts
 * import { hostRules, ruleFor } from "strongroom/headers";
 *
 * const rules = hostRules({
 *   origin: "https://app.example.com",
 *   workers: ["/vault-worker.js"],
 *   api: ["https://api.example.com/v1/"],
 *   provider: {
 *     authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
 *     tokenEndpoint: "https://auth.example.com/oauth2/token",
 *   },
 * });
 * const { headers } = ruleFor(rules, "/index.html");
 * ```
 */
export function hostRules(options: HostOptions): HostRule[] {
  const { authorizationEndpoint, tokenEndpoint, revocationEndpoint = tokenEndpoint } = options.provider;
  const { origin, policy = {}, basePath = "/auth", workers } = options;
  const imports = options.imports ?? libraries(workers);
  checkAppPolicy(policy, new URL(authorizationEndpoint));
  checkWorkers(workers, imports);
  checkOrigins(origin ?? []);
  const values: Record<string, string> = {
    basePath,
    api: originsOf(options.api),
    token: originsOf([tokenEndpoint, revocationEndpoint]),
    workers: origin === undefined ? "'self'" : workerSources(workers, origin).join(" ") || "'none'",
  };
  const fill = filler(values);
  return data.rules.flatMap((rule) =>
    (rule.path === "{worker}" ? [...workers, ...imports] : [fill(rule.path)]).map((path) => ({
      path,
      headers: openPolicy(
        Object.fromEntries(Object.entries(rule.headers).map(([name, value]) => [name, fill(value)])),
        path === "/*"
          ? { ...policy, "worker-src": workerSources(policy["worker-src"] ?? [], origin ?? []) }
          : {},
      ),
      ...("page" in rule
        ? { page: { status: rule.page.status, body: "file" in rule.page ? endpointPage : "" } }
        : {}),
    })),
  );
}

/** The worker file alone, registered as a worker, would replace the vault and respond to nothing. */
function checkWorkers(workers: string[], imports: string[]): void {
  const library = workers.find((path) => imports.includes(path) || path.endsWith(`/${LIBRARY}`));
  if (library === undefined) return;
  throw new TypeError(
    `workers: "${library}" is imported by the worker and must not run as a worker itself. Move it to \`imports\`.`,
  );
}

function checkOrigins(origin: string | readonly string[]): void {
  const wrong = [origin].flat().find((each) => !ORIGIN.test(each));
  if (wrong === undefined) return;
  throw new TypeError(
    `origin: "${wrong}" is not an origin. Use one such as https://app.example.com, or https://*.example.com for all hosts below it.`,
  );
}

/** A host source without a path. A bare `*` is not allowed: WebKit ignores it before a path. */
const ORIGIN = /^(https?:\/\/)?(\*\.)?[\w.[\]-]*\w[\w.[\]-]*(:(\d+|\*))?$/;
