import { Channel } from "./channel";
import type { VaultConfig } from "./config";
import { Database } from "./database";
import { type Page, runPage } from "./pages";
import { relay } from "./relay";
import { OtherWorkers, serve } from "./service-worker";
import { instantiate } from "./wasm";

declare const self: WorkerGlobalScope;
/** Whether this is the library for an origin of the vault's own. */
declare const VAULT_ORIGIN: boolean;

let started = false;

/**
 * Starts the vault in this worker: in a service worker the vault itself, in any other worker its keeper, which on a vault origin is
 * the relay too. In the pages of a vault origin it runs the page. Call it once, during the script's first evaluation: browsers ignore
 * listeners that are added later.
 *
 * @throws Error that names the wrong configuration key and the fix. Browsers do not install a script that throws, so a broken
 * version never replaces a working one.
 */
export function start(config: VaultConfig): void {
  if (started) throw new Error("strongroom.start: called twice. Call it once per worker.");
  const data = plainData(config);
  const { indexedDB, crypto, location } = self;
  const script = VAULT_ORIGIN && isPage(self) ? self.document.currentScript?.src : location.href;
  // No other browser has client hints.
  const isChromium = !VAULT_ORIGIN && "userAgentData" in navigator;
  const others = new OtherWorkers(self as unknown as ServiceWorkerGlobalScope);
  const create = () => {
    const { Vault } = instantiate();
    const database = new Database(indexedDB, crypto);
    return new Vault(data, script ?? "", isChromium, database, new Channel(crypto), others);
  };
  const vault = create();
  started = true;
  if (isServiceWorker(self)) {
    serve(self, vault, others, create);
  } else if (VAULT_ORIGIN && isPage(self)) {
    runPage(self, vault);
  } else {
    vault.keep();
    const [, , apps] = vault.settings;
    if (VAULT_ORIGIN) relay(self as unknown as DedicatedWorkerGlobalScope, vault, apps);
  }
}

/**
 * A script that imports the vault but never starts it is not installed. Otherwise the worker file, registered itself, would control
 * pages in place of the vault and respond to nothing: a registration below `basePath` would break every sign-in.
 */
// Not in Node.js, where tests and build tools import `strongroom/worker`.
if (typeof self !== "undefined") {
  self.addEventListener("install", (event) => {
    if (started) return;
    const error = new Error(
      "strongroom-worker.js was registered as a worker. Register the script that calls strongroom.start instead.",
    );
    (event as ExtendableEvent).waitUntil(Promise.reject(error));
  });
}

/**
 * A copy that has only what JSON has: the Rust code relies on it, and a vault that replaces a crashed one gets the same
 * configuration. Functions and the like become objects, so that they are refused by name instead of ignored.
 */
function plainData(config: VaultConfig): unknown {
  const replace = (_key: string, value: unknown) =>
    /function|symbol|bigint/.test(typeof value) ? {} : value;
  return JSON.parse(JSON.stringify(config, replace) ?? "null");
}

function isPage(scope: object): scope is Page {
  return "document" in scope;
}

function isServiceWorker(scope: WorkerGlobalScope): scope is ServiceWorkerGlobalScope {
  return "ServiceWorkerGlobalScope" in scope;
}
