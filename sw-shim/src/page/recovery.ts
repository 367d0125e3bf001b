import type { happens, sleep } from "./waiting";

/**
 * How long a page that leaves may take until it is gone, in milliseconds: longer than the worker lets it wait for another
 * tab's attempt. Each time it is still there, twice as long.
 */
const PATIENCE = 15_000;

/**
 * Asks the authorization server at `url`, which begins a silent sign-in, whether it still knows the user, for as long as
 * the session is `recovering`. Every tab asks; the worker lets one through.
 */
export async function recover(
  url: () => string,
  isRecovering: () => boolean,
  wait: { sleep: typeof sleep; happens: typeof happens },
): Promise<void> {
  for (let patience = PATIENCE; isRecovering(); ) {
    if (document.hidden || !navigator.onLine) {
      // A hidden tab waits until somebody looks at it.
      await Promise.race([wait.happens("visibilitychange", document), wait.happens("online")]);
    } else {
      // The worker lets the page go nowhere while the authorization server is out of reach. From here that looks like a
      // server that is slow.
      location.replace(url());
      await wait.sleep(patience);
      patience *= 2;
    }
  }
}
