// A worker that no request reaches, because of the same kind of static route as the vault's: the browser's cost of evaluating
// routes.
addEventListener("install", (event) => {
  skipWaiting();
  const nothing = { urlPattern: { protocol: "https", hostname: "nobody.invalid", pathname: "/*" } };
  event.waitUntil(event.addRoutes([{ condition: { not: nothing }, source: "network" }]));
});
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(Response.error()));
