import { edgeFunction } from "./edge-function";
import type { HostSettings } from "./format";

/** A middleware of Cloudflare Pages, which runs before the files and before the rules of `_headers` and `_redirects`. */
export function cloudflare(settings: HostSettings): string {
  return edgeFunction(settings, {
    comment: [
      "Strongroom's host headers for Cloudflare Pages: functions/_middleware.js",
      "",
      "Not a _headers file: all rules that match a path apply, and the worker's policy and the app's exclude each other.",
      "Nothing else may set these headers. A _routes.json must not exclude any path.",
    ],
    head: "export const onRequest = async (context) => {\n  const { request } = context;",
  });
}
