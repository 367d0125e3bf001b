import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { hostRules, ruleFor } from "strongroom/headers";
import type { AuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { providerOf } from "../../dev-provider/src/configuration.js";
import type { Listener } from "../../dev-provider/src/loopback.js";
import { userPool } from "../../dev-provider/src/user-pool.js";
import { TestedHost } from "../stand-ins/host.js";
import type { BenchApi } from "./bench-api.js";

/** The origin of one contender: the demo's host, with its headers, serving the benchmark's page. */
export interface Site {
  origin: string;
  /** The vault's origin, if it has one of its own. */
  vault?: string;
  /** Whether its page is cross-origin isolated. */
  isolated: boolean;
  /** Where the requests go. */
  places: Record<Place, string>;
}

/** An API on another origin, an API on the site's own, and public files. */
export const PLACES = ["another origin", "own origin", "not the API"] as const;
export type Place = (typeof PLACES)[number];

export interface SiteOptions {
  listener: Listener;
  authorizationServer: AuthorizationServer;
  api: BenchApi;
  /** The page's own client. */
  client: "strongroom" | "vault-origin" | "axa" | "none";
  /** Whether the page is cross-origin isolated, for a finer clock (5 µs in place of 100; High Resolution Time, section 7). */
  isolated?: boolean;
  /** Gives the vault an origin of its own. */
  vault?: Listener;
  /** Keys of the vault's configuration. */
  vaultConfig?: Record<string, unknown>;
  /** The `Authorization` value that a hand-written worker or the page sets. */
  authorization?: string | undefined;
  /** A script that runs before the worker's own and records times. */
  prelude?: "handler-profile.js" | "start-profile.js";
}

export const VAULT_WORKER = "/vault-worker.js";
export const FLOOR_WORKER = "/floor-worker.js";
export const PASS_THROUGH_WORKER = "/pass-through-worker.js";
export const ROUTES_WORKER = "/routes-worker.js";

export async function startSite(options: SiteOptions): Promise<Site> {
  const { listener, authorizationServer, api, client, authorization, isolated = true } = options;
  const hostname = options.vault ? "app.strongroom.localhost" : "localhost";
  const origin = `http://${hostname}:${listener.port}`;
  const vault = options.vault && vaultOriginAt(options.vault);
  const places = {
    "another origin": api.url,
    "own origin": `${origin}${OWN_API}`,
    "not the API": api.publicUrl,
  };
  const apis = [places["another origin"], places["own origin"]];
  const prelude = options.prelude ? await readScript(options.prelude) : "";
  const constants = `const APIS = ${JSON.stringify(apis)};
const AUTHORIZATION = ${JSON.stringify(authorization ?? "")};
`;
  const scripts: Record<string, string> = {
    [FLOOR_WORKER]: prelude + constants + (await readScript("floor-worker.js")),
    [PASS_THROUGH_WORKER]: constants + (await readScript("pass-through-worker.js")),
    [ROUTES_WORKER]: await readScript("routes-worker.js"),
    "/client.js": await clientScript(client, {
      ping: `${api.url}ping`,
      headers: authorization ? { authorization } : {},
      ...(vault ? { vault } : {}),
      provider: settingsOf(authorizationServer, origin),
    }),
    ...(client === "axa" ? await axaScripts(authorizationServer, apis, prelude) : {}),
  };
  const rules = hostRules({
    workers: [FLOOR_WORKER, PASS_THROUGH_WORKER, ROUTES_WORKER],
    api: [api.url],
    provider: {
      authorizationEndpoint: authorizationServer.endpoints.authorization,
      tokenEndpoint: authorizationServer.endpoints.token,
    },
  });

  const host = TestedHost.start({
    hostname,
    ...(vault ? { vault } : {}),
    listener: {
      ...listener,
      serve(handler) {
        listener.serve((request, response) => {
          if (isolated) {
            response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
            response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
          }
          const { pathname } = new URL(request.url ?? "/", origin);
          const script = scripts[pathname];
          if (pathname.startsWith(OWN_API)) api.answer(request, response);
          else if (script === undefined) handler(request, response);
          else {
            const headers = client === "axa" ? {} : ruleFor(rules, pathname).headers;
            response.writeHead(200, { ...headers, ...SCRIPT_HEADERS }).end(script);
          }
        });
      },
    },
    app: fileURLToPath(new URL("page", import.meta.url)),
    workerScript: fileURLToPath(import.meta.resolve("strongroom/strongroom-worker.js")),
    authorizationServer,
    // The worker's `api` has both places of the benchmark's API; the one on the own origin is served above.
    api: { url: api.url, mount: () => (_ctx, next) => next() },
  });
  // Another library's page does not start under Strongroom's headers, and its callback is a page of the app.
  host.testing.hostHeaders = client !== "axa";
  host.testing.prelude = prelude;
  host.testing.config = options.vaultConfig ?? {};
  host.testing.workerScript = "one file";
  // The hand-written workers, which the app's policy does not name.
  host.testing.anyWorker = client === "none";
  if (!options.vault || !vault) return { origin, isolated, places };
  host.serveVaultAt(options.vault, [origin]);
  return { origin, vault, isolated, places };
}

/** The vault's origin at this port. */
export function vaultOriginAt({ port }: Listener): string {
  return `http://vault.strongroom.localhost:${port}`;
}

/** The path of the API on the demo host's own origin. */
const OWN_API = "/api/v1/";

const SCRIPT_HEADERS = { "Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-cache" };

function settingsOf(server: AuthorizationServer, origin: string) {
  const scope = userPool.scopes.join(" ");
  return { ...providerOf(server), scope, redirectUri: `${origin}/auth/callback` };
}

/** A contender's bundled client with its configuration. */
async function clientScript(client: SiteOptions["client"], settings: object): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`clients/${client}.ts`, import.meta.url))],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return `globalThis.SETTINGS = ${JSON.stringify(settings)};\n${outputFiles[0]?.text}`;
}

/** @axa-fr/oidc-client's service worker, with its most secure settings. */
async function axaScripts({ issuer }: AuthorizationServer, apis: string[], prelude: string) {
  const worker = new URL(import.meta.resolve("@axa-fr/oidc-client-service-worker/package.json"));
  const trusted = {
    default: {
      oidcDomains: [new URL(issuer).origin],
      accessTokenDomains: apis.map((api) => api.replace(/\/$/, "")),
      setAccessTokenToNavigateRequests: false,
    },
  };
  return {
    "/OidcServiceWorker.js": prelude + (await readFile(new URL("dist/OidcServiceWorker.js", worker), "utf8")),
    "/OidcTrustedDomains.js": `const trustedDomains = ${JSON.stringify(trusted)};`,
  };
}

function readScript(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), "utf8");
}
