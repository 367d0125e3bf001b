import { cp, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { VaultConfig } from "strongroom/headers";
import { startAuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { listen } from "../../dev-provider/src/loopback.js";
import { userPool } from "../../dev-provider/src/user-pool.js";
import { type Folder, installPacked } from "../../sw-shim/packaging/packed.js";

/** A throw-away app with the packed package installed and built into it. */
export interface PackedApp {
  folder: Folder;
  /** `strongroom/headers` of the packed package. */
  headers: typeof import("strongroom/headers");
}

/** Packs the package, installs the tarball, and builds `app/` with it. React comes from the checkout's node_modules above. */
export async function installApp(run: string): Promise<PackedApp> {
  const folder = await installPacked(fileURLToPath(new URL(`../artifacts/packed-${run}`, import.meta.url)));
  await cp(fileURLToPath(new URL("app", import.meta.url)), folder.path("app"), { recursive: true });
  await build({
    entryPoints: [folder.path("app/main.ts")],
    outfile: folder.path("dist/main.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  await cp(folder.path("app/index.html"), folder.path("dist/index.html"));
  const installed = folder.path("node_modules/strongroom/dist");
  await cp(join(installed, "strongroom-worker.js"), folder.path("dist/strongroom-worker.js"));
  return { folder, headers: await import(pathToFileURL(join(installed, "headers.js")).href) };
}

export interface SiteOptions {
  /** Folder of the app on its host, with a slash at both ends. Default: `/`. */
  base?: string;
  /** The API's host name. Default: `localhost`. */
  apiHost?: "localhost" | "[::1]";
  /** The issuer type of the user pool. Default: an issuer on this machine. */
  issuerType?: "ORIGINAL" | "UPDATED";
  /** What the worker is started with, beside the API and `openid` scopes. Default: the authorization server as `provider`. */
  config?: (origins: { authorizationServer: string; clientId: string }) => object;
}

export type Site = Awaited<ReturnType<typeof startSite>>;

/** The app on a plain static server that sends the host rules, beside a plain API and the local authorization server. */
export async function startSite(
  { folder, headers }: PackedApp,
  { base = "/", apiHost = "localhost", issuerType, config }: SiteOptions = {},
) {
  const forApp = await listen();
  const forAuthorizationServer = await listen();
  const origin = `http://localhost:${forApp.port}`;
  const authorizationServer = await startAuthorizationServer({
    listener: forAuthorizationServer,
    ...(issuerType ? { issuerType } : {}),
    redirectUris: [`${origin}${base}auth/callback`],
    signOutUris: [`${origin}${base}`],
    testing: true,
  });
  const api = await startPlainApi(apiHost);
  const { issuer, clientId, endpoints } = authorizationServer;
  const provider = {
    issuer,
    clientId,
    authorizationEndpoint: endpoints.authorization,
    tokenEndpoint: endpoints.token,
    revocationEndpoint: endpoints.revocation,
    logoutEndpoint: endpoints.logout,
  };
  const vault = {
    ...(config?.({ authorizationServer: authorizationServer.origin, clientId }) ?? { provider }),
    scopes: [...userPool.scopes],
    api: [{ url: api.url }],
  } as VaultConfig;
  const rules = headers.hostRules({
    origin,
    basePath: `${base}auth`,
    workers: [`${base}vault-worker.js`],
    api: [api.url],
    provider,
  });
  const site = {
    app: { origin, base },
    authorizationServer,
    api,
    /** Worker scripts in the folder of the app, by name. */
    scripts: {
      "vault-worker.js": headers.workerScript(vault, "strongroom-worker.js"),
    } as Record<string, string>,
    /** `false`: no headers and no special paths, as before the app had the vault. */
    hostRules: true,
    async close(): Promise<void> {
      await Promise.all([forApp.close(), forAuthorizationServer.close(), api.close()]);
    },
  };

  forApp.serve(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", origin);
    const rule = site.hostRules ? headers.ruleFor(rules, pathname) : { headers: {} };
    for (const [name, value] of Object.entries(rule.headers)) response.setHeader(name, value);
    if ("page" in rule && rule.page) return void response.writeHead(rule.page.status).end(rule.page.body);
    const name = pathname.startsWith(base) ? pathname.slice(base.length) : "";
    const script = site.scripts[name];
    if (script !== undefined) return send(response, ".js", script);
    const file = /^[\w-]+\.js$/.test(name) ? name : "index.html";
    const text = await readFile(folder.path("dist", file), "utf8").catch(() => undefined);
    // A worker of the scenario before looks for its script once more.
    if (text === undefined) return void response.writeHead(404).end();
    send(response, extname(file), text.replaceAll("%BASE%", base));
  });
  return site;
}

function send(response: ServerResponse, extension: string, text: string): void {
  const type = extension === ".js" ? "text/javascript" : "text/html; charset=utf-8";
  response.writeHead(200, { "Content-Type": type }).end(text);
}

/** A request as the API received it, preflights aside. */
export interface ApiRequest {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
}

/** An API that allows every origin by CORS, records what it gets, and answers as it is told. */
async function startPlainApi(host: "localhost" | "[::1]") {
  const requests: ApiRequest[] = [];
  const api = {
    url: "",
    requests,
    /** Default: 200 with an empty object. */
    answer: (_request: IncomingMessage, response: ServerResponse): unknown =>
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}"),
    close: async (): Promise<void> => {},
  };
  const handle: RequestListener = (request, response) => {
    const { method = "", url: path = "", headers } = request;
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Methods", "GET, POST, DELETE");
    response.setHeader("Access-Control-Allow-Headers", "authorization, content-type, if-none-match");
    if (method === "OPTIONS") return void response.writeHead(204).end();
    requests.push({ method, path, headers });
    api.answer(request, response);
  };
  if (host === "localhost") {
    const listener = await listen();
    listener.serve(handle);
    return Object.assign(api, { url: `http://localhost:${listener.port}/v1/`, close: listener.close });
  }
  const server = createServer(handle);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "::1", resolve));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(api, { url: `http://[::1]:${(server.address() as AddressInfo).port}/v1/`, close });
}
