import { VaultError } from "./errors";
import { keepCopy } from "./keeper";
import type { StandardClaims } from "./session";
import { scriptUrl } from "./trusted-types";
import { openVault, type Vault } from "./vault";
import { happens, sleep } from "./waiting";

declare const STRONGROOM_VERSION: string;

/** Options of {@link connect}. */
export interface ConnectOptions {
  /** The URL of the script that calls `strongroom.start`, on the app's own origin. */
  worker: string | URL;
  /** The registration's scope. Default: the worker script's folder. */
  scope?: string;
}

/** How long a worker may take to answer, in milliseconds, before it counts as no vault at all. */
const PATIENCE = 10_000;

/**
 * Registers the worker, waits until it controls this page, and follows the session.
 *
 * @typeParam Claims The ID-token claims in `session.user`: those in the worker's `sessionClaims`.
 * @param options
 * @throws VaultError. It never falls back to a less safe place for tokens: without a worker there is no session.
 */
export async function connect<Claims = StandardClaims>({
  worker,
  scope,
}: ConnectOptions): Promise<Vault<Claims>> {
  const container = navigator.serviceWorker;
  if (!container) throw new VaultError("service_worker_unavailable", "No service workers here.");
  const url = String(worker);
  const registration = await container
    .register(scriptUrl(url), { updateViaCache: "none", scope } as RegistrationOptions)
    // Loaded when it is needed, which on a page that works is never. What it needs of this file's is handed over: shared
    // modules would be a third file of every page.
    .catch(async (cause) => (await import("./diagnose")).diagnose(url, cause, scriptUrl, VaultError));
  if (!location.href.startsWith(registration.scope)) {
    throw new VaultError("out_of_scope", `The scope ${registration.scope} does not cover this page.`);
  }
  const greeting = await Promise.race([sameVersion(registration, container), sleep(PATIENCE)]);
  if (!greeting) throw new VaultError("worker_failed", `The worker ${url} does not answer.`);
  keepCopy(url);
  return openVault<Claims>(greeting.basePath);
}

interface Greeting {
  version: string;
  basePath: string;
}

/**
 * The greeting of a worker that controls this page and is of this client's own version: one update, then an error. A newer
 * worker of the same version that waits is left waiting: another tab's requests may hold it up for minutes.
 */
async function sameVersion(
  registration: ServiceWorkerRegistration,
  container: ServiceWorkerContainer,
): Promise<Greeting | undefined> {
  for (let updated = false; ; updated = true) {
    const worker = (!updated && registration.active) || (await newest(registration));
    if (!worker) return undefined;
    const greeting = await greet(worker);
    if (greeting.version === STRONGROOM_VERSION) {
      // At once if it controls the page already.
      while (!container.controller) await happens("controllerchange", container);
      return greeting;
    }
    if (updated) {
      throw new VaultError(
        "version_mismatch",
        `The page has ${STRONGROOM_VERSION}, the worker ${greeting.version}.`,
      );
    }
    await registration.update().catch(() => {});
  }
}

/** The newest version of the worker, once it is active; of those that fail, the one before. */
async function newest({ installing, waiting, active }: ServiceWorkerRegistration) {
  const worker = installing ?? waiting ?? active;
  while (worker && worker.state !== "activated") {
    if (worker.state === "redundant") return active;
    await happens("statechange", worker);
  }
  return worker;
}

/** Asks the worker to take control of this page and to say who it is. */
function greet(worker: ServiceWorker): Promise<Greeting> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage("strongroom:hello", [port2]);
  });
}
