import { readFile } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import Koa, { type Context, type Next } from "koa";
import {
  type HostRule,
  hostOptionsOf,
  hostRules,
  type HostOptions as RuleOptions,
  ruleFor,
  type VaultConfig,
  workerScript,
} from "strongroom/headers";
import type { Api } from "../../dev-provider/src/api.js";
import type { AuthorizationServer, LoopbackName } from "../../dev-provider/src/authorization-server.js";
import { providerOf, workerConfig } from "../../dev-provider/src/configuration.js";
import { ignoreBrokenConnections } from "../../dev-provider/src/koa-errors.js";
import type { Listener } from "../../dev-provider/src/loopback.js";
import { type LabSites, openConnections } from "./lab/sites.js";
import { isNavigation, mustBeBuilt, type StaticFiles, staticFiles } from "./static-files.js";

/** What the build of the demo and of the package makes. */
export const BUILT = {
  app: fileURLToPath(new URL("../dist", import.meta.url)),
  workerScript: fileURLToPath(import.meta.resolve("strongroom/strongroom-worker.js")),
};

export interface AppHostOptions {
  listener: Pick<Listener, "port">;
  /** Default: `localhost`. */
  hostname?: LoopbackName;
  /** Folder of the built demo. */
  app: string;
  /** The package's built worker file. */
  workerScript: string;
  authorizationServer: Pick<AuthorizationServer, "issuer" | "clientId" | "endpoints">;
  api: Pick<Api, "url" | "mount">;
  /** Adds the lab's page. */
  lab?: LabSites;
  /**
   * The vault's origin, if it has one of its own. The app's pages and files then have no headers, and `/vault-worker.js` is an
   * interceptor.
   */
  vault?: string;
  /** Origin of the demo in the other mode, which the pages link to. */
  otherMode?: string;
}

/** The demo's host: files, the worker script, the API on the app's origin, and the headers of `strongroom/headers`. */
export class AppHost {
  readonly origin: string;
  /** The argument of `strongroom.start`. */
  readonly workerConfig: ReturnType<typeof workerConfig>;
  protected readonly files: StaticFiles;
  readonly #rules: HostRule[];

  constructor(protected readonly options: AppHostOptions) {
    const {
      listener,
      hostname = "localhost",
      app,
      workerScript: library,
      authorizationServer,
      api,
    } = options;
    mustBeBuilt(library);
    this.origin = `http://${hostname}:${listener.port}`;
    this.workerConfig = workerConfig(providerOf(authorizationServer), [
      api.url,
      `${this.origin}${ownOriginApi}/`,
    ]);
    this.files = staticFiles(app);
    this.#rules = this.makeRules();
  }

  protected makeRules(changes: Partial<RuleOptions> = {}): HostRule[] {
    if (this.options.vault !== undefined) return [{ path: "/*", headers: {} }];
    const rules = hostRules({
      ...hostOptionsOf(this.workerConfig),
      origin: this.origin,
      workers: ["/vault-worker.js"],
      ...changes,
    });
    return withLab(rules, this.options.lab);
  }

  /** The rules for the next request. */
  protected currentRules(): HostRule[] {
    return this.#rules;
  }

  handler(): RequestListener {
    const app = ignoreBrokenConnections(new Koa());
    app.use(async (ctx, next) => {
      const { headers, page } = ruleFor(this.currentRules(), ctx.path);
      ctx.set(headers);
      if (!page) return next();
      ctx.status = page.status;
      ctx.body = page.body;
    });
    app.use(this.options.api.mount(ownOriginApi));
    app.use((ctx, next) => this.sendOwn(ctx, next));
    app.use(async (ctx) => {
      if (await this.files.sendFile(ctx)) return;
      if (isNavigation(ctx)) await this.files.sendApp(ctx);
    });
    return app.callback();
  }

  protected async sendOwn(ctx: Context, next: Next): Promise<void> {
    if (ctx.method !== "GET" && ctx.method !== "HEAD") return;
    const { api, lab, workerScript: library, vault = this.origin, otherMode } = this.options;
    switch (ctx.path) {
      case "/config.json":
        // `JSON.stringify` leaves out what is undefined.
        ctx.body = { api: api.url, ownOriginApi: `${ownOriginApi}/`, mode: { vault, other: otherMode }, lab };
        ctx.set("Cache-Control", "no-cache");
        return;
      case "/strongroom-worker.js":
        return this.sendScript(ctx, await readFile(library));
      case "/strongroom-interceptor.js":
        return this.sendScript(ctx, await readFile(join(dirname(library), "strongroom-interceptor.js")));
      case "/vault-worker.js":
        return this.sendVaultWorker(ctx);
      default:
        return next();
    }
  }

  protected async sendVaultWorker(ctx: Context): Promise<void> {
    this.sendScript(ctx, this.workerScript(this.workerConfig));
  }

  /** The script of the service worker: the vault, or the interceptor if the vault has an origin of its own. */
  protected workerScript(config: VaultConfig): string {
    const { vault } = this.options;
    if (vault === undefined) return workerScript(config);
    const options = JSON.stringify({ vault, api: config.api.map(({ url }) => url) });
    return `importScripts("/strongroom-interceptor.js");\nstrongroom.intercept(${options});\n`;
  }

  protected sendScript(ctx: Context, script: string | Buffer): void {
    ctx.body = script;
    ctx.type = "text/javascript";
    ctx.set("Cache-Control", "no-cache");
  }

  /** The response to requests that Node.js refuses, such as a callback with too many cookies. */
  refusal(): string | undefined {
    if (this.options.vault !== undefined) return undefined;
    const lines = Object.entries(ruleFor(this.#rules, "/auth/callback").headers);
    return [
      "HTTP/1.1 204 No Content",
      "Connection: close",
      ...lines.map(([name, value]) => `${name}: ${value}`),
      "",
      "",
    ].join("\r\n");
  }
}

/** Path of the lab's page, the only one that may connect to the attacker's server. */
export const LAB = "/lab";

function withLab(rules: HostRule[], lab: LabSites | undefined): HostRule[] {
  if (!lab) return rules;
  const app = ruleFor(rules, "/");
  return [{ path: LAB, headers: openConnections(app.headers, lab.attacker) }, ...rules];
}

/** Where the API is served on the app's own origin. */
export const ownOriginApi = "/api/v1";
