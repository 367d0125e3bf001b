import { TAKE_OVER } from "../worker/lifecycle";

/** Interval of keep-alive messages to a waiting version, in milliseconds; far shorter than any browser's idle limit. */
const KEEP_ALIVE = 2_000;

/**
 * Makes room for a new version of the script, as the vault's worker does (`crate/core/src/vault/versions.rs`): Chromium does not
 * activate it while this version has a response open, and an event stream never ends.
 */
export class Versions {
  isDraining = false;
  readonly #scope: ServiceWorkerGlobalScope;
  readonly #drain: () => void;
  #followed: ServiceWorker | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param drain Ends the event streams. */
  constructor(scope: ServiceWorkerGlobalScope, drain: () => void) {
    this.#scope = scope;
    this.#drain = drain;
    const { registration } = scope;
    registration.addEventListener("updatefound", () => {
      // The event fires in the new version too, and in the first one.
      if (registration.active) this.look(registration.installing);
    });
  }

  /** Looks at `version`, which this worker may not have seen being installed: it may have been stopped meanwhile. */
  look(version: ServiceWorker | null): void {
    if (!version || version === this.#followed || version === this.#scope.serviceWorker) return;
    this.#followed = version;
    const isNew = version.state === "installing";
    const follow = () => this.#follow(version, isNew);
    version.addEventListener("statechange", follow);
    follow();
  }

  #follow(version: ServiceWorker, isNew: boolean): void {
    if (version !== this.#followed) return;
    clearInterval(this.#timer);
    this.isDraining = version.state !== "installing" && version.state !== "redundant";
    if (version.state !== "installed") return;
    // The browser may stop the waiting version for idleness. It would then get none of the open pages' requests.
    this.#timer = setInterval(() => version.postMessage(null), KEEP_ALIVE);
    if (!isNew) version.postMessage(TAKE_OVER);
    this.#drain();
  }
}
