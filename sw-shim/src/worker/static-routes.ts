/** Not in TypeScript's library yet: https://w3c.github.io/ServiceWorker/#install-event-section */
interface RoutingInstallEvent extends ExtendableEvent {
  addRoutes?(rules: { condition: object; source: "network" }[]): Promise<void>;
}

/**
 * Where static routing exists, requests that are not the vault's do not even start the worker. Requests at and
 * below the URLs of `routes` are.
 */
export function keepOtherRequestsAway(event: RoutingInstallEvent, routes: string[]): void {
  if (!event.addRoutes) return;
  const or = routes.map((route) => ({ urlPattern: patternFor(new URL(route)) }));
  event.waitUntil(event.addRoutes([{ condition: { not: { or } }, source: "network" }]));
}

function patternFor({ protocol, hostname, port, pathname }: URL) {
  return {
    protocol: protocol.slice(0, -1),
    hostname,
    port,
    pathname: `${literal(pathname)}*`,
    search: "*",
    hash: "*",
  };
}

/** Escapes what means something in a URL pattern. */
function literal(pathname: string): string {
  return pathname.replace(/[.+*?^${}()[\]|/\\:]/g, "\\$&");
}
