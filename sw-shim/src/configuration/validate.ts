import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createContext, runInContext, runInNewContext } from "node:vm";
import { VAULT_LIBRARY } from "./paths";
import { startCall } from "./worker-script";

/**
 * Validates a configuration with the worker file of this package. Returns the message that `strongroom.start` would throw, or
 * nothing. Relative URLs are resolved against `origin`.
 */
export async function validate(
  workerFile: string,
  configuration: unknown,
  origin?: string,
  script = "/vault-worker.js",
): Promise<string | undefined> {
  const location = new URL(script, origin ?? anyOrigin(configuration));
  const self = serviceWorkerScope(location, registrationScope(configuration, location));
  const library = isVaultOrigin(configuration) ? join(dirname(workerFile), VAULT_LIBRARY) : workerFile;
  runInContext(await readFile(library, "utf8"), self);
  try {
    // As JSON, so that only data gets in from a script that is not trusted.
    runInContext(startCall(`JSON.parse(${JSON.stringify(JSON.stringify(configuration))})`), self);
  } catch (error) {
    const { message } = error as Error;
    if (!message.startsWith(PREFIX)) throw error;
    return message.slice(PREFIX.length);
  }
}

/** An origin to resolve paths against, other than those of a vault origin's apps. It does not affect the result. */
function anyOrigin(configuration: unknown): string {
  return isVaultOrigin(configuration) ? "https://vault.example.com" : "https://app.example.com";
}

function isVaultOrigin(configuration: unknown): boolean {
  const { apps } = (configuration ?? {}) as { apps?: unknown };
  return apps !== undefined;
}

const PREFIX = "strongroom.start: ";

/** The scope that `connect()` would register, even if other keys are invalid. */
function registrationScope(configuration: unknown, location: URL): string {
  const { scope } = (configuration ?? {}) as { scope?: unknown };
  const path = typeof scope === "string" && URL.canParse(scope, location) ? scope : "./";
  return new URL(path, location).href;
}

/** The parts of a service worker that `start` uses. */
export function serviceWorkerScope(location: URL, scope: string): object {
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
    navigator: {},
    registration: { addEventListener: ignore, scope },
  };
  self.self = self;
  createContext(self);
  // The worker file decodes its wasm with this. Node.js has none before version 25, and in JavaScript it takes 0.2 s.
  const bytes = runInContext("Uint8Array", self) as { fromHex?(hex: string): Uint8Array };
  bytes.fromHex ??= (hex) => Buffer.from(hex, "hex");
  return self;
}

/** The web platform APIs of Node.js without the network. A new context has its own copy of the language's globals. */
function platform(): Record<string, unknown> {
  const language = new Set(runInNewContext("Object.getOwnPropertyNames(globalThis)") as string[]);
  const names = Object.getOwnPropertyNames(globalThis).filter(
    (name) => !language.has(name) && !["fetch", "global", "process"].includes(name),
  );
  return Object.fromEntries(names.map((name) => [name, Reflect.get(globalThis, name)]));
}
