import { edgeFunction } from "./edge-function";
import type { HostSettings } from "./format";

/** A middleware of Cloudflare Pages, which runs before the files and before the rules of `_headers` and `_redirects`. */
export function cloudflare(settings: HostSettings): string {
  return edgeFunction(settings, {
    comment: [
      "Strongroom's host headers for Cloudflare Pages: save as functions/_middleware.js",
      "",
      "Do not use a _headers file: all matching rules apply, and the policies of the worker and of the app conflict.",
      "Nothing else may set these headers. A _routes.json must not exclude any path.",
    ],
    head: "export const onRequest = async (context) => {\n  const { request } = context;",
  });
}
