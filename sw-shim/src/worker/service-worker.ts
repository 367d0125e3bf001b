import { Resilient } from "./resilient";
import { keepOtherRequestsAway } from "./static-routes";
import type { Vault } from "./wasm";

declare const STRONGROOM_VERSION: string;

/** Listens; everything is decided and done in the vault. `create` makes another one if it crashes. */
export function serve(scope: ServiceWorkerGlobalScope, vault: Vault, create: () => Vault): void {
  const resilient = new Resilient(vault, create);
  const { basePath, recovery, routes } = vault;
  scope.addEventListener("install", (event) => {
    keepOtherRequestsAway(event, routes);
    event.waitUntil(scope.skipWaiting());
  });
  scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));
  scope.addEventListener("fetch", (event) => {
    const response = resilient.fetch(event);
    if (response) event.respondWith(response);
  });
  scope.addEventListener("message", (event) => {
    if (event.data === "strongroom:hello") event.waitUntil(greet(scope, event, { basePath, recovery }));
  });
  scope.addEventListener("error", ({ error }) => resilient.crashed(error));
  scope.registration.addEventListener("updatefound", () => makeRoomFor(scope.registration, resilient));
}

/**
 * The one message a page may send. It asks to be controlled, as after a shift-reload, and learns what it could
 * also read from the worker file: which version this is, where its endpoints live, how a lost session comes back.
 */
async function greet(
  scope: ServiceWorkerGlobalScope,
  event: ExtendableMessageEvent,
  facts: object,
): Promise<void> {
  await scope.clients.claim();
  event.ports[0]?.postMessage({ version: STRONGROOM_VERSION, ...facts });
}

/**
 * Chromium does not activate a new version while the old one answers a request, and a stream is an answer that never
 * ends. The event fires in the new version too, which is not active and has nothing to let go of.
 */
function makeRoomFor({ installing, active }: ServiceWorkerRegistration, resilient: Resilient): void {
  if (!active || installing === (globalThis as { serviceWorker?: ServiceWorker }).serviceWorker) return;
  installing?.addEventListener("statechange", () => {
    if (installing.state === "installed") resilient.vault.leave();
    if (installing.state === "redundant") resilient.vault.stay();
  });
}
