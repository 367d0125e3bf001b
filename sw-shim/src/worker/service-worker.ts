import { deliver, TAKE_OVER, takeControl } from "./lifecycle";
import { Resilient } from "./resilient";
import type { Vault } from "./wasm";

/** Registers the listeners. The vault makes all decisions. `create` replaces a crashed vault. */
export function serve(
  scope: ServiceWorkerGlobalScope,
  vault: Vault,
  others: OtherWorkers,
  create: () => Vault,
): void {
  const resilient = new Resilient(vault, create);
  const [basePath, handledUrls] = vault.settings;
  others.follow(() => resilient.vault);
  const disablePreload = () => scope.registration.navigationPreload?.disable().catch(() => {});
  // At each start of the worker. A version that is being installed cannot disable it yet, and does so once it is active.
  disablePreload();
  scope.addEventListener("activate", (event) => event.waitUntil(Promise.resolve(disablePreload())));
  takeControl(scope, handledUrls, { basePath });
  scope.addEventListener("fetch", (event) => {
    others.look(scope.registration.waiting);
    const response = resilient.fetch(event);
    if (!response) return;
    const isNavigation = event.request.mode === "navigate";
    event.respondWith(
      deliver(scope, event, isNavigation ? afterwards(disablePreload(), response) : response),
    );
  });
  scope.addEventListener("error", ({ error }) => resilient.crashed(error));
}

/**
 * Delays each navigation response until preload is disabled, so that every sign-in starts without it. Script of the page can
 * enable navigation preload: the browser then also sends each navigation to the host, and the callback's URL has the code.
 */
async function afterwards(
  preload: Promise<void> | undefined,
  response: Promise<Response>,
): Promise<Response> {
  await preload;
  return response;
}

/** Passes messages between the vault, other versions of the script, and other vaults of the origin. */
export class OtherWorkers {
  readonly #scope: ServiceWorkerGlobalScope;
  #followed: ServiceWorker | undefined;
  #vault: () => Vault | undefined = () => undefined;
  #vaults: BroadcastChannel | undefined;
  /** The vault that was told about the followed version. A replacement after a crash has not been told yet. */
  #informed: Vault | undefined;

  constructor(scope: ServiceWorkerGlobalScope) {
    this.#scope = scope;
  }

  /** Keeps the browser from stopping the waiting version: any message does. */
  keepAlive(): void {
    this.#followed?.postMessage(null);
  }

  /** Makes the waiting version call `skipWaiting()` again. */
  askToTakeOver(): void {
    this.#followed?.postMessage(TAKE_OVER);
  }

  /** Makes the other vaults sign out. Script can unregister a vault and keep it alive in a frame. */
  signOut(): void {
    this.#vaults?.postMessage(null);
  }

  /** Reports each state change of a new version, and sign-outs elsewhere, to the current vault (`vault()`). */
  follow(vault: () => Vault): void {
    this.#vault = vault;
    // Not in the constructor: keepers must not listen to messages.
    this.#vaults = new BroadcastChannel("strongroom");
    this.#vaults.onmessage = () => vault().signOut();
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
