// As the browser made it: a page that overwrites it is not handed the script's `TrustedScriptURL`.
const Keeper = globalThis.SharedWorker ?? globalThis.Worker;

// biome-ignore lint/correctness/noUnusedVariables: what nobody refers to may be collected
let keeper: SharedWorker | Worker | undefined;

/**
 * Starts the keeper: the worker's own script in a worker that browsers do not stop while a tab is open. It holds a
 * second copy of the session and speaks to the service worker alone; this page has nothing to say to it.
 */
export function keepCopy(script: string): void {
  keeper ??= new Keeper(script);
}
