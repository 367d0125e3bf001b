import { readFile } from "node:fs/promises";
import { createContext, runInContext, runInNewContext } from "node:vm";

/**
 * What the vault itself says of a configuration: the sentence that `strongroom.start` would throw, or nothing. The worker
 * file of this package judges, so nothing is decided a second time here.
 */
export async function judge(
  workerFile: string,
  configuration: unknown,
  origin: string,
  script = "/vault-worker.js",
): Promise<string | undefined> {
  const location = new URL(script, origin);
  const self = serviceWorkerScope(location, registrationScope(configuration, location));
  runInContext(await readFile(workerFile, "utf8"), self);
  try {
    // As JSON, so that nothing but data gets in, whoever wrote the script it was read from.
    runInContext(`strongroom.start(JSON.parse(${JSON.stringify(JSON.stringify(configuration))}))`, self);
  } catch (error) {
    const { message } = error as Error;
    if (!message.startsWith(PREFIX)) throw error;
    return message.slice(PREFIX.length);
  }
}

const PREFIX = "strongroom.start: ";

/** The scope that `connect()` registers, whatever else is wrong in the configuration. */
function registrationScope(configuration: unknown, location: URL): string {
  const { scope } = (configuration ?? {}) as { scope?: unknown };
  const path = typeof scope === "string" && URL.canParse(scope, location) ? scope : "./";
  return new URL(path, location).href;
}

/** As much of a service worker as `start` sees before anything happens. */
function serviceWorkerScope(location: URL, scope: string): object {
  const ignore = () => {};
  const self: Record<string, unknown> = {
    ...platform(),
    ServiceWorkerGlobalScope: class {},
    addEventListener: ignore,
    // Node's own would keep the process alive.
    BroadcastChannel: class {},
    clients: {},
    indexedDB: {},
    location,
    registration: { addEventListener: ignore, scope },
  };
  self.self = self;
  return createContext(self);
}

/** What Node.js has of the web platform beside the language itself, which a new context has of its own; no network. */
function platform(): Record<string, unknown> {
  const language = new Set(runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[]);
  const names = Object.getOwnPropertyNames(globalThis).filter(
    (name) => !language.has(name) && !["fetch", "global", "process"].includes(name),
  );
  return Object.fromEntries(names.map((name) => [name, Reflect.get(globalThis, name)]));
}
