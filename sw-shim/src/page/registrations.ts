import { VaultError } from "./errors";

/** What tells the vault's own registration from others. */
export interface Place {
  /** The registration's scope, a URL. */
  scope: string;
  basePath: string;
}

/**
 * Removes registrations that take requests from the vault: a browser gives a navigation, and a worker that starts, to the
 * registration with the longest scope that matches. Those at or below `basePath`, or between it and the vault's scope, get
 * the sign-in; those that match the worker script get the keeper. No app has a use for one there, and one that script left
 * behind would disable sign-in for good.
 *
 * @returns whether there were any.
 */
export async function evict(
  container: ServiceWorkerContainer,
  href: string,
  { scope, basePath }: Place,
): Promise<boolean> {
  const endpoints = new URL(`${basePath}/`, href).href;
  const thieves = (await container.getRegistrations()).filter(
    (other) =>
      other.scope.length > scope.length &&
      (other.scope.startsWith(endpoints) ||
        endpoints.startsWith(other.scope) ||
        href.startsWith(other.scope)),
  );
  await Promise.all(thieves.map((thief) => thief.unregister()));
  return thieves.length > 0;
}

/** Whether the vault's endpoints are the vault's: a navigation there would otherwise reach the host. */
export async function isRegistered(
  container: ServiceWorkerContainer,
  href: string,
  place: Place,
): Promise<boolean> {
  await evict(container, href, place);
  const registration = await container.getRegistration(`${place.basePath}/login`);
  return registration?.active?.scriptURL === href;
}

export function unregistered(): VaultError {
  return new VaultError("worker_unregistered", "The service worker was unregistered or replaced.");
}
