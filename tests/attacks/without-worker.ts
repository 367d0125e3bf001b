import type { Payload } from "./attack.js";

/** A hook that prevents the app from registering its worker again. */
export const withoutWorker: Payload = () => {
  ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
};
