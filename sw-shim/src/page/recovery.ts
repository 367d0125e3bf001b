import type { Greeting } from "./greeting";

/**
 * Retry delay after an attempt, in milliseconds; doubles each time. It is longer than the worker lets a page wait for another
 * tab's attempt.
 */
const RETRY_DELAY = 15_000;

/**
 * Recovers a lost session: in the vault's frame, or by `leave`, which navigates to a silent sign-in. Tries again until the
 * recovery is no longer due. Every tab does this; the worker lets one through.
 */
export async function recover(
  leave: () => Promise<void>,
  isDue: () => boolean,
  wait: (milliseconds: number) => Promise<unknown>,
  greeting: Pick<Greeting, "basePath" | "vault">,
): Promise<void> {
  for (let retryDelay = RETRY_DELAY; isDue(); ) {
    if (document.hidden || !navigator.onLine) {
      // A hidden tab waits until somebody looks at it.
      await Promise.race([happens("visibilitychange", document), happens("online")]);
    } else {
      // While the authorization server is out of reach, the worker responds 204, and the page stays.
      if (!(await staysHere(greeting)) && isDue()) await leave();
      await wait(retryDelay);
      retryDelay *= 2;
    }
  }
}

/**
 * Whether the vault recovers the session without a navigation of the page: in its frame, or later. In Firefox and WebKit, a
 * navigation aborts the page's requests under way, even if its response is 204. A cross-origin isolated frame cannot recover.
 */
async function staysHere({ basePath, vault }: Pick<Greeting, "basePath" | "vault">): Promise<boolean> {
  if (!vault || crossOriginIsolated) return false;
  return (await fetch(`${basePath}/login?silent=frame`).catch(() => null))?.status === 204;
}

/** Settles when `target` has fired an event. */
function happens(event: string, target: EventTarget = globalThis): Promise<unknown> {
  return new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));
}
