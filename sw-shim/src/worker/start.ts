import { Channel } from "./channel";
import type { VaultConfig } from "./config";
import { Database } from "./database";
import { serve, Versions } from "./service-worker";
import { instantiate } from "./wasm";

declare const self: WorkerGlobalScope;

let started = false;

/**
 * Starts the vault in this worker: in a service worker the vault itself, in any other worker its keeper. Call it once, during the
 * script's first evaluation: browsers ignore listeners that are added later.
 *
 * @throws Error that names the wrong configuration key and the fix. Browsers do not install a script that throws, so a broken
 * version never replaces a working one.
 */
export function start(config: VaultConfig): void {
  if (started) throw new Error("strongroom.start: was called twice. Call it once per worker.");
  const data = plainData(config);
  const { indexedDB, crypto, location } = self;
  const versions = new Versions(self as unknown as ServiceWorkerGlobalScope);
  const create = () => {
    const { keep, Vault } = instantiate();
    const channel = new Channel(crypto);
    const vault = new Vault(data, location.href, new Database(indexedDB), channel, versions);
    return { vault, keep, channel };
  };
  const { vault, keep, channel } = create();
  started = true;
  if (isServiceWorker(self)) {
    serve(self, vault, versions, () => create().vault);
  } else {
    const [basePath = ""] = vault.settings.split("\n");
    keep(basePath, channel);
  }
}

/**
 * A script that imports the vault and never starts it is not installed. Otherwise the library file, registered by itself,
 * would control pages in place of the vault and answer nothing: a registration below `basePath` would end every sign-in.
 */
// Not in Node.js, where tests and build tools import `strongroom/worker`.
if (typeof self !== "undefined") {
  self.addEventListener("install", (event) => {
    if (started) return;
    const error = new Error(
      "strongroom-worker.js runs as a worker by itself. Register the script that calls strongroom.start.",
    );
    (event as ExtendableEvent).waitUntil(Promise.reject(error));
  });
}

/** The configuration as JSON. A function has none: as an object it is refused by name instead of left out. */
function plainData(config: VaultConfig): string {
  return JSON.stringify(config, (_key, value) => (typeof value === "function" ? {} : value)) ?? "null";
}

function isServiceWorker(scope: WorkerGlobalScope): scope is ServiceWorkerGlobalScope {
  return "ServiceWorkerGlobalScope" in scope;
}
