/** Not in TypeScript's library yet: https://w3c.github.io/ServiceWorker/#install-event-section */
interface RoutingInstallEvent extends ExtendableEvent {
  addRoutes?(rules: { condition: object; source: "network" }[]): Promise<void>;
}

/**
 * Where static routing exists, only requests at and below `handledUrls` start the worker.
 *
 * This only saves time. Without the routes every request reaches the worker, which decides by itself: so if the browser
 * refuses them, the worker is still installed.
 */
export function keepOtherRequestsAway(event: RoutingInstallEvent, handledUrls: string[]): void {
  const or = handledUrls.map((url) => ({ urlPattern: patternFor(new URL(url)) }));
  try {
    const added = event.addRoutes?.([{ condition: { not: { or } }, source: "network" }]);
    if (added) event.waitUntil(added.catch(() => {}));
  } catch {
    // Refused at once: a TypeError, or a limit of the browser.
  }
}

/** The pattern of URLs at and below `url`. */
function patternFor({ protocol, hostname, port, pathname }: URL) {
  return {
    protocol: protocol.slice(0, -1),
    hostname: literal(hostname),
    port,
    pathname: `${literal(pathname)}*`,
    search: "*",
    hash: "*",
  };
}

/** Escapes every character with a meaning in a URL pattern: https://urlpattern.spec.whatwg.org/#escape-a-pattern-string */
function literal(component: string): string {
  return component.replace(/[+*?:{}()\\]/g, "\\$&");
}
