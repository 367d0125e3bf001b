// The least a worker can do to put a header on a request: the floor of what interception costs in a browser.
// APIS and AUTHORIZATION are defined in front of this script.
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (!APIS.some((api) => event.request.url.startsWith(api))) return;
  const request = new Request(event.request);
  request.headers.set("authorization", AUTHORIZATION);
  event.respondWith(fetch(request));
});
