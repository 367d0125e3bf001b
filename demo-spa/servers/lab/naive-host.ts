import Koa from "koa";
import { hostRules, ruleFor } from "strongroom/headers";
import type { Api } from "../../../dev-provider/src/api.js";
import type { AuthorizationServer } from "../../../dev-provider/src/authorization-server.js";
import { ignoreBrokenConnections } from "../../../dev-provider/src/koa-errors.js";
import type { Listener } from "../../../dev-provider/src/loopback.js";
import { isNavigation, staticFiles } from "../static-files.js";
import { type LabSites, openConnections } from "./sites.js";

export interface NaiveHostOptions {
  listener: Listener;
  /** Folder of the built demo. */
  app: string;
  authorizationServer: Pick<AuthorizationServer, "endpoints">;
  api: Pick<Api, "url">;
  lab: LabSites;
}

/**
 * Serves the demo a second time, as an app that signs in and keeps tokens in its own page, without a worker. Its policy is
 * as strict as such an app can have it, and lets the page speak with the attacker, so that there is something to see.
 */
export function startNaiveHost(options: NaiveHostOptions): void {
  const { listener, app: folder, authorizationServer, api, lab } = options;
  const { authorization, token } = authorizationServer.endpoints;
  const rules = hostRules({
    workers: [],
    api: [api.url],
    provider: { authorizationEndpoint: authorization, tokenEndpoint: token },
  });
  const headers = openConnections(ruleFor(rules, "/").headers, new URL(token).origin, lab.attacker);
  const files = staticFiles(folder);

  const app = ignoreBrokenConnections(new Koa());
  app.use(async (ctx) => {
    ctx.set(headers);
    if (ctx.method !== "GET" && ctx.method !== "HEAD") return;
    if (ctx.path === "/config.json") {
      ctx.set("Cache-Control", "no-cache");
      ctx.body = { api: api.url, lab };
      return;
    }
    if (await files.sendFile(ctx)) return;
    if (isNavigation(ctx)) await files.sendApp(ctx);
  });
  listener.serve(app.callback());
}
