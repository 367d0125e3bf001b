import type { HostOptions } from "../headers";
import {
  cacheDirectives,
  describeFramers,
  framers,
  isAskedForAgain,
  isJavaScript,
  isNosniff,
  openerPolicy,
  referrerPolicy,
} from "./fields";
import type { Observation } from "./findings";
import { type HostResponse, isRedirect } from "./host";
import { isNone, namesItsHosts, staysWithin } from "./policies";

// What the host sends at the worker's paths: the scripts, and the endpoints without a worker.

/** Checks a worker script, or a script that it imports. */
export function checkWorker(
  script: HostResponse,
  { scope, api, provider }: Partial<HostOptions> & { scope?: string },
): Observation[] {
  const { url, headers, policies } = script;
  const missing = checkScript(script);
  if (missing.length > 0) return missing;
  const observations: Observation[] = [];
  const unless = (holds: boolean, code: Observation["code"], found: string | null) => {
    if (!holds) observations.push({ code, found });
  };
  if (policies.none) unless(false, "worker_without_policy", policies.text);
  else {
    unless(
      policies.forbid("connect-src", isNarrow),
      "worker_connects_to_any_host",
      policies.describe("connect-src"),
    );
    unless(framers(script) === "nobody", "worker_can_be_framed", describeFramers(script));
    unless(
      openerPolicy(headers) !== "same-origin",
      "worker_can_be_opened",
      headers.get("cross-origin-opener-policy"),
    );
    unless(
      policies.forbid(
        "script-src",
        (sources) => staysWithin(sources, new Set([url.origin]), url) && !sources.includes("'unsafe-eval'"),
      ),
      "worker_runs_script_of_others",
      policies.describe("script-src"),
    );
  }
  unless(isAskedForAgain(headers), "worker_is_cached", headers.get("cache-control"));
  unless(!isScopeWidened(), "worker_scope_is_widened", headers.get("service-worker-allowed"));
  unless(isNosniff(headers), "no_nosniff", headers.get("x-content-type-options"));
  return observations;

  function isNarrow(sources: string[]): boolean {
    if (!api || !provider) return namesItsHosts(sources);
    const { tokenEndpoint, revocationEndpoint = tokenEndpoint } = provider;
    const needed = [url.href, ...api, tokenEndpoint, revocationEndpoint];
    return staysWithin(sources, new Set(needed.map((each) => new URL(each, url).origin)), url);
  }

  /** A worker may have its own folder as its scope, and the scope that the app passes to connect(). */
  function isScopeWidened(): boolean {
    const allowed = headers.get("service-worker-allowed");
    if (allowed === null) return false;
    const widest = new URL(allowed, url).pathname;
    const own = [new URL("./", url).pathname, ...(scope === undefined ? [] : [new URL(scope, url).pathname])];
    return !own.some((path) => widest.startsWith(path));
  }
}

/** Checks whether a browser would take a response for a worker script at all. */
export function checkScript(script: HostResponse): Observation[] {
  const { status, headers } = script;
  if (isRedirect(script)) {
    return [{ code: "worker_redirects", found: `${status} to ${headers.get("location")}` }];
  }
  if (status !== 200) return [{ code: "worker_is_missing", found: String(status) }];
  if (!isJavaScript(headers)) {
    return [{ code: "worker_is_no_script", found: headers.get("content-type") }];
  }
  return [];
}

/** Whether the browser stays where it is, so that the URL gets into no history. */
export function isNoDocument({ status }: HostResponse): boolean {
  return status === 204;
}

/** Checks what a browser without the worker gets at the callback. */
export function checkCallback(callback: HostResponse, app: HostResponse): Observation[] {
  if (isNoDocument(callback)) return [];
  const observations = checkEndpoint(callback, app);
  if (isRedirect(callback)) return observations;
  return [{ code: "callback_keeps_its_url", found: String(callback.status) }, ...observations];
}

/**
 * Checks what a browser without the worker gets at one of the worker's other paths.
 */
export function checkEndpoint(endpoint: HostResponse, app: HostResponse): Observation[] {
  const { status, headers, policies, body } = endpoint;
  const observations: Observation[] = [];
  const unless = (holds: boolean, code: Observation["code"], found: string | null) => {
    if (!holds) observations.push({ code, found });
  };

  if (isRedirect(endpoint)) {
    return [{ code: "callback_redirects", found: `${status} to ${headers.get("location")}` }];
  }
  unless(!isTheApp(body, app.body), "callback_is_the_app", `${status} and the app's page`);
  unless(
    policies.forbid("sandbox", (flags) => !flags.includes("allow-same-origin")),
    "callback_can_be_read",
    policies.text,
  );
  unless(framers(endpoint) === "nobody", "callback_can_be_framed", describeFramers(endpoint));
  unless(
    policies.forbid("sandbox", (flags) => !flags.includes("allow-scripts")) ||
      policies.forbid("script-src-elem", isNone),
    "callback_runs_script",
    policies.text,
  );
  unless(
    ["no-referrer", "origin", "strict-origin"].includes(referrerPolicy(headers) ?? ""),
    "callback_tells_its_url",
    headers.get("referrer-policy"),
  );
  unless(cacheDirectives(headers).has("no-store"), "callback_is_stored", headers.get("cache-control"));
  unless(
    !headers.has("access-control-allow-origin"),
    "callback_is_shared",
    headers.get("access-control-allow-origin"),
  );
  unless(status >= 400, "callback_succeeds", String(status));
  unless(isNosniff(headers), "no_nosniff", headers.get("x-content-type-options"));
  return observations;
}

/** Whether this is the app's page, apart from nonces, or a page with one of its scripts. */
function isTheApp(body: string, app: string): boolean {
  const withoutNonces = (html: string) => html.replace(/\bnonce=("[^"]*"|'[^']*'|[^\s>]+)/gi, "");
  const scripts = [...app.matchAll(/<script\b[^>]*\bsrc=["']?([^"'\s>]+)/gi)].map(
    ([, source]) => source ?? "",
  );
  return withoutNonces(body) === withoutNonces(app) || scripts.some((source) => body.includes(source));
}
