import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TLSSocket } from "node:tls";
import type { Connect, Plugin, ResolvedConfig } from "vite";
import { APP_WORKER, FRAME_SCRIPT, INTERCEPTOR, VAULT_LIBRARY, VAULT_WORKER } from "../configuration/paths";
import { interceptCall, workerScript } from "../configuration/worker-script";
import { hostOptionsOf, ruleFor, vaultOriginRules } from "../headers";
import { VAULT_ORIGIN_PAGES } from "../headers/vault-origin";
import { parseOptions } from "../interceptor/options";
import {
  baseOf,
  mustBeGenerated,
  nameOf,
  pathname,
  previewPort,
  printBelowUrls,
  readScript,
  sendScript,
  watchConfig,
  workerFile,
} from "./serve";
import { type LoadedConfig, loadVaultConfig } from "./worker-config";

/**
 * The hosts in development and preview. They are the same site and different origins, do not share cookies as two ports do, and
 * browsers resolve them to this machine.
 */
const APP = "app.strongroom.localhost";
const VAULT = "vault.strongroom.localhost";

/** The plugin for an app whose vault has the origin `vault`. */
export function vaultOrigin({
  worker,
  config: file,
  vault,
}: {
  worker?: string;
  config: string;
  vault: string;
}): Plugin {
  let vite: ResolvedConfig;
  let script = "";
  let library = "";
  let loaded: LoadedConfig;

  async function load(): Promise<void> {
    const { root, envDir, command, mode } = vite;
    const next = await loadVaultConfig(resolve(root, file), {
      root,
      envDir,
      command,
      mode,
      library: workerFile(),
    });
    if (!next.config.apps) {
      throw new Error(
        `${file}: \`apps\` is missing. Add the origins of the apps that use the vault, or remove \`vault\` from the plugin strongroom.`,
      );
    }
    // Reports mistakes at the start instead of in the browser. The app's origin is not known, but it is not the vault's.
    parseOptions({ vault, api: apisOf(next) }, new URL("https://app.invalid/"));
    loaded = next;
  }

  /** The app's worker script in one file, which a browser installs sooner than two. */
  async function appWorker(origin: string): Promise<string> {
    const call = interceptCall({ vault: origin, api: apisOf(loaded) });
    return `${await readScript(INTERCEPTOR)}${call}\n`;
  }

  /** The vault's host serves the vault's files and nothing else, as in production. */
  const serveVault: Connect.NextHandleFunction = (request, response, next) => {
    if (!isAt(VAULT, request)) return next();
    // The app of this machine in place of those in production.
    const config = { ...loaded.config, apps: [siblingOf(request, APP)] };
    const options = { apps: config.apps, ...hostOptionsOf(config) };
    const { headers, page, path } = ruleFor(vaultOriginRules(options), pathname(request));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (page) {
      response.statusCode = page.status;
      response.end(page.body);
    } else if (path === `/${VAULT_WORKER}`) {
      response.end(workerScript(config));
    } else {
      readScript(path.slice(1)).then((text) => response.end(text), next);
    }
  };

  /** Vite prints and opens a URL at `localhost`, which is another site than the vault's. */
  const redirectToApp: Connect.NextHandleFunction = (request, response, next) => {
    if (!isAt("localhost", request) || request.headers["sec-fetch-dest"] !== "document") return next();
    response.statusCode = 307;
    response.setHeader("Location", siblingOf(request, APP) + (request.originalUrl ?? "/"));
    response.end();
  };

  /** Also in preview: the built script names the vault in production. */
  const serveAppWorker: Connect.NextHandleFunction = (request, response, next) => {
    if (pathname(request) !== script) return next();
    if (!isAt(APP, request)) {
      vite.logger.warnOnce(`The vault serves only ${siblingOf(request, APP)}. Open the app there.`);
    }
    response.setHeader("Content-Type", "text/javascript");
    response.setHeader("Cache-Control", "no-cache");
    appWorker(siblingOf(request, VAULT)).then((text) => response.end(text), next);
  };

  return {
    name: "strongroom",
    enforce: "pre",

    config(config) {
      return previewPort(config);
    },

    async configResolved(config) {
      vite = config;
      library = `${baseOf(config)}${INTERCEPTOR}`;
      script = worker ?? `${baseOf(config)}${APP_WORKER}`;
      mustBeGenerated(script, config);
      await load();
    },

    configureServer(server) {
      server.middlewares.use(serveVault);
      server.middlewares.use(redirectToApp);
      server.middlewares.use(serveAppWorker);
      server.middlewares.use(sendScript(library, () => readScript(INTERCEPTOR)));
      watchConfig(server, () => loaded, load);
      printBelowUrls(server, printed);
    },

    configurePreviewServer(server) {
      server.middlewares.use(serveVault);
      server.middlewares.use(redirectToApp);
      server.middlewares.use(serveAppWorker);
      printBelowUrls(server, printed);
    },

    async generateBundle() {
      const emit = (path: string, source: string | Uint8Array) =>
        this.emitFile({ type: "asset", fileName: nameOf(path, baseOf(vite)), source });
      emit(library, await readScript(INTERCEPTOR));
      emit(script, await appWorker(new URL(vault).origin));
    },

    async writeBundle() {
      if (vite.build.ssr) return;
      const folder = `${resolve(vite.root, vite.build.outDir)}-vault`;
      await mkdir(folder, { recursive: true });
      for (const [name, content] of Object.entries(await vaultFiles(loaded.config))) {
        await writeFile(join(folder, name), content);
      }
    },
  };
}

function apisOf({ config }: LoadedConfig): string[] {
  return config.api.map(({ url }) => url);
}

/** All files of a vault origin. */
async function vaultFiles(config: LoadedConfig["config"]): Promise<Record<string, string | Buffer>> {
  return {
    [VAULT_LIBRARY]: await readScript(VAULT_LIBRARY),
    [FRAME_SCRIPT]: await readScript(FRAME_SCRIPT),
    [VAULT_WORKER]: workerScript(config),
    ...VAULT_ORIGIN_PAGES,
  };
}

/** The line below Vite's URLs. */
function printed(origin: string): string {
  const { protocol, port } = new URL(origin);
  const at = (host: string) => `${protocol}//${host}${port && `:${port}`}`;
  return `Open the app at ${at(APP)}/ and register the callback URL ${at(VAULT)}/callback.html and the sign-out URL ${at(APP)}/`;
}

/** The requested host, with its port. */
function hostOf({ headers }: Connect.IncomingMessage): string {
  return String(headers[":authority"] ?? headers.host ?? "");
}

function isAt(hostname: string, request: Connect.IncomingMessage): boolean {
  return hostOf(request).replace(/:\d+$/, "") === hostname;
}

/** The origin of `host` on the port of the request. */
function siblingOf(request: Connect.IncomingMessage, host: string): string {
  const scheme = (request.socket as TLSSocket).encrypted ? "https" : "http";
  const port = /:\d+$/.exec(hostOf(request))?.[0] ?? "";
  return `${scheme}://${host}${port}`;
}
