/// <reference types="node" />
/**
 * The Vite plugin: generates the worker script, and sends the host headers in development and preview.
 *
 * @module strongroom/vite
 */

import { resolve } from "node:path";
import type { Duplex } from "node:stream";
import type { Connect, Plugin, PreviewServer, ResolvedConfig, ViteDevServer } from "vite";
import { type AppPaths, appPaths, LIBRARY } from "../configuration/paths";
import { oneFile } from "../configuration/worker-script";
import { type HostOptions, type HostRule, hostOptionsOf, hostRules, ruleFor } from "../headers";
import { createNonce, devRules, trustedTypesForDevClient } from "./dev-policy";
import {
  baseOf,
  mustBeGenerated,
  nameOf,
  originOf,
  pathname,
  previewPort,
  printBelowUrls,
  readScript,
  sendScript,
  watchConfig,
  workerFile,
} from "./serve";
import { vaultOrigin } from "./vault-origin";
import { type LoadedConfig, loadVaultConfig } from "./worker-config";

export type { VaultConfig } from "../worker/config";
export { defineVault, type VaultConfigExport, type VaultEnvironment } from "./worker-config";

/**
 * Options of the host headers in the plugin: those of `hostRules()`. List in `workers` only scripts other than the plugin's `worker`.
 *
 * @example
 * ```ts
 * import { strongroom } from "strongroom/vite";
 *
 * export const vault = strongroom({
 *   config: "vault.config.ts",
 *   host: { policy: { "font-src": ["https://fonts.example.com"] } },
 * });
 * ```
 */
export type PluginHostOptions = Omit<HostOptions, "workers"> & { workers?: string[] };

/**
 * Options of {@link strongroom}: a configuration file, or the options of the host headers if you write the worker script yourself.
 *
 * @example
 * ```ts
 * import type { StrongroomOptions } from "strongroom/vite";
 *
 * export const options: StrongroomOptions = {
 *   worker: "/vault-worker.js",
 *   host: {
 *     api: ["https://api.example.com/v1/"],
 *     provider: {
 *       authorizationEndpoint: "https://auth.example.com/oauth2/authorize",
 *       tokenEndpoint: "https://auth.example.com/oauth2/token",
 *     },
 *   },
 * };
 * ```
 */
export type StrongroomOptions = {
  /** The path of the worker script. Default: `vault-worker.js` below Vite's `base`, or `app-worker.js` with `vault`. */
  worker?: string;
} & (
  | {
      /**
       * A file relative to Vite's `root` whose default export is `defineVault({ … })`. The plugin generates the worker script from it, as
       * one file that contains the library.
       */
      config: string;
      /** Options of the host headers that do not follow from the configuration, such as `policy`. */
      host?: Partial<PluginHostOptions>;
      vault?: undefined;
    }
  | { config?: undefined; host: PluginHostOptions; vault?: undefined }
  | {
      /** A file relative to Vite's `root` whose default export is `defineVault({ apps, … })`. */
      config: string;
      /**
       * The vault's own origin, such as `"https://vault.example.com"`. The plugin then generates the app's worker script
       * `/app-worker.js` and, in a build, the folder of the vault's files beside `outDir`. In development and preview it serves the vault
       * at `vault.strongroom.localhost`, for the app at `app.strongroom.localhost`.
       */
      vault: string;
      host?: undefined;
    }
);

/**
 * Creates the Vite plugin.
 *
 * - It sends the headers of `strongroom/headers` in development and preview.
 * - It serves `strongroom-worker.js` from this package in development and emits it in a build, for worker scripts that import it.
 * - With `config`, it generates the worker script.
 * - With `vault`, the vault has an origin of its own, and the app needs no headers.
 *
 * @param options The configuration file, or the options of the host headers.
 * @returns The plugin.
 *
 * @example
 * ```ts
 * import react from "@vitejs/plugin-react";
 * import { strongroom } from "strongroom/vite";
 * import { defineConfig } from "vite";
 *
 * export default defineConfig({
 *   plugins: [react(), strongroom({ config: "vault.config.ts" })],
 * });
 * ```
 */
export function strongroom(options: StrongroomOptions): Plugin {
  return options.vault === undefined ? ownOrigin(options) : vaultOrigin(options);
}

/** The vault on the app's own origin. */
function ownOrigin({ worker, config: file, host }: StrongroomOptions): Plugin {
  const nonce = createNonce();
  let developing = false;
  let vite: ResolvedConfig;
  let rules: RulesFor = () => [];
  let library = "";
  let script = "";
  let loaded: LoadedConfig | undefined;
  let paths: AppPaths;

  async function load(): Promise<void> {
    if (file !== undefined) {
      const { root, envDir, command, mode } = vite;
      const options = { root, envDir, command, mode, script, library: workerFile() };
      loaded = await loadVaultConfig(resolve(root, file), options);
      if (loaded.config.apps) {
        throw new Error(
          `${file}: \`apps\` is for a vault on an origin of its own. Add \`vault\` to the plugin strongroom, such as "https://vault.example.com", or remove \`apps\`.`,
        );
      }
    }
    const workers = [script, ...(host?.workers ?? [])];
    const imports = [library, ...(host?.imports ?? [])];
    const known = loaded ? hostOptionsOf(loaded.config, script) : {};
    paths = appPaths({ ...loaded?.config, ...host }, script);
    const { basePath } = paths;
    rules = (origin) => {
      const forProduction = hostRules({
        origin,
        ...known,
        ...host,
        basePath,
        workers,
        imports,
      } as HostOptions);
      return developing ? devRules(forProduction, vite) : forProduction;
    };
    // Reports mistakes in the options at the start instead of the first request.
    rules("http://localhost");
  }

  return {
    name: "strongroom",
    // Before middlewares of other plugins, whose responses would otherwise lack the headers.
    enforce: "pre",

    config(config, { command, isPreview }) {
      developing = command === "serve" && !isPreview;
      return {
        ...(developing ? { html: { cspNonce: config.html?.cspNonce ?? nonce } } : {}),
        ...previewPort(config),
      };
    },

    async configResolved(config) {
      vite = config;
      const base = baseOf(config);
      library = `${base}${LIBRARY}`;
      script = worker ?? `${base}vault-worker.js`;
      if (file !== undefined) mustBeGenerated(script, config);
      await load();
    },

    transformIndexHtml: () => (developing ? [trustedTypesForDevClient] : []),

    configureServer(server) {
      const { middlewares } = server;
      printAppUrls(server, () => paths);
      middlewares.use(sendHeaders((origin) => rules(origin)));
      answerRefused(server, callbackRule);
      middlewares.use(sendScript(library, readLibrary));
      if (!loaded) return;
      middlewares.use(sendScript(script, workerScript));
      watchConfig(server, () => loaded as LoadedConfig, load);
    },

    configurePreviewServer(server) {
      server.middlewares.use(sendHeaders((origin) => rules(origin)));
      answerRefused(server, callbackRule);
      printAppUrls(server, () => paths);
    },

    async generateBundle() {
      this.emitFile({ type: "asset", fileName: LIBRARY, source: await readLibrary() });
      if (!loaded) return;
      this.emitFile({ type: "asset", fileName: nameOf(script, baseOf(vite)), source: await workerScript() });
    },
  };

  function callbackRule(): HostRule {
    return ruleFor(rules("http://localhost"), `${paths.basePath}/callback`);
  }

  async function workerScript(): Promise<string> {
    return oneFile(String(await readLibrary()), (loaded as LoadedConfig).config);
  }
}

/**
 * Responds with 204 to requests that Node.js refuses before their path is known, such as those with more than 16 KiB of cookies. Injected
 * script can cause that at the callback, where an error page would keep the URL with the code.
 */
function answerRefused({ httpServer }: ViteDevServer | PreviewServer, callback: () => HostRule): void {
  // Before Vite's own listener, which ignores a socket that is no longer writable.
  httpServer?.prependListener("clientError", (_error: Error, socket: Duplex) => {
    if (!socket.writable) return;
    const lines = Object.entries(callback().headers).map(([name, value]) => `${name}: ${value}`);
    const head = ["HTTP/1.1 204 No Content", "Connection: close", ...lines];
    socket.end(`${head.join("\r\n")}\r\n\r\n`);
  });
}

/**
 * Prints the URLs to register at the authorization server. On another port than the registered one, sign-in ends on the authorization
 * server's error page.
 */
function printAppUrls(server: ViteDevServer | PreviewServer, paths: () => AppPaths): void {
  printBelowUrls(server, (origin) => {
    const { scope, basePath } = paths();
    return `Sign-in: register the callback URL ${origin}${basePath}/callback and the sign-out URL ${origin}${scope}`;
  });
}

const readLibrary = () => readScript(LIBRARY);

/** Returns the rules for the origin that the browser requested. The policy contains it. */
type RulesFor = (origin: string | undefined) => HostRule[];

function sendHeaders(rules: RulesFor): Connect.NextHandleFunction {
  return (request, response, next) => {
    const { headers, page } = ruleFor(rules(originOf(request)), pathname(request));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!page) return next();
    response.statusCode = page.status;
    response.end(page.body);
  };
}
