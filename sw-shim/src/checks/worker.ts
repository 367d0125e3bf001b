import type { HostOptions } from "../headers";
import { type Answer, isRedirect } from "./answer";
import { cacheDirectives, isJavaScript, isNosniff, openerPolicy } from "./fields";
import type { Observation } from "./finding";
import { describeFramers, framers } from "./framing";
import { namesItsHosts, staysWithin } from "./sources";

/** Checks a worker script, or a script that it imports. */
export function checkWorker(
  script: Answer,
  { scope, api, provider }: Partial<HostOptions> & { scope?: string },
): Observation[] {
  const { url, status, headers, policies } = script;
  if (isRedirect(script)) {
    return [{ code: "worker_redirects", found: `${status} to ${headers.get("location")}` }];
  }
  if (status !== 200) return [{ code: "worker_is_missing", found: String(status) }];
  const type = headers.get("content-type");
  if (!isJavaScript(headers)) return [{ code: "worker_is_no_script", found: type }];

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

function isAskedForAgain(headers: Headers): boolean {
  const directives = cacheDirectives(headers);
  return directives.has("no-cache") || directives.has("no-store") || directives.get("max-age") === "0";
}
