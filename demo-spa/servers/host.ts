import { readFile } from "node:fs/promises";
import { join } from "node:path";
import Koa, { type Context } from "koa";
import { type AppPolicy, type HostRule, hostRules, ruleFor } from "strongroom/headers";
import type { Api } from "../../dev-provider/src/api.js";
import type { AuthorizationServer } from "../../dev-provider/src/authorization-server.js";
import { ignoreBrokenConnections } from "../../dev-provider/src/koa-errors.js";
import type { Listener } from "../../dev-provider/src/loopback.js";
import { HostTesting } from "./host-testing.js";
import { type LabSites, openConnections } from "./lab/sites.js";
import { isNavigation, mustBeBuilt, staticFiles } from "./static-files.js";
import { workerConfig, workerScript } from "./worker-script.js";

export interface AppHostOptions {
  listener: Listener;
  /** Folder of the built demo. */
  app: string;
  /** The package's built worker file. */
  workerScript: string;
  authorizationServer: Pick<AuthorizationServer, "issuer" | "clientId" | "endpoints">;
  api: Pick<Api, "url" | "mount">;
  /** What the app's policy lets through besides. */
  policy?: AppPolicy;
  /** Path of a worker script among the app's own files, in place of `/vault-worker.js`. */
  ownWorker?: string;
  /** Adds the lab's page. */
  lab?: LabSites;
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
  const { listener, app: folder, workerScript: library, authorizationServer, api, lab } = options;
  await Promise.all([mustBeBuilt(join(folder, "index.html")), mustBeBuilt(library)]);

  const origin = `http://localhost:${listener.port}`;
  const apis = [api.url, `${origin}${ownOriginApi}/`];
  const configuration = workerConfig(authorizationServer, apis);
  const testing = options.testing ? new HostTesting(configuration) : undefined;
  const hosted = hostRules({
    origin,
    workers: [options.ownWorker ?? "/vault-worker.js"],
    ...(options.ownWorker ? { imports: [] } : {}),
    api: apis,
    provider: configuration.provider,
    ...(options.policy ? { policy: options.policy } : {}),
  });
  const rules = withLab(hosted, lab);
  const openRules = withLab(withAnyWorker(hosted), lab);
  const files = staticFiles(folder);

  const app = ignoreBrokenConnections(new Koa());
  if (testing) app.use(testing.middleware);

  app.use(async (ctx, next) => {
    if (testing && !testing.hostHeaders) return next();
    const { path, headers, page } = ruleFor(testing?.anyWorker ? openRules : rules, ctx.path);
    if (page) {
      ctx.status = page.status;
      ctx.body = page.body;
    }
    if (!isApp(path) || (testing?.appHeaders ?? true)) ctx.set(headers);
    if (!page) await next();
  });

  app.use(api.mount(ownOriginApi));

  app.use(async (ctx, next) => {
    if (ctx.method !== "GET" && ctx.method !== "HEAD") return;
    switch (ctx.path) {
      case "/config.json":
        ctx.body = { api: api.url, ownOriginApi: `${ownOriginApi}/`, ...(lab ? { lab } : {}) };
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
        const inside = how === "one file" ? await readFile(library, "utf8") : undefined;
        return sendScript(ctx, `${prelude}\n${workerScript({ ...configuration, ...config }, inside)}`);
      }
      default:
        return next();
    }
  });

  app.use(async (ctx) => {
    if (await files.sendFile(ctx)) return;
    if (isNavigation(ctx)) await files.sendApp(ctx);
  });

  // Whatever Node.js refuses before there is a path: it may be the callback, with more cookies than Node.js takes.
  const refusal = redirectOf(ruleFor(hosted, "/auth/callback"));
  listener.serve(app.callback(), () =>
    !testing || (testing.hostHeaders && testing.redirectsRefused) ? refusal : undefined,
  );
  return { origin, ...(testing ? { testing } : {}), close: () => listener.close() };
}

/** The redirect of the callback as the text of an HTTP response. */
function redirectOf({ headers }: HostRule): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return ["HTTP/1.1 303 See Other", "Connection: close", "Content-Length: 0", ...lines, "", ""].join("\r\n");
}

/** For tests that start workers of their own. */
function withAnyWorker(rules: HostRule[]): HostRule[] {
  return rules.map(({ headers, ...rule }) => {
    const policy = headers["Content-Security-Policy"]?.replace(/\bworker-src [^;]*/, "worker-src 'self'");
    return { ...rule, headers: { ...headers, ...(policy ? { "Content-Security-Policy": policy } : {}) } };
  });
}

/** The lab's page may also speak with the attacker's server, and no other page may: there is nothing to see otherwise. */
function withLab(rules: HostRule[], lab: LabSites | undefined): HostRule[] {
  if (!lab) return rules;
  const app = ruleFor(rules, "/");
  return [{ path: LAB, headers: openConnections(app.headers, lab.attacker) }, ...rules];
}

const LAB = "/lab";

function isApp(path: string): boolean {
  return path === "/*" || path === LAB;
}

/** Where the API is served on the app's own origin. */
const ownOriginApi = "/api/v1";

function sendScript(ctx: Context, script: string | Buffer): void {
  ctx.body = script;
  ctx.type = "text/javascript";
  ctx.set("Cache-Control", "no-cache");
}
