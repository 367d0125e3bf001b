import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import type { Connect, PreviewServer, ResolvedConfig, UserConfig, ViteDevServer } from "vite";
import { LIBRARY } from "../configuration/paths";
import type { LoadedConfig } from "./worker-config";

/** The worker file of this package. */
export const workerFile = () => createRequire(import.meta.url).resolve(`strongroom/${LIBRARY}`);

/** Reads a script that is beside the worker file. */
export function readScript(name: string): Promise<Buffer> {
  return readFile(join(dirname(workerFile()), name));
}

/** Vite's default port. */
const DEVELOPMENT_PORT = 5173;

/** The callback URL is registered for the development server's port, not for 4173, Vite's default. */
export function previewPort({ preview, server }: UserConfig): { preview: { port: number } } {
  return { preview: { port: preview?.port ?? server?.port ?? DEVELOPMENT_PORT } };
}

/** The folder of the app's files. */
export function baseOf({ base }: ResolvedConfig): string {
  return base.startsWith("/") ? base : "/";
}

/** The file name of a path below `base`. */
export function nameOf(path: string, base: string): string {
  return path.startsWith(base) ? path.slice(base.length) : path.replace(/^\/+/, "");
}

/** @throws Error if the app's static files have the script that the plugin generates. */
export function mustBeGenerated(script: string, config: ResolvedConfig): void {
  const { publicDir } = config;
  const name = nameOf(script, baseOf(config));
  if (!publicDir || !existsSync(join(publicDir, name))) return;
  throw new Error(
    `${name} is in the public folder, but the plugin strongroom generates it from \`config\`. Remove the file, or remove \`config\`.`,
  );
}

/** Loads the configuration again after a change. After a mistake, the last valid one stays in use. */
export function watchConfig(
  { watcher, ws, config }: ViteDevServer,
  loaded: () => LoadedConfig,
  load: () => Promise<void>,
): void {
  watcher.add(loaded().files);
  watcher.on("change", async (changed) => {
    if (!loaded().files.some((used) => resolve(config.root, used) === resolve(changed))) return;
    const mistake = await load().catch((error: Error) => error);
    if (mistake) config.logger.error(mistake.message);
    else ws.send({ type: "full-reload" });
  });
}

/** Prints a line below the URLs that Vite prints. `line` gets the origin of the first one. */
export function printBelowUrls(
  server: ViteDevServer | PreviewServer,
  line: (origin: string) => string,
): void {
  const print = server.printUrls.bind(server);
  server.printUrls = () => {
    print();
    const [url] = server.resolvedUrls?.local ?? [];
    if (url !== undefined) server.config.logger.info(`  ➜  ${line(new URL(url).origin)}`);
  };
}

/** The request's host without a scheme, which means the page's. `undefined` unless it is a host name with an optional port. */
export function originOf({
  headers: { host = "", ":authority": authority = host },
}: Connect.IncomingMessage): string | undefined {
  return /^[\w.[\]-]+(:\d+)?$/.test(String(authority)) ? String(authority) : undefined;
}

/** Reads the script at each request, so that a rebuilt package needs no restart. */
export function sendScript(path: string, script: () => Promise<string | Buffer>): Connect.NextHandleFunction {
  return (request, response, next) => {
    if (pathname(request) !== path) return next();
    script().then((text) => response.end(text), next);
  };
}

/** The requested path, also if this server is mounted below another one. */
export function pathname({ originalUrl, url = "/" }: Connect.IncomingMessage): string {
  return (originalUrl ?? url).split(/[?#]/)[0] ?? "/";
}
