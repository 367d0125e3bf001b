import { type Answer, isRedirect } from "./answer";
import { cacheDirectives, isNosniff, referrerPolicy } from "./fields";
import type { Observation } from "./finding";
import { describeFramers, framers } from "./framing";
import { isNone } from "./sources";

/**
 * The target of a redirect at one of the worker's paths, if it is safe: a page of the host below `basePath`, without anything of the
 * callback's URL, and with its own fragment, because browsers otherwise keep the old one.
 */
export function closedPlace(endpoint: Answer, basePath: string, code: string): URL | null {
  const { url, headers } = endpoint;
  const location = headers.get("location") ?? "";
  if (!isRedirect(endpoint) || !URL.canParse(location, url)) return null;
  const to = new URL(location, url);
  const isClosed =
    to.origin === url.origin &&
    to.pathname.startsWith(`${basePath}/`) &&
    to.pathname !== url.pathname &&
    to.search === "" &&
    to.hash !== "" &&
    !to.href.includes(code);
  return isClosed ? to : null;
}

/**
 * Checks what a browser without the worker gets at one of the worker's paths.
 *
 * @param endpoint The response at the path, or at the target of its redirect.
 */
export function checkEndpoint(endpoint: Answer, app: Answer): Observation[] {
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
