/** What the lab's page needs to know of its payload. */
export interface InjectedPayload {
  /** Resolves when the attacker's server has taken in all that was sent until now. */
  everythingArrived(): Promise<void>;
}

/**
 * Runs the payload in this page, reporting to `server`. As a module of this origin it gets past `script-src` and Trusted
 * Types: so does a package with malware in it, which is the injection that no policy stops.
 */
export async function inject(server: string): Promise<InjectedPayload> {
  return import(/* @vite-ignore */ `${PAYLOAD}?${new URLSearchParams({ to: server })}`);
}

export const PAYLOAD = "/lab-payload.js";
