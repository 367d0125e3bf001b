/// <reference types="node" />
/**
 * Checks the headers that a deployed host sends.
 *
 * @module strongroom/check-headers
 */

import type { HostOptions } from "../headers";
import { check } from "./check";
import type { HeaderFinding } from "./findings";
import { Network } from "./network";

export { formatFindings, type HeaderFinding, type HeaderFindingCode } from "./findings";
export { CheckHeadersError, type CheckHeadersErrorCode } from "./host";

/**
 * Options of {@link checkHeaders}. The defaults are those of the vault.
 *
 * With both `api` and `provider`, the check compares the worker's `connect-src` with the origins that the worker needs, and
 * reports a page that can reach the token endpoint. Without them it only finds policies that allow any host.
 *
 * @example
 * ```ts
 * import type { CheckHeadersOptions } from "strongroom/check-headers";
 *
 * export const options: CheckHeadersOptions = {
 *   paths: ["/notes/1", "/uploads/example.png"],
 *   requestHeaders: { Authorization: "Basic dTpw" },
 *   signal: AbortSignal.timeout(60_000),
 * };
 * ```
 */
export interface CheckHeadersOptions extends Partial<HostOptions> {
  /** Paths of the worker scripts. Default: `/vault-worker.js`. */
  workers?: string[];
  /** The `scope` that the app passes to `connect()`. */
  scope?: string;
  /** Further paths of this origin to check, for example a deep link, an upload or an error page. */
  paths?: string[];
  /**
   * Request headers that the host requires, for example `Authorization` of a preview deployment. They are sent only to the
   * origin of `url`, not to origins that it redirects to.
   */
  requestHeaders?: Record<string, string>;
  /** Aborts the check, which then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Requests the app, the worker scripts and the worker's endpoints from a deployed host, as a browser without the worker does, and
 * reports wrong headers: what the host sends, what an attacker could do, and what to change.
 *
 * The check evaluates policies as browsers do. Several headers apply together, and a stricter policy than that of `strongroom/headers` is
 * fine. Report-only policies and policies in `<meta>` elements do not count.
 *
 * The check changes nothing. It sends a few GET requests, without credentials except those in `requestHeaders`. Hosts are expected to refuse
 * some of them (an over-long URL, a malformed URL, a long cookie), because their own error pages matter too.
 *
 * @param url The app's page.
 * @param options The parts of the app's configuration that the headers depend on.
 * @returns The findings, errors first. Empty if nothing is wrong.
 * @throws {@link CheckHeadersError} if the host cannot be checked: it does not respond, or not with the app.
 * @throws TypeError for an invalid URL or option.
 *
 * @example
 * ```ts
 * import { checkHeaders, formatFindings } from "strongroom/check-headers";
 *
 * const findings = await checkHeaders("https://app.example.com/", {
 *   api: ["https://api.example.com/v1/"],
 *   provider: {
 *     authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
 *     tokenEndpoint: "https://auth.example.com/oauth2/token",
 *   },
 * });
 * process.stdout.write(formatFindings(findings));
 * ```
 */
export async function checkHeaders(
  url: string | URL,
  options: CheckHeadersOptions = {},
): Promise<HeaderFinding[]> {
  const start = new URL(url);
  if (!/^https?:$/.test(start.protocol)) throw new TypeError(`checkHeaders: ${url} is not an http(s) URL.`);
  const { requestHeaders, signal } = options;
  const network = new Network(start, {
    ...(requestHeaders && { requestHeaders }),
    ...(signal && { signal }),
  });
  return await check(start, options, network);
}
