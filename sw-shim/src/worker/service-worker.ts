import { Resilient } from "./resilient";
import { keepOtherRequestsAway } from "./static-routes";
import type { Vault } from "./wasm";

declare const STRONGROOM_VERSION: string;

/** What an old version of the worker says to the new one. From a page it changes nothing. */
const TAKE_OVER = "strongroom:take-over";

/** How often a version that waits is woken, in milliseconds: far more often than a browser stops an idle worker. */
const WAKING = 2_000;

/** Listens; everything is decided and done in the vault. `create` makes another one if it crashes. */
export function serve(scope: ServiceWorkerGlobalScope, vault: Vault, create: () => Vault): void {
  const resilient = new Resilient(vault, create);
  const [basePath, , ...routes] = vault.settings.split("\n");
  const makeRoom = forNewVersions(scope, resilient);
  scope.addEventListener("install", (event) => {
    keepOtherRequestsAway(event, routes);
    event.waitUntil(scope.skipWaiting());
  });
  const disablePreload = () => scope.registration.navigationPreload?.disable().catch(() => {});
  // At each start of the worker. A version that is being installed cannot: it does so once it is active.
  disablePreload();
  scope.addEventListener("activate", (event) => {
    event.waitUntil(Promise.all([disablePreload(), scope.clients.claim()]));
  });
  scope.addEventListener("fetch", (event) => {
    makeRoom();
    const response = resilient.fetch(event);
    if (!response) return;
    const isNavigation = event.request.mode === "navigate";
    event.respondWith(isNavigation ? afterwards(disablePreload(), response) : response);
  });
  scope.addEventListener("message", (event) => {
    if (event.data === "strongroom:hello") event.waitUntil(greet(scope, event, { basePath }));
    if (event.data === TAKE_OVER) event.waitUntil(scope.skipWaiting());
  });
  scope.addEventListener("error", ({ error }) => resilient.crashed(error));
}

/**
 * `response`, once `preload` is disabled. Script of the page can enable navigation preload, and the browser then sends
 * each navigation to the host as well: the callback's with the authorization code. No sign-in leaves for the authorization
 * server before it is disabled again.
 */
async function afterwards(
  preload: Promise<void> | undefined,
  response: Promise<Response>,
): Promise<Response> {
  await preload;
  return response;
}

/**
 * The one message of a page. It asks to be controlled, as after a shift-reload, and learns what it could
 * also read from the worker file: which version this is, which registration it belongs to, and where its endpoints live.
 */
async function greet(
  scope: ServiceWorkerGlobalScope,
  event: ExtendableMessageEvent,
  facts: object,
): Promise<void> {
  await scope.clients.claim();
  event.ports[0]?.postMessage({ version: STRONGROOM_VERSION, scope: scope.registration.scope, ...facts });
}

/**
 * Chromium does not activate a new version while the old one answers a request, and a stream is an answer that never
 * ends: the old one lets go of its streams once the new one is installed. It may have an API's stream in hand for minutes:
 * a new version that is stopped meanwhile, as idle ones are, and is not running when it becomes active, gets none of the
 * open pages' requests. So it is kept awake. And a request that comes while Chromium ends the old one starts it again,
 * which is then not ended a second time before the new one has asked for it.
 *
 * @returns what is to be done at each request.
 */
function forNewVersions(scope: ServiceWorkerGlobalScope, resilient: Resilient): () => void {
  const { registration } = scope;
  let expected: ServiceWorker;
  const expect = (version: ServiceWorker) => {
    let waking: number;
    expected = version;
    const follow = () => {
      clearInterval(waking);
      if (version.state === "installed") {
        resilient.vault.leave();
        // Any message wakes it.
        waking = setInterval(() => version.postMessage(null), WAKING);
      }
      if (version.state === "redundant") resilient.vault.stay();
    };
    version.addEventListener("statechange", follow);
    follow();
  };
  registration.addEventListener("updatefound", () => {
    const { installing, active } = registration;
    // The event fires in the new version too, which is not active and has nothing to let go of.
    if (installing && active && installing !== scope.serviceWorker) expect(installing);
  });
  return () => {
    const { waiting } = registration;
    // Of one that it has not seen being installed it did not know: it was started again.
    if (!waiting || waiting === expected) return;
    expect(waiting);
    waiting.postMessage(TAKE_OVER);
  };
}
