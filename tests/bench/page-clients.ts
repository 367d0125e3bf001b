import { readFileSync } from "node:fs";
import { listen } from "../../dev-provider/src/loopback.js";
import { brotli, bundleFiles } from "../../scripts/lib/bundle.mjs";
import type { Browser } from "../e2e/engines/browser.js";
import { type MainThread, watchingMainThread } from "./main-thread.js";
import { shuffled } from "./statistics.js";

/** What a browser loads to sign in with a library: bytes after brotli. */
export interface PageClient {
  package: string;
  version: string;
  page: number;
  /** The worker's own file. A worker inside the page's bundle counts there. */
  worker: number;
}

export interface PageClients {
  clients: PageClient[];
  /** Time to load and evaluate the bundle in a new document, by package and round. */
  mainThread: Record<string, MainThread[]>;
}

/** By package: the imports that an app needs to sign in, to know who is signed in, to sign out, and to call an API. */
const IMPORTS = {
  strongroom: "export { connect } from 'strongroom';",
  "@axa-fr/oidc-client": "export { OidcClient, OidcLocation } from '@axa-fr/oidc-client';",
  "oidc-client-ts": "export { UserManager } from 'oidc-client-ts';",
  "@auth0/auth0-spa-js": "export { createAuth0Client } from '@auth0/auth0-spa-js';",
  // With token substitution, as the attack lab plays it.
  "oidc-spa":
    "export { createOidc, oidcEarlyInit } from 'oidc-spa/core'; export { browserRuntimeFreeze } from 'oidc-spa/browser-runtime-freeze'; export { tokenSubstitution } from 'oidc-spa/token-substitution';",
  "aws-amplify":
    "export { Amplify } from 'aws-amplify'; export { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from 'aws-amplify/auth'; import 'aws-amplify/auth/enable-oauth-listener';",
} as const;

/** By package: the worker's file, which apps serve as it is published. */
const WORKERS: Partial<Record<string, string>> = {
  strongroom: "strongroom/dist/strongroom-worker.js",
  "@axa-fr/oidc-client": "@axa-fr/oidc-client-service-worker/dist/OidcServiceWorker.js",
};

/** The cost of an empty import. */
const NOTHING = "an empty module";

export async function measurePageClients(browser: Browser, rounds: number): Promise<PageClients> {
  const bundles = await bundleClients();
  const nothing: Bundle = new Map([[ENTRY, Buffer.from("export {};")]]);
  const mainThread = await measureMainThread(browser, new Map([[NOTHING, nothing], ...bundles]), rounds);
  return { clients: measureSizes(bundles), mainThread };
}

/** What loads with the page, by file name. */
type Bundle = ReadonlyMap<string, Uint8Array>;

/** The file that a page imports; it imports the others. */
const ENTRY = "stdin.js";

/** The bundles that apps would load, by package. */
async function bundleClients(): Promise<Map<string, Bundle>> {
  const bundles = new Map<string, Bundle>();
  for (const [name, imports] of Object.entries(IMPORTS)) {
    bundles.set(name, await bundleFiles(imports, "tests"));
  }
  return bundles;
}

function measureSizes(bundles: ReadonlyMap<string, Bundle>): PageClient[] {
  return [...bundles].map(([name, files]) => {
    const worker = WORKERS[name];
    return {
      package: name,
      version: versionOf(name),
      page: brotli(Buffer.concat([...files.values()])),
      worker: worker ? brotli(readFileSync(installed(worker))) : 0,
    };
  });
}

/** Each bundle runs in its own document and never comes from a cache, which would keep compiled code too. */
async function measureMainThread(
  browser: Browser,
  bundles: ReadonlyMap<string, Bundle>,
  rounds: number,
): Promise<PageClients["mainThread"]> {
  const listener = await listen();
  listener.serve((request, response) => {
    const [, name = "", file = ""] = (request.url ?? "").split("/").map(decodeURIComponent);
    const script = bundles.get(name)?.get(file);
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Content-Type", script ? "text/javascript; charset=utf-8" : "text/html");
    response.end(script ?? "<!doctype html><title>Empty</title>");
  });
  const origin = `http://localhost:${listener.port}`;
  await browser.goto(`${origin}/`);
  const names = [...bundles.keys()];
  const mainThread: PageClients["mainThread"] = Object.fromEntries(names.map((name) => [name, []]));
  try {
    await watchingMainThread(browser, origin, async (soFar) => {
      for (let round = 0; round < rounds; round++) {
        for (const name of shuffled(names)) {
          await browser.goto(`${origin}/`);
          const before = await soFar();
          await browser.evaluate(
            async (url) => {
              await import(url);
            },
            `/${encodeURIComponent(name)}/${ENTRY}`,
          );
          const after = await soFar();
          mainThread[name]?.push({
            script: after.script - before.script,
            tasks: after.tasks - before.tasks,
          });
        }
      }
    });
  } finally {
    await listener.close();
  }
  return mainThread;
}

export function versionOf(name: string): string {
  return JSON.parse(readFileSync(installed(`${name}/package.json`), "utf8")).version;
}

function installed(path: string): URL {
  return new URL(`../../node_modules/${path}`, import.meta.url);
}
