import { readFile } from "node:fs/promises";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostRules, ruleFor } from "strongroom/headers";
import type { Api } from "../../dev-provider/src/api.js";
import type { AuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import type { Listener } from "../../dev-provider/src/loopback.js";
import { built } from "../e2e/built.js";
import type { HostTesting } from "../stand-ins/host.js";
import { TestedHost } from "../stand-ins/host.js";
import { INJECTED_SCRIPT } from "./injected.js";
import type { SiteFacts, Victim } from "./victim.js";

/** The origin of one victim. */
export interface Site {
  victim: Victim;
  origin: string;
  facts: SiteFacts;
  /** The attacker's script that the app's pages currently load. */
  injected: string;
  /** Responses that replace the host's, by path. */
  routes: Map<string, RequestListener>;
  /** Changes the host's headers; `undefined` removes one. */
  rewrite: ((name: string, value: string) => string | undefined) | undefined;
  /** Gets each request before the host. Returns `true` if it has responded. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Settings of Strongroom's host that tests may change. */
  host: HostTesting | undefined;
  /** The same victim on other origins, for attacks that leave something behind. */
  spares: Site[];
}

export interface SiteOptions {
  victim: Victim;
  listener: Listener;
  origin: string;
  /** For the vault, if it has an origin of its own. */
  vaultListener?: Listener;
  /** Folder of the built app. */
  folder: string;
  authorizationServer: AuthorizationServer;
  api: Api;
  facts: SiteFacts;
}

export async function startSite(options: SiteOptions): Promise<Site> {
  const { victim, listener, origin, vaultListener, folder, facts, ...servers } = options;
  const site: Site = {
    victim,
    origin,
    facts,
    injected: "",
    routes: new Map([["/config.json", sending("application/json", () => JSON.stringify(facts))]]),
    rewrite: undefined,
    intercept: undefined,
    host: undefined,
    spares: [],
  };
  // A page without script, from which the driver manages the origin.
  site.routes.set(
    "/empty.html",
    sending("text/html", () => "<!doctype html><title>Empty</title>"),
  );
  site.routes.set(
    INJECTED_SCRIPT,
    sending("text/javascript", () => site.injected),
  );
  const rules = hostRules({
    origin: site.origin,
    workers: ["/vault-worker.js"],
    api: [facts.api, site.origin],
    provider: facts,
  });
  /** Sends the lab's own responses first, with the host's headers. */
  const around =
    (handler: RequestListener): RequestListener =>
    (request, response) => {
      const { pathname } = new URL(request.url ?? "/", site.origin);
      const { rewrite } = site;
      if (site.intercept?.(request, response)) return;
      if (rewrite) {
        const setHeader = response.setHeader.bind(response);
        response.setHeader = (name, value) => {
          const rewritten = typeof value === "string" ? rewrite(name, value) : value;
          return rewritten === undefined ? response : setHeader(name, rewritten);
        };
      }
      if (site.routes.has(pathname) && site.host?.hostHeaders) {
        for (const header of Object.entries(ruleFor(rules, pathname).headers)) response.setHeader(...header);
      }
      (site.routes.get(pathname) ?? handler)(request, response);
    };

  if (victim.host === "plain") {
    listener.serve(around(await plainHost(folder, (await victim.files?.(facts)) ?? {})));
    return site;
  }
  const host = TestedHost.start({
    ...servers,
    ...(facts.vault ? { vault: facts.vault, hostname: "app.strongroom.localhost" as const } : {}),
    listener: { ...listener, serve: (handler, refusal) => listener.serve(around(handler), refusal) },
    app: folder,
    workerScript: built.workerFile,
  });
  host.testing.config = { ...victim.workerConfig };
  host.testing.hostHeaders = victim.host === "strongroom";
  if (vaultListener) host.serveVaultAt(vaultListener, [origin]);
  return Object.assign(site, { host: host.testing });
}

/** A typical static host: files, and the app's page for all other paths. */
async function plainHost(folder: string, files: Record<string, string | Buffer>): Promise<RequestListener> {
  const page = await readFile(join(folder, "index.html"));
  const app = await readFile(join(folder, "app.js"));
  const all: Record<string, string | Buffer> = { "/app.js": app, ...files };
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = all[pathname];
    response.setHeader("Cache-Control", "no-cache");
    if (file !== undefined) {
      response.setHeader("Content-Type", "text/javascript; charset=utf-8");
      return void response.end(file);
    }
    if (/\.\w+$/.test(pathname)) return void response.writeHead(404).end();
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    response.end(page);
  };
}

function sending(type: string, body: () => string): RequestListener {
  return (_request, response) => {
    response
      .writeHead(200, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" })
      .end(body());
  };
}

/** Folder of the victims' sources. */
export const victimSources = fileURLToPath(new URL("victims", import.meta.url));
