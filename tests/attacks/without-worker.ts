import type { Payload } from "./attack.js";

/** A hook that keeps the app from getting its worker back: whoever runs first decides what `register` does. */
export const withoutWorker: Payload = () => {
  ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
};
