import { here } from "./here";

/** How a session comes back when every copy of it is gone, as the worker was configured. */
export type Recovery = "iframe" | "redirect" | "none";

/** Between two attempts, in milliseconds: as long as the worker gives one tab for its attempt. */
const RETRY = 10_000;

/**
 * How long a page that leaves may take until it is gone, in milliseconds: longer than the worker lets it wait for another
 * tab's attempt. Each time it is still there, twice as long.
 */
const PATIENCE = 15_000;

/**
 * Asks the authorization server whether it still knows the user, for as long as the session is `recovering`. Every
 * tab asks; the worker lets one through.
 */
export function recover(basePath: string, recovery: Recovery, isRecovering: () => boolean): void {
  if (recovery === "redirect") {
    redirect(basePath, isRecovering);
    return;
  }
  const attempt = () => {
    if (!isRecovering()) return;
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.src = `${basePath}/login?silent=1`;
    document.body.append(frame);
    const next = () => {
      removeEventListener("online", next);
      clearTimeout(timer);
      frame.remove();
      attempt();
    };
    const timer = setTimeout(next, RETRY);
    addEventListener("online", next);
  };
  attempt();
}

/**
 * Leaves this page and comes back to it. A hidden tab waits until somebody looks at it. The worker lets the page go nowhere
 * while the authorization server is out of reach. From here that looks like a server that is slow.
 */
function redirect(basePath: string, isRecovering: () => boolean): void {
  const ended = new AbortController();
  let isLeaving = false;
  let patience = PATIENCE;
  const go = () => {
    if (!isRecovering()) return ended.abort();
    if (isLeaving || document.visibilityState !== "visible" || !navigator.onLine) return;
    isLeaving = true;
    setTimeout(() => {
      isLeaving = false;
      go();
    }, patience);
    patience *= 2;
    location.replace(`${basePath}/login?${new URLSearchParams({ silent: "1", returnTo: here() })}`);
  };
  const { signal } = ended;
  document.addEventListener("visibilitychange", go, { signal });
  addEventListener("online", go, { signal });
  go();
}
