import { scriptUrl } from "./trusted-types";

// biome-ignore lint/correctness/noUnusedVariables: what nobody refers to may be collected
let keeper: SharedWorker | Worker | undefined;

/**
 * Starts the keeper: the worker's own script in a worker that browsers do not stop while a tab is open. It holds a
 * second copy of the session and speaks to the service worker alone; this page has nothing to say to it.
 */
export function keepCopy(url: string): void {
  keeper ??= new (globalThis.SharedWorker ?? Worker)(scriptUrl(url));
}
