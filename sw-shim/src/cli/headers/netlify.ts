import { edgeFunction } from "./edge-function";
import type { HostSettings } from "./format";

/** An edge function. */
export function netlify(settings: HostSettings): string {
  return edgeFunction(settings, {
    comment: [
      "Strongroom's host headers for Netlify: netlify/edge-functions/strongroom.js",
      "",
      "Not [[headers]] in netlify.toml: all of those that match a path apply, and the worker's policy and the app's exclude",
      "each other. Nothing else may set these headers.",
    ],
    head: "export default async (request, context) => {",
    tail: '\nexport const config = { path: "/*" };\n',
  });
}
