import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const libraries = ["/strongroom-worker.js", "/strongroom-vault.js"];

/**
 * Evaluates a worker script as a service worker of `origin` would, as far as `strongroom.start` goes. Answers the
 * hosts and paths that the vault wants to see.
 *
 * @throws what `strongroom.start` throws: a wrong configuration, with its key
 */
export function routesOf(script: string, origin: string): string[] {
  const installs: ((event: object) => void)[] = [];
  let rules: { condition: { not: { or: { urlPattern: URLPatternInit }[] } } }[] = [];
  const scope = {
    // What a worker has and `node:vm` does not give by itself.
    ...{ URL, TextEncoder, TextDecoder, crypto, performance, indexedDB: {}, console },
    location: new URL("/vault-worker.js", origin),
    navigator: {},
    registration: { addEventListener() {} },
    ServiceWorkerGlobalScope: class {},
    // Node's own would keep the process alive.
    BroadcastChannel: class {},
    importScripts(path: string) {
      if (!libraries.includes(path)) throw new Error(`${path} is not a worker file of the package`);
      runInContext(readFileSync(new URL(`../../sw-shim/dist${path}`, import.meta.url), "utf8"), context);
    },
    addEventListener(type: string, listener: (event: object) => void) {
      if (type === "install") installs.push(listener);
    },
    skipWaiting() {},
  };
  const context = createContext(scope);
  runInContext("globalThis.self = globalThis;", context);
  runInContext(script, context);
  for (const install of installs) {
    install({ waitUntil() {}, addRoutes: async (given: typeof rules) => (rules = given) });
  }
  const patterns = rules.flatMap(({ condition }) => condition.not.or.map(({ urlPattern }) => urlPattern));
  return patterns.map(({ hostname, pathname }) => `${hostname}${pathname.replaceAll("\\", "")}`);
}

interface URLPatternInit {
  hostname: string;
  pathname: string;
}
