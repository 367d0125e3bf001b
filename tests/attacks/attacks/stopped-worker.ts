import { attack } from "../attack.js";

export default attack({
  name: "contacts a restarted worker before its keeper does",
  threat: "single-execution theft",
  target: "strongroom",
  needs: "stop a worker",
  // The worker asks keepers for the copy; this page claims to be one.
  async payload(it) {
    const own = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveKey"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
    const key = btoa(String.fromCharCode(...raw))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    const asks = Array.from({ length: 20 }, async (_, index) => {
      const response = await (index % 2 === 0
        ? fetch(`/auth/keep?key=${key}`, { signal: AbortSignal.timeout(800) })
        : fetch("/auth/keep", { method: "POST", body: new Uint8Array([...raw, ...new Uint8Array(40)]) }));
      it.steal(await response.text());
    });
    await Promise.allSettled(asks);
    it.steal(await (await fetch("/auth/session")).text());
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.stopWorkers();
    await stage.inject();
  },
});
