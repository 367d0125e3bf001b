/** The worker's reply to a greeting. */
export interface Greeting {
  version: string;
  /** The registration's scope, a URL. */
  scope: string;
  basePath: string;
  /** The vault's origin, if it is not the app's own. */
  vault?: string;
}

/** Asks the worker to take control of this page and to identify itself. Another app's worker never responds. */
export function greet(worker: ServiceWorker): Promise<Greeting> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage("strongroom:hello", [port2]);
  });
}
