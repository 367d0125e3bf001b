/// <reference types="node" />
/**
 * What a deployed host sends wrong.
 *
 * @module strongroom/check-headers
 */

import type { HostOptions } from "../headers";
import { check } from "./check";
import type { HeaderFinding } from "./finding";
import { Network } from "./network";

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
  const start = new URL(url);
  if (!/^https?:$/.test(start.protocol)) throw new TypeError(`checkHeaders: ${url} is not an http(s) URL.`);
  const { requestHeaders, signal } = options;
  const network = new Network(start, {
    ...(requestHeaders && { requestHeaders }),
    ...(signal && { signal }),
  });
  return await check(start, options, network);
}
