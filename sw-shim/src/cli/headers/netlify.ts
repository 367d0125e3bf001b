import { edgeFunction } from "./edge-function";
import type { HostSettings } from "./format";

/** An edge function. */
export function netlify(settings: HostSettings): string {
  return edgeFunction(settings, {
    comment: [
      "Strongroom's host headers for Netlify: save as netlify/edge-functions/strongroom.js",
      "",
      "Do not use [[headers]] in netlify.toml: all matching rules apply, and the policies of the worker and of the app",
      "conflict. Nothing else may set these headers.",
    ],
    head: "export default async (request, context) => {",
    tail: '\nexport const config = { path: "/*" };\n',
  });
}
