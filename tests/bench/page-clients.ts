import { readFileSync } from "node:fs";
import { listen } from "../../dev-provider/src/loopback.js";
import { brotli, bundle } from "../../scripts/lib/bundle.mjs";
import type { Browser } from "../e2e/engines/browser.js";
import { type MainThread, watchingMainThread } from "./main-thread.js";
import { shuffled } from "./statistics.js";

/** What loads with a page that signs in with a library. */
export interface PageClient {
  package: string;
  version: string;
  /** Bytes. */
  minified: number;
  brotli: number;
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
  "aws-amplify":
    "export { Amplify } from 'aws-amplify'; export { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from 'aws-amplify/auth'; import 'aws-amplify/auth/enable-oauth-listener';",
} as const;

/** The cost of an empty import. */
export const NOTHING = "an empty module";

export async function measurePageClients(browser: Browser, rounds: number): Promise<PageClients> {
  const bundles = new Map<string, Buffer>([[NOTHING, Buffer.from("export {};")]]);
  const clients: PageClient[] = [];
  for (const [name, imports] of Object.entries(IMPORTS)) {
    const content = await bundle(imports, "tests");
    bundles.set(name, content);
    clients.push({
      package: name,
      version: versionOf(name),
      minified: content.byteLength,
      brotli: brotli(content),
    });
  }
  return { clients, mainThread: await measureMainThread(browser, bundles, rounds) };
}

/** Each bundle runs in its own document and never comes from a cache, which would keep compiled code too. */
async function measureMainThread(
  browser: Browser,
  bundles: ReadonlyMap<string, Buffer>,
  rounds: number,
): Promise<PageClients["mainThread"]> {
  const listener = await listen();
  listener.serve((request, response) => {
    const script = bundles.get(decodeURIComponent(request.url?.slice(1) ?? ""));
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
            `/${encodeURIComponent(name)}`,
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
  const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return JSON.parse(readFileSync(manifest, "utf8")).version;
}
