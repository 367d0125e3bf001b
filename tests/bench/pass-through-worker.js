// A worker that passes on every API request unchanged, with the page's own header: the cost of any worker. APIS is defined
// before this script.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (APIS.some((api) => event.request.url.startsWith(api))) event.respondWith(fetch(event.request));
});
