import { naiveCallback, startLab } from "strongroom-demo/servers/lab/lab.js";
import type { LabSites } from "strongroom-demo/servers/lab/sites.js";
import { withLoginDomainOfTheSite } from "strongroom-demo/servers/vault-origin.js";
import { type Api, startApi } from "../../dev-provider/src/api.js";
import type { ApiTesting } from "../../dev-provider/src/api-testing.js";
import {
  type AuthorizationServer,
  type LoopbackName,
  startAuthorizationServer,
} from "../../dev-provider/src/authorization-server.js";
import type { AuthorizationServerTesting } from "../../dev-provider/src/authorization-server-testing.js";
import type { ApiFlavour } from "../../dev-provider/src/authorizer.js";
import { type Listener, listen } from "../../dev-provider/src/loopback.js";
import { ada } from "../../dev-provider/src/users.js";
import { built } from "../e2e/built.js";
import { TestedHost, type TestedHostOptions } from "./host.js";
import { NetworkTesting } from "./network.js";

export interface StandInsOptions extends Pick<TestedHostOptions, "policy" | "ownWorker" | "base"> {
  /** Folder of the built app. */
  app: string;
  /** Default: the worker file of this checkout's build. */
  workerScript?: string;
  /** Default: on any free ports. Closed with the stand-ins. */
  listeners?: Listeners;
  /** Shows the test user's name and password on the login page. */
  hint?: boolean;
  /** `127.0.0.1`: a login domain that is not same-site with the app. */
  authorizationServerHostname?: LoopbackName;
  /** The issuer type of the user pool, whose tokens then name an issuer at AWS: for workers configured with `cognito`. */
  issuerType?: "ORIGINAL" | "UPDATED";
  /** Default: `http`. */
  apiFlavour?: ApiFlavour;
  /** Adds the lab: a page of the app, an app that keeps tokens itself, and an attacker's server. */
  lab?: boolean;
  /** Gives the vault an origin of its own. */
  vaultOrigin?: boolean;
  /** With `vaultOrigin`: a login domain on the site of app and vault. The lab always has it. */
  loginDomainOfTheSite?: boolean;
  /** Registers the app's former callback beside that of a vault's own origin. */
  formerCallback?: boolean;
}

/** The ports of the stand-ins, bound. */
export interface Listeners {
  app: Listener;
  authorizationServer: Listener;
  api: Listener;
}

export async function bindPorts(): Promise<Listeners> {
  return { app: await listen(), authorizationServer: await listen(), api: await listen() };
}

/** A vault's own origin, and more apps of its site. */
export interface VaultOrigin {
  origin: string;
  /** A second app that uses the vault. */
  otherApp: { origin: string };
  /** An app that does not occur in the vault's configuration. */
  unlistedApp: { origin: string };
}

/** The demo's servers, with a `testing` handle each. */
export interface StandIns {
  app: { origin: string };
  /** If the vault has an origin of its own. */
  vault?: VaultOrigin;
  authorizationServer: AuthorizationServer & { testing: AuthorizationServerTesting };
  api: Api & { testing: ApiTesting };
  host: TestedHost;
  lab?: LabSites;
  network: NetworkTesting;
  /** Restores what tests changed in host, authorization server and API, and empties their records. */
  reset(): void;
  close(): Promise<void>;
}

export async function startStandIns(options: StandInsOptions): Promise<StandIns> {
  const { app, workerScript = built.workerFile, policy, ownWorker, base = "/" } = options;
  // The servers have to know each other's origins: bind all ports first.
  const listeners = options.listeners ?? (await bindPorts());
  const forLab = options.lab ? { forNaiveApp: await listen(), forAttacker: await listen() } : undefined;

  const forVault = options.vaultOrigin
    ? { vault: await listen(), other: await listen(), unlisted: await listen() }
    : undefined;

  const hostname = forVault ? "app.strongroom.localhost" : "localhost";
  const origin = `http://${hostname}:${listeners.app.port}`;
  const vault = forVault && {
    // A host of its own for each, because ports share cookies, and WebKit does not let a frame delete them.
    origin: `http://vault-${forVault.vault.port}.strongroom.localhost:${forVault.vault.port}`,
    otherApp: { origin: `http://other.strongroom.localhost:${forVault.other.port}` },
    unlistedApp: { origin: `http://unlisted.strongroom.localhost:${forVault.unlisted.port}` },
  };
  const apps = vault ? [origin, vault.otherApp.origin] : [];
  const authorizationServer = await startAuthorizationServer({
    listener: listeners.authorizationServer,
    hostname: options.authorizationServerHostname ?? "localhost",
    redirectUris: [
      ...(vault ? [`${vault.origin}/callback.html`] : []),
      ...(vault && !options.formerCallback ? [] : [`${origin}${base}auth/callback`]),
      ...(forLab ? [naiveCallback(forLab.forNaiveApp)] : []),
    ],
    signOutUris: [origin + base, ...apps.map((app) => `${app}/`)],
    ...(options.issuerType ? { issuerType: options.issuerType } : {}),
    ...(options.hint ? { hint: ada } : {}),
    testing: true,
  });
  const api = await startApi({
    listener: listeners.api,
    authorizationServer,
    flavour: options.apiFlavour ?? "http",
    testing: true,
  });
  const lab =
    forLab &&
    startLab({
      ...forLab,
      app,
      ...(vault ? { vaultOrigin: { origin, vault: vault.origin } } : { origin }),
      authorizationServer,
      api,
    });
  const isOfTheSite = vault && (lab || options.loginDomainOfTheSite);
  const host = TestedHost.start({
    listener: listeners.app,
    hostname,
    app,
    workerScript,
    authorizationServer: isOfTheSite ? withLoginDomainOfTheSite(authorizationServer) : authorizationServer,
    api,
    base,
    ...(policy ? { policy } : {}),
    ...(ownWorker ? { ownWorker } : {}),
    ...(lab ? { lab } : {}),
    ...(vault ? { vault: vault.origin } : {}),
  });
  if (forVault) {
    host.serveVaultAt(forVault.vault, apps);
    host.serveAt(forVault.other);
    host.serveAt(forVault.unlisted);
  }
  return {
    app: { origin },
    ...(vault ? { vault } : {}),
    authorizationServer,
    api,
    host,
    ...(lab ? { lab } : {}),
    network: new NetworkTesting(listeners),
    reset() {
      for (const { testing } of [host, api, authorizationServer]) testing.reset();
    },
    async close() {
      const bound = [listeners, forLab, forVault].flatMap((some) => Object.values(some ?? {}));
      await Promise.all(bound.map((listener) => listener.close()));
    },
  };
}
