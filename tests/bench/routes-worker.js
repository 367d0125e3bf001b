// A worker that no request reaches, by the same kind of static route as the vault's: what it costs that the browser looks
// at routes.
addEventListener("install", (event) => {
  skipWaiting();
  const nothing = { urlPattern: { protocol: "https", hostname: "nobody.invalid", pathname: "/*" } };
  event.waitUntil(event.addRoutes([{ condition: { not: nothing }, source: "network" }]));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(Response.error()));
