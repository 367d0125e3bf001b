/**
 * Retry delay after `leave()`, in milliseconds; doubles each time. It is longer than the worker lets a page wait for another
 * tab's attempt.
 */
const LEAVE_TIMEOUT = 15_000;

/**
 * Calls `leave` until the recovery is no longer due. `leave` navigates to a silent sign-in. Every tab calls it; the worker lets
 * one through.
 */
export async function recover(
  leave: () => Promise<void>,
  isDue: () => boolean,
  wait: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  for (let retryDelay = LEAVE_TIMEOUT; isDue(); ) {
    if (document.hidden || !navigator.onLine) {
      // A hidden tab waits until somebody looks at it.
      await Promise.race([happens("visibilitychange", document), happens("online")]);
    } else {
      // While the authorization server is out of reach, the worker responds 204, and the page stays.
      await leave();
      await wait(retryDelay);
      retryDelay *= 2;
    }
  }
}

/** Settles when `target` has fired an event. */
function happens(event: string, target: EventTarget = globalThis): Promise<unknown> {
  return new Promise((resolve) => target.addEventListener(event, resolve, { once: true }));
}
