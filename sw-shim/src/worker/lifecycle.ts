import { keepOtherRequestsAway } from "./static-routes";

declare const STRONGROOM_VERSION: string;

/** Asks a new version of the worker to take over. Sent by a page it changes nothing: each version tries this at its installation. */
export const TAKE_OVER = "strongroom:take-over";

/**
 * What the vault and the interceptor have in common: each version becomes active as soon as possible, claims the pages, and responds to
 * their greeting.
 *
 * @param handledUrls The URLs at and below which the worker handles requests.
 * @param facts Public facts that the response to a greeting contains in addition to the version and the registration's scope.
 */
export function takeControl(scope: ServiceWorkerGlobalScope, handledUrls: string[], facts: object): void {
  scope.addEventListener("install", (event) => {
    keepOtherRequestsAway(event, handledUrls);
    event.waitUntil(scope.skipWaiting());
  });
  scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
  scope.addEventListener("message", (event) => {
    if (event.data === "strongroom:hello") event.waitUntil(greet(scope, event, facts));
    if (event.data === TAKE_OVER) event.waitUntil(scope.skipWaiting());
  });
}

/** Claims the page, as after a shift-reload, and identifies this worker. */
async function greet(
  scope: ServiceWorkerGlobalScope,
  event: ExtendableMessageEvent,
  facts: object,
): Promise<void> {
  await scope.clients.claim();
  event.ports[0]?.postMessage({ version: STRONGROOM_VERSION, scope: scope.registration.scope, ...facts });
}
