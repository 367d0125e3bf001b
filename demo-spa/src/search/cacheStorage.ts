/** The URL, headers and body of every request and response in every cache of this origin. */
export async function* cacheStorage(): AsyncGenerator<string> {
  for (const name of await caches.keys()) {
    yield name;
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      yield request.url;
      yield* headerValues(request.headers);
      const response = await cache.match(request, { ignoreVary: true });
      if (!response) continue;
      yield* headerValues(response.headers);
      yield await response.text();
    }
  }
}

function headerValues(headers: Headers): string[] {
  return [...headers].map(([, value]) => value);
}
