import { fileURLToPath } from "node:url";
import { type Api, startApi } from "../../dev-provider/src/api.js";
import type { ApiTesting } from "../../dev-provider/src/api-testing.js";
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from "../../dev-provider/src/authorization-server.js";
import type { AuthorizationServerTesting } from "../../dev-provider/src/authorization-server-testing.js";
import type { ApiFlavour } from "../../dev-provider/src/authorizer.js";
import { type Listener, listen } from "../../dev-provider/src/loopback.js";
import { userPool } from "../../dev-provider/src/user-pool.js";
import { ada, type User } from "../../dev-provider/src/users.js";
import { type AppHost, type AppHostOptions, startHost } from "./host.js";
import type { HostTesting } from "./host-testing.js";
import { startAttacker } from "./lab/attacker.js";
import { startNaiveHost } from "./lab/naive-host.js";
import type { LabSites } from "./lab/sites.js";
import { NetworkTesting } from "./network-testing.js";

export interface StandInsOptions extends Pick<AppHostOptions, "policy" | "ownWorker"> {
  /** Default: any free ones. */
  ports?: { app: number; authorizationServer: number; api: number; naiveApp?: number; attacker?: number };
  /** Folder of the built demo. Default: `dist` of this package. */
  app?: string;
  /** The built worker file. Default: that of the package `strongroom`. */
  workerScript?: string;
  /** Shows the test user's name and password on the login page. */
  hint?: boolean;
  /** `127.0.0.1`: a login domain that is not same-site with the app. */
  authorizationServerHostname?: "localhost" | "127.0.0.1";
  /** The issuer type of the user pool, whose tokens then name an issuer at AWS: for workers configured with `cognito`. */
  issuerType?: "ORIGINAL" | "UPDATED";
  /** Default: `http`. */
  apiFlavour?: ApiFlavour;
  /** Adds the lab: a page of the app, an app that keeps tokens itself, and an attacker's server. */
  lab?: boolean;
  /** Adds the `testing` handles of the three. */
  testing?: boolean;
}

/** Authorization server, API and app host, wired together on this machine's loopback interface. */
export interface StandIns {
  app: { origin: string };
  authorizationServer: AuthorizationServer;
  api: Api;
  host: AppHost;
  lab?: LabSites;
  /** Who can sign in. */
  user: User;
  network?: NetworkTesting;
  close(): Promise<void>;
}

/** Stand-ins whose `testing` handles are there. */
export interface TestedStandIns extends StandIns {
  authorizationServer: AuthorizationServer & { testing: AuthorizationServerTesting };
  api: Api & { testing: ApiTesting };
  host: AppHost & { testing: HostTesting };
  network: NetworkTesting;
}

export function startStandIns(options: StandInsOptions & { testing: true }): Promise<TestedStandIns>;
export function startStandIns(options?: StandInsOptions): Promise<StandIns>;
export async function startStandIns(options: StandInsOptions = {}): Promise<StandIns> {
  const { ports = { app: 0, authorizationServer: 0, api: 0 }, testing = false } = options;
  const listeners: Listener[] = [];
  const close = async () => {
    await Promise.all(listeners.map((listener) => listener.close()));
  };
  const bind = async (port: number) => {
    const listener = await listen(port);
    listeners.push(listener);
    return listener;
  };

  try {
    // The authorization server has to know the app's origin and the app's host the authorization server's: ports first.
    const forApp = await bind(ports.app);
    const forAuthorizationServer = await bind(ports.authorizationServer);
    const forApi = await bind(ports.api);
    const origin = `http://localhost:${forApp.port}`;
    const forLab = options.lab
      ? { naiveApp: await bind(ports.naiveApp ?? 0), attacker: await bind(ports.attacker ?? 0) }
      : undefined;
    const naiveLab = forLab && `http://127.0.0.1:${forLab.naiveApp.port}/lab`;

    const authorizationServer = await startAuthorizationServer({
      listener: forAuthorizationServer,
      hostname: options.authorizationServerHostname ?? "localhost",
      redirectUris: [`${origin}/auth/callback`, ...(naiveLab ? [`${naiveLab}/callback`] : [])],
      signOutUris: [`${origin}/`],
      ...(options.issuerType ? { issuerType: options.issuerType } : {}),
      ...(options.hint ? { hint: ada } : {}),
      testing,
    });
    const { issuer, clientId, endpoints } = authorizationServer;
    const api = await startApi({
      listener: forApi,
      issuer,
      clientId,
      jwksUri: endpoints.jwks,
      flavour: options.apiFlavour ?? "http",
      testing,
    });
    const app = options.app ?? fileURLToPath(new URL("../dist", import.meta.url));
    let lab: LabSites | undefined;
    if (forLab && naiveLab) {
      const attacker = startAttacker({
        listener: forLab.attacker,
        api: api.url,
        tokenEndpoint: endpoints.token,
        clientId,
      });
      lab = {
        vault: `${origin}/lab`,
        naive: naiveLab,
        attacker: attacker.origin,
        signIn: {
          authorizationEndpoint: endpoints.authorization,
          tokenEndpoint: endpoints.token,
          clientId,
          redirectUri: `${naiveLab}/callback`,
          scope: userPool.scopes.join(" "),
        },
      };
      await startNaiveHost({ listener: forLab.naiveApp, app, authorizationServer, api, lab });
    }
    const host = await startHost({
      listener: forApp,
      app,
      workerScript:
        options.workerScript ?? fileURLToPath(import.meta.resolve("strongroom/strongroom-worker.js")),
      authorizationServer,
      api,
      ...(options.policy ? { policy: options.policy } : {}),
      ...(options.ownWorker ? { ownWorker: options.ownWorker } : {}),
      ...(lab ? { lab } : {}),
      testing,
    });
    const ofServers = { app: forApp, authorizationServer: forAuthorizationServer, api: forApi };
    const network = testing ? { network: new NetworkTesting(ofServers) } : {};
    return {
      app: { origin },
      authorizationServer,
      api,
      host,
      ...(lab ? { lab } : {}),
      user: ada,
      ...network,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
