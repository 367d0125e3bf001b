import { readFile } from "node:fs/promises";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import type { Context, Next } from "koa";
import type { AppPolicy, HostRule, VaultConfig } from "strongroom/headers";
import { AppHost, type AppHostOptions, LAB } from "strongroom-demo/servers/host.js";
import { type VaultResponse, vaultOriginHandler } from "strongroom-demo/servers/vault-origin.js";
import type { Listener } from "../../dev-provider/src/loopback.js";

export interface TestedHostOptions extends AppHostOptions {
  listener: Listener;
  /** Additions to the app's policy. */
  policy?: AppPolicy;
  /** Path of a worker script among the app's own files, instead of `/vault-worker.js`. */
  ownWorker?: string;
  /** Folder of the app on its host, with a slash at both ends. Default: `/`. */
  base?: string;
}

/** A request as the host received it. */
export interface HostRequest {
  method: string;
  path: string;
  /** The host's name, without the port. */
  host: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** Milliseconds since the epoch. */
  at: number;
  /** 0 until the host sends the response. */
  readonly status: number;
}

/** What tests can change and see. A property that is set applies from the next request on. */
export class HostTesting {
  /** Script that `/vault-worker.js` runs first. */
  prelude = "";
  /** Top-level keys that replace those of `workerConfig`. `undefined` removes a key. */
  config: Record<string, unknown> = {};
  /**
   * The response to `/vault-worker.js`: a script that imports the worker file, one that contains it, as the Vite plugin makes it, a
   * 404, or a redirect or the app's page, as from a badly configured host.
   */
  workerScript: "script" | "one file" | "missing" | "redirected" | "html" = "script";
  /** More scripts of the app's origin, by path, which may replace its own. */
  scripts: Record<string, string> = {};
  /** `false`: a plain static host, without headers and special paths. It responds to `/auth/*` with the app. */
  hostHeaders = true;
  /** `false`: the app's own pages and files have no headers. The worker's paths and scripts keep theirs. */
  appHeaders = true;
  /** `true`: the app's policy allows every file of the origin as a worker, for tests that start their own workers. */
  anyWorker = false;
  /** The app's headers if the vault has an origin of its own, which needs none of them. */
  headersWithoutVault: Record<string, string> = {};
  /** Changes the response to a path of a vault's own origin. */
  changeVaultResponse: (path: string, response: VaultResponse) => VaultResponse = (_, response) => response;
  /** `false`: requests that Node.js refuses before the host sees them get Node.js's own error page. */
  answersRefused = true;
  readonly requests: HostRequest[] = [];

  constructor(
    /** The worker's configuration if `config` is empty. */
    readonly workerConfig: Readonly<VaultConfig>,
  ) {}

  /** The worker's configuration. */
  get currentConfig(): VaultConfig {
    return { ...this.workerConfig, ...this.config } as VaultConfig;
  }

  /** Records the requests that `handler` gets. */
  recorded(handler: RequestListener): RequestListener {
    return (request, response) => {
      const { method = "GET", url = "/", headers } = request;
      const [path = "/", query] = url.split("?", 2);
      this.requests.push({
        method,
        path,
        host: (headers.host ?? "").replace(/:\d+$/, ""),
        query: Object.fromEntries(new URLSearchParams(query)),
        headers,
        at: Date.now(),
        get status() {
          return response.headersSent ? response.statusCode : 0;
        },
      });
      handler(request, response);
    };
  }

  /** Restores the defaults and empties the records. */
  reset(): void {
    Object.assign(this, { ...new HostTesting(this.workerConfig), requests: this.requests });
    this.requests.length = 0;
  }
}

/** The demo's host, under a test's control. */
export class TestedHost extends AppHost {
  readonly testing = new HostTesting(this.workerConfig);
  readonly #rules: HostRule[];
  readonly #vaultWorker: string;
  readonly close: () => Promise<void>;

  constructor({ policy, ownWorker, base = "/", ...options }: TestedHostOptions) {
    super(options);
    this.close = options.listener.close;
    this.#vaultWorker = `${base}vault-worker.js`;
    this.#rules = this.makeRules({
      basePath: `${base}auth`,
      workers: [ownWorker ?? this.#vaultWorker],
      imports: ownWorker ? [] : ["/strongroom-worker.js"],
      ...(policy ? { policy } : {}),
    });
  }

  static start(options: TestedHostOptions): TestedHost {
    const host = new TestedHost(options);
    options.listener.serve(host.handler(), () => host.refusal());
    return host;
  }

  /** Serves the same files at another port too. */
  serveAt(listener: Listener): void {
    listener.serve(this.handler());
  }

  /** Serves a vault origin for `apps`. */
  serveVaultAt(listener: Listener, apps: string[]): void {
    const vault = vaultOriginHandler({
      apps,
      config: () => this.testing.currentConfig,
      workerScript: this.options.workerScript,
      prelude: () => this.testing.prelude,
      change: (path, response) => this.testing.changeVaultResponse(path, response),
    });
    listener.serve(this.testing.recorded(vault));
  }

  override handler(): RequestListener {
    return this.testing.recorded(super.handler());
  }

  protected override currentRules(): HostRule[] {
    const { hostHeaders, appHeaders, anyWorker, headersWithoutVault } = this.testing;
    if (this.options.vault !== undefined) return [{ path: "/*", headers: headersWithoutVault }];
    if (!hostHeaders) return [{ path: "/*", headers: {} }];
    const rules = anyWorker ? this.#rules.map(withAnyWorker) : this.#rules;
    return appHeaders ? rules : rules.map((rule) => (isApp(rule) ? { ...rule, headers: {} } : rule));
  }

  protected override async sendOwn(ctx: Context, next: Next): Promise<void> {
    const script = this.testing.scripts[ctx.path];
    if (script !== undefined) return this.sendScript(ctx, script);
    // With a vault origin, also by the name that `strongroom init` gives it.
    const isWorker =
      ctx.path === this.#vaultWorker || (this.options.vault !== undefined && ctx.path === "/app-worker.js");
    return isWorker ? this.sendVaultWorker(ctx) : super.sendOwn(ctx, next);
  }

  protected override async sendVaultWorker(ctx: Context): Promise<void> {
    const { workerScript: how, prelude, currentConfig } = this.testing;
    if (how === "missing") return;
    if (how === "redirected") return ctx.redirect(`/assets${ctx.path}`);
    if (how === "html") return this.files.sendApp(ctx);
    const script = this.workerScript(currentConfig);
    if (this.options.vault !== undefined) return this.sendScript(ctx, script);
    const library = how === "one file" ? await readFile(this.options.workerScript, "utf8") : undefined;
    const whole = library === undefined ? script : script.replace(/^importScripts\(.*\n/, () => library);
    this.sendScript(ctx, `${prelude}\n${whole}`);
  }

  override refusal(): string | undefined {
    return this.testing.hostHeaders && this.testing.answersRefused ? super.refusal() : undefined;
  }
}

function withAnyWorker({ headers, ...rule }: HostRule): HostRule {
  const policy = headers["Content-Security-Policy"]?.replace(/\bworker-src [^;]*/, "worker-src 'self'");
  return { ...rule, headers: { ...headers, ...(policy ? { "Content-Security-Policy": policy } : {}) } };
}

function isApp({ path }: HostRule): boolean {
  return path === "/*" || path === LAB;
}
