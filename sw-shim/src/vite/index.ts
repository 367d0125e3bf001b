/// <reference types="node" />
/**
 * The Vite plugin.
 *
 * @module strongroom/vite
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Duplex } from "node:stream";
import type { Connect, Plugin, PreviewServer, ResolvedConfig, ViteDevServer } from "vite";
import { hostOptionsOf } from "../configuration/host-options";
import { type AppPaths, appPaths } from "../configuration/paths";
import { type HostOptions, type HostRule, hostRules, ruleFor } from "../headers";
import { createNonce, devRules, trustedTypesForDevClient } from "./dev-policy";
import { type LoadedConfig, loadVaultConfig } from "./worker-config";

export type { VaultConfig } from "../worker/config";
export { defineVault, type VaultConfigExport, type VaultEnvironment } from "./worker-config";

/** What the host's headers depend on. `workers` names further scripts that run as the worker beside `worker`. */
export type PluginHostOptions = Omit<HostOptions, "workers"> & { workers?: string[] };

/** Options of {@link strongroom}: where the worker's configuration is, or what the headers need to know of it. */
export type StrongroomOptions = {
  /** Path of the script that calls `strongroom.start`. Default: `/vault-worker.js`, below Vite's `base`. */
  worker?: string;
} & (
  | {
      /**
       * A file with the worker's configuration for its default export, from Vite's `root`: `defineVault({ … })`. The plugin makes
       * the worker script of it.
       */
      config: string;
      /** What does not follow from the configuration. */
      host?: Partial<PluginHostOptions>;
    }
  | { config?: undefined; host: PluginHostOptions }
);

/**
 * Serves `strongroom-worker.js` out of this package in development, emits it in a build, and sends the headers of
 * `strongroom/headers` in development and preview: what the real host has to send is what the app is written under. With
 * `config`, the worker script too.
 *
 * @param options
 */
export function strongroom({ worker, config: file, host }: StrongroomOptions): Plugin {
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
      const options = { root, envDir, command, mode, script, library: libraryFile() };
      loaded = await loadVaultConfig(resolve(root, file), options);
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
    // A mistake in the options is an error at the start, not at the first request.
    rules("http://localhost");
  }

  return {
    name: "strongroom",
    // Before middlewares of other plugins, whose answers would go out without the headers.
    enforce: "pre",

    config(config, { command, isPreview }) {
      developing = command === "serve" && !isPreview;
      return {
        ...(developing ? { html: { cspNonce: config.html?.cspNonce ?? nonce } } : {}),
        // The authorization server knows the callback URL of the development server's port, and not of Vite's 4173.
        preview: { port: config.preview?.port ?? config.server?.port ?? DEVELOPMENT_PORT },
      };
    },

    async configResolved(config) {
      vite = config;
      const base = config.base.startsWith("/") ? config.base : "/";
      library = `${base}${LIBRARY}`;
      script = worker ?? `${base}vault-worker.js`;
      if (
        file !== undefined &&
        config.publicDir &&
        existsSync(join(config.publicDir, nameOf(script, base)))
      ) {
        throw new Error(
          `${nameOf(script, base)} is in the public folder, and \`config\` of the plugin strongroom makes it. Remove one of the two.`,
        );
      }
      await load();
    },

    transformIndexHtml: () => (developing ? [trustedTypesForDevClient] : []),

    configureServer(server) {
      const { middlewares, watcher, ws } = server;
      printAppUrls(server, () => paths);
      middlewares.use(sendHeaders((origin) => rules(origin)));
      redirectRefused(server, callbackRule);
      middlewares.use(sendScript(library, readLibrary));
      if (!loaded) return;
      middlewares.use(sendScript(script, async () => workerScript(loaded)));
      watcher.add(loaded.files);
      watcher.on("change", async (changed) => {
        if (!loaded?.files.some((used) => resolve(vite.root, used) === resolve(changed))) return;
        // A mistake leaves the last good one in use.
        const mistake = await load().catch((error: Error) => error);
        if (mistake) vite.logger.error(mistake.message);
        else ws.send({ type: "full-reload" });
      });
    },

    configurePreviewServer(server) {
      server.middlewares.use(sendHeaders((origin) => rules(origin)));
      redirectRefused(server, callbackRule);
      printAppUrls(server, () => paths);
    },

    async generateBundle() {
      this.emitFile({ type: "asset", fileName: LIBRARY, source: await readLibrary() });
      if (!loaded) return;
      const base = library.slice(0, -LIBRARY.length);
      this.emitFile({ type: "asset", fileName: nameOf(script, base), source: workerScript(loaded) });
    },
  };

  function callbackRule(): HostRule {
    return ruleFor(rules("http://localhost"), `${paths.basePath}/callback`);
  }

  function workerScript(loaded: LoadedConfig | undefined): string {
    // By a name beside it where it can be: an app with a relative base does not know its place.
    const from = worker === undefined ? LIBRARY : library;
    return `importScripts(${JSON.stringify(from)});\nstrongroom.start(${JSON.stringify(loaded?.config, null, 2)});\n`;
  }
}

/**
 * Redirects what Node.js refuses before there is a path, such as more than 16 KiB of cookies. It may be the callback, which
 * injected script has made too long: an error page there would keep the URL with the code.
 */
function redirectRefused({ httpServer }: ViteDevServer | PreviewServer, callback: () => HostRule): void {
  // Before Vite's own listener, which leaves a socket alone that is not writable any more.
  httpServer?.prependListener("clientError", (_error: Error, socket: Duplex) => {
    if (!socket.writable) return;
    const lines = Object.entries(callback().headers).map(([name, value]) => `${name}: ${value}`);
    const head = ["HTTP/1.1 303 See Other", "Connection: close", "Content-Length: 0", ...lines];
    socket.end(`${head.join("\r\n")}\r\n\r\n`);
  });
}

/** The file of a path below `base`. */
function nameOf(path: string, base: string): string {
  return path.startsWith(base) ? path.slice(base.length) : path.replace(/^\/+/, "");
}

const LIBRARY = "strongroom-worker.js";

/** Vite's. */
const DEVELOPMENT_PORT = 5173;

/**
 * Prints what the authorization server has to know of the app at this port, below the URLs that the server prints: on any
 * other port than the registered one, sign-in ends on the authorization server's error page.
 */
function printAppUrls(server: ViteDevServer | PreviewServer, paths: () => AppPaths): void {
  const print = server.printUrls.bind(server);
  server.printUrls = () => {
    print();
    const [url] = server.resolvedUrls?.local ?? [];
    if (url === undefined) return;
    const { origin } = new URL(url);
    const { scope, basePath } = paths();
    server.config.logger.info(
      `  ➜  Sign-in: the user pool has to allow the callback URL ${origin}${basePath}/callback and the sign-out URL ${origin}${scope}`,
    );
  };
}

function libraryFile(): string {
  return createRequire(import.meta.url).resolve(`strongroom/${LIBRARY}`);
}

function readLibrary(): Promise<Buffer> {
  return readFile(libraryFile());
}

/** The rules for the name that the browser asked for: the policy names the worker script by it. */
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

/** Without a scheme: that of the page. Whatever is not a host name and a port names nothing. */
function originOf({
  headers: { host = "", ":authority": authority = host },
}: Connect.IncomingMessage): string | undefined {
  return /^[\w.[\]-]+(:\d+)?$/.test(String(authority)) ? String(authority) : undefined;
}

/** Made at each request: a package that was built anew is there without a restart. */
function sendScript(path: string, script: () => Promise<string | Buffer>): Connect.NextHandleFunction {
  return (request, response, next) => {
    if (pathname(request) !== path) return next();
    script().then((text) => response.end(text), next);
  };
}

/** The path as it was asked for, also where this server is mounted below another one's. */
function pathname({ originalUrl, url = "/" }: Connect.IncomingMessage): string {
  return (originalUrl ?? url).split(/[?#]/)[0] ?? "/";
}
