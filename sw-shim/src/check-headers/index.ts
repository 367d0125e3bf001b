/// <reference types="node" />
/**
 * What a deployed host sends wrong.
 *
 * @module strongroom/check-headers
 */

import type { HostOptions } from "../headers";
import { type Answer, ask, askForApp, isRedirect } from "./answer";
import { checkApp, checkOtherPath, repeatedNonce } from "./app";
import { checkEndpoint, closedPlace } from "./endpoint";
import { type HeaderFinding, report } from "./finding";
import { checkWorker } from "./worker";

export { CheckHeadersError, type CheckHeadersErrorCode } from "./answer";
export type { HeaderFinding, HeaderFindingCode } from "./finding";
export { formatFindings } from "./format";

/** What {@link checkHeaders} has to know of the app. Everything has the default that the vault itself has. */
export interface CheckHeadersOptions extends Partial<HostOptions> {
  /**
   * Paths of every script that runs as the worker. Default: `/vault-worker.js` and `/strongroom-worker.js`.
   *
   * Together, `api` and `provider` let the check compare the worker's policy with what the worker has to reach, and
   * see whether the page can reach the token endpoint. Without them, only a policy that names no hosts at all is found.
   */
  workers?: string[];
  /** The `scope` that the app gives to `connect`, if it does. */
  scope?: string;
  /** Further paths of this origin to look at, for example a deep link, an upload, or an error page. */
  paths?: string[];
  /** Request headers that the host wants, for example a preview deployment's `Authorization`. */
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
 * It sends a handful of GET requests, no credentials but `requestHeaders`, and changes nothing.
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
  const { basePath = "/auth", workers = ["/vault-worker.js", "/strongroom-worker.js"], paths = [] } = options;
  for (const path of [basePath, ...workers, ...paths]) mustBePath(path);

  const [app, again] = [await askForApp(url, options), await askForApp(url, options)];
  const { origin } = app.url;
  const at = (path: string) => new URL(path, origin);

  const findings = report();
  if (isInsecure(app.url)) findings.add(app.url, { code: "insecure_origin", found: origin });
  findings.addAll(app, checkApp(app, options));
  findings.addAll(app, repeatedNonce(app, again));

  const code = "strongroom-check";
  for (const path of [`callback?code=${code}&state=${code}`, `${code}/below`]) {
    const endpoint = await ask(at(`${basePath}/${path}`), "page", options);
    const place = closedPlace(endpoint, basePath, code);
    if (!place && !isRedirect(endpoint)) {
      findings.add(endpoint.url, { code: "callback_keeps_its_url", found: String(endpoint.status) });
    }
    const seen = place ? await ask(place, "page", options) : endpoint;
    findings.addAll(seen, checkEndpoint(seen, app));
  }
  for (const path of workers) {
    const script = await ask(at(path), "worker", options);
    findings.addAll(script, checkWorker(script, options));
  }
  for (const other of [...firstScript(app), at("/strongroom-check/missing"), ...paths.map(at)]) {
    const answer = await ask(other, "page", options);
    findings.addAll(answer, checkOtherPath(answer, app, options));
  }
  return findings.list();
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
