/**
 * How long a page that leaves may take until it is gone, in milliseconds: longer than the worker lets it wait for another
 * tab's attempt. Each time it is still there, twice as long.
 */
const LEAVE_TIMEOUT = 15_000;

/**
 * Has the page `leave` for a silent sign-in, which asks the authorization server whether it still knows the user, for as long
 * as that is the session's next step. Every tab asks; the worker lets one through.
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
      // The worker lets the page go nowhere while the authorization server is out of reach. From here that looks like a
      // server that is slow.
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
