import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import Koa, { type Context } from "koa";
import sirv from "sirv";
import { type HostOptions, hostRules, ruleFor } from "strongroom/headers";
import type { Api } from "./api.js";
import type { AuthorizationServer } from "./authorization-server.js";
import { HostTesting } from "./host-testing.js";
import { ignoreBrokenConnections } from "./koa-errors.js";
import type { Listener } from "./loopback.js";
import { workerConfig, workerScript } from "./worker-script.js";

export interface AppHostOptions {
  listener: Listener;
  /** Folder of the built demo. */
  app: string;
  /** The package's built worker file. */
  workerScript: string;
  authorizationServer: Pick<AuthorizationServer, "issuer" | "clientId" | "endpoints">;
  api: Pick<Api, "url" | "mount">;
  /** Adds the `testing` handle. */
  testing?: boolean;
}

/** The demo's host: files, the worker's configuration, the API a second time, and the headers of `strongroom/headers`. */
export interface AppHost {
  origin: string;
  testing?: HostTesting;
  close(): Promise<void>;
}

export function startHost(
  options: AppHostOptions & { testing: true },
): Promise<AppHost & { testing: HostTesting }>;
export function startHost(options: AppHostOptions): Promise<AppHost>;
export async function startHost(options: AppHostOptions): Promise<AppHost> {
  const { listener, app: folder, workerScript: library, authorizationServer, api } = options;
  await Promise.all([mustBeBuilt(join(folder, "index.html")), mustBeBuilt(library)]);

  const origin = `http://localhost:${listener.port}`;
  const apis = [api.url, `${origin}${ownOriginApi}/`];
  const configuration = workerConfig(authorizationServer, apis);
  const rules = (recovery: HostOptions["recovery"]) =>
    hostRules({
      origin,
      workers: ["/vault-worker.js", "/strongroom-worker.js"],
      api: apis,
      provider: configuration.provider,
      ...(recovery ? { recovery } : {}),
    });
  const testing = options.testing ? new HostTesting(configuration) : undefined;
  const files = staticFiles(folder);

  const app = ignoreBrokenConnections(new Koa());
  if (testing) app.use(testing.middleware);

  app.use(async (ctx, next) => {
    if (testing && !testing.hostHeaders) return next();
    const { path, headers, page } = ruleFor(
      rules(testing?.config.recovery as HostOptions["recovery"]),
      ctx.path,
    );
    if (page) {
      ctx.status = page.status;
      ctx.body = page.body;
    }
    if (path !== "/*" || (testing?.appHeaders ?? true)) ctx.set(headers);
    if (!page) await next();
  });

  app.use(api.mount(ownOriginApi));

  app.use(async (ctx, next) => {
    if (ctx.method !== "GET" && ctx.method !== "HEAD") return;
    switch (ctx.path) {
      case "/config.json":
        ctx.body = { api: api.url, ownOriginApi: `${ownOriginApi}/` };
        ctx.set("Cache-Control", "no-cache");
        return;
      case "/strongroom-worker.js":
        return sendScript(ctx, await readFile(library));
      case "/vault-worker.js": {
        const {
          workerScript: how,
          prelude,
          config,
        } = testing ?? { workerScript: "script", prelude: "", config: {} };
        if (how === "missing") return;
        if (how === "html") return files.sendApp(ctx);
        return sendScript(ctx, `${prelude}\n${workerScript({ ...configuration, ...config })}`);
      }
      default:
        return next();
    }
  });

  app.use(async (ctx) => {
    if (await files.sendFile(ctx)) return;
    if (isNavigation(ctx)) await files.sendApp(ctx);
  });

  listener.serve(app.callback());
  return { origin, ...(testing ? { testing } : {}), close: () => listener.close() };
}

/** Where the API is served on the app's own origin. */
const ownOriginApi = "/api/v1";

async function mustBeBuilt(path: string): Promise<void> {
  await access(path).catch(() => {
    throw new Error(
      `${path} does not exist. It is made by the build, which "npm start" and "npm test" run first.`,
    );
  });
}

/** A browser that opens a page of the app: a missing image, script or file is not one, whatever it accepts. */
function isNavigation(ctx: Context): boolean {
  return (
    ctx.get("Accept").includes("text/html") && !ctx.path.startsWith("/assets/") && !/\.[^/]*$/.test(ctx.path)
  );
}

function sendScript(ctx: Context, script: string | Buffer): void {
  ctx.body = script;
  ctx.type = "text/javascript";
  ctx.set("Cache-Control", "no-cache");
}

interface StaticFiles {
  /** Whether there was such a file. */
  sendFile(ctx: Context): Promise<boolean>;
  /** Sends the app's page, whatever the path. */
  sendApp(ctx: Context): Promise<void>;
}

function staticFiles(folder: string): StaticFiles {
  const serve = sirv(folder, {
    etag: true,
    setHeaders(response, pathname) {
      // The build puts a hash into the names of assets: what has such a name never changes.
      const immutable = pathname.startsWith("/assets/");
      response.setHeader("Cache-Control", immutable ? "public, max-age=31536000, immutable" : "no-cache");
    },
  });
  const sendFile = (ctx: Context) =>
    new Promise<boolean>((resolve) => {
      ctx.respond = false;
      ctx.res.once("close", () => resolve(true));
      serve(ctx.req, ctx.res, () => {
        ctx.respond = true;
        resolve(false);
      });
    });
  return {
    sendFile,
    async sendApp(ctx) {
      // `/vault-worker.js` has a type of its own by now.
      ctx.remove("Content-Type");
      ctx.url = "/";
      await sendFile(ctx);
    },
  };
}
