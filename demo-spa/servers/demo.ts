import type { RequestListener } from "node:http";
import { type Api, startApi } from "../../dev-provider/src/api.js";
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../../dev-provider/src/authorization-server.js";
import { type Listener, listen } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { AppHost, BUILT } from "./host.js";
import { naiveCallback, startLab } from "./lab/lab.js";
import type { LabSites } from "./lab/sites.js";
import type { LocalPorts } from "./ports.js";
import { vaultOriginHandler, withLoginDomainOfTheSite } from "./vault-origin.js";

export interface DemoOptions {
  /** 0 for any free port. */
  ports: LocalPorts;
  /** Folder of the built demo. Default: that of {@link BUILT}. */
  app?: string;
  /** The built worker file. Default: the same. */
  workerScript?: string;
}

/** The demo's servers, on this machine's loopback interface. */
export interface Demo {
  /** The app whose vault is on the app's own origin. */
  origin: string;
  /** The same app, whose vault has an origin of its own. */
  vaultOrigin: { app: string; vault: string };
  authorizationServer: AuthorizationServer;
  api: Api;
  lab: LabSites;
  close(): Promise<void>;
}

/**
 * The hosts of the mode in which the vault has an origin of its own. To a browser they are one site and two origins that share no
 * cookies.
 */
const APP = "app.strongroom.localhost";
const VAULT = "vault.strongroom.localhost";

/** Starts the app's hosts for both modes, their authorization server and API, and the lab. */
export async function startDemo({
  ports,
  app = BUILT.app,
  workerScript = BUILT.workerScript,
}: DemoOptions): Promise<Demo> {
  const listeners: Listener[] = [];
  const bind = async (port: number) => {
    const listener = await listen(port);
    listeners.push(listener);
    return listener;
  };
  const close = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };

  try {
    // The servers have to know each other's origins: bind all ports first.
    const forApp = await bind(ports.app);
    const forAuthorizationServer = await bind(ports.authorizationServer);
    const forApi = await bind(ports.api);
    const forNaiveApp = await bind(ports.naiveApp);
    const forAttacker = await bind(ports.attacker);

    const origin = `http://localhost:${forApp.port}`;
    const vaultOrigin = {
      app: `http://${APP}:${forApp.port}`,
      vault: `http://${VAULT}:${forApp.port}`,
    };
    const authorizationServer = await startAuthorizationServer({
      listener: forAuthorizationServer,
      redirectUris: [
        `${origin}/auth/callback`,
        `${vaultOrigin.vault}/callback.html`,
        naiveCallback(forNaiveApp),
      ],
      signOutUris: [`${origin}/`, `${vaultOrigin.app}/`],
      hint: ada,
    });
    const api = await startApi({ listener: forApi, authorizationServer });
    const lab = startLab({
      forNaiveApp,
      forAttacker,
      app,
      origin,
      vaultOrigin: { origin: vaultOrigin.app, vault: vaultOrigin.vault },
      authorizationServer,
      api,
    });
    const shared = { listener: forApp, app, workerScript, api, lab };
    const host = new AppHost({ ...shared, authorizationServer, otherMode: vaultOrigin.app });
    const otherHost = new AppHost({
      ...shared,
      hostname: APP,
      authorizationServer: withLoginDomainOfTheSite(authorizationServer),
      vault: vaultOrigin.vault,
      otherMode: origin,
    });
    const others = new Map([
      [APP, otherHost.handler()],
      [
        VAULT,
        vaultOriginHandler({ apps: [vaultOrigin.app], config: () => otherHost.workerConfig, workerScript }),
      ],
    ]);
    forApp.serve(byHost(others, host.handler()), () => host.refusal());
    return { origin, vaultOrigin, authorizationServer, api, lab, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Several hosts on one port. Requests to any other host go to `rest`. */
function byHost(handlers: ReadonlyMap<string, RequestListener>, rest: RequestListener): RequestListener {
  return (request, response) => {
    const hostname = (request.headers.host ?? "").replace(/:\d+$/, "");
    (handlers.get(hostname) ?? rest)(request, response);
  };
}
