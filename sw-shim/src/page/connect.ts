import { VaultError } from "./errors";
import { type Greeting, greet } from "./greeting";
import { keepCopy } from "./keeper";
import { evict, isRegistered, unregistered } from "./registrations";
import type { StandardClaims } from "./session";
import { openVault, sleep, type Vault } from "./vault";
import { trustedScriptUrl } from "./worker-script";

declare const STRONGROOM_VERSION: string;

/**
 * Options of {@link connect}.
 *
 * @example
 * ```ts
 * import type { ConnectOptions } from "strongroom";
 *
 * const options: ConnectOptions = { worker: "/app/vault-worker.js", scope: "/app/" };
 * ```
 */
export interface ConnectOptions {
  /** The URL of the worker script, which calls `strongroom.start`. It must be on the app's origin. */
  worker: string | URL;
  /** The scope of the registration. It must cover the page. Default: the worker script's folder. */
  scope?: string;
}

/** How long the page's own worker may take to answer, in milliseconds, before others are looked at. */
const SLOW = 500;

// Captured early: a page that overwrites them later is not handed the script's `TrustedScriptURL`.
const { apply } = Reflect;
const container = globalThis.navigator?.serviceWorker as ServiceWorkerContainer | undefined;
const register = container?.register as ServiceWorkerContainer["register"];

/** What this page connects to. It never changes, so script that calls `connect()` later gains nothing. */
let target: { href: string; scope: string | undefined; script: string } | undefined;
let opening: Promise<Greeting> | undefined;

/**
 * Registers the worker, waits until it controls this page, and follows the session. A page has one vault: a second call with
 * the same options returns a client of it.
 *
 * @typeParam Claims The type of `session.user`: the ID-token claims in the worker's `sessionClaims`.
 * @param options The worker script, and its scope.
 * @returns The open vault.
 * @throws {@link VaultError} if the vault cannot be opened. There is no fallback to a less safe place for tokens.
 *
 * @example
 * ```ts
 * import { connect } from "strongroom";
 *
 * const vault = await connect({ worker: "/vault-worker.js" });
 * if (vault.session.signIn === "start") vault.login();
 * const response = await fetch("https://api.example.com/v1/notes"); // the worker adds the token
 * ```
 */
export async function connect<Claims = StandardClaims>({
  worker,
  scope,
}: ConnectOptions): Promise<Vault<Claims>> {
  if (!container) throw new VaultError("service_worker_unavailable", "No service workers here.");
  const { href } = new URL(worker, document.baseURI);
  target ??= { href, scope, script: trustedScriptUrl(href) };
  if (target.href !== href || target.scope !== scope) {
    throw new VaultError("already_connected", `The page has ${target.href}, not ${href}.`);
  }
  // Once per page, and once more after each failure.
  opening ??= open(container, target).catch((error) => {
    opening = undefined;
    throw error;
  });
  const greeting = await opening;
  return openVault<Claims>(greeting.basePath, () => isRegistered(container, href, greeting));
}

async function open(
  container: ServiceWorkerContainer,
  { href, scope, script }: NonNullable<typeof target>,
): Promise<Greeting> {
  const options = { updateViaCache: "none", scope };
  const registering: Promise<ServiceWorkerRegistration> = apply(register, container, [script, options]);
  registering.catch(() => {});
  const { controller } = container;
  const asked = controller?.scriptURL === href ? greet(controller) : undefined;
  let greeting = await Promise.race([asked, sleep(SLOW)]);
  if (greeting?.version === STRONGROOM_VERSION && container.controller === controller) {
    await evict(container, href, greeting);
  } else {
    // On a first visit, or the first after a deployment. Dependencies are arguments: a shared module would add a third file to
    // every page.
    const { handshake } = await import("./handshake");
    const tools = { VaultError, greet, evict, unregistered, sleep, scope };
    greeting = await handshake(tools, container, href, script, registering, asked && controller);
  }
  keepCopy(script);
  return greeting;
}
