// The vault and Workbox in one worker. The order matters: see docs/pwa.md.
import { start } from "strongroom/worker";
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from "workbox-precaching";
import { NavigationRoute, registerRoute } from "workbox-routing";
import { StaleWhileRevalidate } from "workbox-strategies";
import { config } from "./vault-config";

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

/** https://w3c.github.io/ServiceWorker/#install-event-section */
interface InstallEvent extends ExtendableEvent {
  addRoutes?(rule: { condition: { requestMethod: string }; source: "fetch-event" }): Promise<void>;
}

// The vault's keeper runs this script too, in a shared worker, which must not install or cache anything.
const isServiceWorker = "ServiceWorkerGlobalScope" in self;

// 1. With static routing, the vault routes all requests except its own past the worker. This rule comes before the vault's,
//    so that Workbox sees the others.
if (isServiceWorker) {
  self.addEventListener("install", (event: InstallEvent) => {
    if (event.addRoutes) {
      event.waitUntil(event.addRoutes({ condition: { requestMethod: "GET" }, source: "fetch-event" }));
    }
  });
}

// 2. The vault. It handles its own endpoints and API requests; later listeners do not see them.
start(config);

// 3. Workbox, for everything else.
if (isServiceWorker) {
  precacheAndRoute(self.__WB_MANIFEST);
  cleanupOutdatedCaches();
  registerRoute(new NavigationRoute(createHandlerBoundToURL("index.html")));
  registerRoute(({ url }) => url.pathname === "/news.json", new StaleWhileRevalidate({ cacheName: "news" }));
}
