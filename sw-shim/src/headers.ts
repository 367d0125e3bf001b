/**
 * What the host must send, as data. Needs no I/O.
 *
 * @module strongroom/headers
 */

import endpointPage from "../endpoint.html";
import data from "../headers.json" with { type: "json" };
import { type AppPolicy, checkAppPolicy, openPolicy } from "./app-policy";

export type { AppPolicy } from "./app-policy";

/** The parts of the worker's configuration that decide what its host must send. */
export interface HostOptions {
  /**
   * The app's own origin. With it the app's policy names the `workers` alone as scripts that may run as workers, so that
   * no other file of the origin can be made the service worker. Leave it out if the app has further workers.
   */
  origin?: string;
  /** Where the worker's endpoints live. Default: `/auth`. */
  basePath?: string;
  /** Paths of every script that runs as the worker, for example `/vault-worker.js` and `/strongroom-worker.js`. */
  workers: string[];
  /** The `api` URLs of the worker's configuration. */
  api: string[];
  /** The authorization server's endpoints. */
  provider: { authorizationEndpoint: string; tokenEndpoint: string; revocationEndpoint?: string };
  /** What the app's own policy lets through besides: fonts, images, scripts of other hosts. */
  policy?: AppPolicy;
}

/** One rule of the host: these headers for that path. */
export interface HostRule {
  /** A path, or a path prefix ending in `/*`. */
  path: string;
  headers: Record<string, string>;
  /** Answer with this, whatever files there are: the app must never be served here. A redirect has no body. */
  page?: { status: number; body: string };
}

/**
 * The rules of `headers.json` for one app, the most specific first.
 *
 * @throws TypeError if `policy` would take a promise of the vault away.
 */
export function hostRules(options: HostOptions): HostRule[] {
  const { authorizationEndpoint, tokenEndpoint, revocationEndpoint = tokenEndpoint } = options.provider;
  const { origin, policy = {}, basePath = "/auth" } = options;
  checkAppPolicy(policy, new URL(authorizationEndpoint));
  const values: Record<string, string> = {
    basePath,
    api: origins(options.api),
    token: origins([tokenEndpoint, revocationEndpoint]),
    workers: origin === undefined ? "'self'" : options.workers.map((path) => origin + path).join(" "),
  };
  const fill = (text: string) =>
    text
      .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "")
      // What an empty value leaves behind.
      .replace(/ +(?=[ ;]|$)/g, "");
  return data.rules.flatMap((rule) =>
    (rule.path === "{worker}" ? options.workers : [fill(rule.path)]).map((path) => ({
      path,
      headers: opened(
        Object.fromEntries(Object.entries(rule.headers).map(([name, value]) => [name, fill(value)])),
        path === "/*" ? policy : {},
      ),
      ...("page" in rule
        ? { page: { status: rule.page.status, body: "file" in rule.page ? endpointPage : "" } }
        : {}),
    })),
  );
}

function opened(headers: Record<string, string>, policy: AppPolicy): Record<string, string> {
  const { "Content-Security-Policy": closed = "" } = headers;
  return { ...headers, "Content-Security-Policy": openPolicy(closed, policy) };
}

/** The first of `rules` that holds for `pathname`. */
export function ruleFor(rules: HostRule[], pathname: string): HostRule {
  const rule = rules.find(({ path }) =>
    path.endsWith("/*") ? pathname.startsWith(path.slice(0, -1)) : path === pathname,
  );
  if (!rule) throw new Error(`no rule for ${pathname}: hostRules() always ends with "/*"`);
  return rule;
}

/** The distinct origins of `urls`; a relative URL is the app's own origin, which every policy already names. */
function origins(urls: string[]): string {
  return [...new Set(urls.filter((url) => URL.canParse(url)).map((url) => new URL(url).origin))].join(" ");
}
