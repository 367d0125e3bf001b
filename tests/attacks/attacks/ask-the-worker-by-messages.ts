import { attack } from "../attack.js";

export default attack({
  name: "sends the worker every kind of message",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const words = [
      "token",
      "tokens",
      "getToken",
      "get-token",
      "access_token",
      "session",
      "config",
      "init",
      "state",
    ];
    const messages: unknown[] = [null, undefined, 0, "", [], {}, new ArrayBuffer(8), "*"];
    for (const word of [...words, "hello", "keep", "refresh", "debug", "dump", "export", "get", "load"]) {
      messages.push(word, [word], { [word]: true }, `strongroom:${word}`);
      for (const key of ["type", "action", "cmd", "command", "method", "kind", "op", "name"]) {
        messages.push({ [key]: word }, { [key]: word.toUpperCase(), data: {}, payload: {}, params: {} });
      }
    }
    const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
    const workers = registrations.flatMap(({ active, waiting, installing }) => [active, waiting, installing]);
    navigator.serviceWorker?.addEventListener("message", ({ data }) => it.steal(data));
    for (const worker of new Set([...workers, navigator.serviceWorker?.controller])) {
      for (const message of messages) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        try {
          worker?.postMessage(message, [port2]);
        } catch {
          // The structured clone algorithm refuses some messages.
        }
      }
    }
    for (const message of messages) window.postMessage(message, location.origin);
    await it.pause(500);
  },
});
