/// <reference types="node" />
/**
 * The Vite plugin.
 *
 * @module strongroom/vite
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Connect, Plugin } from "vite";
import { type HostOptions, type HostRule, hostRules, ruleFor } from "../headers";
import { createNonce, devRules, trustedTypesForDevClient } from "./dev-policy";

/** Options of {@link strongroom}. */
export interface StrongroomOptions {
  /** Path of the script that calls `strongroom.start`. Default: `/vault-worker.js`, below Vite's `base`. */
  worker?: string;
  /** What the host's headers depend on. `workers` names further worker scripts beside `worker`. */
  host: Omit<HostOptions, "workers"> & { workers?: string[] };
}

/**
 * Serves `strongroom-worker.js` out of this package in development, emits it in a build, and sends the headers of
 * `strongroom/headers` in development and preview: what the real host has to send is what the app is written under.
 *
 * @param options
 */
export function strongroom({ worker, host }: StrongroomOptions): Plugin {
  const nonce = createNonce();
  let developing = false;
  let rules: HostRule[] = [];
  let library = "";

  return {
    name: "strongroom",
    // Before middlewares of other plugins, whose answers would go out without the headers.
    enforce: "pre",

    config(config, { command, isPreview }) {
      developing = command === "serve" && !isPreview;
      return developing ? { html: { cspNonce: config.html?.cspNonce ?? nonce } } : {};
    },

    configResolved(config) {
      const base = config.base.startsWith("/") ? config.base : "/";
      library = `${base}${LIBRARY}`;
      const workers = [worker ?? `${base}vault-worker.js`, library, ...(host.workers ?? [])];
      const forProduction = hostRules({ ...host, workers });
      rules = developing ? devRules(forProduction, config) : forProduction;
    },

    transformIndexHtml: () => (developing ? [trustedTypesForDevClient] : []),

    configureServer({ middlewares }) {
      middlewares.use(sendHeaders(rules));
      middlewares.use(sendLibrary(library));
    },

    configurePreviewServer({ middlewares }) {
      middlewares.use(sendHeaders(rules));
    },

    async generateBundle() {
      this.emitFile({ type: "asset", fileName: LIBRARY, source: await readLibrary() });
    },
  };
}

const LIBRARY = "strongroom-worker.js";

function readLibrary(): Promise<Buffer> {
  return readFile(createRequire(import.meta.url).resolve(`strongroom/${LIBRARY}`));
}

function sendHeaders(rules: HostRule[]): Connect.NextHandleFunction {
  return (request, response, next) => {
    const { headers, page } = ruleFor(rules, pathname(request));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!page) return next();
    response.statusCode = page.status;
    response.end(page.body);
  };
}

/** Read at each request: a package that was built anew is there without a restart. */
function sendLibrary(path: string): Connect.NextHandleFunction {
  return (request, response, next) => {
    if (pathname(request) !== path) return next();
    readLibrary().then((script) => response.end(script), next);
  };
}

/** The path as it was asked for, also where this server is mounted below another one's. */
function pathname({ originalUrl, url = "/" }: Connect.IncomingMessage): string {
  return (originalUrl ?? url).split(/[?#]/)[0] ?? "/";
}
