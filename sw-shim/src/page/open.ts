import { VaultError } from "./errors";
import { type Greeting, greet } from "./greeting";
import { evict, unregistered } from "./registrations";
import { sleep } from "./vault";
import { apply } from "./worker-script";

declare const STRONGROOM_VERSION: string;

/** How long the page's own worker may take to respond, in milliseconds, before others are looked at. */
const SLOW = 500;

// Captured early: a page that overwrites them later is not handed the script's `TrustedScriptURL`.
/** `undefined` where there are no service workers. */
export const container = globalThis.navigator?.serviceWorker as ServiceWorkerContainer;
const register = container?.register;

/** Registers the worker, and waits until it controls this page. */
export async function openWorker(href: string, scope: string | undefined, script: string): Promise<Greeting> {
  const options = { updateViaCache: "none", scope };
  const registering: Promise<ServiceWorkerRegistration> = apply(register, container, [script, options]);
  registering.catch(() => {});
  const { controller } = container;
  const asked = controller?.scriptURL === href ? greet(controller) : undefined;
  const greeting = await Promise.race([asked, sleep(SLOW)]);
  if (greeting?.version === STRONGROOM_VERSION && container.controller === controller) {
    await evict(container, href, greeting);
    return greeting;
  }
  // On a first visit, or the first after a deployment. Dependencies are arguments: a shared module would add a third file to
  // every page.
  const { handshake } = await import("./handshake");
  const tools = { VaultError, greet, evict, unregistered, sleep, scope };
  return handshake(tools, container, href, script, registering, asked && controller);
}
