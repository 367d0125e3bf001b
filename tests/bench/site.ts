import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { hostRules, ruleFor } from "strongroom/headers";
import type { AuthorizationServer } from "strongroom-demo/servers/authorization-server.js";
import { startHost } from "strongroom-demo/servers/host.js";
import type { Listener } from "strongroom-demo/servers/loopback.js";
import type { BenchApi } from "./bench-api.js";

/** The origin of one contender: the demo's host, with its headers, around the bench's page. */
export interface Site {
  origin: string;
  /** Where the requests go: an API on another origin, and one on the site's own. */
  apis: Record<ApiPlace, string>;
}

export const API_PLACES = ["another origin", "own origin"] as const;
export type ApiPlace = (typeof API_PLACES)[number];

export interface SiteOptions {
  listener: Listener;
  authorizationServer: AuthorizationServer;
  api: BenchApi;
  /** The worker sets this `Authorization` by hand. Without it the site has Strongroom's. */
  floorAuthorization?: string | undefined;
  /** Strongroom's option. */
  echoGuard?: boolean;
  /** The worker keeps the notes of `handler-profile.js`. */
  profiled: boolean;
}

export const VAULT_WORKER = "/vault-worker.js";
export const FLOOR_WORKER = "/floor-worker.js";

export async function startSite(options: SiteOptions): Promise<Site> {
  const { listener, authorizationServer, api, floorAuthorization, profiled, echoGuard = false } = options;
  const origin = `http://localhost:${listener.port}`;
  const apis = { "another origin": api.url, "own origin": `${origin}${OWN_API}` };
  const prelude = profiled ? await readScript("handler-profile.js") : "";
  const floorWorker = `${prelude}
const APIS = ${JSON.stringify(Object.values(apis))};
const AUTHORIZATION = ${JSON.stringify(floorAuthorization ?? "")};
${await readScript("floor-worker.js")}`;
  const floorWorkerHeaders = ruleFor(
    hostRules({
      workers: [FLOOR_WORKER],
      api: [api.url],
      provider: {
        authorizationEndpoint: authorizationServer.endpoints.authorization,
        tokenEndpoint: authorizationServer.endpoints.token,
      },
    }),
    FLOOR_WORKER,
  ).headers;

  const host = await startHost({
    listener: {
      ...listener,
      serve(handler) {
        listener.serve((request, response) => {
          // Cross-origin isolation is the instrument, not part of what is measured: it takes the clock of page and
          // worker from steps of 100 µs to steps of 5 µs (High Resolution Time, section 7).
          response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
          if (request.url?.startsWith(OWN_API)) api.answer(request, response);
          else if (request.url === FLOOR_WORKER) response.writeHead(200, floorWorkerHeaders).end(floorWorker);
          else handler(request, response);
        });
      },
    },
    app: fileURLToPath(new URL("page", import.meta.url)),
    workerScript: fileURLToPath(import.meta.resolve("strongroom/strongroom-worker.js")),
    authorizationServer,
    // The two places of the bench's API are the worker's `api`; the own origin's is answered above.
    api: { url: api.url, mount: () => (_ctx, next) => next() },
    testing: true,
  });
  host.testing.prelude = prelude;
  host.testing.config = { echoGuard };
  return { origin, apis };
}

/** Where the demo's host has the API on its own origin, too. */
const OWN_API = "/api/v1/";

function readScript(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), "utf8");
}
