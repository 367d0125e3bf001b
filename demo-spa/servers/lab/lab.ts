import type { Api } from "../../../dev-provider/src/api.js";
import type { AuthorizationServer } from "../../../dev-provider/src/authorization-server.js";
import type { Listener } from "../../../dev-provider/src/loopback.js";
import { userPool } from "../../../dev-provider/src/user-pool.js";
import { startAttacker } from "./attacker.js";
import { startNaiveHost } from "./naive-host.js";
import type { LabSites } from "./sites.js";

export interface LabOptions {
  forNaiveApp: Listener;
  forAttacker: Listener;
  /** Folder of the built demo. */
  app: string;
  /** Origin of the app with the vault. */
  origin: string;
  authorizationServer: Pick<AuthorizationServer, "clientId" | "endpoints">;
  api: Pick<Api, "url">;
}

/** Starts the app that keeps tokens itself, and the attacker's server. */
export function startLab({ forNaiveApp, forAttacker, ...options }: LabOptions): LabSites {
  const { app, origin, authorizationServer, api } = options;
  const { clientId, endpoints } = authorizationServer;
  const attacker = startAttacker(forAttacker, { authorizationServer, api });
  const lab: LabSites = {
    vault: `${origin}/lab`,
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
  startNaiveHost({ listener: forNaiveApp, app, authorizationServer, api, lab });
  return lab;
}

/** The redirect URI of the app that keeps tokens itself. */
export function naiveCallback(listener: Listener): string {
  return `${naiveLab(listener)}/callback`;
}

function naiveLab({ port }: Listener): string {
  return `http://127.0.0.1:${port}/lab`;
}
