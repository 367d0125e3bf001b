import { Resilient } from "./resilient";
import { keepOtherRequestsAway } from "./static-routes";
import type { Vault } from "./wasm";

declare const STRONGROOM_VERSION: string;

/** What an old version of the worker says to the new one. From a page it changes nothing. */
const TAKE_OVER = "strongroom:take-over";

/** Listens; everything is decided and done in the vault. `create` makes another one if it crashes. */
export function serve(
  scope: ServiceWorkerGlobalScope,
  vault: Vault,
  versions: Versions,
  create: () => Vault,
): void {
  const resilient = new Resilient(vault, create);
  const [basePath, , ...routes] = vault.settings.split("\n");
  versions.follow(() => resilient.vault);
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
    versions.look(scope.registration.waiting);
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
 * Tells the vault what becomes of other versions of the worker script and of other vaults of this origin, and them what the
 * vault has to say.
 */
export class Versions {
  readonly #scope: ServiceWorkerGlobalScope;
  #followed: ServiceWorker | undefined;
  #vault: () => Vault | undefined = () => undefined;
  #others: BroadcastChannel | undefined;
  /** The vault that knows of the version that is followed. One that takes the place of a crashed vault does not yet. */
  #informed: Vault | undefined;

  constructor(scope: ServiceWorkerGlobalScope) {
    this.#scope = scope;
  }

  /** Keeps the version that waits from being stopped: any message does. */
  keepAlive(): void {
    this.#followed?.postMessage(null);
  }

  /** Has the version that waits ask once more to become active. */
  askToTakeOver(): void {
    this.#followed?.postMessage(TAKE_OVER);
  }

  /** Has the other vaults sign out. Script can have one live on for a frame, unregistered. */
  signOut(): void {
    this.#others?.postMessage(null);
  }

  /** Tells the vault that there is at that time each state of a new version, and of a sign-out elsewhere. */
  follow(vault: () => Vault): void {
    this.#vault = vault;
    // Not in a keeper, which hears no messages.
    this.#others = new BroadcastChannel("strongroom");
    this.#others.onmessage = () => vault().signOut();
    const { registration } = this.#scope;
    registration.addEventListener("updatefound", () => {
      // The event fires in the new version too, and in the first one.
      if (registration.active) this.look(registration.installing);
    });
  }

  /** Looks at `version`, which this worker may not have seen being installed: it may have been stopped meanwhile. */
  look(version: ServiceWorker | null): void {
    if (!version || version === this.#scope.serviceWorker) return;
    if (version !== this.#followed) {
      this.#followed = version;
      version.addEventListener("statechange", () => this.#tell(version));
    } else if (this.#informed === this.#vault()) return;
    this.#tell(version);
  }

  #tell(version: ServiceWorker): void {
    if (version !== this.#followed) return;
    this.#informed = this.#vault();
    this.#informed?.version(version.state);
  }
}
