import { VaultError } from "./errors";

/** What identifies the vault's registration. */
export interface Place {
  /** The registration's scope, a URL. */
  scope: string;
  basePath: string;
}

/**
 * Unregisters other service workers that would get the vault's requests. Browsers pass a navigation, or a worker that starts,
 * to the registration with the longest matching scope. One at or below `basePath`, or between it and the vault's scope, would
 * get the sign-in; one that matches the worker script would get the keeper. No app needs one there, and one registered by
 * injected script would disable sign-in for good.
 *
 * @returns Whether there were any.
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

/** Whether a navigation to the vault's endpoints would reach the vault, not the host. */
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
  return new VaultError("worker_unregistered", "The worker was unregistered or replaced.");
}
