import Koa from "koa";
import { hostRules, ruleFor } from "strongroom/headers";
import type { Api } from "../../../dev-provider/src/api.js";
import type { AuthorizationServer } from "../../../dev-provider/src/authorization-server.js";
import { ignoreBrokenConnections } from "../../../dev-provider/src/koa-errors.js";
import type { Listener } from "../../../dev-provider/src/loopback.js";
import { userPool } from "../../../dev-provider/src/user-pool.js";
import { isNavigation, staticFiles } from "../static-files.js";
import { withLoginDomainOfTheSite } from "../vault-origin.js";
import { startAttacker, type VaultOriginApp } from "./attacker.js";
import { type LabSites, openConnections } from "./sites.js";

export interface LabOptions {
  forNaiveApp: Listener;
  forAttacker: Listener;
  /** Folder of the built demo. */
  app: string;
  /** Origin of the app with a vault on the same origin. */
  origin?: string;
  /** The app with a vault on an origin of its own, and that origin. */
  vaultOrigin?: Omit<VaultOriginApp, "authorizationEndpoint">;
  authorizationServer: Pick<AuthorizationServer, "clientId" | "endpoints">;
  api: Pick<Api, "url">;
}

/** Starts the app that keeps tokens itself, and the attacker's server. */
export function startLab(options: LabOptions): LabSites {
  const { forNaiveApp, forAttacker, origin, vaultOrigin, authorizationServer, api } = options;
  const { clientId, endpoints } = authorizationServer;
  const attacker = startAttacker(
    forAttacker,
    { authorizationServer, api },
    vaultOrigin && {
      ...vaultOrigin,
      authorizationEndpoint: withLoginDomainOfTheSite(authorizationServer).endpoints.authorization,
    },
  );
  const lab: LabSites = {
    ...(origin === undefined ? {} : { vault: `${origin}/lab` }),
    ...(vaultOrigin ? { "vault-origin": `${vaultOrigin.origin}/lab` } : {}),
    naive: naiveLab(forNaiveApp),
    attacker: attacker.origin,
    signIn: {
      authorizationEndpoint: endpoints.authorization,
      tokenEndpoint: endpoints.token,
      clientId,
      redirectUri: naiveCallback(forNaiveApp),
      scope: userPool.scopes.join(" "),
    },
  };
  startNaiveHost(options, lab);
  return lab;
}

/** The redirect URI of the app that keeps tokens itself. */
export function naiveCallback(listener: Listener): string {
  return `${naiveLab(listener)}/callback`;
}

function naiveLab({ port }: Listener): string {
  return `http://127.0.0.1:${port}/lab`;
}

/**
 * Serves the demo a second time, as an app that signs in and keeps tokens in its own page. Its policy is as strict as such an app can
 * have it, and allows connections to the attacker's server.
 */
function startNaiveHost(
  { forNaiveApp, app: folder, authorizationServer, api }: LabOptions,
  lab: LabSites,
): void {
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
  forNaiveApp.serve(app.callback());
}
