import { attack } from "../attack.js";

export default attack({
  name: "sends requests that are too large for the worker",
  threat: "single-execution theft",
  target: "strongroom",
  alone: true,
  async payload(it) {
    addEventListener("error", ({ message, error }) => it.steal(message, String(error?.stack)));
    const large = "x".repeat(1_000_000);
    const ask = async (url: string, init: RequestInit = {}) => {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(1_500) }).catch(
        (error: unknown) => void it.steal(String(error)),
      );
      it.steal([...(response?.headers ?? [])], (await response?.text().catch(String))?.slice(0, 100_000));
    };
    await ask(`/auth/session?${large}`);
    await ask(`/auth/${large}`);
    await ask("/auth/keep", { method: "POST", body: large.repeat(8) });
    await ask("/auth/refresh", { method: "POST", body: large });
    await ask("/auth/session", { headers: { "x-large": large.slice(0, 60_000) } });
    await ask(`${it.apiUrl}me?${large.slice(0, 100_000)}`);
    await ask(`${it.apiUrl}me`, { headers: { "content-type": large.slice(0, 8_000) } });
    navigator.serviceWorker.controller?.postMessage(large.repeat(8));
    await Promise.all(Array.from({ length: 100 }, () => ask("/auth/session")));
    await ask(`${it.apiUrl}me`);
  },
});
