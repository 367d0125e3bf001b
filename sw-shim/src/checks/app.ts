import type { HostOptions } from "../headers";
import { describeFramers, framers, isNosniff, openerPolicy, referrerPolicy } from "./fields";
import type { Observation } from "./findings";
import { type HostResponse, isRedirect } from "./host";
import {
  forbidsInline,
  isNone,
  lets,
  namesItsHosts,
  namesItsScripts,
  startsText,
  startsWorker,
} from "./policies";

/** The known parts of the worker's configuration. */
type Known = Partial<HostOptions> & Required<Pick<HostOptions, "imports">>;

/** Checks the app's page. */
export function checkApp(app: HostResponse, options: Known): Observation[] {
  const { headers } = app;
  const referrer = referrerPolicy(headers);
  return [
    ...checkPolicies(app, options),
    ...when(openerPolicy(headers) !== "same-origin", {
      code: "app_keeps_its_popups",
      found: headers.get("cross-origin-opener-policy"),
    }),
    ...when(referrer === "unsafe-url" || referrer === "no-referrer-when-downgrade", {
      code: "app_tells_its_urls",
      found: headers.get("referrer-policy"),
    }),
    ...when(!isNosniff(headers), { code: "no_nosniff", found: headers.get("x-content-type-options") }),
  ];
}

/**
 * Checks whether another path has a weaker policy than the app's page. Script of the app can open any path of its origin in a frame, even an
 * image or an error page, and continue there under that response's policy.
 */
export function checkOtherPath(other: HostResponse, app: HostResponse, options: Known): Observation[] {
  const ofApp = new Set(checkPolicies(app, options).map(({ code }) => code));
  const weaker = checkPolicies(other, options).some(({ code }) => !ofApp.has(code));
  return weaker && !ofApp.has("app_without_policy") && isInReach(other)
    ? [{ code: "path_without_the_apps_policy", found: other.policies.text }]
    : [];
}

/**
 * Checks the host's own response to a request that it refuses, such as one with an over-long URL. It often has no headers. If the app's
 * script can reach a page without a policy, it can bypass the app's policy.
 */
export function checkErrorPage(page: HostResponse, app: HostResponse, missing: HostResponse): Observation[] {
  const { status, policies } = page;
  if (isRedirect(page) || isSandboxed(policies) || guardsWorkers(policies)) return [];
  // If every path lacks it, that is another finding.
  if (![app, missing].every((other) => guardsWorkers(other.policies))) return [];
  const found = `${status}, ${policies.text ?? "without a policy"}`;
  return [{ code: isReachable(page, app) ? "error_page_in_reach" : "error_page_without_policy", found }];
}

/** Whether the document has an opaque origin, which the app's script cannot reach. */
function isSandboxed(policies: HostResponse["policies"]): boolean {
  return policies.forbid("sandbox", (flags) => !flags.includes("allow-same-origin"));
}

/** Whether Trusted Types keep text from being registered as a service worker. */
function guardsWorkers(policies: HostResponse["policies"]): boolean {
  return policies.forbid("require-trusted-types-for", (groups) => groups.includes("'script'"));
}

/** Whether the app's script can reach a page of its origin in a frame or popup. */
function isReachable(page: HostResponse, { policies, headers, url }: HostResponse): boolean {
  const mayFrame = !policies.forbid("frame-src", (sources) => !lets(sources, url, url));
  const opens = (openerPolicy(page.headers) === "same-origin") === (openerPolicy(headers) === "same-origin");
  return (mayFrame && framers(page) !== "nobody") || opens;
}

/** Finds a nonce that was sent twice: attackers can know it in advance. */
export function repeatedNonce(first: HostResponse, second: HostResponse): Observation[] {
  const known = new Set(first.policies.nonces());
  return second.policies
    .nonces()
    .filter((nonce) => known.has(nonce))
    .slice(0, 1)
    .map((nonce) => ({ code: "app_repeats_its_nonce", found: nonce }));
}

function checkPolicies(app: HostResponse, options: Known): Observation[] {
  const { policies, url } = app;
  if (policies.none) return [{ code: "app_without_policy", found: policies.text }];
  const open = (
    code: Observation["code"],
    directive: string,
    forbids: (sources: string[]) => boolean,
  ): Observation[] =>
    when(!policies.forbid(directive, forbids), { code, found: policies.describe(directive) });

  const inline = [
    ...open("app_runs_inline_script", "script-src-elem", forbidsInline),
    ...open("app_runs_inline_script", "script-src-attr", forbidsInline),
  ];
  return [
    ...inline.slice(0, 1),
    ...open("app_runs_script_of_any_host", "script-src-elem", namesItsScripts),
    ...open("app_runs_text_as_script", "script-src", (sources) => !sources.includes("'unsafe-eval'")),
    ...open("app_needs_no_trusted_types", "require-trusted-types-for", (groups) =>
      groups.includes("'script'"),
    ),
    ...open(
      "app_lets_script_make_trusted_types",
      "trusted-types",
      (names) => !names.includes("*") && !names.includes("'allow-duplicates'"),
    ),
    ...open("app_frames_any_site", "frame-src", namesItsHosts),
    ...framesTheLogin(),
    ...open("app_connects_to_any_host", "connect-src", namesItsHosts),
    ...reachesTokenEndpoint(),
    ...open("app_starts_workers_from_text", "worker-src", (sources) => !startsText(sources)),
    ...startsOtherFiles(),
    ...open("app_has_a_movable_base", "base-uri", namesItsHosts),
    ...open("app_embeds_plugins", "object-src", isNone),
    ...open("app_sends_forms_anywhere", "form-action", namesItsHosts),
    ...when(framers(app) === "anybody", { code: "app_can_be_framed", found: describeFramers(app) }),
  ];

  function startsOtherFiles(): Observation[] {
    const files = [...options.imports, "/strongroom-check/any-file.js"].map((path) => new URL(path, url));
    const started = files.find(
      (file) => !policies.forbid("worker-src", (sources) => !startsWorker(sources, file, url)),
    );
    return when(started !== undefined, {
      code: "app_starts_any_file_as_worker",
      found: policies.describe("worker-src"),
    });
  }

  function framesTheLogin(): Observation[] {
    const { provider } = options;
    if (!provider || !policies.forbid("frame-src", namesItsHosts)) return [];
    const login = new URL(provider.authorizationEndpoint, url);
    return open("app_frames_the_login", "frame-src", (sources) => !lets(sources, login, url));
  }

  function reachesTokenEndpoint(): Observation[] {
    const { provider, api } = options;
    if (!provider || !api) return [];
    const token = new URL(provider.tokenEndpoint, url);
    const needed = [url, ...api.map((each) => new URL(each, url))].some(
      ({ origin }) => origin === token.origin,
    );
    if (needed || !policies.forbid("connect-src", namesItsHosts)) return [];
    return open("app_reaches_the_token_endpoint", "connect-src", (sources) => !lets(sources, token, url));
  }
}

/**
 * Whether script of the app can reach this document: in a frame, or in a popup, which is isolated unless it has the app's opener policy. A
 * redirect has no document.
 */
function isInReach(response: HostResponse): boolean {
  const { policies, headers } = response;
  const isCutOff = framers(response) === "nobody" && openerPolicy(headers) !== "same-origin";
  return !isRedirect(response) && !isSandboxed(policies) && !isCutOff;
}

function when(holds: boolean, observation: Observation): Observation[] {
  return holds ? [observation] : [];
}
