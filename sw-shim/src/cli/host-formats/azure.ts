import type { HostRule } from "../../headers";
import { filesOf, type HostSettings, json, kindsOf, withoutOwnTypes } from "./format";

/** `staticwebapp.config.json` of Azure Static Web Apps. A function serves the endpoints: the host's own routes cannot send 204. */
export function azure({ rules }: HostSettings): string {
  const { callback, endpoints, workers, app } = kindsOf(rules);
  // The first matching route applies. An empty header removes a global one.
  const cleared = { "Cross-Origin-Opener-Policy": "", "Referrer-Policy": "" };
  return json({
    routes: [
      {
        route: callback.path,
        rewrite: "/api/strongroom/callback",
        headers: { ...cleared, ...withoutOwnTypes(callback.headers) },
      },
      {
        route: endpoints.path,
        rewrite: "/api/strongroom/endpoint",
        headers: { ...cleared, ...withoutOwnTypes(endpoints.headers) },
      },
      ...workers.map(({ path, headers }) => ({
        route: path,
        headers: { ...cleared, ...withoutOwnTypes(headers) },
      })),
    ],
    globalHeaders: app.headers,
    navigationFallback: {
      rewrite: "/index.html",
      // A missing worker script is a 404, not the app.
      exclude: [endpoints.path, "/api/*", ...workers.map(({ path }) => path)],
    },
  });
}

/** `staticwebapp.config.json` of a vault origin. The headers of a route replace global ones of the same name. */
export function azureVault(rules: HostRule[]): string {
  const { files, missing } = filesOf(rules);
  return `${json({
    routes: [
      ...files.map(({ path, headers }) => ({ route: path, headers: withoutOwnTypes(headers) })),
      { route: "/*", statusCode: missing.page.status },
    ],
    globalHeaders: withoutOwnTypes(missing.headers),
    responseOverrides: { "404": { rewrite: "/404.html", statusCode: missing.page.status } },
  })}\n`;
}

/** The managed function for the endpoints, in programming model 4 of Azure Functions. */
export function azureFunction({ rules }: HostSettings): string {
  const { callback, endpoints } = kindsOf(rules);
  const { status, body } = endpoints.page;
  return `// Strongroom's endpoints on Azure Static Web Apps: save as api/src/functions/strongroom.js
//
// staticwebapp.config.json routes the endpoints' requests here. The response is never the app, and the callback's is no document.
const { app } = require("@azure/functions");

const callback = ${json({ status: callback.page.status, headers: callback.headers })};
const endpoint = ${json({ status, headers: endpoints.headers, body })};

app.http("strongroom", {
  route: "strongroom/{page}",
  authLevel: "anonymous",
  methods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
  handler: async ({ params }) => (params.page === "callback" ? callback : endpoint),
});
`;
}
