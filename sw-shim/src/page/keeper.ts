// Captured early: a page that overwrites it later does not get the script's `TrustedScriptURL`.
const Keeper = globalThis.SharedWorker ?? globalThis.Worker;

// biome-ignore lint/correctness/noUnusedVariables: keeps the worker from being collected
let keeper: SharedWorker | Worker | undefined;

/**
 * Starts the keeper: the worker's script in a worker that browsers do not stop while a tab is open. It holds a copy of the
 * session and communicates only with the service worker, not with this page.
 */
export function keepCopy(script: string): void {
  keeper ??= new Keeper(script);
}
