// A worker that lets every request to the API through as it is, the page's own header included: what it costs that a
// request goes by way of a worker at all. APIS is defined in front of this script.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (APIS.some((api) => event.request.url.startsWith(api))) event.respondWith(fetch(event.request));
});
