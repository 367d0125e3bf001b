/// <reference types="node" />
/**
 * What a deployed host sends wrong.
 *
 * @module strongroom/check-headers
 */

import { type HostOptions, libraries } from "../headers";
import { type Answer, askForApp, Host, isRedirect } from "./answer";
import { checkApp, checkErrorPage, checkOtherPath, repeatedNonce } from "./app";
import { checkEndpoint, closedPlace } from "./endpoint";
import { type HeaderFinding, report } from "./finding";
import { checkWorker } from "./worker";

export { CheckHeadersError, type CheckHeadersErrorCode } from "./answer";
export type { HeaderFinding, HeaderFindingCode } from "./finding";
export { formatFindings } from "./format";

/** What {@link checkHeaders} has to know of the app. Everything has the default that the vault itself has. */
export interface CheckHeadersOptions extends Partial<HostOptions> {
  /**
   * Paths of the scripts that the app starts as the worker. Default: `/vault-worker.js`.
   *
   * Together, `api` and `provider` let the check compare the worker's policy with what the worker has to reach, and
   * see whether the page can reach the token endpoint. Without them, only a policy that names no hosts at all is found.
   */
  workers?: string[];
  /** The `scope` that the app gives to `connect`, if it does. */
  scope?: string;
  /** Further paths of this origin to look at, for example a deep link, an upload, or an error page. */
  paths?: string[];
  /**
   * Request headers that the host requires, for example a preview deployment's `Authorization`. They are sent to the origin of
   * `url` only, and to no origin that it redirects to.
   */
  requestHeaders?: Record<string, string>;
  /** Ends the check, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Asks a deployed host for the app, the worker scripts and the worker's endpoints, as somebody would whose browser has no
 * worker yet, and says what it sends wrong, what an attacker could do with that, and what to change.
 *
 * Policies are read as browsers read them: several headers add up, a stricter policy than the one of
 * `strongroom/headers` is fine, and a report-only one does not count. Policies in `<meta>` elements do not count either:
 * they cannot say `sandbox` or `frame-ancestors`, and hold only for what stands after them.
 *
 * It sends a handful of GET requests, no credentials but `requestHeaders`, and changes nothing. Some of them are meant to be
 * refused: an over-long URL, a malformed one, and a long cookie, since a host's own error page needs the headers too.
 *
 * @param url The app's page.
 * @returns What is wrong, errors first. An empty list means that nothing is.
 * @throws {@link CheckHeadersError} if the host cannot be judged: it does not answer, or answers with something else.
 * @throws TypeError for a URL or option that makes no sense.
 */
export async function checkHeaders(
  url: string | URL,
  options: CheckHeadersOptions = {},
): Promise<HeaderFinding[]> {
  const { basePath = "/auth", workers = ["/vault-worker.js"], paths = [] } = options;
  const imports = options.imports ?? libraries(workers);
  for (const path of [basePath, ...workers, ...imports, ...paths]) mustBePath(path);

  const start = new URL(url);
  if (!/^https?:$/.test(start.protocol)) throw new TypeError(`checkHeaders: ${url} is not an http(s) URL.`);
  const host = new Host(start, options);
  const [app, again] = [await askForApp(start, host), await askForApp(start, host)];
  const { origin } = app.url;
  const at = (path: string) => new URL(path, origin);

  const findings = report();
  if (isInsecure(app.url)) findings.add(app.url, { code: "insecure_origin", found: origin });
  findings.addAll(app, checkApp(app, { ...options, workers, imports }));
  findings.addAll(app, repeatedNonce(app, again));

  const code = "strongroom-check";
  for (const path of [`callback?code=${code}&state=${code}`, `${code}/below`]) {
    const endpoint = await host.ask(at(`${basePath}/${path}`), "page");
    const place = closedPlace(endpoint, basePath, code);
    if (!place && !isRedirect(endpoint)) {
      findings.add(endpoint.url, { code: "callback_keeps_its_url", found: String(endpoint.status) });
    }
    const seen = place ? await host.ask(place, "page") : endpoint;
    findings.addAll(seen, checkEndpoint(seen, app));
  }
  for (const path of [...workers, ...imports]) {
    const script = await host.ask(at(path), "worker");
    findings.addAll(script, checkWorker(script, options));
  }
  const missing = await host.ask(at("/strongroom-check/missing"), "page");
  findings.addAll(missing, checkOtherPath(missing, app, { ...options, workers, imports }));
  for (const other of [...firstScript(app), ...paths.map(at)]) {
    const answer = await host.ask(other, "page");
    findings.addAll(answer, checkOtherPath(answer, app, { ...options, workers, imports }));
  }
  for (const [refused, headers] of refusals(at)) {
    const page = await host.provoke(refused, headers);
    if (page) findings.addAll(page, checkErrorPage(page, app, missing));
  }
  return findings.list();
}

/**
 * Requests that hosts refuse before they come to an app's rules, and that script can make a frame send: an over-long URL (414,
 * 431), a malformed one (400), and more cookies than a host takes (400, 431).
 */
function refusals(at: (path: string) => URL): [URL, Record<string, string>][] {
  const long = "a".repeat(20_000);
  return [
    [at(`/strongroom-check/${long}`), {}],
    [at("/strongroom-check/%00%zz"), {}],
    [at("/strongroom-check/missing"), { cookie: `strongroom-check=${long}` }],
  ];
}

/** A file that every page of the app loads: hosts that send headers with pages alone are found by it. */
function firstScript({ body, url }: Answer): URL[] {
  const [, source] = /<script\b[^>]*\bsrc=["']?([^"'\s>]+)/i.exec(body) ?? [];
  const script = source && URL.canParse(source, url) ? new URL(source, url) : undefined;
  return script?.origin === url.origin ? [script] : [];
}

/** Browsers have no service workers here, and the network between can change everything. */
function isInsecure({ protocol, hostname }: URL): boolean {
  return protocol !== "https:" && !/^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

function mustBePath(path: string): void {
  if (!/^\/(?![/\\])/.test(path)) {
    throw new TypeError(`checkHeaders: "${path}" has to be a path of the app's origin, such as "/auth".`);
  }
}
