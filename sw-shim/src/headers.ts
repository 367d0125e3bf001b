/**
 * What the host must send, as data. Needs no I/O.
 *
 * @module strongroom/headers
 */

import endpointPage from "../endpoint.html";
import data from "../headers.json" with { type: "json" };
import { type AppPolicy, checkAppPolicy, openPolicy, workerSources } from "./app-policy";

export type { AppPolicy } from "./app-policy";

/** The parts of the worker's configuration that decide what its host must send. */
export interface HostOptions {
  /**
   * The app's own origin, or all of its origins. The app's policy then names the scripts that may run as workers, so injected
   * script cannot register another file of the origin. `https://*.example.com` covers preview deployments: browsers start
   * workers only from the page's own origin, so a wildcard lets no other script in. Without an origin, every file of the app's
   * origin can run as a worker.
   */
  origin?: string | readonly string[];
  /** Where the worker's endpoints live. Default: `/auth`. */
  basePath?: string;
  /** Paths of the scripts that the app starts as the worker, for example `/vault-worker.js`. */
  workers: string[];
  /**
   * Paths of the scripts that the worker imports. They get the worker's headers, but do not run as workers. Default: `strongroom-worker.js` beside each worker. Use an empty list if the worker is bundled.
   */
  imports?: string[];
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
 * @throws TypeError if `policy` would weaken the protection of the vault, or if `workers` names a script that is only imported.
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
    api: origins(options.api),
    token: origins([tokenEndpoint, revocationEndpoint]),
    workers: origin === undefined ? "'self'" : workerSources(workers, origin).join(" ") || "'none'",
  };
  const fill = (text: string) =>
    text
      .replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "")
      // What an empty value leaves behind.
      .replace(/ +(?=[ ;]|$)/g, "");
  return data.rules.flatMap((rule) =>
    (rule.path === "{worker}" ? [...workers, ...imports] : [fill(rule.path)]).map((path) => ({
      path,
      headers: opened(
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

const LIBRARY = "strongroom-worker.js";

/** The worker file beside each worker script: what `importScripts` of a script written by `strongroom init` names. */
export function libraries(workers: string[]): string[] {
  return [...new Set(workers.map((path) => path.replace(/[^/]*$/, LIBRARY)))];
}

/** A library that runs as a worker by itself takes the place of the vault and answers nothing. */
function checkWorkers(workers: string[], imports: string[]): void {
  const library = workers.find((path) => imports.includes(path) || path.endsWith(`/${LIBRARY}`));
  if (library === undefined) return;
  throw new TypeError(
    `workers: "${library}" is a script that the worker imports, and must not run as a worker itself. Move it to \`imports\`.`,
  );
}

function checkOrigins(origin: string | readonly string[]): void {
  const wrong = [origin].flat().find((each) => !ORIGIN.test(each));
  if (wrong === undefined) return;
  throw new TypeError(
    `origin: "${wrong}" is not an origin such as https://app.example.com, or https://*.example.com for all hosts below it.`,
  );
}

/** A host source of the policy without a path. No `*` alone: WebKit ignores it before a path. */
const ORIGIN = /^(https?:\/\/)?(\*\.)?[\w.[\]-]*\w[\w.[\]-]*(:(\d+|\*))?$/;

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
