import { fileURLToPath } from "node:url";
import { type Api, startApi } from "../../dev-provider/src/api.js";
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../../dev-provider/src/authorization-server.js";
import { type Listener, listen } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { AppHost } from "./host.js";
import { naiveCallback, startLab } from "./lab/lab.js";
import type { LabSites } from "./lab/sites.js";
import type { LocalPorts } from "./ports.js";

export interface DemoOptions {
  /** 0 for any free port. */
  ports: LocalPorts;
  /** Folder of the built demo. Default: `dist` of this package. */
  app?: string;
  /** The built worker file. Default: that of the package `strongroom`. */
  workerScript?: string;
}

/** The demo's servers, on this machine's loopback interface. */
export interface Demo {
  origin: string;
  authorizationServer: AuthorizationServer;
  api: Api;
  lab: LabSites;
  close(): Promise<void>;
}

/** Starts the app's host, its authorization server and API, and the lab. */
export async function startDemo({
  ports,
  app = fileURLToPath(new URL("../dist", import.meta.url)),
  workerScript = fileURLToPath(import.meta.resolve("strongroom/strongroom-worker.js")),
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
    const authorizationServer = await startAuthorizationServer({
      listener: forAuthorizationServer,
      redirectUris: [`${origin}/auth/callback`, naiveCallback(forNaiveApp)],
      signOutUris: [`${origin}/`],
      hint: ada,
    });
    const { issuer, clientId, endpoints } = authorizationServer;
    const api = await startApi({ listener: forApi, issuer, clientId, jwksUri: endpoints.jwks });
    const lab = startLab({ forNaiveApp, forAttacker, app, origin, authorizationServer, api });
    new AppHost({ listener: forApp, app, workerScript, authorizationServer, api, lab }).start();
    return { origin, authorizationServer, api, lab, close };
  } catch (error) {
    await close();
    throw error;
  }
}
